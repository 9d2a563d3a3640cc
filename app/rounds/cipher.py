"""The sealing of bids: a key pair a round, its private half split among officers, envelopes of one size.

libsodium (PyNaCl) seals and derives keys, PyCryptodome splits the secret (Shamir, 2 of n); nothing here is of our own
making but the order in which they are called. docs/rounds.md tells against whom this protects, and against whom not.
Python cannot promise to wipe memory: a private key lives there for the milliseconds of a split or an opening.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import nacl.exceptions
import nacl.pwhash
import nacl.secret
import nacl.utils
from Crypto.Protocol.SecretSharing import Shamir
from nacl.public import PrivateKey, PublicKey, SealedBox

THRESHOLD = 2
PLAIN_BYTES = 512
# An ephemeral public key (32) and an authenticator (16) are added to what is sealed.
ENVELOPE_BYTES = PLAIN_BYTES + 48
HALF = 16  # the library splits 16 bytes at a time
# Argon2id: about a seventh of a second and 64 MiB for each guess at a passphrase.
PASSES, MEMORY = 3, 64 * 1024 * 1024


class Unreadable(ValueError):
    """Not sealed to this key, altered, or not what was expected inside."""


@dataclass(frozen=True, slots=True)
class LockedKey:
    """An officer's key pair as it is stored: the private half opens with the passphrase only."""

    public: bytes
    locked: bytes
    salt: bytes
    passes: int
    memory: int


def _derive(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    return nacl.pwhash.argon2id.kdf(32, passphrase.encode(), salt, opslimit=passes, memlimit=memory)


def new_officer_key(passphrase: str) -> LockedKey:
    pair, salt = PrivateKey.generate(), nacl.utils.random(nacl.pwhash.argon2id.SALTBYTES)
    box = nacl.secret.SecretBox(_derive(passphrase, salt, PASSES, MEMORY))
    return LockedKey(bytes(pair.public_key), bytes(box.encrypt(bytes(pair))), salt, PASSES, MEMORY)


def unlock(key: LockedKey, passphrase: str) -> bytes:
    """The officer's private key; Unreadable with a wrong passphrase."""
    box = nacl.secret.SecretBox(_derive(passphrase, key.salt, key.passes, key.memory))
    try:
        return bytes(box.decrypt(key.locked))
    except nacl.exceptions.CryptoError:
        raise Unreadable("wrong passphrase") from None


def seal(public: bytes, message: bytes) -> bytes:
    return bytes(SealedBox(PublicKey(public)).encrypt(message))


def unseal(private: bytes, sealed: bytes) -> bytes:
    try:
        return bytes(SealedBox(PrivateKey(private)).decrypt(sealed))
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        raise Unreadable("not sealed to this key") from None


# --- the key of a round ---


def split_key(officers: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """(public key of a fresh pair, one sealed share an officer's public key). Any two shares give the private key;
    it is kept nowhere. ValueError for fewer than two officers."""
    if len(officers) < THRESHOLD:
        raise ValueError("a round needs two officers or more")
    pair = PrivateKey.generate()
    secret = bytes(pair)
    halves = [Shamir.split(THRESHOLD, len(officers), secret[at : at + HALF]) for at in (0, HALF)]
    shares = [bytes([first[0]]) + bytes(first[1]) + bytes(second[1]) for first, second in zip(*halves, strict=True)]
    if join_shares(shares[-THRESHOLD:]) != secret:
        raise ValueError("the shares do not give the key back")
    return bytes(pair.public_key), [seal(public, share) for public, share in zip(officers, shares, strict=True)]


def join_shares(shares: Sequence[bytes]) -> bytes:
    """The private key of two shares; Unreadable when they are not two different ones."""
    if len({s[0] for s in shares}) < THRESHOLD or any(len(s) != 1 + 2 * HALF for s in shares):
        raise Unreadable("two different shares are needed")
    return b"".join(
        bytes(Shamir.combine([(s[0], s[at : at + HALF]) for s in shares])) for at in (1, 1 + HALF)
    )  # fmt: skip


def public_of(private: bytes) -> bytes:
    return bytes(PrivateKey(private).public_key)


# --- envelopes ---


def envelope(public: bytes, content: Mapping[str, Any]) -> bytes:
    """The content as JSON, padded to one size and sealed; ValueError when it is too long."""
    plain = json.dumps(dict(content), ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    if len(plain) > PLAIN_BYTES:
        raise ValueError("too much for one envelope")
    return seal(public, plain.ljust(PLAIN_BYTES))


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(name)


def open_envelope(private: bytes, sealed: bytes) -> dict[str, Any]:
    """What an envelope holds; Unreadable when it is not sealed to this key or holds no JSON object."""
    plain = unseal(private, sealed)
    try:
        found = json.loads(plain, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("no content") from None
    if not isinstance(found, dict):
        raise Unreadable("no content")
    return found

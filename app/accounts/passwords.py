"""Passwords: Argon2id through pwdlib, in threads, a few at a time (each costs 64 MiB and a fifth of a second)."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from pwdlib import PasswordHash

from app.accounts.errors import weak_password
from app.kit.text import Text, fold

MIN_LENGTH = 10
MAX_LENGTH = 200
_COMMON = {"matkhau123", "password12", "1234567890", "0123456789", "qwertyuiop", "anhyeuem123", "iloveyou12"}


class Hasher:
    """`busy` bounds how many run at once in this process."""

    def __init__(self, algorithm: PasswordHash, at_once: int = 2) -> None:
        self.algorithm = algorithm
        self.busy = asyncio.Semaphore(at_once)

    async def hash(self, password: str) -> str:
        async with self.busy:
            return await asyncio.to_thread(self.algorithm.hash, password)

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """(right?, new hash when the parameters have moved on). Takes as long for an unknown person."""
        async with self.busy:
            right, renewed = await asyncio.to_thread(self.algorithm.verify_and_update, password, stored or self.decoy())
        return right and stored is not None, renewed

    @lru_cache(maxsize=1)  # noqa: B019 - one hasher a process
    def decoy(self) -> str:
        return self.algorithm.hash("no such person")


@lru_cache
def hasher() -> Hasher:
    return Hasher(PasswordHash.recommended())


def check(password: str, email: str, name: str) -> None:
    """Invalid when a password is short, common, or the person's own name or address."""
    if len(password) < MIN_LENGTH:
        raise weak_password(
            Text(f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự.", f"Use a password of at least {MIN_LENGTH} characters.")
        )
    if len(password) > MAX_LENGTH:
        raise weak_password(Text(f"Mật khẩu tối đa {MAX_LENGTH} ký tự.", f"At most {MAX_LENGTH} characters."))
    plain = fold(password).replace(" ", "")
    own = {fold(email), fold(email.partition("@")[0]), fold(name).replace(" ", "")}
    if plain in _COMMON or plain in own or len(set(plain)) < 4:
        raise weak_password(
            Text(
                "Mật khẩu này quá dễ đoán. Hãy dùng một câu dài chỉ bạn biết.",
                "This password is easy to guess. Use a long phrase only you know.",
            )
        )

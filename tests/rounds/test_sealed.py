"""Sealed bids: what the database holds before the opening, who opens, and what counts."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.kit.actor import ANONYMOUS
from app.kit.errors import Conflict, Forbidden, Invalid
from app.platform.db import database, libpq_url, reading, unit_of_work
from app.rounds import cipher, planning, rounds, running, sealing
from app.rounds.repository import sealed as repository
from app.rounds.schemas import MakeOfficerKey, NameOfficers, TurnKey
from tests.rounds import hall as h
from tests.support import market as m

AMOUNT = 4_317_000_123
TURN = TurnKey(passphrase=h.PASSPHRASE)


async def dump() -> dict[str, list[str]]:
    """Every row of every table as text, bytes among them as hexadecimal: what a reader of the database sees."""
    tables = await m.rows(
        "SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
    )
    async with reading() as session:
        return {
            t: [r[0] for r in await session.execute(text(f"SELECT x::text FROM {t} x"))] for (t,) in tables
        }  # fmt: skip


def added(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    found = {t: [row for row in rows if row not in set(before[t])] for t, rows in after.items()}
    return {t: rows for t, rows in found.items() if rows}


async def closed(amounts: dict[int, list[int | None]], **changes: Any) -> h.Hall:
    """Bidders' envelopes in order (None takes back), and the end."""
    hall = await h.opened("sealed", **changes)
    for n, sent in amounts.items():
        for amount in sent:
            if amount is None:
                await sealing.take_back(hall.bidders[n], hall.round_id)
            else:
                await sealing.seal(hall.bidders[n], hall.round_id, h.sealed(amount))
    await hall.pass_time(hours=3)
    await running.advance(hall.round_id)
    return hall


async def open_all(hall: h.Hall) -> Any:
    assert await sealing.turn_key(hall.officers[0], hall.round_id, TURN) is False
    assert await sealing.turn_key(hall.officers[1], hall.round_id, TURN) is True
    return await rounds.read(ANONYMOUS, hall.round_id)


async def test_before_the_opening_the_database_tells_only_how_many(db):
    hall = await h.opened("sealed", deposit=77)
    before = await dump()
    bidder = hall.bidders[1]
    receipt = await sealing.seal(bidder, hall.round_id, h.sealed(AMOUNT))
    after = await dump()
    new = added(before, after)
    assert set(new) == {"public.sealed_envelope"}, "a bid leaves no row elsewhere, and changes none"
    assert [len(rows) for rows in new.values()] == [1]
    gone = {t: [r for r in rows if r not in set(after[t])] for t, rows in before.items()}
    assert not any(gone.values())
    (row,) = new["public.sealed_envelope"]
    entry = await hall.entry(bidder)
    for secret in (bidder.org_id, bidder.person_id, entry, bidder.org_name, bidder.person_name, AMOUNT):
        said = str(secret)
        assert said not in row
        assert said.replace("-", "") not in row
        assert said.encode().hex() not in row
        count = [sum(said in r for rows in d.values() for r in rows) for d in (before, after)]
        assert count[0] == count[1]
    # Replacing and taking back look like a bid: the same size, random ids, no time, no order.
    await sealing.seal(bidder, hall.round_id, h.sealed(1))
    await sealing.take_back(bidder, hall.round_id)
    await sealing.seal(hall.bidders[0], hall.round_id, h.sealed(10**15))
    rows = await m.rows("SELECT id, octet_length(ciphertext), sha256, ciphertext FROM sealed_envelope")
    assert {r[1] for r in rows} == {cipher.ENVELOPE_BYTES}
    assert {r[0].version for r in rows} == {4}
    assert receipt.sha256 in {r[2] for r in rows}
    assert all(hashlib.sha256(r[3]).hexdigest() == r[2] for r in rows)
    columns = await m.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'sealed_envelope'")
    assert {c for (c,) in columns} == {"id", "round_id", "ciphertext", "sha256"}


async def test_the_private_key_is_kept_nowhere(db):
    """Of all bytes in the database none opens an envelope, nor do the officers' stored keys without a passphrase."""
    hall = await closed({0: [AMOUNT]})
    (envelope,) = await m.rows("SELECT ciphertext FROM sealed_envelope")
    blobs = [bytes(r[0]) for r in await m.rows(
        "SELECT public_key FROM public_round UNION ALL SELECT share FROM round_officer UNION ALL SELECT locked FROM"
        " officer_key UNION ALL SELECT reserve_sealed FROM public_round UNION ALL SELECT public_key FROM officer_key"
    )]  # fmt: skip
    tried = 0
    for blob in blobs:
        for at in range(len(blob) - 31):
            tried += 1
            with pytest.raises(cipher.Unreadable):
                cipher.open_envelope(blob[at : at + 32], envelope[0])
    assert tried > 100
    assert (await hall.row()).reserve is None


async def test_one_officer_alone_never_opens(db):
    hall = await closed({0: [5000]})
    first, second = hall.officers
    assert await sealing.turn_key(first, hall.round_id, TURN) is False
    with pytest.raises(Conflict) as again:
        await sealing.turn_key(first, hall.round_id, TURN)
    assert again.value.code == "round.already_turned"
    assert (await hall.row()).status == "closed"
    assert await m.scalar("SELECT count(*) FROM opened_envelope") == 0
    # What the first one left is sealed to the second: with the first one's own key it stays shut.
    key = await m.row("SELECT * FROM officer_key WHERE person_id = :p", p=first.person_id)
    private = cipher.unlock(
        cipher.LockedKey(key.public_key, key.locked, key.salt, key.passes, key.memory), h.PASSPHRASE
    )
    left = await m.scalar("SELECT share FROM round_key_turn")
    with pytest.raises(cipher.Unreadable):
        cipher.unseal(private, left)
    own = cipher.unseal(
        private, await m.scalar("SELECT share FROM round_officer WHERE person_id = :p", p=first.person_id)
    )
    with pytest.raises(cipher.Unreadable):
        cipher.join_shares([own, own])
    # After half an hour the first turn is worth nothing.
    await hall.pass_time(minutes=31)
    assert await sealing.turn_key(second, hall.round_id, TURN) is False
    assert await sealing.turn_key(first, hall.round_id, TURN) is True


async def test_who_may_not_open(db):
    hall = await h.opened("sealed")
    await sealing.seal(hall.bidders[0], hall.round_id, h.sealed(5000))
    with pytest.raises(Conflict):  # bids are still taken
        await sealing.turn_key(hall.officers[0], hall.round_id, TURN)
    await hall.pass_time(hours=3)
    other = (await h.officers(1))[0]
    for who in (other, hall.seller, hall.bidders[0], m.DEPARTMENT):
        with pytest.raises(Forbidden):
            await sealing.turn_key(who, hall.round_id, TURN)
    with pytest.raises(Invalid) as wrong:
        await sealing.turn_key(hall.officers[0], hall.round_id, TurnKey(passphrase="khong phai cau nay dau"))
    assert wrong.value.code == "round.wrong_passphrase"
    assert await m.scalar("SELECT count(*) FROM round_key_turn") == 0


async def test_the_last_envelope_counts_and_all_is_published(db):
    hall = await closed({0: [7000, 5000], 1: [9000, None], 2: [6000]})
    view = await open_all(hall)
    assert (view.status, view.result_price, view.winner.id) == ("awarded", 6000, hall.bidders[2].org_id)
    standing = sorted((e.standing, e.amount) for e in view.envelopes if e.standing != "x")
    assert [s for s, _ in standing] == ["counts", "counts", "replaced", "replaced", "withdrawn"]
    assert {a for s, a in standing if s != "counts"} == {None}, "what was replaced is nobody's business"
    assert view.reserve == 1000
    deal = await m.row(
        "SELECT status, buyer_org_id, agreed_value FROM deal WHERE id = (SELECT deal_id FROM public_round)"
    )
    assert tuple(deal) == ("agreed", hall.bidders[2].org_id, 6000)
    await m.sound()


async def test_a_receipt_is_found_in_the_log(db):
    hall = await h.opened("sealed")
    receipt = await sealing.seal(hall.bidders[0], hall.round_id, h.sealed(2000))
    assert await sealing.holds(ANONYMOUS, hall.round_id, receipt.sha256)
    assert not await sealing.holds(ANONYMOUS, hall.round_id, "0" * 64)
    await hall.pass_time(hours=3)
    view = await open_all(hall)
    mine = next(e for e in view.envelopes if e.sha256 == receipt.sha256)
    assert (mine.amount, mine.at) == (2000, receipt.at)


async def test_below_the_reserve_and_no_bids(db):
    hall = await closed({0: [999]})
    view = await open_all(hall)
    assert (view.status, view.reason_code, view.winner, view.deal_id) == ("unsold", "reserve_not_met", None, None)
    assert await m.scalar("SELECT status FROM listing WHERE id = :l", l=hall.listing_id) == "published"
    hall = await closed({})
    assert (await open_all(hall)).reason_code == "no_bids"
    await m.sound()


async def test_what_cannot_be_read_is_listed_and_counts_for_nothing(db):
    hall = await h.opened("sealed")
    key = (await hall.row()).public_key
    other = await h.opened("sealed")
    entry = await hall.entry(hall.bidders[0])
    good = {"round": str(hall.round_id), "entry": str(entry), "at": "2026-12-01T00:00:00+00:00", "nonce": "x"}
    forged = [
        b"\0" * cipher.ENVELOPE_BYTES,
        cipher.seal((await other.row()).public_key, b" " * cipher.PLAIN_BYTES),
        cipher.seal(key, b"[]".ljust(cipher.PLAIN_BYTES)),
        cipher.envelope(key, good | {"round": str(other.round_id), "amount": 9000}),
        cipher.envelope(key, good | {"entry": str(await other.entry(other.bidders[0])), "amount": 9000}),
        cipher.envelope(key, good | {"amount": 9000.5}),
        cipher.envelope(key, good | {"amount": True}),
        cipher.envelope(key, good | {"amount": 10**16}),
        cipher.envelope(key, good | {"amount": 9000, "at": "hôm qua"}),
    ]
    for n, ciphertext in enumerate(forged):
        async with unit_of_work() as session:
            assert await repository.put(session, hall.round_id, h.new_id(), ciphertext, f"{n:064d}", 100)
    await sealing.seal(hall.bidders[1], hall.round_id, h.sealed(1500))
    await hall.pass_time(hours=3)
    view = await open_all(hall)
    assert sorted(e.standing for e in view.envelopes) == ["counts"] + ["invalid"] * len(forged)
    assert view.result_price == 1500


async def test_late_envelopes_are_refused_by_the_statement_itself(db):
    """Even where the check before it was passed in time."""
    hall = await h.opened("sealed")
    await hall.leave(1.5)
    async with unit_of_work() as session:
        assert await repository.put(session, hall.round_id, h.new_id(), b"\1" * 560, "a" * 64, 100)
        await asyncio.sleep(1.6)  # the transaction is as old as its beginning; the clock is not
        assert not await repository.put(session, hall.round_id, h.new_id(), b"\2" * 560, "b" * 64, 100)
    with pytest.raises(Conflict) as late:
        await sealing.seal(hall.bidders[0], hall.round_id, h.sealed(2000))
    assert late.value.code == "round.too_late"
    assert (await hall.row()).status == "closed"


async def test_envelopes_that_race_the_end_are_in_or_out(db):
    hall = await h.opened("sealed", bidders=6)
    await hall.leave(1.5)
    results: list[Any] = []

    async def lay(n: int) -> None:
        for amount in range(2000, 2010):
            try:
                results.append(await sealing.seal(hall.bidders[n], hall.round_id, h.sealed(amount + n)))
            except Conflict as refusal:
                results.append(refusal)
            await asyncio.sleep(0.2)

    await asyncio.gather(*(lay(n) for n in range(6)), running.sweep())
    taken = {r.sha256 for r in results if not isinstance(r, Conflict)}
    assert {r.code for r in results if isinstance(r, Conflict)} == {"round.too_late"}
    await running.sweep()
    assert taken
    assert taken == {s for (s,) in await m.rows("SELECT sha256 FROM sealed_envelope")}
    at_close = await m.scalar(
        "SELECT detail->'envelopes' FROM state_change WHERE action = 'close' AND subject_id = :r", r=hall.round_id
    )
    assert set(at_close) == taken, "nothing came in after the set was written down"


async def test_no_announcement_without_two_officers(db):
    seller = await h.verified("university")
    listing_id = await m.publish(seller)
    round_id = await planning.plan(seller, listing_id, h.plan("sealed"))
    with pytest.raises(Conflict) as refusal:
        await planning.announce(seller, round_id, h.announce())
    assert refusal.value.code == "round.no_officers"
    first, second = await h.officers()
    keyless = await h.operator("Chưa có khóa")
    for wanted in ([first, keyless], [first, first]):
        with pytest.raises(Invalid):
            await planning.name_officers(m.OPERATOR, round_id, NameOfficers(person_ids=[o.person_id for o in wanted]))
    await planning.name_officers(m.OPERATOR, round_id, NameOfficers(person_ids=[first.person_id, second.person_id]))
    await sealing.make_officer_key(second, MakeOfficerKey(passphrase=h.PASSPHRASE))
    with pytest.raises(Conflict):  # the key that was named is no longer used
        await planning.announce(seller, round_id, h.announce())
    await planning.name_officers(m.OPERATOR, round_id, NameOfficers(person_ids=[first.person_id, second.person_id]))
    await planning.announce(seller, round_id, h.announce())
    with pytest.raises(Conflict):
        await planning.name_officers(m.OPERATOR, round_id, NameOfficers(person_ids=[first.person_id, second.person_id]))


async def test_a_new_key_of_an_officer_leaves_running_rounds_alone(db):
    hall = await closed({0: [5000]})
    await sealing.make_officer_key(hall.officers[0], MakeOfficerKey(passphrase="mot cau mat khau khac han truoc"))
    assert (await open_all(hall)).status == "awarded"


def test_two_of_three_shares_open_and_one_does_not() -> None:
    keys = [cipher.new_officer_key(f"{h.PASSPHRASE} {n}") for n in range(3)]
    public, sealed = cipher.split_key([k.public for k in keys])
    locks = zip(keys, sealed, strict=True)
    shares = [cipher.unseal(cipher.unlock(k, f"{h.PASSPHRASE} {n}"), s) for n, (k, s) in enumerate(locks)]
    for pair in ((0, 1), (0, 2), (1, 2)):
        assert cipher.public_of(cipher.join_shares([shares[n] for n in pair])) == public
    with pytest.raises(cipher.Unreadable):
        cipher.join_shares([shares[0]])
    with pytest.raises(ValueError):
        cipher.split_key([keys[0].public])


async def backup() -> str:
    """A logical backup as the database's own tools make it: every table by COPY, bytes as hexadecimal."""
    parts: list[str] = []
    async with await psycopg.AsyncConnection.connect(libpq_url(database().url)) as connection:
        tables = await (
            await connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname = 'public' ORDER BY 1"
            )
        ).fetchall()
        for (table,) in tables:
            parts.append(f"COPY {table}\n")
            async with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                parts += [bytes(block).decode() async for block in copy]
    return "".join(parts)


async def test_a_backup_taken_before_the_opening_tells_only_how_many(db) -> None:
    """Two backups that differ by what three bidders said: lines of one table, of one length, with no word of who,
    how much or when."""
    hall = await h.opened("sealed")
    amounts = [AMOUNT, 98_765_432_101, 15_151_515_151]
    empty = (await backup()).splitlines()
    for bidder, amount in zip(hall.bidders, amounts, strict=True):
        await sealing.seal(bidder, hall.round_id, h.sealed(amount))
    await sealing.seal(hall.bidders[0], hall.round_id, h.sealed(amounts[0] + 1))
    await sealing.take_back(hall.bidders[2], hall.round_id)
    full = await backup()
    new = list((Counter(full.splitlines()) - Counter(empty)).elements())
    assert not Counter(empty) - Counter(full.splitlines()), "nothing else changed"
    assert len(new) == 5, "as many as envelopes, whoever laid them in"
    assert len({len(line) for line in new}) == 1
    at = full.index("COPY public.sealed_envelope\n")
    table = full[at : full.index("COPY ", at + 5)].splitlines()[1:]
    assert sorted(table) == sorted(new)
    # What is left of a line without its random id, the round, and what is sealed with its hash.
    assert all(len(line.split("\t")) == 4 for line in new)
    entries = [await hall.entry(b) for b in hall.bidders]
    who = [str(x) for b in hall.bidders for x in (b.org_id, b.person_id, b.org_name)] + [str(e) for e in entries]
    how_much = [str(a) for a in amounts] + [f"{a:x}" for a in amounts]
    for secret in [*who, *how_much]:
        for said in (secret, secret.replace("-", ""), secret.encode().hex()):
            assert not any(said in line for line in new)
    for amount in how_much:
        assert amount not in full

"""The agreement: one text, its signatures, what ends it; and the races at it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.disclosure import NdaKind, disclosure, wording
from app.disclosure.ndas import months_after
from app.disclosure.schemas import DraftTemplate, SignNda
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.support import market as m
from tests.support import secrets as s


async def _state(nda_id: Any) -> str:
    return str(await m.scalar("SELECT status FROM nda WHERE id = :id", id=nda_id))


async def test_two_signatures_bring_it_into_force(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.buyer, table.deal_id)
    assert (await _state(nda_id), await disclosure.nda_in_force(table.deal_id)) == ("proposed", False)
    await s.sign(table.seller, nda_id)
    assert (await _state(nda_id), await disclosure.nda_in_force(table.deal_id)) == ("signed_one", False)
    await s.sign(table.buyer, nda_id)
    view = await disclosure.nda(table.buyer, nda_id)
    assert (view.status, await disclosure.nda_in_force(table.deal_id)) == ("in_force", True)
    assert view.body is not None
    assert view.in_force_at is not None
    assert view.expires_at == months_after(view.in_force_at, 24)
    assert [(x.capacity.value, x.role, x.typed_name, x.sha256) for x in view.signatures] == [
        ("seller", "owner", table.seller.person_name, view.sha256),
        ("buyer", "owner", table.buyer.person_name, view.sha256),
    ]
    assert table.buyer.org_name in view.body
    assert s.PURPOSE in view.body
    checked = await disclosure.verify_nda(table.seller, nda_id)
    assert checked.sound
    assert checked.computed == hashlib.sha256(view.body.encode()).hexdigest()
    ends = await disclosure.deadlines([table.deal_id])
    assert [(d, at) for d, at, _ in ends] == [(table.deal_id, view.expires_at)]
    await m.sound()


async def test_the_time_is_the_databases(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.buyer, table.deal_id)
    with clock.frozen(datetime(2031, 1, 1, tzinfo=UTC)):
        await s.sign(table.seller, nda_id)
    at = (await disclosure.nda(table.seller, nda_id)).signatures[0].at
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)


async def test_only_those_who_bind_sign_and_only_what_they_read(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    good = await s.confirmation(table.buyer, nda_id)
    for actor, refusal in (
        (s.colleague(table.buyer, Role.member), Forbidden),
        (s.colleague(table.buyer, Role.viewer), Forbidden),
        (m.OPERATOR, Forbidden),
        (m.DEPARTMENT, Forbidden),
        (await s.broker(table.deal_id), Forbidden),
        (await m.acting(), NotFound),
    ):
        with pytest.raises(refusal):
            await disclosure.sign_nda(actor, nda_id, good)
    with pytest.raises(Invalid):
        await disclosure.sign_nda(table.buyer, nda_id, SignNda(typed_name="Nguyen Van A", sha256=good.sha256))
    with pytest.raises(Conflict):
        await disclosure.sign_nda(table.buyer, nda_id, SignNda(typed_name=good.typed_name, sha256="0" * 64))
    assert await m.scalar("SELECT count(*) FROM nda_signature") == 0
    assert (await disclosure.nda(m.DEPARTMENT, nda_id)).body is None


async def test_a_new_text_voids_what_was_signed(db: Any) -> None:
    table = await m.market()
    first = await s.propose(table.seller, table.deal_id)
    await s.sign(table.seller, first)
    stale = await s.confirmation(table.buyer, first)
    second = await s.propose(table.buyer, table.deal_id, term_months=12)
    assert [await _state(first), await _state(second)] == ["superseded", "proposed"]
    with pytest.raises(Conflict):
        await disclosure.sign_nda(table.buyer, first, stale)
    with pytest.raises(Conflict):  # the hash of the first text is no signature of the second
        await disclosure.sign_nda(table.buyer, second, stale)
    assert not (await disclosure.nda(table.seller, second)).signatures
    await s.sign(table.buyer, second)
    assert not await disclosure.nda_in_force(table.deal_id)


async def test_one_in_force_stands_until_it_is_ended(db: Any) -> None:
    table = await m.market()
    first = await s.in_force(table.deal_id, table.seller, table.buyer)
    with pytest.raises(Conflict):
        await s.propose(table.seller, table.deal_id)
    await disclosure.terminate_nda(table.seller, first, s.decline("rights", "Đổi phạm vi."))
    assert (await _state(first), await disclosure.nda_in_force(table.deal_id)) == ("terminated", False)
    await s.in_force(table.deal_id, table.seller, table.buyer)
    assert await disclosure.nda_in_force(table.deal_id)


async def test_what_was_opened_under_an_ended_agreement_stays_shut_under_the_next(db: Any) -> None:
    room = await s.room()
    assert room.nda_id
    await disclosure.terminate_nda(room.buyer, room.nda_id, s.decline())
    await s.in_force(room.deal_id, room.seller, room.buyer)
    assert (await disclosure.room(room.buyer, room.deal_id)).why == "not_granted"


async def test_declining_and_withdrawing(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    with pytest.raises(Forbidden):
        await disclosure.decline_nda(table.seller, nda_id, s.decline())
    with pytest.raises(Forbidden):
        await disclosure.withdraw_nda(table.buyer, nda_id)
    await disclosure.decline_nda(table.buyer, nda_id, s.decline("description_unclear", "Mục đích quá rộng."))
    view = await disclosure.nda(table.seller, nda_id)
    assert view.reason_code is not None
    assert (view.status, view.reason_code.value, view.reason) == (
        "declined",
        "description_unclear",
        "Mục đích quá rộng.",
    )
    again = await s.propose(table.seller, table.deal_id)
    await disclosure.withdraw_nda(table.seller, again)
    with pytest.raises(Conflict):
        await s.sign(table.buyer, again)


async def test_a_closed_deal_takes_no_agreement(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="price"))
    with pytest.raises(Conflict):
        await s.sign(table.buyer, nda_id)
    with pytest.raises(Conflict):
        await s.propose(table.buyer, table.deal_id)


async def test_the_clock_ends_it(db: Any) -> None:
    room = await s.room()
    later = clock.now() + timedelta(days=760)
    with clock.frozen(later):
        assert not await disclosure.nda_in_force(room.deal_id)
        assert await disclosure.expire_due() == 1
        assert await disclosure.expire_due() == 0
    assert room.nda_id
    assert await _state(room.nda_id) == "expired"
    assert await m.scalar("SELECT revoked_why FROM room_grant WHERE id = :g", g=room.grant_id) == "nda_ended"


async def test_an_adherence_needs_an_agreement_in_force(db: Any) -> None:
    table = await m.market()
    broker = await s.broker(table.deal_id)
    nda_id = await s.propose(table.seller, table.deal_id)
    with pytest.raises(Conflict):
        await s.adhere(broker, nda_id)
    await s.sign(table.buyer, nda_id)
    await s.sign(table.seller, nda_id)
    with pytest.raises(Forbidden):  # a party signs, it does not adhere
        await s.adhere(table.buyer, nda_id)
    with pytest.raises(Forbidden):
        await s.sign(broker, nda_id)
    await s.adhere(broker, nda_id)
    await s.adhere(broker, nda_id)  # a second click
    kinds = await m.rows("SELECT kind, capacity FROM nda_signature ORDER BY at")
    assert [tuple(k) for k in kinds] == [("party", "buyer"), ("party", "seller"), ("adherence", "buyer_broker")]


# --- races ---


async def test_a_double_click_is_one_signature(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    command = await s.confirmation(table.buyer, nda_id)
    await asyncio.gather(*(disclosure.sign_nda(table.buyer, nda_id, command) for _ in range(8)))
    assert await m.scalar("SELECT count(*) FROM nda_signature WHERE nda_id = :id", id=nda_id) == 1
    assert (
        await m.scalar("SELECT count(*) FROM state_change WHERE subject_id = :id AND action = 'sign'", id=nda_id) == 1
    )
    assert await _state(nda_id) == "signed_one"


async def test_both_sign_at_once(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    await asyncio.gather(s.sign(table.seller, nda_id), s.sign(table.buyer, nda_id))
    assert await _state(nda_id) == "in_force"


@pytest.mark.parametrize("_round", range(4))
async def test_sign_against_withdraw(db: Any, _round: int) -> None:
    """Exactly one of the two happens, and the other is told why."""
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    await s.sign(table.seller, nda_id)
    command = await s.confirmation(table.buyer, nda_id)
    done = await asyncio.gather(
        disclosure.sign_nda(table.buyer, nda_id, command),
        disclosure.withdraw_nda(table.seller, nda_id),
        return_exceptions=True,
    )
    refused = [d for d in done if isinstance(d, BaseException)]
    assert [type(r) for r in refused] == [Conflict]
    expected = "withdrawn" if isinstance(done[0], Conflict) else "in_force"
    assert await _state(nda_id) == expected
    signed = await m.scalar("SELECT count(*) FROM nda_signature WHERE nda_id = :id", id=nda_id)
    assert signed == (2 if expected == "in_force" else 1)


async def test_two_proposals_at_once_leave_one_alive(db: Any) -> None:
    table = await m.market()
    await asyncio.gather(s.propose(table.seller, table.deal_id), s.propose(table.buyer, table.deal_id))
    states = sorted(r[0] for r in await m.rows("SELECT status FROM nda"))
    assert states == ["proposed", "superseded"]


# --- the database itself ---


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE nda SET body = body || ' thêm'",
        "UPDATE nda SET sha256 = repeat('0', 64)",
        "UPDATE nda SET term_months = 1",
        "UPDATE nda_signature SET typed_name = 'ai đó'",
        "DELETE FROM nda_signature",
        "UPDATE nda_template SET body_vi = 'khác'",
        "DELETE FROM room_log",
        "UPDATE room_log SET person_name = 'ai đó'",
        "UPDATE room_version SET sha256 = repeat('0', 64)",
    ],
)
async def test_what_was_fixed_cannot_be_edited(db: Any, sql: str) -> None:
    room = await s.room()
    assert room.document_id
    await disclosure.open_document(room.buyer, room.deal_id, room.document_id)
    with pytest.raises(DBAPIError) as refusal:
        await m.execute(sql)
    assert isinstance(refusal.value.orig, psycopg.errors.RestrictViolation)


# --- words ---

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(seller=NAMES, buyer=NAMES, purpose=NAMES)
def test_a_name_is_text_and_no_place(seller: str, buyer: str, purpose: str) -> None:
    """Whatever somebody is called, nobody's name fills another's place."""
    values = {"seller": seller, "buyer": buyer, "purpose": purpose, "deal": "GD-1", "technology": "x", "term_months": 2}
    body = "{seller}|{buyer}|{purpose}"
    text = wording.filled(body, values)
    one = [" ".join(wording.one_line(v).split()) for v in (seller, buyer, purpose)]
    assert text == "|".join(one).strip()


def test_the_first_versions_have_every_place() -> None:
    for template in wording.first_versions():
        for language in ("body_vi", "body_en"):
            assert wording.places(template[language]) == ([], []), template["kind"]


async def test_templates_are_published_once_and_for_all(db: Any) -> None:
    with pytest.raises(Forbidden):
        await disclosure.templates(m.DEPARTMENT)
    first = (await disclosure.in_use(NdaKind.mutual)).version
    body = wording.first_versions()[1]
    command = DraftTemplate(kind="mutual", body_vi=body["body_vi"] + "\nThêm một điều.", body_en=body["body_en"])
    made = await disclosure.draft_template(m.OPERATOR, command)
    assert (await disclosure.in_use(NdaKind.mutual)).version == first
    await disclosure.publish_template(m.OPERATOR, made)
    assert (await disclosure.in_use(NdaKind.mutual)).version == first + 1
    with pytest.raises(Conflict):
        await disclosure.publish_template(m.OPERATOR, made)
    broken = DraftTemplate(kind="mutual", body_vi=body["body_vi"].replace("{buyer}", "{byer}"), body_en=body["body_en"])
    with pytest.raises(Invalid):
        await disclosure.draft_template(m.OPERATOR, broken)
    await asyncio.gather(*(disclosure.draft_template(m.OPERATOR, command) for _ in range(3)))
    assert await m.scalar("SELECT max(version) FROM nda_template WHERE kind = 'mutual'") == first + 4


def test_months_end_where_the_month_ends() -> None:
    at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert months_after(at, 1) == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert months_after(at, 25) == datetime(2028, 2, 29, 9, tzinfo=UTC)


async def test_the_name_is_the_signers_own(db: Any) -> None:
    table = await m.market()
    nda_id = await s.propose(table.seller, table.deal_id)
    signer = replace(table.buyer, person_name="Đỗ Thị Ánh")
    digest = (await s.confirmation(signer, nda_id)).sha256
    for typed in ("Do Thi Anh", "Đỗ Thị", ""):
        with pytest.raises((Invalid, ValueError)):
            await disclosure.sign_nda(signer, nda_id, SignNda(typed_name=typed, sha256=digest))
    await disclosure.sign_nda(signer, nda_id, SignNda(typed_name="  đỗ  thị ánh ", sha256=digest))

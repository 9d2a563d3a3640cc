"""Mandates: what binds, what excludes, when they end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.brokerage import mandates
from app.brokerage.schemas.mandates import (
    CounterMandate,
    DeclineMandate,
    GiveNotice,
    ProposeMandate,
    Scope,
    SignMandate,
)
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.listings import listings
from tests.offers.test_races import race, refusals
from tests.support import brokering as b
from tests.support import market as m


async def status(mandate_id: Any) -> str:
    return str(await m.scalar("SELECT status FROM mandate WHERE id = :id", id=mandate_id))


async def test_both_sign_the_same_text(db):
    client, broker = await m.acting("university"), await b.broker()
    mandate_id = await b.proposed(client, broker, exclusive=True)
    view = await mandates.read(broker, mandate_id)
    assert "độc quyền" in view.text
    assert view.actions == ["sign", "counter", "decline"]
    await b.sign(client, mandate_id)
    assert await status(mandate_id) == "signed"
    with pytest.raises(Conflict) as twice:
        await b.sign(client, mandate_id)
    assert twice.value.code == "mandate.already_signed"
    await b.sign(broker, mandate_id)
    view = await mandates.read(client, mandate_id)
    assert (view.status, len(view.signatures)) == ("active", 2)
    assert {s.sha256 for s in view.signatures} == {view.sha256}
    with pytest.raises(NotFound):
        await mandates.read(await m.acting(), mandate_id)
    with pytest.raises(NotFound):
        await mandates.read(m.DEPARTMENT, mandate_id)
    await m.sound()


async def test_a_new_version_takes_the_signature_away(db):
    client, broker = await m.acting("university"), await b.broker()
    mandate_id = await b.signed(client, broker)
    old = (await mandates.read(client, mandate_id)).sha256
    await mandates.counter(broker, mandate_id, CounterMandate(terms=b.terms(tail_days=10)))
    view = await mandates.read(client, mandate_id)
    assert (view.status, view.version, view.signatures) == ("proposed", 2, [])
    with pytest.raises(Conflict) as unseen:
        await mandates.sign(client, mandate_id, SignMandate(sha256=old))
    assert unseen.value.code == "mandate.changed_meanwhile"
    await b.sign(broker, mandate_id)
    await b.sign(client, mandate_id)
    assert await status(mandate_id) == "active"


async def test_only_owners_and_managers_of_a_party_bind(db):
    client, broker = await m.acting("university"), await b.broker()
    mandate_id = await b.proposed(client, broker)
    member = await m.acting()
    object.__setattr__(member, "org_id", client.org_id)
    object.__setattr__(member, "role", Role.member)
    sha256 = (await mandates.read(member, mandate_id)).sha256
    for verb in (
        mandates.sign(member, mandate_id, SignMandate(sha256=sha256)),
        mandates.decline(member, mandate_id, DeclineMandate(reason_code="terms")),
        mandates.sign(m.OPERATOR, mandate_id, SignMandate(sha256=sha256)),
    ):
        with pytest.raises(Forbidden):
            await verb
    stranger = await m.acting()
    with pytest.raises(Forbidden) as outside:
        await mandates.propose(
            stranger, ProposeMandate(client_org_id=client.org_id, broker_org_id=broker.org_id, terms=b.terms())
        )
    assert outside.value.code == "mandate.not_a_party"
    assert await status(mandate_id) == "proposed"


async def test_who_offers_no_brokerage_is_no_broker(db):
    client, other = await m.acting("university"), await m.acting("intermediary")
    with pytest.raises(Conflict) as refused:
        await b.proposed(client, other)
    assert refused.value.code == "mandate.no_brokerage_service"
    assert await m.scalar("SELECT count(*) FROM mandate") == 0


async def test_scope_names_the_clients_own_things(db):
    client, broker = await m.acting("university"), await b.broker()
    theirs = await m.publish(await m.acting("institute"))
    with pytest.raises(Invalid) as refused:
        await b.proposed(client, broker, scope={"kind": "subjects", "listing_ids": [str(theirs)]})
    assert refused.value.code == "mandate.not_the_clients"


# --- the cap of the law ---


async def test_state_money_caps_the_commission(db):
    client, broker = await m.acting("university"), await b.broker()
    await m.publish(client, funding="state")
    for commission in (
        {"tiers": [{"percent": "10.001"}]},
        {"tiers": [{"percent": "5"}], "minimum": 1},
        {"tiers": [{"up_to": 1000, "percent": "12"}, {"percent": "3"}]},
        {"fixed": 1_000_000},
        {"tiers": [{"percent": "5"}], "pay": "retainer", "retainer": 5_000_000},
    ):
        with pytest.raises(Invalid) as refused:
            await b.proposed(client, broker, commission=commission)
        said = refused.value.fields["commission"]
        assert "08/2014" in said.vi
        assert "chưa được đối chiếu" in said.vi
    mandate_id = await b.proposed(client, broker, commission={"tiers": [{"percent": "10"}]})
    assert (await mandates.read(client, mandate_id)).cap is not None


async def test_the_cap_holds_for_what_is_in_scope_and_for_sellers(db):
    client, broker = await m.acting("university"), await b.broker()
    await m.publish(client, funding="state", field="2")
    own = await m.publish(client, funding="own")
    high = {"tiers": [{"percent": "15"}]}
    await b.proposed(client, broker, commission=high, scope={"kind": "subjects", "listing_ids": [str(own)]})
    await b.proposed(client, broker, commission=high, scope={"kind": "fields", "fields": ["3"]})
    await b.proposed(client, broker, commission=high, side="buyer")
    with pytest.raises(Invalid):
        await b.proposed(client, broker, commission=high, scope={"kind": "fields", "fields": ["2"]})


async def test_signing_looks_at_the_cap_again(db):
    client, broker = await m.acting("university"), await b.broker()
    mandate_id = await b.signed(client, broker, commission={"tiers": [{"percent": "15"}]})
    await m.publish(client, funding="mixed")
    with pytest.raises(Invalid) as refused:
        await b.sign(broker, mandate_id)
    assert refused.value.code == "mandate.over_the_cap"
    assert await status(mandate_id) == "signed"


# --- exclusivity ---


async def test_an_exclusive_mandate_excludes_others(db):
    client = await m.acting("university")
    one, other = await b.broker(), await b.broker()
    await b.active(client, one, exclusive=True)
    for exclusive in (True, False):
        second = await b.signed(client, other, exclusive=exclusive)
        with pytest.raises(Conflict) as refused:
            await b.sign(other, second)
        assert refused.value.code == "mandate.exclusivity"
        assert await status(second) == "signed"
    later = clock.today() + timedelta(days=400)
    await b.active(client, other, exclusive=True, starts_on=later, ends_on=later + timedelta(days=30))
    await b.active(client, other, exclusive=True, side="buyer")
    await b.active(await m.acting("university"), other, exclusive=True)
    await m.sound()


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({"kind": "everything"}, {"kind": "fields", "fields": ["1"]}, True),
        ({"kind": "fields", "fields": ["2"]}, {"kind": "fields", "fields": ["2.7"]}, True),
        ({"kind": "fields", "fields": ["2.7"]}, {"kind": "fields", "fields": ["2"]}, True),
        ({"kind": "fields", "fields": ["2.7"]}, {"kind": "fields", "fields": ["2.8", "3"]}, False),
    ],
)
def test_scopes_overlap(one: Any, other: Any, overlap: bool) -> None:
    a, c = Scope.model_validate(one), Scope.model_validate(other)
    assert a.overlaps(c, {}) is overlap
    assert c.overlaps(a, {}) is overlap


async def test_a_named_technology_lies_in_its_field(db):
    client = await m.acting("university")
    one, other = await b.broker(), await b.broker()
    water = await m.publish(client, field="2.7")
    second = await m.publish(client, field="3")
    await b.active(client, one, exclusive=True, scope={"kind": "subjects", "listing_ids": [str(water)]})
    in_field = await b.signed(client, other, scope={"kind": "fields", "fields": ["2"]})
    with pytest.raises(Conflict):
        await b.sign(other, in_field)
    await b.active(client, other, exclusive=True, scope={"kind": "subjects", "listing_ids": [str(second)]})


async def test_two_exclusive_mandates_signed_at_once_leave_one(db):
    for _ in range(6):
        client = await m.acting("university")
        brokers = [await b.broker() for _ in range(3)]
        ids = [await b.signed(client, x, exclusive=True) for x in brokers]
        results = await race(*(b.sign(x, i) for x, i in zip(brokers, ids, strict=True)))
        refused = refusals(results)
        assert [r.code for r in refused] == ["mandate.exclusivity"] * 2
        standing = await m.rows("SELECT status FROM mandate WHERE id = ANY(:ids)", ids=ids)
        assert sorted(r[0] for r in standing) == ["active", "signed", "signed"]
    await m.sound()


async def test_both_sign_at_once(db):
    for _ in range(6):
        client, broker = await m.acting("university"), await b.broker()
        mandate_id = await b.proposed(client, broker)
        results = await race(b.sign(client, mandate_id), b.sign(broker, mandate_id))
        assert refusals(results) == []
        assert await status(mandate_id) == "active"


# --- its end ---


async def test_it_ends_after_its_last_day_in_vietnam(db):
    client, broker = await m.acting("university"), await b.broker()
    last = clock.today() + timedelta(days=10)
    mandate_id = await b.active(client, broker, ends_on=last)
    evening = clock.datetime.combine(last, clock.datetime.max.time(), clock.VIETNAM)
    with clock.frozen(evening):
        assert await mandates.turn_due() == 0
    with clock.frozen(evening + timedelta(seconds=1)):
        assert await mandates.turn_due() == 1
    assert await m.scalar("SELECT end_code FROM mandate WHERE id = :id", id=mandate_id) == "term"


async def test_it_extends_by_rule_unless_notice_was_given(db):
    client, broker = await m.acting("university"), await b.broker()
    last = clock.today() + timedelta(days=10)
    kept = await b.active(client, broker, ends_on=last, renew_months=3)
    left = await b.active(client, broker, ends_on=last, renew_months=3, notice_days=30)
    await mandates.give_notice(broker, left, GiveNotice())
    with pytest.raises(Conflict):
        await mandates.give_notice(client, left, GiveNotice())
    with clock.frozen(clock.now() + timedelta(days=11)):
        await mandates.turn_due()
    assert await m.scalar("SELECT ends_on FROM mandate WHERE id = :id", id=kept) == mandates_add(last, 3)
    assert (await status(kept), await status(left)) == ("active", "ended")
    assert await m.scalar("SELECT end_code FROM mandate WHERE id = :id", id=left) == "notice"


def mandates_add(day: date, months: int) -> date:
    """Counted day by day: the same number in the month so many months later, or that month's last day."""
    found, year, month = day.day, day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    while True:
        try:
            return date(year, month, found)
        except ValueError:
            found -= 1


async def test_an_extension_gives_way_to_an_exclusive_mandate_that_began(db):
    client = await m.acting("university")
    one, other = await b.broker(), await b.broker()
    last = clock.today() + timedelta(days=10)
    first = await b.active(client, one, ends_on=last, renew_months=6)
    after = last + timedelta(days=1)
    await b.active(client, other, exclusive=True, starts_on=after, ends_on=after + timedelta(days=90))
    with clock.frozen(clock.now() + timedelta(days=11)):
        await mandates.turn_due()
    assert await status(first) == "ended"


async def test_both_may_agree_to_end_it(db):
    client, broker = await m.acting("university"), await b.broker()
    mandate_id = await b.active(client, broker)
    with pytest.raises(Conflict):
        await mandates.agree_to_end(broker, mandate_id)
    await mandates.ask_to_end(client, mandate_id)
    with pytest.raises(Conflict):
        await mandates.agree_to_end(client, mandate_id)
    await mandates.agree_to_end(broker, mandate_id)
    assert await m.scalar("SELECT end_code FROM mandate WHERE id = :id", id=mandate_id) == "agreement"


async def test_it_ends_when_all_its_technologies_have_left(db, drain):
    client, broker = await m.acting("university"), await b.broker()
    ids = [await m.publish(client) for _ in range(2)]
    scope = {"kind": "subjects", "listing_ids": [str(i) for i in ids]}
    mandate_id = await b.active(client, broker, scope=scope)
    for listing_id, left in zip(ids, ("active", "ended"), strict=True):
        await listings.archive(client, listing_id)
        await drain()
        assert await status(mandate_id) == left
    assert await m.scalar("SELECT end_code FROM mandate WHERE id = :id", id=mandate_id) == "client_closed"


async def test_what_was_signed_cannot_be_changed_in_the_database(db):
    client, broker = await m.acting("university"), await b.broker()
    await b.active(client, broker)
    for sql in (
        "UPDATE mandate_version SET text = ''",
        "DELETE FROM mandate_version",
        "UPDATE mandate_signature SET sha256 = ''",
        "DELETE FROM mandate_signature",
        "DELETE FROM mandate",
    ):
        with pytest.raises(Exception, match="append-only"):
            await m.execute(sql)

"""Refusals stay one's own, sums come in threes, messages come once, weights are tried before they count."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.deals import ReasonCode
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid
from app.matching import MATCH, SIDE, WEIGHTS, finding, matching, weighing
from app.matching.schemas import DismissMatch, DraftWeights
from app.matching.scoring import DEFAULT
from app.matching.service import in_threes
from app.matching.weighing import total
from tests.support import demand, jobs, market
from tests.support.market import DEPARTMENT, OPERATOR, acting, execute, scalar

pytestmark = pytest.mark.usefixtures("db")
NOT_FOR_US = DismissMatch(reason_code=ReasonCode.too_early)


async def one_match(asker: Actor, seller: Actor, **need: object) -> tuple[UUID, UUID, UUID]:
    """(need, listing, match)"""
    listing_id = await market.publish(seller)
    need_id = await demand.published(asker, **need)
    await jobs.drain(long=True)
    found = await matching.of_need(asker, need_id)
    return need_id, listing_id, next(m.id for m in found.items if m.listing.id == listing_id)


def test_the_tables_are_as_written() -> None:
    assert {(t.action, s, t.target) for t in SIDE.transitions.values() for s in t.sources} == {
        ("interest", "new", "interested"), ("interest", "dismissed", "interested"),
        ("dismiss", "new", "dismissed"), ("dismiss", "interested", "dismissed"),
    }  # fmt: skip
    assert {(t.action, s, t.target) for t in MATCH.transitions.values() for s in t.sources} == {
        ("lapse", "current", "lapsed"), ("revive", "lapsed", "current"),
    }  # fmt: skip
    assert {(t.action, s, t.target) for t in WEIGHTS.transitions.values() for s in t.sources} == {
        ("enforce", "draft", "in_force"), ("retire", "in_force", "retired"), ("discard", "draft", "discarded"),
    }  # fmt: skip


async def test_reasons_are_told_in_threes_and_on_mondays() -> None:
    seller = await acting("university")
    listing_id = await market.publish(seller)
    askers = [await acting() for _ in range(4)]
    now = clock.now()
    for n, asker in enumerate(askers):
        need_id = await demand.published(asker)
        await jobs.drain(long=True)
        match_id = (await matching.of_need(asker, need_id)).items[0].id
        await matching.dismiss(asker, match_id, NOT_FOR_US)
        assert (await matching.reasons(seller, listing_id)).groups == []
        with clock.frozen(now + timedelta(days=7)):
            told = [g.count for g in (await matching.reasons(seller, listing_id)).groups]
        assert told == ([3] if n >= 2 else [])
    with clock.frozen(now + timedelta(days=7)):
        assert [(x.what, x.count) for x in (await matching.radar(DEPARTMENT)).reasons] == [
            (ReasonCode.too_early.label.vi, 3)
        ]


def test_sums_move_by_three() -> None:
    assert [in_threes(n) for n in (3, 4, 5, 6, 8, 9)] == [3, 3, 3, 6, 6, 9]


async def test_dismissals_move_nothing_else() -> None:
    asker, seller, other = await acting(), await acting("university"), await acting("institute")
    second = await market.publish(other)
    need_id, _, match_id = await one_match(asker, seller)
    kept = "SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM match m"
    before = await scalar(kept)
    order = [m.id for m in (await matching.of_need(asker, need_id)).items]
    await matching.dismiss(asker, match_id, NOT_FOR_US)
    await jobs.drain(long=True)
    await finding.look_for_need(need_id)
    assert await scalar(kept) == before
    assert [m.id for m in (await matching.of_need(asker, need_id)).items] == order
    assert [m.status for m in (await matching.of_listing(other, second)).items] == ["new"]
    with pytest.raises(Conflict):
        await matching.dismiss(asker, match_id, NOT_FOR_US)


async def test_two_looks_at_once_leave_one_set() -> None:
    asker = await acting()
    for kind in ("university", "institute", "company"):
        await market.publish(await acting(kind))
    need_id = await demand.published(asker)
    await execute("DELETE FROM procrastinate_jobs WHERE task_name LIKE 'app.matching%'")
    await jobs.drain(long=True)
    await asyncio.gather(*(finding.look_for_need(need_id) for _ in range(4)))
    assert await scalar("SELECT count(*) FROM match") == 3
    assert await scalar("SELECT count(*) FROM state_change WHERE workflow = 'match'") == 3


async def test_an_invitation_names_nobody_who_is_blind(make_person, make_organisation, mails) -> None:  # type: ignore[no-untyped-def]
    org = await make_organisation(kind="university")
    seller = await make_person(role="owner", org=org)
    asker = await acting()
    _, _, match_id = await one_match(asker, seller.actor, blind=True)
    await matching.interest(asker, match_id)
    await jobs.drain(long=True)
    sent = [m for m in mails(seller.email) if "mời bạn đề xuất" in m.subject]
    assert len(sent) == 1
    assert asker.org_name not in sent[0].body
    assert f"/matches/{match_id}" in sent[0].body


async def test_a_match_is_told_once(make_person, make_organisation, mails) -> None:  # type: ignore[no-untyped-def]
    org = await make_organisation(kind="university")
    seller = await make_person(role="owner", org=org)
    asker = await acting()
    await one_match(asker, seller.actor, blind=True)
    await execute("UPDATE match SET score = 80, shared_score = 80")
    opened = await asyncio.gather(*(matching.open_digests() for _ in range(3)))
    assert sum(opened) == 2, "one for each side"
    await jobs.drain(long=True)
    await execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE task_name LIKE '%tell_match_digest'")
    await jobs.drain(long=True)
    digests = [m for m in mails(seller.email) if "cặp khớp mới" in m.subject]
    assert len(digests) == 1
    assert asker.org_name not in digests[0].body
    assert demand.NEED["title"] in digests[0].body
    assert await matching.open_digests() == 0


async def test_brokers_see_what_nobody_moved_on(make_person, make_organisation) -> None:  # type: ignore[no-untyped-def]
    broker = await make_person(role="owner", org=await make_organisation(kind="intermediary", verified=True))
    unknown = await make_person(role="owner", org=await make_organisation(kind="intermediary", verified=False))
    asker, seller = await acting(), await acting("university")
    _, _, match_id = await one_match(asker, seller, blind=True)
    await execute("UPDATE match SET shared_score = 80")
    assert (await matching.queue(broker.actor)).items == []
    with clock.frozen(clock.now() + timedelta(days=15)):
        found = (await matching.queue(broker.actor)).items
        assert [q.need.asker_name for q in found] == [None]
        await matching.interest(seller, match_id)
        assert (await matching.queue(broker.actor)).items == []
    for actor in (unknown.actor, asker, seller, DEPARTMENT):
        with pytest.raises(Forbidden):
            await matching.queue(actor)


async def test_the_radar_counts_what_nothing_answers() -> None:
    asker, seller = await acting(), await acting("university")
    await one_match(asker, seller)
    await execute("UPDATE match SET shared_score = 80")
    await demand.published(asker, title="Diệt mối trong nhà gỗ cổ", field="4.1", keywords=["mối"])
    cells = {(c.field, c.trl): (c.needs, c.unmet) for c in (await matching.radar(OPERATOR)).cells}
    assert sorted(cells.values()) == [(1, 0), (1, 1)]
    with pytest.raises(Forbidden):
        await matching.radar(asker)


def weights(**changes: str) -> DraftWeights:
    shares = {k.value: str(v * 100) for k, v in DEFAULT.shares.items()} | changes
    return DraftWeights.model_validate(shares | {"note": "Thử trọng số khác."})


async def test_weights_are_tried_before_they_count() -> None:
    asker = await acting()
    listings = [await market.publish(await acting(k), trl=n) for k, n in (("university", 6), ("institute", 9))]
    need_id = await demand.published(asker)
    await jobs.drain(long=True)
    with pytest.raises(Invalid):
        await weighing.draft(OPERATOR, weights(technical="90"))
    with pytest.raises(Forbidden):
        await weighing.draft(DEPARTMENT, weights())
    version = await weighing.draft(OPERATOR, weights(technical="10", freshness="44"))
    assert version == 2
    preview = await weighing.preview(OPERATOR, version)
    assert (preview.looked_at, preview.changes) == (1, []), "both stay among the first ten"
    await weighing.enforce(OPERATOR, version)
    await jobs.drain(long=True)
    assert await scalar("SELECT array_agg(DISTINCT weights_version) FROM match") == [2]
    assert {m.listing.id for m in (await matching.of_need(asker, need_id)).items} == set(listings)
    third = await weighing.draft(OPERATOR, weights())
    await weighing.enforce(OPERATOR, third)
    assert [v.status for v in (await weighing.versions(OPERATOR)).items] == ["in_force", "retired", "retired"]
    with pytest.raises(Conflict):
        await weighing.enforce(OPERATOR, third)
    assert await scalar("SELECT count(*) FROM audit_entry WHERE action = 'match_weights.enforce'") == 2


async def test_the_preview_counts_as_scoring_does() -> None:
    asker, seller = await acting(), await acting("university")
    await one_match(asker, seller)
    kept, scored = await scalar("SELECT jsonb_build_array(components, score) FROM match")
    shares = {k.value: Decimal(v) for k, v in DEFAULT.shares.items()}
    assert abs(100 * total(kept, shares) - scored) < 0.05

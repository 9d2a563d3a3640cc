"""Nothing that a side keeps back reaches the other through a match: no text, no name, no score, no pair."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.deals import ReasonCode
from app.kit import clock
from app.kit.actor import Actor
from app.kit.ids import sealed_id
from app.listings import Card, Content, PricePolicy
from app.matching import matching
from app.matching.facts import asked_of, gist_texts, reasons, tech_of
from app.matching.schemas import DismissMatch
from app.matching.scoring import score
from app.needs import Content as NeedContent
from app.needs import Tier as NeedTier
from app.needs import Whole
from app.needs.schemas import TIERED
from app.needs.tiers import PARTS
from app.needs.tiers import tier_of as need_tier_of
from tests.support import demand, jobs, market
from tests.support.market import acting, scalar

MARK = "zzbimat"
STORIES = ("problem", "process", "constraints", "tried", "rights_note", "pilot_site", "decision_maker", "payment_note")
TIERS = st.dictionaries(st.sampled_from(TIERED), st.sampled_from(list(NeedTier)))


def need_of(tiers: dict[str, NeedTier], blind: bool, secrets: dict[str, str], **content: Any) -> Whole:
    fields = {k: v for k, v in demand.NEED.items() if k not in STORIES} | secrets | content
    made = NeedContent.model_validate(fields | {"blind": blind, "tiers": tiers})
    return Whole(
        id=sealed_id(), reference="NC-TEST", org_id=sealed_id(), blind=blind, status="published", version=1,
        published_at=clock.now(), content=made, tiers={n: need_tier_of(tiers, blind, n) for n in PARTS},
    )  # fmt: skip


def card(**changes: Any) -> Card:
    plain: dict[str, Any] = dict.fromkeys(Card.model_fields)
    plain |= {
        "id": sealed_id(), "reference": "CN-00001", "title_vi": "Màng lọc nano", "lang": "vi", "ipc": [], "modes": [],
        "ip_kinds": [], "trl": 7, "price_policy": PricePolicy.range, "price_from": 5, "price_to": 9, "province": 86,
        "refreshed_at": clock.now(), "field": "2.7",
    }  # fmt: skip
    return Card.model_construct(**plain | changes)


@settings(max_examples=150)
@given(tiers=TIERS, blind=st.booleans())
def test_no_hidden_text_of_a_need_enters_what_is_compared_or_said(tiers: dict[str, NeedTier], blind: bool) -> None:
    secrets = {name: f"{MARK}{name} " * 5 for name in STORIES}
    need = need_of(tiers, blind, secrets)
    hidden = [
        f"{MARK}{column}"
        for name, columns in PARTS.items()
        for column in columns
        if column in STORIES and need.tiers[name] is not NeedTier.gist
    ]
    asked = asked_of(need, {"T": 0.3})
    tech = tech_of(card(), Content(title_vi="Màng lọc nano"), asked)
    said = json.dumps(
        [
            gist_texts(need),
            reasons(score(asked.shared, tech, 0.5, on=clock.today()).criteria, asked, tech, shared=True),
        ],
        ensure_ascii=False,
    )
    assert [h for h in hidden if h in said] == []
    assert asked.shared.capacity is None


@settings(max_examples=150)
@given(
    tiers=TIERS,
    blind=st.booleans(),
    budget=st.integers(1, 10**12),
    province=st.sampled_from([1, 79, 86]),
    mode=st.sampled_from(["licence", "assignment"]),
    nice=st.integers(1, 9),
)
def test_what_is_kept_back_moves_no_shared_figure(
    tiers: dict[str, NeedTier], blind: bool, budget: int, province: int, mode: str, nice: int
) -> None:
    """Two needs that differ in hidden fields alone look the same to everyone but their askers."""
    first = need_of(tiers, blind, {})
    values: dict[str, dict[str, Any]] = {
        "budget": {"budget_min": None, "budget_max": budget},
        "province": {"province": province},
        "rights": {"modes": [mode], "exclusivity": "exclusive"},
        "nice_to_haves": {"nice_to_haves": [{"kind": "trl_min", "trl": nice}]},
    }
    changed = {k: v for name, v in values.items() if first.tiers[name] is not NeedTier.gist for k, v in v.items()}
    second = need_of(tiers, blind, {}, **changed)
    readings = []
    for need in (first, second):
        asked = asked_of(need)
        tech = tech_of(card(), Content(title_vi="Màng lọc nano"), asked)
        match = score(asked.shared, tech, 0.5, on=clock.today())
        readings.append((match.score, match.confidence, reasons(match.criteria, asked, tech, shared=True)))
    assert readings[0] == readings[1]


def test_a_budget_changes_the_askers_reading_only() -> None:
    """One field changed, its reason changes accordingly."""
    verdicts = {}
    for budget in (3, 100):
        asked = asked_of(need_of({}, False, {}, budget_min=1, budget_max=budget))
        tech = tech_of(card(), Content(title_vi="Màng lọc nano"), asked)
        match = score(asked.own, tech, 0.5, on=clock.today())
        said = {c["code"]: c["verdict"] for c in reasons(match.criteria, asked, tech, shared=False)}
        shown = {c["code"] for c in reasons(match.criteria, asked, tech, shared=True)}
        verdicts[budget] = said["money"]
        assert "money" not in shown
    assert verdicts == {3: "violated", 100: "met"}


@pytest.mark.usefixtures("db")
class TestViews:
    async def _pair(self) -> tuple[Actor, Actor, Any, Any]:
        asker, seller = await acting(), await acting("university")
        secret = f"{MARK}solution Màng polyamide phủ hạt nano giữ muối lại ở áp suất 4 bar. " * 3
        listing_id = await market.publish(
            seller, solution_vi=secret, confidential_vi=f"{MARK}confidential " * 5,
            tiers={"solution": "nda", "price": "registered"},
            offers=[{"mode": "licence", "price_policy": "fixed", "price_from": 123_456_789}],
        )  # fmt: skip
        need_id = await demand.published(
            asker, blind=True, problem=f"{MARK}problem Mùa khô nước nguồn nhiễm mặn. " * 3,
            process=f"{MARK}process Đang lọc cát.", decision_maker=f"{MARK}decides", budget_max=987_654_321,
        )  # fmt: skip
        await jobs.drain(long=True)
        return asker, seller, need_id, listing_id

    async def test_views_hold_no_hidden_text_of_the_other_side(self) -> None:
        asker, seller, need_id, listing_id = await self._pair()
        theirs = (await matching.of_listing(seller, listing_id)).model_dump_json()
        assert MARK not in theirs
        assert "987654321" not in theirs
        assert asker.org_name not in theirs
        assert str(asker.org_id) not in theirs
        mine = (await matching.of_need(asker, need_id)).model_dump_json()
        assert MARK not in mine
        assert "123456789" not in mine
        assert "123.456.789" not in mine
        kept = json.dumps(await scalar("SELECT jsonb_agg(to_jsonb(m)) FROM match m"), ensure_ascii=False)
        assert MARK not in kept, "not even at rest"

    async def test_an_owner_cannot_tell_a_refusal(self) -> None:
        asker, seller, need_id, listing_id = await self._pair()
        before = (await matching.of_listing(seller, listing_id)).model_dump()
        match_id = (await matching.of_need(asker, need_id)).items[0].id
        await matching.dismiss(asker, match_id, DismissMatch(reason_code=ReasonCode.price))
        await jobs.drain(long=True)
        assert (await matching.of_listing(seller, listing_id)).model_dump() == before
        assert (await matching.read(seller, match_id)).status == "new"

    async def test_times_of_a_blind_need_are_whole_days(self) -> None:
        _, seller, _, listing_id = await self._pair()
        at = (await matching.of_listing(seller, listing_id)).items[0].found_at.astimezone(clock.VIETNAM)
        assert (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)

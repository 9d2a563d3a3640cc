"""Scores and reasons: bounds, what a change changes, and what it may not."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import (
    DEFAULT,
    Component,
    Match,
    NeedFacts,
    Requirement,
    TechFacts,
    Verdict,
    Wanted,
    Weights,
    ranked,
    score,
)

TODAY = date(2026, 11, 24)
NEED = NeedFacts(
    must_haves=(
        Requirement("no_chlorine", Wanted.WORDS, frozenset({"không dùng clo", "chlorine free"})),
        Requirement("flow_m3h", Wanted.MEASURE, least=Decimal(20)),
    ),
    nice_to_haves=(Requirement("training", Wanted.SUPPORT, frozenset({"training"})),),
    banned=(frozenset({"mode:licence", "exclusivity:exclusive"}),),
    trl_min=7,
    trl_max=9,
    budget_low=500_000_000,
    budget_high=1_000_000_000,
    payment=frozenset({"fixed", "royalty"}),
    modes=frozenset({"licence", "assignment"}),
    exclusivity=frozenset({"non_exclusive"}),
    province=1,
    deadline=TODAY + timedelta(days=200),
    capacity={"T": 0.6, "E": 0.5, "O": 0.6, "R": 0.4, "I": 0.5},
)
TECH = TechFacts(
    texts={
        "vi": {"title": "Khử khuẩn nước bể bơi bằng tia cực tím", "summary": "Vận hành không dùng clo, ít bảo trì."}
    },
    trl=8,
    modes=frozenset({"licence"}),
    exclusivity=frozenset({"non_exclusive"}),
    price_policy="fixed",
    price_from=600_000_000,
    price_to=900_000_000,
    province=1,
    refreshed_at=TODAY - timedelta(days=10),
    support=frozenset({"training"}),
    delivery_days=90,
    measures={"flow_m3h": Decimal(25)},
)


def made(need: NeedFacts = NEED, tech: TechFacts = TECH, fit: float = 0.6, weights: Weights = DEFAULT) -> Match:
    return score(need, tech, fit, weights, on=TODAY)


def verdicts(match: Match) -> dict[str, Verdict]:
    return {c.code: c.verdict for c in match.criteria}


def test_a_good_match_meets_everything_and_is_sure() -> None:
    match = made()
    assert set(verdicts(match).values()) == {Verdict.MET}
    assert match.confidence == 1
    assert match.violated == ()


# One field changed -> the reasons that change, all others staying word for word.
TECH_CHANGES: list[tuple[dict[str, Any], dict[str, Verdict]]] = [
    ({"trl": 5}, {"trl": Verdict.VIOLATED}),
    ({"trl": None}, {"trl": Verdict.UNKNOWN}),
    ({"modes": frozenset({"service"})}, {"terms.mode": Verdict.VIOLATED}),
    ({"exclusivity": frozenset()}, {"terms.exclusivity": Verdict.UNKNOWN, "banned": Verdict.UNKNOWN}),
    ({"exclusivity": frozenset({"exclusive"})}, {"terms.exclusivity": Verdict.VIOLATED, "banned": Verdict.VIOLATED}),
    ({"price_from": 2_000_000_000, "price_to": None}, {"money": Verdict.VIOLATED}),
    ({"price_from": None, "price_to": None}, {"money": Verdict.UNKNOWN}),
    ({"price_policy": "negotiable"}, {"payment": Verdict.UNKNOWN}),
    ({"price_policy": "range"}, {"payment": Verdict.VIOLATED}),
    ({"province": 79}, {"place": Verdict.VIOLATED}),
    ({"province": None}, {"place": Verdict.UNKNOWN}),
    ({"refreshed_at": TODAY - timedelta(days=200)}, {"freshness": Verdict.VIOLATED}),
    ({"delivery_days": 400}, {"deadline": Verdict.VIOLATED}),
    ({"measures": {"flow_m3h": Decimal(12)}}, {"must.flow_m3h": Verdict.VIOLATED}),
    ({"measures": {}}, {"must.flow_m3h": Verdict.UNKNOWN}),
    ({"texts": {"vi": {"title": "Khử khuẩn nước"}}}, {"must.no_chlorine": Verdict.UNKNOWN}),
]
NEED_CHANGES: list[tuple[dict[str, Any], dict[str, Verdict]]] = [
    ({"trl_min": 9}, {"trl": Verdict.VIOLATED}),
    ({"budget_high": 100_000_000}, {"money": Verdict.VIOLATED}),
    ({"payment": frozenset({"royalty"})}, {"payment": Verdict.VIOLATED}),
    ({"modes": frozenset({"assignment"})}, {"terms.mode": Verdict.VIOLATED}),
    ({"exclusivity": frozenset({"exclusive"})}, {"terms.exclusivity": Verdict.VIOLATED}),
    ({"province": 48}, {"place": Verdict.VIOLATED}),
    ({"deadline": TODAY + timedelta(days=5)}, {"deadline": Verdict.VIOLATED}),
    ({"capacity": {"T": 0.1}}, {"absorptive": Verdict.VIOLATED}),
    ({"capacity": {}}, {"absorptive": Verdict.UNKNOWN}),
]


def changed(before: Match, after: Match) -> dict[str, Verdict]:
    old = {c.code: c for c in before.criteria}
    assert [c.code for c in after.criteria] == [c.code for c in before.criteria]
    return {c.code.split(".mode:")[0].split(".excl")[0] if c.code.startswith("banned") else c.code: c.verdict
            for c in after.criteria if c != old[c.code]}  # fmt: skip


@pytest.mark.parametrize(("change", "reasons"), TECH_CHANGES, ids=str)
def test_a_change_of_the_technology_changes_its_reason_and_no_other(
    change: dict[str, Any], reasons: dict[str, Verdict]
) -> None:
    assert changed(made(), made(tech=dataclasses.replace(TECH, **change))) == reasons


@pytest.mark.parametrize(("change", "reasons"), NEED_CHANGES, ids=str)
def test_a_change_of_the_need_changes_its_reason_and_no_other(
    change: dict[str, Any], reasons: dict[str, Verdict]
) -> None:
    assert changed(made(), made(need=dataclasses.replace(NEED, **change))) == reasons


@pytest.mark.parametrize("change", [change for change, reasons in TECH_CHANGES if Verdict.UNKNOWN in reasons.values()])
def test_unknown_lowers_the_confidence_and_is_neither_met_nor_violated(change: dict[str, Any]) -> None:
    match = made(tech=dataclasses.replace(TECH, **change))
    assert match.confidence < made().confidence
    assert match.violated == ()


@pytest.mark.parametrize(("change", "reasons"), TECH_CHANGES, ids=str)
def test_what_is_not_met_says_what_would_help(change: dict[str, Any], reasons: dict[str, Verdict]) -> None:
    for criterion in made(tech=dataclasses.replace(TECH, **change)).criteria:
        assert (criterion.gap is None) == (criterion.verdict is Verdict.MET), criterion
        assert not criterion.gap or (criterion.gap.vi and criterion.gap.en)


def test_evidence_quotes_the_technology_and_nothing_of_the_need() -> None:
    need = dataclasses.replace(NEED, budget_high=987_654_321, budget_low=123_456_789)
    for tech in (TECH, *(dataclasses.replace(TECH, **change) for change, _ in TECH_CHANGES)):
        said = " ".join(t.vi + t.en for c in made(need, tech).criteria for t in (c.evidence, c.gap) if t)
        assert not any(secret in said for secret in ("987", "123.456", "0.6", need.deadline.isoformat()))  # type: ignore[union-attr]
    (quote,) = [c.evidence for c in made().criteria if c.code == "must.no_chlorine"]
    assert quote
    assert quote.vi in TECH.texts["vi"]["summary"]


def test_what_an_asker_keeps_is_marked_private() -> None:
    private = {c.code for c in made().criteria if c.private}
    assert private == {"money", "payment", "deadline", "absorptive"}


def test_words_are_found_without_marks_and_as_whole_words_only() -> None:
    def found(text: str) -> Verdict:
        tech = dataclasses.replace(TECH, texts={"vi": {"summary": text}})
        return verdicts(made(tech=tech))["must.no_chlorine"]

    assert found("Van hanh khong dung clo.") is Verdict.MET
    assert found("Không dùng cloramin.") is Verdict.UNKNOWN


def test_a_violated_must_have_never_stands_among_the_ranked() -> None:
    bad = dataclasses.replace(TECH, measures={"flow_m3h": Decimal(1)})
    poor = TechFacts()
    matches = {"perfect text, violates": made(tech=bad, fit=1.0), "knows nothing": made(tech=poor, fit=0.01)}
    order = ranked(matches)
    assert order.fit == ("knows nothing",)
    assert order.violating == ("perfect text, violates",)


def test_nothing_asked_leaves_text_and_freshness() -> None:
    match = made(NeedFacts(), TECH, 0.5)
    assert set(match.components) == {Component.TECHNICAL, Component.FRESHNESS}


def test_codes_stand_for_those_below_them() -> None:
    need = NeedFacts(
        must_haves=(
            Requirement("field", Wanted.FIELD, frozenset({"2"})),
            Requirement("ipc", Wanted.IPC, frozenset({"C02F"})),
        )
    )
    match = made(need, TechFacts(fields=frozenset({"2.7"}), ipc=frozenset({"C02F 1/32"})))
    assert verdicts(match)["must.field"] is verdicts(match)["must.ipc"] is Verdict.MET
    match = made(need, TechFacts(fields=frozenset({"20.1"}), ipc=frozenset({"C03B"})))
    assert match.violated == ("must.field", "must.ipc")


def test_weights_are_shares_of_one_for_every_component() -> None:
    with pytest.raises(ValueError, match="shares"):
        Weights("x", 1, {c: Decimal("0.5") for c in Component})
    with pytest.raises(ValueError, match="every component"):
        Weights("x", 1, {Component.TECHNICAL: Decimal(1)})


def test_only_text_counts_when_only_text_weighs() -> None:
    only = Weights("text", 1, {c: Decimal(int(c is Component.TECHNICAL)) for c in Component})
    assert made(fit=0.37, weights=only).score == 37


# --- properties ---------------------------------------------------------------------------------------------------

money = st.one_of(st.none(), st.integers(0, 10**12))
level = st.one_of(st.none(), st.integers(1, 9))
modes = st.frozensets(st.sampled_from(["licence", "assignment", "service"]))
exclusivities = st.frozensets(st.sampled_from(["exclusive", "sole", "non_exclusive"]))
policies = st.sampled_from([None, "fixed", "range", "royalty", "negotiable", "by_valuation"])
days = st.dates(date(2024, 1, 1), date(2028, 1, 1))
requirements = st.lists(
    st.builds(
        Requirement,
        st.sampled_from(["a", "b", "flow"]),
        st.sampled_from(list(Wanted)),
        st.frozensets(st.sampled_from(["licence", "training", "2", "C02F", "nước"]), min_size=1),
        st.one_of(st.none(), st.integers(0, 50).map(Decimal)),
    ),
    max_size=4,
).map(tuple)
shares = st.one_of(st.none(), st.dictionaries(st.sampled_from("TEORI"), st.floats(0, 1)))
needs = st.builds(
    NeedFacts,
    must_haves=requirements,
    nice_to_haves=requirements,
    trl_min=level,
    trl_max=level,
    budget_low=money,
    budget_high=money,
    payment=st.frozensets(policies.filter(bool)),
    modes=modes,
    exclusivity=exclusivities,
    province=st.one_of(st.none(), st.integers(1, 3)),
    deadline=st.one_of(st.none(), days),
    capacity=shares,
)
technologies = st.builds(
    TechFacts,
    texts=st.sampled_from([{}, {"vi": {"title": "Xử lý nước"}}]),
    fields=st.frozensets(st.sampled_from(["2.7", "4.1"])),
    ipc=st.frozensets(st.sampled_from(["C02F 1/44", "A01B"])),
    trl=level,
    modes=modes,
    exclusivity=exclusivities,
    price_policy=policies,
    price_from=money,
    price_to=money,
    province=st.one_of(st.none(), st.integers(1, 3)),
    refreshed_at=st.one_of(st.none(), days),
    support=st.frozensets(st.sampled_from(["training", "pilot"])),
    delivery_days=st.one_of(st.none(), st.integers(0, 900)),
    measures=st.dictionaries(st.just("flow"), st.integers(0, 50).map(Decimal)),
)
fits = st.floats(0, 1)


@given(needs, technologies, fits)
@settings(max_examples=200, deadline=None)
def test_everything_stays_within_bounds(need: NeedFacts, tech: TechFacts, fit: float) -> None:
    match = made(need, tech, fit)
    assert 0 <= match.score <= 100
    assert 0 <= match.confidence <= 1
    assert all(0 <= value <= 1 for value in match.components.values())
    assert match == made(need, tech, fit)


@given(needs, technologies, st.integers(0, 10**12), st.integers(0, 10**12))
@settings(max_examples=200, deadline=None)
def test_a_higher_budget_never_lowers_the_money_fit(need: NeedFacts, tech: TechFacts, budget: int, more: int) -> None:
    lower = made(dataclasses.replace(need, budget_high=budget), tech)
    higher = made(dataclasses.replace(need, budget_high=budget + more), tech)
    assert higher.components[Component.MONEY] >= lower.components[Component.MONEY]
    assert higher.score >= lower.score


@given(needs, technologies, fits, fits)
@settings(max_examples=100, deadline=None)
def test_a_better_text_never_lowers_the_score(need: NeedFacts, tech: TechFacts, a: float, b: float) -> None:
    assert made(need, tech, max(a, b)).score >= made(need, tech, min(a, b)).score


@given(needs, technologies, fits)
@settings(max_examples=100, deadline=None)
def test_the_order_of_requirements_does_not_matter(need: NeedFacts, tech: TechFacts, fit: float) -> None:
    turned = dataclasses.replace(
        need, must_haves=need.must_haves[::-1], nice_to_haves=need.nice_to_haves[::-1], banned=need.banned[::-1]
    )
    a, b = made(need, tech, fit), made(turned, tech, fit)
    assert (a.score, a.confidence, a.components) == (b.score, b.confidence, b.components)


@given(needs, st.dictionaries(st.text(max_size=3), st.tuples(technologies, fits), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_violator_is_ranked_and_the_order_of_matches_does_not_matter(
    need: NeedFacts, offered: dict[str, tuple[TechFacts, float]]
) -> None:
    matches = {key: made(need, tech, fit) for key, (tech, fit) in offered.items()}
    order = ranked(matches)
    assert not any(matches[key].violated for key in order.fit)
    assert sorted([*order.fit, *order.violating]) == sorted(matches)
    assert ranked(dict(reversed(matches.items()))) == order

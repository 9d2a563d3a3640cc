"""Fit of texts on small texts of our own: within a language, across, by numbers and codes, and kept in step."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.text import fold
from app.matching.textfit import LexicalIndex, Passage, Statistics, either, merged, passage_of
from app.matching.vectors import centred, likeness, mean

STOCK = {
    "brine": Passage(
        title_en="Solar still for brine from shrimp ponds",
        body_en="Evaporates salt water under glass and gives drinking water; no membranes, no pumps.",
    ),
    "fibre": Passage(
        title_en="Fiber optic sensor for corrosion of pipelines",
        body_en="A grating in the fiber measures strain where the steel corrodes.",
    ),
    "husk": Passage(
        title_vi="Vật liệu cách nhiệt từ vỏ trấu",
        body_vi="Tấm nhẹ, chậm cháy, ép từ trấu và keo sinh học cho nhà lắp ghép.",
    ),
    "drone": Passage(
        title_vi="Máy bay không người lái phun thuốc cho vườn cây ăn quả",
        body_vi="Bay theo địa hình, tránh chướng ngại, phun đúng tán.",
        title_en="Drone that sprays orchards",
        body_en="Follows the terrain and sprays the canopy only.",
    ),
}
NEEDS = {
    "fibre": Passage(
        title_vi="Phát hiện ăn mòn đường ống", body_vi="Cần cảm biến sợi quang theo dõi ống thép chôn dưới đất."
    ),
    "husk": Passage(title_vi="Tấm cách nhiệt chậm cháy", body_vi="Dùng phụ phẩm nông nghiệp, nhẹ, cho nhà lắp ghép."),
    "drone": Passage(
        title_en="Spraying an orchard from the air", body_en="Hills, tall trees; keep off the canopy next."
    ),
    "brine": Passage(title_en="Drinking water from salt water", body_en="Without pumps or membranes."),
}


def stock(**more: Passage) -> LexicalIndex[str]:
    index: LexicalIndex[str] = LexicalIndex()
    for key, passage in (STOCK | more).items():
        index.add(key, passage)
    return index


def best(fits: dict[str, float]) -> str:
    return max(fits, key=lambda key: fits[key])


def unmarked(passage: Passage) -> Passage:
    return Passage(fold(passage.title_vi), fold(passage.body_vi), passage.title_en, passage.body_en)


def test_each_need_finds_its_technology_with_and_without_marks() -> None:
    index = stock()
    assert {key: best(index.fit(need)) for key, need in NEEDS.items()} == {key: key for key in NEEDS}
    assert {key: best(index.fit(unmarked(need))) for key, need in NEEDS.items()} == {key: key for key in NEEDS}


def test_an_english_need_finds_a_technology_told_in_vietnamese_only() -> None:
    need = Passage(title_en="Thermal insulation panel", body_en="Flame retardant, lightweight, prefabricated house.")
    assert best(stock().fit(need)) == "husk"


def test_what_has_nothing_in_common_is_left_out() -> None:
    assert stock().fit(Passage(title_en="Blockchain")) == {}
    assert stock().fit(Passage()) == {}


def test_a_title_weighs_more_than_a_body() -> None:
    a = Passage(title_en="Catalyst", body_en="Made of nickel.")
    b = Passage(title_en="Nickel", body_en="Made of catalyst.")
    fits = stock(a=a, b=b).fit(Passage(title_en="Catalyst"))
    assert fits["a"] > fits["b"]


def test_a_number_or_a_class_in_common_raises_and_never_lowers() -> None:
    need = passage_of({"en": {"title": "Salt water"}}, ["1-0012345"], ["2.7"], ["C02F 1/44"])
    text = {"en": {"title": "Brine of salt water"}}
    plain, classed, numbered, foreign = (
        passage_of(text),
        passage_of(text, (), ["2.7"], ["C02F 1/14"]),
        passage_of(text, ["10012345"]),
        passage_of(text, (), ["4.1"], ["A01B"]),
    )
    fits = stock(plain=plain, classed=classed, numbered=numbered, foreign=foreign).fit(need)
    assert fits["plain"] == fits["foreign"] < fits["classed"] < fits["numbered"] <= 1


def test_a_removed_technology_leaves_nothing_behind() -> None:
    before, index = stock(), stock(late=Passage(title_en="Brine pump", title_vi="Bơm nước muối"))
    index.remove("late")
    assert {k: index.fit(n) for k, n in NEEDS.items()} == {k: before.fit(n) for k, n in NEEDS.items()}
    assert index.statistics == before.statistics


def test_adding_again_replaces() -> None:
    index = stock()
    index.add("brine", STOCK["fibre"])
    index.add("brine", STOCK["brine"])
    assert index.fit(NEEDS["brine"]) == stock().fit(NEEDS["brine"])


def test_candidates_are_weighed_as_in_the_whole_stock() -> None:
    whole, kept = stock(), Statistics()
    for passage in STOCK.values():
        kept.add(passage)
    some: LexicalIndex[str] = LexicalIndex(statistics=kept)
    for key in ("brine", "fibre"):
        some.add(key, STOCK[key])
    for need in NEEDS.values():
        assert some.fit(need) == {k: v for k, v in whole.fit(need).items() if k in ("brine", "fibre")}


def test_what_every_need_says_weighs_little() -> None:
    asked = Statistics()
    for topic in ("boats", "bees", "glass", "tyres"):
        asked.add(Passage(body_en=f"Proposals shall explain {topic}"))
    a, b = Passage(title_en="Proposals explained"), Passage(title_en="Glass recycling")
    need = Passage(body_en="Proposals shall explain glass")

    def fits(asked: Statistics | None) -> dict[str, float]:
        index: LexicalIndex[str] = LexicalIndex(asked=asked)
        index.add("a", a)
        index.add("b", b)
        return index.fit(need)

    assert fits(asked)["b"] > fits(asked)["a"]


@given(st.lists(st.sampled_from(sorted(STOCK)), unique=True), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_adding_does_not_matter(keys: list[str], pick: random.Random) -> None:
    shuffled = list(keys)
    pick.shuffle(shuffled)
    a: LexicalIndex[str] = LexicalIndex()
    b: LexicalIndex[str] = LexicalIndex()
    for key in keys:
        a.add(key, STOCK[key])
    for key in shuffled:
        b.add(key, STOCK[key])
    for need in NEEDS.values():
        assert a.fit(need) == b.fit(need)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_fit_within_bounds(vi: str, en: str) -> None:
    index = stock(own=Passage(title_vi=vi, body_en=en))
    assert all(0 <= fit <= 1 for fit in index.fit(Passage(body_vi=vi, body_en=en)).values())


def test_signs_together_raise() -> None:
    assert either(0.5, 0.0) == 0.5
    assert either(0.5, 0.5) == 0.75
    assert either(2.0, -1.0) == 1.0


def test_vectors_raise_and_never_lower() -> None:
    assert merged({"a": 0.5}, {"a": 0.0, "b": 0.0}, 0.2) == {"a": 0.5, "b": 0.0}
    assert merged({"a": 0.5}, {"a": 1.0}, 0.2)["a"] == 0.6


def test_centring_takes_a_language_s_lean_away() -> None:
    vi, en = [(1.0, 0.1), (1.0, -0.1)], [(-1.0, 0.1), (-1.0, -0.1)]
    a, b = centred(vi[0], mean(vi)), centred(en[0], mean(en))
    assert likeness(a, b) > 0.99
    assert likeness(a, centred(en[1], mean(en))) == 0
    assert centred((1.0, 0.0), (1.0, 0.0)) == (0.0, 0.0)

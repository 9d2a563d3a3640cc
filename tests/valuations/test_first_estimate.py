"""The first estimate: ten answers to a range; more known, less wide; nothing invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.listings import listings
from app.listings.schemas import CreateListing, UpdateListing
from app.reference import Exclusivity
from app.valuations import calculators, estimating
from app.valuations.answers import QUESTIONS, REVENUES, Answers, Competition, Growth, Revenue
from app.valuations.first_estimate import Range, estimate
from app.valuations.methods import METHODS
from tests.support import browser, market

URL = "/valuations/first-estimate"
API = f"/api/v1{URL}"
TAX = Decimal("0.2")
FULL = Answers(
    industry="software", trl=7, spent=Decimal(2_000_000_000), ip_years=12, exclusivity=Exclusivity.exclusive,
    revenue=Revenue.to_20bn, advantage=Decimal("0.1"), growth=Growth.steady, competitors=Competition.few,
    market_size=Decimal(500_000_000_000),
)  # fmt: skip


def known(answers: Answers, prices: tuple[Decimal, ...] = ()) -> Range:
    found = estimate(answers, TAX, prices).range
    assert found is not None
    return found


def test_ten_questions_cover_the_answers() -> None:
    assert list(QUESTIONS) == [q.key for q in estimating.questions().items]
    assert set(QUESTIONS) == set(Answers.model_fields)
    assert len(QUESTIONS) == 10
    assert all(s.bad < s.mid < s.good for s in REVENUES.values())


def test_the_middle_is_what_the_methods_give() -> None:
    """One answer each for cost, computed by hand: 2 bn with 10 % profit less 20 % obsolescence."""
    found = estimate(Answers(spent=Decimal(2_000_000_000)), TAX)
    assert found.range is not None
    assert found.range.mid == Decimal(2_000_000_000) * Decimal("1.1") * Decimal("0.8")
    assert [p.method for p in found.parts if p.range] == ["replacement_cost"]
    # Income: TRL 9 sells at once; years of 10 bn growing by 7 %, half of it reached, at 1 to 1.2 times the royalty.
    a = FULL.model_copy(update={"trl": 9, "advantage": None, "spent": None, "market_size": None})
    m = METHODS["relief_from_royalty"]
    sales = [Decimal(10**10) * Decimal("0.75") * Decimal("1.07") ** n for n in range(9)]
    by_hand = m.calculate(
        m.inputs(
            discount_rate=Decimal("0.16"), tax_basis="after_tax", tax_rate=TAX,
            royalty_rate=Decimal("0.068") * Decimal("1.2"), revenue=tuple(sales),
        )
    )  # fmt: skip
    assert known(a).mid == pytest.approx(by_hand.value, rel=Decimal("1e-25"))


def test_nothing_answered_gives_no_range_and_says_what_is_missing() -> None:
    found = estimate(Answers(), TAX)
    assert found.range is None
    assert found.missing == ("revenue", "spent")
    assert found.narrowing == ()


def test_a_right_that_ends_before_sales_is_worth_nothing_by_income() -> None:
    found = known(Answers(revenue=Revenue.to_20bn, trl=2, ip_years=3))
    assert (found.low, found.mid, found.high) == (0, 0, 0)


def test_fewer_than_three_prices_are_not_a_market() -> None:
    prices = (Decimal(10**9), Decimal(2 * 10**9))
    two = estimate(FULL, TAX, prices)
    assert two == estimate(FULL, TAX)
    assert two.parts[-1].range is None
    three = estimate(FULL, TAX, (*prices, Decimal(3 * 10**9)))
    market_part = three.parts[-1]
    assert market_part.range is not None
    assert market_part.weight == Decimal("0.5")
    assert sum(p.weight for p in three.parts) == 1
    alone = known(Answers(), (*prices, Decimal(3 * 10**9)))
    assert (alone.low, alone.mid, alone.high) == (10**9, 2 * 10**9, 3 * 10**9)


def test_each_narrowing_is_found_by_computing_again() -> None:
    """The promise kept: who answers the middle answer gets the range that much narrower."""
    base = Answers(revenue=Revenue.to_20bn, spent=Decimal(10**9))
    found = estimate(base, TAX)
    assert found.range is not None
    told = {n.question: n for n in found.narrowing}
    again = known(base.model_copy(update={"trl": 6}))
    assert not told["trl"].answered
    assert told["trl"].by == pytest.approx(1 - again.width / found.range.width, rel=Decimal("1e-20"))
    assert found.narrowing == tuple(sorted(found.narrowing, key=lambda n: n.by, reverse=True))
    assert all(0 < n.by <= 1 for n in found.narrowing)


answers = st.builds(
    Answers,
    industry=st.sampled_from([None, "software", "automotive", "food"]),
    trl=st.one_of(st.none(), st.integers(1, 9)),
    spent=st.one_of(st.none(), st.integers(1, 10**12).map(Decimal)),
    ip_years=st.one_of(st.none(), st.integers(0, 20)),
    exclusivity=st.sampled_from([None, *Exclusivity]),
    revenue=st.sampled_from([None, *Revenue]),
    advantage=st.one_of(st.none(), st.integers(0, 100).map(lambda n: Decimal(n) / 100)),
    growth=st.sampled_from([None, *Growth]),
    competitors=st.sampled_from([None, *Competition]),
    market_size=st.one_of(st.none(), st.integers(1, 10**13).map(Decimal)),
)


@settings(max_examples=40)
@given(answers)
def test_ranges_are_in_order(a: Answers) -> None:
    found = estimate(a, TAX)
    if found.range is None:
        assert a.spent is None
        assert a.revenue is None
        assert a.market_size is None
        return
    assert 0 <= found.range.low <= found.range.mid <= found.range.high
    assert sum(p.weight for p in found.parts) == pytest.approx(1)
    assert found == estimate(a, TAX)


# --- faces ---


async def test_function_api_and_page_agree(client: Any) -> None:
    body = FULL.model_dump(mode="json", exclude_none=True)
    view = (await client.post(API, json=body)).json()
    mid = known(FULL).mid
    assert Decimal(view["mid"]["rounded"]) == mid.quantize(Decimal(1))
    assert view["disclaimer_en"].startswith("This is a reference estimate")
    assert {a["origin"] for a in view["assumptions"]} == {"declared", "assumed"}
    typed = body | {"advantage": "10", "spent": "2 tỷ", "market_size": "500 tỷ"}
    page = await client.post_form(URL, {k: str(v) for k, v in typed.items()})
    assert page.status_code == 200
    said = browser.text(page)
    assert f"{int(mid):,}".replace(",", ".") in said
    assert "hẹp đi khoảng" in said
    assert "Giả định của sàn" in said
    assert {q["key"] for q in (await client.get(API)).json()["items"]} == set(QUESTIONS)


async def test_wrong_answers_are_told_and_kept(client: Any) -> None:
    for field, value, en in (
        ("trl", 12, "from 1 to 9"),
        ("advantage", 1.5, "from 0 to 1"),
        ("ip_years", -1, "from 0 to 20"),
        ("industry", "alchemy", "listed industries"),
        ("spent", "NaN", "number"),
        ("revenue", "lots", "listed"),
    ):
        answer = await client.post(API, json={field: value}, headers={"Accept-Language": "en"})
        assert answer.status_code == 422, field
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert en in error["message"]
    page = await client.post_form(URL, {"spent": "nhiều lắm", "trl": "7"})
    assert page.status_code == 422
    assert browser.form(page, URL).fields | {"spent": "nhiều lắm", "trl": "7"} == browser.form(page, URL).fields
    empty = browser.text(await client.post_form(f"{URL}?lang=en", {}))
    assert "Not enough for an estimate" in empty


async def test_uses_are_counted(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "USES", 1)
    assert (await client.post(API, json={"spent": 1})).status_code == 200
    assert (await client.post(API, json={"spent": 1})).status_code == 429
    refused = await client.post_form(URL, {"spent": "2 tỷ"})
    assert refused.status_code == 429
    assert "2 tỷ" in refused.text
    assert calculators.USES > 1, "counted apart from the calculators"


async def test_the_listing_fills_in_what_it_knows(client: Any, make_person: Any, make_organisation: Any) -> None:
    seller = await make_person("owner", await make_organisation("university"))
    made = await listings.create(seller.actor, CreateListing(title_vi=market.CONTENT["title_vi"]))
    await listings.update(seller.actor, made, UpdateListing.model_validate(market.CONTENT))
    own = await seller.browser()
    offer = await own.get(f"/listings/{made}/edit/offer")
    assert f"{URL}?listing={made}" in offer.text
    page = await own.get(f"{URL}?listing={made}")
    assert browser.form(page, URL).fields["trl"] == str(market.CONTENT["trl"])
    done = await own.submit(browser.form(page, URL), revenue="to_20bn")
    assert f"/listings/{made}/edit/offer" in done.text
    stranger = await client.get(f"{URL}?listing={made}")
    assert stranger.status_code == 200
    assert market.CONTENT["title_vi"] not in stranger.text, "a draft is not told to others"
    assert (await client.get(f"{URL}?listing=nothing")).status_code == 200

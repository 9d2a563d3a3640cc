"""How high a deposit may be, by the dated rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app import reference
from app.kit import clock
from app.kit.errors import Invalid
from app.rounds import planning
from app.rounds.deposits import check_deposit, deposit_bounds
from tests.rounds import hall as h
from tests.support import market as m

IN_FORCE, BEFORE = date(2026, 6, 1), date(2017, 6, 30)


def test_the_range_is_rounded_inwards_and_holds_from_its_day() -> None:
    assert deposit_bounds(1001, IN_FORCE)[:2] == (51, 200)
    assert deposit_bounds(1001, BEFORE) == (None, None, "")
    for deposit, fits in ((50, False), (51, True), (200, True), (201, False), (0, True)):
        if fits:
            check_deposit(deposit, 1001, IN_FORCE)
        else:
            with pytest.raises(Invalid) as found:
                check_deposit(deposit, 1001, IN_FORCE)
            assert found.value.code == "round.deposit_range"
            assert "Luật 01/2016/QH14, 39" in found.value.fields["deposit"].vi
    check_deposit(10**9, 1001, BEFORE)
    check_deposit(10**9, None, IN_FORCE)


async def test_a_draft_and_an_announcement_keep_to_it(db, monkeypatch) -> None:
    seller = await h.verified("university")
    listing_id = await m.publish(seller)
    with pytest.raises(Invalid, match="deposit_range"):
        await planning.plan(seller, listing_id, h.plan(deposit=201))
    assert await m.scalar("SELECT count(*) FROM public_round") == 0
    round_id = await planning.plan(seller, listing_id, h.plan(deposit=200))
    with pytest.raises(Invalid, match="deposit_range"):
        await planning.update(seller, round_id, h.plan(deposit=49))
    assert await m.scalar("SELECT deposit FROM public_round") == 200
    # The rule is another one by the time of the announcement.
    rule = reference.rule("auction_deposit_maximum_percent", clock.today() - timedelta(days=1))
    assert rule
    lower = {"auction_deposit_maximum_percent": replace(rule, value=rule.value / 2)}
    monkeypatch.setattr(reference, "rule", lambda code, day=None: lower.get(code))
    with pytest.raises(Invalid, match="deposit_range"):
        await planning.announce(seller, round_id, h.announce())
    assert await m.scalar("SELECT status FROM public_round") == "draft"

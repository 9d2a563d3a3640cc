"""How high a deposit may be: dated rules in per cent of the starting price."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app import reference
from app.rounds import errors


def deposit_bounds(start_price: int, day: date) -> tuple[int | None, int | None, str]:
    """(least, most, the rule's source) of a deposit at this starting price on a day; None where no rule is in force.
    Rounded inwards to whole đồng, so that what is allowed here is allowed by the rule."""
    least, most = (reference.rule(f"auction_deposit_{end}_percent", day) for end in ("minimum", "maximum"))
    source = "; ".join(dict.fromkeys(f"{r.document}, {r.article}" for r in (least, most) if r))
    return (
        int((Decimal(start_price) * least.value / 100).to_integral_value(ROUND_CEILING)) if least else None,
        int((Decimal(start_price) * most.value / 100).to_integral_value(ROUND_FLOOR)) if most else None,
        source,
    )


def check_deposit(deposit: int, start_price: int | None, day: date) -> None:
    """Invalid for a deposit outside the dated rule. Without a starting price there is nothing to take a share of."""
    if not deposit or not start_price:
        return
    least, most, source = deposit_bounds(start_price, day)
    if deposit < (least or 0) or (most is not None and deposit > most):
        raise errors.deposit_out_of_range(least, most, source)

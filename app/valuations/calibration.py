"""Calibration: what a valuation said beside what the asset was later sold for. Pure figures, and the verb that reads
them for the operator, the Department and, of its own work, a provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.text import Text
from app.platform import audit
from app.platform.db import reading, unit_of_work
from app.valuations import bands, evidence, repository
from app.valuations.base import Base, months_after
from app.valuations.evidence import LEAST, WINDOW
from app.valuations.methods import METHODS, Approach
from app.valuations.schemas.evidence import Calibration, CalibrationRow, Scope

TOTAL = "total"
_ALL = Text("Mọi vụ việc", "All cases")
_NO_FIELD = Text("Chưa phân loại", "Unclassified")
_FINE, _COARSE = Decimal("0.0001"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Point:
    """One estimate beside the price of one deal, in the same currency, both above 0."""

    deal_id: UUID
    estimate: Decimal
    price: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def error(self) -> Decimal:
        """ln(estimate / price): 0 is exact, above 0 too high; as large for twice as for half."""
        return (self.estimate / self.price).ln()

    @property
    def inside(self) -> bool | None:
        if self.low is None or self.high is None:
            return None
        return self.low <= self.price <= self.high


def median_ratio(points: Collection[Point]) -> Decimal:
    return bands.quantile(sorted(p.estimate / p.price for p in points), Decimal("0.5"))


def mean_error(points: Collection[Point]) -> Decimal:
    return sum((abs(p.error) for p in points), Decimal(0)) / len(points)


def share_inside(points: Collection[Point]) -> Decimal | None:
    """Of the estimates that gave a range; None where none did."""
    found = [p.inside for p in points if p.inside is not None]
    return Decimal(sum(found)) / len(found) if found else None


def row(key: str, label: Text, points: Collection[Point], *, told: bool, exact: bool) -> CalibrationRow:
    """A line of figures: to four places where they are told exactly, else to two."""
    if not told or not points:
        return CalibrationRow(
            key=key, label=label, told=False, count=None, deals=None, median_ratio=None, mean_error=None, inside=None
        )

    def said(value: Decimal | None) -> Decimal | None:
        return None if value is None else value.quantize(_FINE if exact else _COARSE, ROUND_HALF_EVEN)

    return CalibrationRow(
        key=key, label=label, told=True, count=len(points), deals=len({p.deal_id for p in points}),
        median_ratio=said(median_ratio(points)), mean_error=said(mean_error(points)),
        inside=said(share_inside(points)),
    )  # fmt: skip


Group = tuple[str, str]
TITLES: tuple[str, ...] = ("by_method", "by_valuer", "by_field")


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def grouped(found: Sequence[Mapping[str, Any]], months: int) -> dict[Group, list[Point]]:
    """Points by ("total", "") and by (dimension, key) of the rows of `repository.settled_later` whose contract was
    signed within `months` of the value date. A method's own value is compared, wherever it gave an amount."""
    made: dict[Group, list[Point]] = defaultdict(list)
    for r in found:
        if r["signed_on"] > months_after(r["value_date"], months):
            continue
        price = Decimal(r["amount"])
        low, high = _decimal(r["low"]), _decimal(r["high"])
        # A result without a range is stored as one value, three times.
        ranged = low is not None and high is not None and low < high
        whole = Point(r["deal_id"], Decimal(r["value"]), price, low if ranged else None, high if ranged else None)
        made[TOTAL, ""].append(whole)
        made["by_valuer", str(r["provider_org_id"])].append(whole)
        made["by_field", (r["field"] or "").split(".")[0]].append(whole)
        for c in (r["outcome"] or {}).get("calculations", []):
            value = _decimal(c.get("value"))
            if c["unit"] != "money" or c["approach"] == Approach.tool.value or value is None or value <= 0:
                continue
            point = Point(r["deal_id"], value, price, _decimal(c.get("low")), _decimal(c.get("high")))
            made["by_method", c["method"]].append(point)
    return dict(made)


def tellable(groups: Mapping[Group, Sequence[Point]], least: int | None) -> set[Group]:
    """The groups that may be told side by side: the whole, then the larger before the smaller, each with enough deals
    and none from which a smaller one can be worked out. Everything where there is no limit."""
    if least is None:
        return set(groups)
    sets = {k: frozenset(p.deal_id for p in v) for k, v in groups.items()}
    order = sorted(sets.items(), key=lambda kv: (kv[0][0] != TOTAL, -len(kv[1]), kv[0]))
    return bands.disclosable(order, least)


def _label(dimension: str, key: str, names: Mapping[str, Text]) -> Text:
    if dimension == "by_method":
        method = METHODS.get(key)
        return Text(method.vi, method.en) if method else Text(key, key)
    if dimension == "by_valuer":
        return names[key]
    return evidence.field_label(key, rest=False) if key else _NO_FIELD


def figures(
    found: Sequence[Mapping[str, Any]], months: int, least: int | None
) -> tuple[CalibrationRow, dict[str, list[CalibrationRow]]]:
    """The whole, and the lines of each dimension; exact where `least` is None."""
    groups = grouped(found, months)
    told, exact = tellable(groups, least), least is None
    names = {str(r["provider_org_id"]): Text(r["valuer_vi"], r["valuer_en"] or r["valuer_vi"]) for r in found}
    lines: dict[str, list[CalibrationRow]] = {t: [] for t in TITLES}
    for group, points in sorted(groups.items(), key=lambda kv: (-len(kv[1]), kv[0])):
        if group[0] == TOTAL or group not in told:
            continue  # a line that may not be told is not named either: that it exists would tell of a deal
        label = _label(*group, names)
        lines[group[0]].append(row(group[1], label, points, told=True, exact=exact))
    total = (TOTAL, "")
    return row(TOTAL, _ALL, groups.get(total, []), told=total in told, exact=exact), lines


class Calibrations(Base):
    async def calibration(self, actor: Actor) -> Calibration:
        """For the operator everything exactly; for the Department everything, for a provider its own work, both
        without what would tell of few deals. Every look is written down."""
        if actor.anonymous:
            raise Unauthenticated
        everything = actor.is_operator or actor.is_department
        org_id = None if everything else actor.org_id
        async with reading() as session:
            if not everything and (
                actor.org_id is None or actor.role is None or not await repository.has_delivered(session, actor.org_id)
            ):
                raise Forbidden
            found = await repository.settled_later(session, org_id)
        today = clock.today()
        months, least = (int(evidence.rule_value(c, today)) for c in (WINDOW, LEAST))
        limit = None if actor.is_operator else least
        total, lines = figures(found, months, limit)
        async with unit_of_work() as session:
            audit.record(session, actor, "valuation.calibration", "valuation", None, {"own": not everything})
        return Calibration(
            scope=Scope.all if everything else Scope.own, months=months, least=limit, total=total, **lines,
            rules=evidence.rules_of((WINDOW, LEAST), today),
        )  # fmt: skip

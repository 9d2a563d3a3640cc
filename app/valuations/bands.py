"""Price bands that tell nothing of one deal. Pure.

Deals are divided by mode, field and band of readiness. A cell is told when it holds enough deals of enough sellers and
nobody is too large a part of it. What is left in a field is put together (readiness first, then fields of one branch,
then all fields of the mode) until it may be told; what still may not is told nowhere.

No figure can be worked out from another: every deal lies in one told cell at most, and no total stands beside a hidden
cell. Figures are rounded to two significant digits, because the quartiles of five prices are prices of deals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from app.deals import Settled

BANDS: tuple[tuple[int, int], ...] = ((1, 3), (4, 6), (7, 9))
REST = "rest"
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Rules:
    """The dated rules of a day: least deals, least sellers, most per cent of one and of two organisations."""

    deals: int
    sellers: int
    first: Decimal
    first_two: Decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """Deals that are told together. `field` is a code or "" for every field not told by itself; `trl` "1-3", "4-6",
    "7-9", or "rest": every level that is not told by itself."""

    mode: str
    field: str
    trl: str
    deals: tuple[Settled, ...]


def band_of(trl: int | None) -> str:
    """The band of readiness; "" where it is not known."""
    return next((f"{low}-{high}" for low, high in BANDS if trl is not None and low <= trl <= high), "")


def dominated(deals: Collection[Settled], rules: Rules) -> bool:
    """Whether one organisation, or two, make up more of the sum than the rules allow, among sellers or buyers."""
    total = sum(d.amount for d in deals)
    for side in ("seller_org_id", "buyer_org_id"):
        held: dict[UUID, int] = defaultdict(int)
        for d in deals:
            held[getattr(d, side)] += d.amount
        largest = sorted(held.values(), reverse=True)
        if largest[0] * 100 > rules.first * total or sum(largest[:2]) * 100 > rules.first_two * total:
            return True
    return False


def safe(deals: Collection[Settled], rules: Rules) -> bool:
    """Whether a figure of these deals may be told."""
    enough = len({d.deal_id for d in deals}) >= rules.deals and len({d.seller_org_id for d in deals}) >= rules.sellers
    return enough and not dominated(deals, rules)


def _split(deals: Iterable[Settled], key: Callable[[Settled], str]) -> list[tuple[str, list[Settled]]]:
    found: dict[str, list[Settled]] = defaultdict(list)
    for d in deals:
        found[key(d)].append(d)
    return sorted(found.items())


def cells(deals: Collection[Settled], rules: Rules) -> list[Cell]:
    """The cells that may be told, by mode, field, readiness. Deals without mode are left out."""
    told: list[Cell] = []

    def tell(mode: str, field: str, trl: str, found: Sequence[Settled]) -> Sequence[Settled]:
        """What is left over: nothing when it could be told."""
        if not safe(found, rules):
            return found
        told.append(Cell(mode, field, trl, tuple(found)))
        return ()

    for mode, of_mode in _split((d for d in deals if d.mode is not None), lambda d: str(d.mode)):
        outside: list[Settled] = []
        for branch, of_branch in _split(of_mode, lambda d: (d.field or "").split(".")[0]):
            aside: list[Settled] = []
            for field, of_field in _split(of_branch, lambda d: d.field or ""):
                left: list[Settled] = []
                for trl, of_band in _split(of_field, lambda d: band_of(d.trl)):
                    # Neither what nobody classified nor an unknown readiness is a cell of its own.
                    left += tell(mode, field, trl, of_band) if trl and field else of_band
                aside += tell(mode, field, REST, left) if field else left
            outside += tell(mode, branch, REST, aside) if branch else aside
        tell(mode, "", REST, outside)
    return _one_each(told)


def _one_each(told: list[Cell]) -> list[Cell]:
    """Cells of the same name put into one: a branch that is also somebody's own field may be told twice."""
    found: dict[tuple[str, str, str], list[Settled]] = defaultdict(list)
    for c in told:
        found[c.mode, c.field, c.trl] += c.deals
    return [Cell(*key, tuple(deals)) for key, deals in sorted(found.items())]


def covering(told: Collection[Cell], mode: str, field: str, trl: int | None) -> Cell | None:
    """The narrowest told cell in which a technology of this field and readiness lies; None when there is none."""
    by = {(c.mode, c.field, c.trl): c for c in told}
    places = [(field, band_of(trl)), (field, REST), (field.split(".", maxsplit=1)[0], REST), ("", REST)]
    return next((by[mode, f, t] for f, t in places if (mode, f, t) in by), None)


# --- figures ---


def quantile(ordered: Sequence[Decimal], part: Decimal) -> Decimal:
    """Between the two nearest values, linearly (the seventh of Hyndman and Fan's, as PostgreSQL's percentile_cont)."""
    at = part * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def rounded(value: Decimal, digits: int = 2) -> int:
    """To so many significant digits, in whole units."""
    step = Decimal(1).scaleb(max(value.adjusted() - digits + 1, 0))
    return int((value / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step)


def quartiles(cell: Cell) -> tuple[int, int, int]:
    """P25, P50, P75 of a cell, rounded."""
    ordered = sorted(Decimal(d.amount) for d in cell.deals)
    low, mid, high = (rounded(quantile(ordered, Decimal(p))) for p in ("0.25", "0.5", "0.75"))
    return low, mid, high


# Ten steps a decade (preferred numbers, R10): a price is known to about twelve per cent.
_STEPS = tuple(Decimal(s) for s in ("1", "1.25", "1.6", "2", "2.5", "3.15", "4", "5", "6.3", "8", "10"))


def banded(amount: int) -> int:
    """The nearest preferred number, so that a single price is not told. `amount` above 0, in whole units."""
    unit = Decimal(1).scaleb(len(str(amount)) - 1)
    return int(min(_STEPS, key=lambda s: (abs(s * unit - amount), s)) * unit)


# --- what may be told side by side where groups overlap ---


def isolated(groups: Collection[frozenset[K]], least: int) -> bool:
    """Whether sums (or means with counts) over these groups give away the sum of fewer than `least` members: members
    that lie in the same groups form an atom, and a small atom is given away when it is a combination of groups."""
    members: set[K] = set().union(*groups)
    atoms: dict[tuple[bool, ...], int] = defaultdict(int)
    for m in members:
        atoms[tuple(m in g for g in groups)] += 1
    patterns = list(atoms)
    span = _reduced([[Fraction(p[i]) for p in patterns] for i in range(len(groups))])
    small = [i for i, p in enumerate(patterns) if atoms[p] < least]
    return any(_in_span(span, [Fraction(i == j) for j in range(len(patterns))]) for i in small) or any(
        0 < len(a - b) < least and b < a for a in groups for b in groups
    )


def _reduced(rows: list[list[Fraction]]) -> list[tuple[int, list[Fraction]]]:
    """(pivot, row) in echelon form."""
    made: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        left = _left_of(made, row)
        pivot = next((i for i, v in enumerate(left) if v), None)
        if pivot is not None:
            made.append((pivot, [v / left[pivot] for v in left]))
    return made


def _left_of(span: list[tuple[int, list[Fraction]]], row: list[Fraction]) -> list[Fraction]:
    for pivot, other in span:
        if row[pivot]:
            row = [a - row[pivot] * b for a, b in zip(row, other, strict=True)]
    return row


def _in_span(span: list[tuple[int, list[Fraction]]], row: list[Fraction]) -> bool:
    return not any(_left_of(span, row))


def disclosable(groups: Sequence[tuple[K, frozenset[UUID]]], least: int) -> set[K]:
    """Of groups in the order of their worth those that may be told together: each large enough, and nothing smaller
    can be worked out from them."""
    told: list[frozenset[UUID]] = []
    found: set[K] = set()
    for key, members in groups:
        if len(members) >= least and not isolated({*told, members}, least):
            told.append(members)
            found.add(key)
    return found

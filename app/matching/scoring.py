"""How well a technology answers a need, with reasons: pure, without I/O.

Facts go in as they may be shown: `TechFacts` holds only what the technology's side shows publicly, so that no evidence
can say more. Evidence quotes the technology alone; no reason names a figure of the need. A criterion that rests on what
an asker may keep to themselves (budget, payment, deadline, capacity) is `private`: it is shown to the asker only.

A criterion is met, unknown or violated. Unknown is neither: it counts half in the score and lowers the confidence. A
violated hard criterion puts a technology outside the ranking (`ranked`), whatever its score.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from app.kit.text import Text
from search.synonyms import split

Key = TypeVar("Key", bound=Hashable)

# A listing says every 90 days that it still holds; after a year without it no reader should count on it.
FRESH_DAYS, STALE_DAYS = 90, 365
# Share of the declared capacity (0..1) a transfer asks for, and what each kind of help takes off it.
ASKED_CAPACITY, HELP = 0.5, 0.15
AFFORDABLE = 0.7
ELSEWHERE = 0.4
GROUPS = ("T", "E", "O", "R", "I")


class Verdict(StrEnum):
    MET = "met"
    UNKNOWN = "unknown"
    VIOLATED = "violated"


class Wanted(StrEnum):
    """What a typed requirement is about."""

    WORDS = "words"  # any of the values stands in the public text
    MODE = "mode"
    RIGHT = "right"
    EXCLUSIVITY = "exclusivity"
    FIELD = "field"  # FORD, the code or one below it
    IPC = "ipc"  # the symbol or one below it
    MEASURE = "measure"  # a figure of the technology under the requirement's code, within least and most
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One must-have or nice-to-have. `values`: any of them will do; `least` and `most` bound a measure."""

    code: str
    kind: Wanted
    values: frozenset[str] = frozenset()
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """`texts` by language and field; budgets in VND; `banned` are sets of "kind:value" that may not stand together
    ("mode:licence", "exclusivity:exclusive", "words:chlorine"); `capacity` the declared share by group, 0..1."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identifiers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ipc: frozenset[str] = frozenset()
    must_haves: tuple[Requirement, ...] = ()
    nice_to_haves: tuple[Requirement, ...] = ()
    banned: tuple[frozenset[str], ...] = ()
    trl_min: int | None = None
    trl_max: int | None = None
    budget_low: int | None = None
    budget_high: int | None = None
    payment: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    exclusivity: frozenset[str] = frozenset()
    province: int | None = None
    deadline: date | None = None
    capacity: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class TechFacts:
    """What a technology shows to everyone. Prices in VND; `support` names what is offered beside the technology
    ("training", "pilot"); `delivery_days` from agreement to use; `measures` figures by code."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identifiers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ipc: frozenset[str] = frozenset()
    trl: int | None = None
    modes: frozenset[str] = frozenset()
    rights: frozenset[str] = frozenset()
    exclusivity: frozenset[str] = frozenset()
    price_policy: str | None = None
    price_from: int | None = None
    price_to: int | None = None
    province: int | None = None
    refreshed_at: date | None = None
    support: frozenset[str] = frozenset()
    delivery_days: int | None = None
    measures: Mapping[str, Decimal] = field(default_factory=dict)


# --- weights ------------------------------------------------------------------------------------------------------


class Component(StrEnum):
    TECHNICAL = "technical"
    CONSTRAINTS = "constraints"
    TRL = "trl"
    MONEY = "money"
    PLACE = "place"
    FRESHNESS = "freshness"
    ABSORPTIVE = "absorptive"


@dataclass(frozen=True, slots=True)
class Weights:
    """A named version; every component has a share of the whole."""

    name: str
    version: int
    shares: Mapping[Component, Decimal]

    def __post_init__(self) -> None:
        if set(self.shares) != set(Component):
            raise ValueError("weights name every component once")
        if any(share < 0 for share in self.shares.values()) or sum(self.shares.values()) != 1:
            raise ValueError("weights are shares of 1, none below 0")


def _shares(**shares: str) -> Mapping[Component, Decimal]:
    return MappingProxyType({Component(name): Decimal(share) for name, share in shares.items()})


DEFAULT = Weights(
    "default",
    1,
    _shares(
        technical="0.50",
        constraints="0.17",
        trl="0.10",
        money="0.10",
        place="0.03",
        freshness="0.04",
        absorptive="0.06",
    ),
)


# --- answers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Criterion:
    """`evidence` is what the technology shows; `gap` what would close it, when it is not met.

    The code of a must-have, a nice-to-have or a banned combination is the asker's: whoever shows it to a supplier shows
    only those of the need's fields that the supplier may see.
    """

    code: str
    verdict: Verdict
    evidence: Text | None = None
    gap: Text | None = None
    hard: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """`score` 0..100; `confidence` 0..1; `components` 0..1, those the need asks nothing of left out."""

    score: float
    confidence: float
    components: Mapping[Component, float]
    criteria: tuple[Criterion, ...]

    @property
    def violated(self) -> tuple[str, ...]:
        """Codes of the hard criteria that are violated."""
        return tuple(c.code for c in self.criteria if c.hard and c.verdict is Verdict.VIOLATED)


@dataclass(frozen=True, slots=True)
class Ranking(Generic[Key]):
    """`fit`: the best first, none with a violated hard criterion; `violating`: the rest, shown apart if at all."""

    fit: tuple[Key, ...]
    violating: tuple[Key, ...]


def ranked(matches: Mapping[Key, Match]) -> Ranking[Key]:
    """By score, then confidence, then key; the order in which matches come in does not matter."""

    def place(key: Key) -> tuple[float, float, str]:
        return (-matches[key].score, -matches[key].confidence, str(key))

    ordered = sorted(matches, key=place)
    return Ranking(
        tuple(k for k in ordered if not matches[k].violated), tuple(k for k in ordered if matches[k].violated)
    )


def score(need: NeedFacts, tech: TechFacts, text_fit: float, weights: Weights = DEFAULT, *, on: date) -> Match:
    """`text_fit` 0..1 from `textfit`; `on` is the day that freshness and deadline are counted from."""
    constraints = [
        *(_required(r, tech, hard=True, prefix="must") for r in _in_order(need.must_haves)),
        *_wanted_terms(need, tech),
        *(_banned(b, tech) for b in sorted(need.banned, key=sorted)),
    ]
    nice = [_required(r, tech, hard=False, prefix="nice") for r in _in_order(need.nice_to_haves)]
    parts: dict[Component, tuple[float, bool]] = {Component.TECHNICAL: (_within(text_fit), True)}
    others: list[Criterion] = []
    if constraints or nice:
        parts[Component.CONSTRAINTS] = _share_met(constraints, nice)
    for component, found in (
        (Component.TRL, _trl(need, tech)),
        (Component.MONEY, _money(need, tech)),
        (Component.PLACE, _place(need, tech)),
        (Component.FRESHNESS, _freshness(tech, on)),
        (Component.ABSORPTIVE, _absorptive(need, tech)),
    ):
        if found:
            value, told = found
            others += told
            parts[component] = (0.5 if value is None else value, value is not None)
    others += _deadline(need, tech, on)
    criteria = (*constraints, *nice, *others)
    asked = {c: float(weights.shares[c]) for c in parts}
    whole = math.fsum(asked.values())
    total = math.fsum(asked[c] * value for c, (value, _) in parts.items()) / whole if whole else 0.0
    known = math.fsum(asked[c] for c, (_, known) in parts.items() if known) / whole if whole else 0.0
    decided = sum(c.verdict is not Verdict.UNKNOWN for c in criteria) / len(criteria) if criteria else 1.0
    return Match(
        round(100 * _within(total), 2),
        round(_within((known + decided) / 2), 4),
        MappingProxyType({c: round(value, 4) for c, (value, _) in parts.items()}),
        criteria,
    )


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _in_order(requirements: Iterable[Requirement]) -> list[Requirement]:
    return sorted(requirements, key=lambda r: (r.code, r.kind, sorted(r.values)))


# --- hard constraints ---------------------------------------------------------------------------------------------

_ASK = Text("Hỏi bên cung cấp.", "Ask the supplier.")
_NEGOTIATE = Text("Đề nghị bên cung cấp mở thêm phương án này.", "Ask the supplier to offer this as well.")
_PILOT = Text("Chạy thử tại nơi áp dụng để đo.", "A pilot on site to measure it.")
_LISTED = {
    Wanted.MODE: Text("Hình thức chuyển giao", "Modes"),
    Wanted.RIGHT: Text("Quyền", "Rights"),
    Wanted.EXCLUSIVITY: Text("Mức độc quyền", "Exclusivity"),
    Wanted.FIELD: Text("Lĩnh vực", "Fields"),
    Wanted.IPC: Text("IPC", "IPC"),
    Wanted.SUPPORT: Text("Hỗ trợ kèm theo", "Support"),
}


def _listed(kind: Wanted, values: Iterable[str]) -> Text:
    held = ", ".join(sorted(values))
    return Text(f"{_LISTED[kind].vi}: {held}", f"{_LISTED[kind].en}: {held}")


def _held(tech: TechFacts, kind: Wanted) -> frozenset[str]:
    return {
        Wanted.MODE: tech.modes,
        Wanted.RIGHT: tech.rights,
        Wanted.EXCLUSIVITY: tech.exclusivity,
        Wanted.FIELD: tech.fields,
        Wanted.IPC: tech.ipc,
        Wanted.SUPPORT: tech.support,
    }.get(kind, frozenset())


def _has(kind: Wanted, value: str, held: frozenset[str]) -> bool:
    if kind is Wanted.FIELD:
        return any(h == value or h.startswith(f"{value}.") for h in held)
    if kind is Wanted.IPC:
        return any(_symbol(h).startswith(_symbol(value)) for h in held)
    return value in held


def _symbol(ipc: str) -> str:
    return "".join(ipc.upper().split())


def _required(wanted: Requirement, tech: TechFacts, *, hard: bool, prefix: str) -> Criterion:
    code = f"{prefix}.{wanted.code}"
    if wanted.kind is Wanted.WORDS:
        found = next((q for v in sorted(wanted.values) if (q := _quoted(tech, v))), None)
        if found:
            return Criterion(code, Verdict.MET, Text(found, found), hard=hard)
        return Criterion(code, Verdict.UNKNOWN, gap=_ASK, hard=hard)
    if wanted.kind is Wanted.MEASURE:
        return _measured(wanted, tech, code, hard=hard)
    held = _held(tech, wanted.kind)
    if not held:
        return Criterion(code, Verdict.UNKNOWN, gap=_ASK, hard=hard)
    met = any(_has(wanted.kind, v, held) for v in wanted.values)
    verdict = Verdict.MET if met else Verdict.VIOLATED
    return Criterion(code, verdict, _listed(wanted.kind, held), None if met else _NEGOTIATE, hard=hard)


def _measured(wanted: Requirement, tech: TechFacts, code: str, *, hard: bool) -> Criterion:
    figure = tech.measures.get(wanted.code)
    if figure is None:
        return Criterion(code, Verdict.UNKNOWN, gap=_PILOT, hard=hard)
    low = wanted.least is not None and figure < wanted.least
    high = wanted.most is not None and figure > wanted.most
    shown = Text(f"{wanted.code}: {figure}", f"{wanted.code}: {figure}")
    verdict = Verdict.VIOLATED if low or high else Verdict.MET
    return Criterion(code, verdict, shown, _PILOT if low or high else None, hard=hard)


def _quoted(tech: TechFacts, value: str, around: int = 60) -> str:
    """The piece of the technology's public text where these words stand, in whole words; empty when nowhere."""
    wanted = split(value)
    if not wanted:
        return ""
    for language in sorted(tech.texts):
        for _, text in sorted(tech.texts[language].items()):
            pieces = text.split()
            places = [(word, i) for i, piece in enumerate(pieces) for word in split(piece)]
            plain = [word for word, _ in places]
            for at in range(len(plain) - len(wanted) + 1):
                if tuple(plain[at : at + len(wanted)]) == wanted:
                    return _around(pieces, places[at][1], places[at + len(wanted) - 1][1], around)
    return ""


def _around(pieces: list[str], first: int, last: int, around: int) -> str:
    while first > 0 and len(" ".join(pieces[first - 1 : last + 1])) <= around * 2:
        first -= 1
    while last + 1 < len(pieces) and len(" ".join(pieces[first : last + 2])) <= around * 3:
        last += 1
    return " ".join(pieces[first : last + 1])


def _wanted_terms(need: NeedFacts, tech: TechFacts) -> list[Criterion]:
    return [
        _required(Requirement(code, kind, values), tech, hard=True, prefix="terms")
        for code, kind, values in (
            ("mode", Wanted.MODE, need.modes),
            ("exclusivity", Wanted.EXCLUSIVITY, need.exclusivity),
        )
        if values
    ]


def _banned(combination: frozenset[str], tech: TechFacts) -> Criterion:
    """Violated when all of it holds, met when a part is known not to, unknown otherwise."""
    code = "banned." + "+".join(sorted(combination))
    present: list[str] = []
    for part in sorted(combination):
        kind, _, value = part.partition(":")
        if kind == Wanted.WORDS:
            if quote := _quoted(tech, value):
                present.append(quote)
            continue
        held = _held(tech, Wanted(kind))
        if held and not _has(Wanted(kind), value, held):
            shown = _listed(Wanted(kind), held)
            return Criterion(code, Verdict.MET, shown, hard=True)
        if held:
            present.append(value)
    if combination and len(present) == len(combination):
        together = "; ".join(present)
        return Criterion(code, Verdict.VIOLATED, Text(together, together), _NEGOTIATE, hard=True)
    return Criterion(code, Verdict.UNKNOWN, gap=_ASK, hard=True)


def _share_met(hard: list[Criterion], nice: list[Criterion]) -> tuple[float, bool]:
    """A nice-to-have counts half of a must-have; unknown is half of met."""
    worth = {Verdict.MET: 1.0, Verdict.UNKNOWN: 0.5, Verdict.VIOLATED: 0.0}
    if any(c.verdict is Verdict.VIOLATED for c in hard):
        return 0.0, True
    weighed = [(1.0, c) for c in hard] + [(0.5, c) for c in nice]
    value = math.fsum(w * worth[c.verdict] for w, c in weighed) / math.fsum(w for w, _ in weighed)
    return value, any(c.verdict is not Verdict.UNKNOWN for _, c in weighed)


# --- the other components: a value (None: not known) and what is said about it -------------------------------------

Found = tuple[float | None, list[Criterion]] | None


def _trl(need: NeedFacts, tech: TechFacts) -> Found:
    if need.trl_min is None and need.trl_max is None:
        return None
    if tech.trl is None:
        return None, [Criterion("trl", Verdict.UNKNOWN, gap=_ASK)]
    shown = Text(f"TRL {tech.trl}", f"TRL {tech.trl}")
    short = max((need.trl_min or 1) - tech.trl, 0)
    if short:
        following = Text(
            f"Chạy thử để đạt TRL {tech.trl + 1}, rồi các mức tiếp theo.",
            f"A pilot to reach TRL {tech.trl + 1}, then the levels after it.",
        )
        return max(0.0, 1 - 0.25 * short), [Criterion("trl", Verdict.VIOLATED, shown, following)]
    # Riper than asked for is seldom a fault: it costs a little, since the asker may have wanted to shape it.
    past = max(tech.trl - (need.trl_max or 9), 0)
    return max(0.6, 1 - 0.1 * past), [Criterion("trl", Verdict.MET, shown)]


def affordable(high: int, low_price: int, high_price: int) -> float:
    """1 when the budget covers the whole range, 0.7 when it just reaches its beginning, 0 from half of that down."""
    if high_price <= high:
        return 1.0
    if low_price <= high:
        return AFFORDABLE + (1 - AFFORDABLE) * (high - low_price) / (high_price - low_price)
    return AFFORDABLE * max(0.0, 2 - low_price / high) if high > 0 else 0.0


_OPEN_POLICIES = frozenset({"negotiable", "by_valuation"})


def _money(need: NeedFacts, tech: TechFacts) -> Found:
    parts: list[tuple[float, float | None]] = []
    criteria: list[Criterion] = []
    budget = need.budget_high if need.budget_high is not None else need.budget_low
    if budget is not None:
        value = _price_fit(budget, tech)
        parts.append((0.8, value))
        if value is None:
            criteria.append(Criterion("money", Verdict.UNKNOWN, gap=_ASK, private=True))
        else:
            met = value >= AFFORDABLE
            gap = Text(
                "Bàn trả dần, theo doanh thu, hoặc chạy thử trước.", "Talk of instalments, royalty or a pilot first."
            )
            verdict = Verdict.MET if met else Verdict.VIOLATED
            criteria.append(Criterion("money", verdict, _price(tech), None if met else gap, private=True))
    if need.payment:
        policy = tech.price_policy
        if policy is None or policy in _OPEN_POLICIES - need.payment:
            parts.append((0.2, None))
            criteria.append(Criterion("payment", Verdict.UNKNOWN, gap=_ASK, private=True))
        else:
            met = policy in need.payment
            parts.append((0.2, float(met)))
            verdict = Verdict.MET if met else Verdict.VIOLATED
            shown = Text(f"Chính sách giá: {policy}", f"Price policy: {policy}")
            criteria.append(Criterion("payment", verdict, shown, None if met else _NEGOTIATE, private=True))
    if not parts:
        return None
    if all(value is None for _, value in parts):
        return None, criteria
    whole = math.fsum(w for w, _ in parts)
    return math.fsum(w * (0.5 if v is None else v) for w, v in parts) / whole, criteria


def _price_fit(budget: int, tech: TechFacts) -> float | None:
    prices = [p for p in (tech.price_from, tech.price_to) if p is not None]
    return affordable(budget, min(prices), max(prices)) if prices else None


def _price(tech: TechFacts) -> Text:
    shown = " – ".join(f"{p:,}".replace(",", ".") for p in (tech.price_from, tech.price_to) if p is not None)
    return Text(f"Giá: {shown} ₫", f"Price: {shown} ₫")


def _place(need: NeedFacts, tech: TechFacts) -> Found:
    if need.province is None:
        return None
    if tech.province is None:
        return None, [Criterion("place", Verdict.UNKNOWN, gap=_ASK)]
    if tech.province == need.province:
        return 1.0, [Criterion("place", Verdict.MET, Text("Cùng tỉnh, thành phố", "The same province"))]
    gap = Text("Hỗ trợ từ xa, cử người đến nơi áp dụng.", "Help from afar, people sent to the site.")
    shown = Text("Tỉnh, thành phố khác", "Another province")
    return ELSEWHERE, [Criterion("place", Verdict.VIOLATED, shown, gap)]


def _freshness(tech: TechFacts, on: date) -> Found:
    if tech.refreshed_at is None:
        return None, [Criterion("freshness", Verdict.UNKNOWN, gap=_ASK)]
    days = max((on - tech.refreshed_at).days, 0)
    day = tech.refreshed_at.strftime("%d/%m/%Y")
    shown = Text(f"Xác nhận ngày {day}", f"Confirmed on {day}")
    if days <= FRESH_DAYS:
        return 1.0, [Criterion("freshness", Verdict.MET, shown)]
    gap = Text("Đề nghị bên cung cấp xác nhận lại tin.", "Ask the supplier to confirm the listing again.")
    value = max(0.0, 1 - (days - FRESH_DAYS) / (STALE_DAYS - FRESH_DAYS))
    return value, [Criterion("freshness", Verdict.VIOLATED, shown, gap)]


def _absorptive(need: NeedFacts, tech: TechFacts) -> Found:
    if need.capacity is None:
        return None
    known = [need.capacity[g] for g in GROUPS if need.capacity.get(g) is not None]
    if not known:
        return None, [Criterion("absorptive", Verdict.UNKNOWN, gap=_ASK, private=True)]
    capacity = math.fsum(known) / len(known)
    helped = tech.support & {"training", "pilot"}
    value = _within(capacity / (ASKED_CAPACITY - HELP * len(helped)))
    shown = _listed(Wanted.SUPPORT, helped) if helped else None
    if value >= 1:
        return 1.0, [Criterion("absorptive", Verdict.MET, shown, private=True)]
    gap = Text(
        "Đào tạo và chạy thử trước khi nhận chuyển giao (năng lực theo tự khai).",
        "Training and a pilot before the transfer (capacity as declared).",
    )
    return value, [Criterion("absorptive", Verdict.VIOLATED, shown, gap, private=True)]


def _deadline(need: NeedFacts, tech: TechFacts, on: date) -> list[Criterion]:
    """Said, not scored: what a delivery time is worth depends on the asker."""
    if need.deadline is None:
        return []
    if tech.delivery_days is None:
        return [Criterion("deadline", Verdict.UNKNOWN, gap=_ASK, private=True)]
    shown = Text(f"Bàn giao trong {tech.delivery_days} ngày", f"Handed over within {tech.delivery_days} days")
    if on + timedelta(days=tech.delivery_days) <= need.deadline:
        return [Criterion("deadline", Verdict.MET, shown, private=True)]
    gap = Text("Chia thành các đợt bàn giao.", "Hand over in stages.")
    return [Criterion("deadline", Verdict.VIOLATED, shown, gap, private=True)]

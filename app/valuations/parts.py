"""What a valuation's paper and report are made of: the asset, calculations, weights, and all that came out.

Amounts are in units of the currency (not its minor unit), rates are fractions of one. What is done with these parts:
`app.valuations.paper`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from app.kit.errors import BilingualError
from app.kit.money import EXPONENTS
from app.kit.text import nfc
from app.valuations import canonical
from app.valuations.methods.base import Approach, Figure, Note, Number, Schedule, Unit

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Path = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,5}$", max_length=200)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


def _nfc(data: Any) -> Any:
    if isinstance(data, str):
        return nfc(data)
    if isinstance(data, dict):
        return {k: _nfc(v) for k, v in data.items()}
    return [_nfc(v) for v in data] if isinstance(data, list | tuple) else data


class Part(BaseModel):
    """Base of what a paper is made of: fixed once made, unknown names refused, text in NFC."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _composed(cls, data: Any) -> Any:
        return _nfc(data)


class Origin(StrEnum):
    """Where an input comes from: said by the owner, read in a register, measured (accounts, tests), or assumed."""

    declared = "declared"
    registry = "registry"
    measured = "measured"
    assumed = "assumed"


class Asset(Part):
    """What is valued. `rights` says which rights (ownership, exclusive use ...), `identifiers` its numbers."""

    name: Name
    description: Prose = ""
    rights: Line = ""
    owner: Line = ""
    identifiers: tuple[Name, ...] = Field((), max_length=20)


class InputNote(Part):
    """Where one input comes from. `path` leads to it by dots (`years.2.revenue`); `evidence` is a file's SHA-256."""

    path: Path
    origin: Origin
    source: Line = ""
    evidence: Hash | None = None
    remark: Remark = ""


class Calculation(Part):
    """One method with its inputs, as the method's own schema takes them."""

    key: Key
    method: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    title: Line = ""
    inputs: dict[str, Any]
    notes: tuple[InputNote, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _one_note_a_path(self) -> Calculation:
        paths = [n.path for n in self.notes]
        if len(set(paths)) < len(paths):
            raise BilingualError("Mỗi đầu vào chỉ có một ghi chú nguồn gốc.", "One note of origin an input.")
        return self


class Weight(Part):
    """How much one calculation counts in the whole (a fraction of one), and why."""

    calculation: Key
    weight: Annotated[Number, Field(ge=0, le=1)]
    reason: Sentence


class Synthesis(Part):
    """How the values come together. `spread_bound` is how far apart they may lie, (highest - lowest) / mean, before
    an `explanation` is due."""

    weights: tuple[Weight, ...] = Field(min_length=1, max_length=12)
    spread_bound: Annotated[Number, Field(ge=0, le=10)] = Decimal("0.5")
    explanation: Prose = ""

    @model_validator(mode="after")
    def _whole(self) -> Synthesis:
        keys = [w.calculation for w in self.weights]
        if len(set(keys)) < len(keys):
            raise BilingualError("Mỗi phép tính chỉ có một trọng số.", "One weight a calculation.")
        return self


class Swing(Part):
    """One input and how far it may go either way; for an amount in money, in units of the currency."""

    path: Path
    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Swing:
        if self.low > self.high:
            raise BilingualError("Mức thấp không được lớn hơn mức cao.", "The low one must not exceed the high.")
        return self


class Sensitivity(Part):
    """A tornado: the value of one calculation with each input alone at its low and its high."""

    calculation: Key
    swings: tuple[Swing, ...] = Field(min_length=1, max_length=30)


class Paper(Part):
    """All that was put in. `simulation` is a calculation of its own (its seed is among its inputs)."""

    format: Literal["santex/valuation-1"] = "santex/valuation-1"
    asset: Asset
    purpose: Name
    value_date: date
    currency: str = "VND"
    calculations: tuple[Calculation, ...] = Field(min_length=1, max_length=20)
    synthesis: Synthesis | None = None
    sensitivity: Sensitivity | None = None
    simulation: Calculation | None = None

    @model_validator(mode="after")
    def _together(self) -> Paper:
        if self.currency not in EXPONENTS:
            known = ", ".join(EXPONENTS)
            raise BilingualError(f"Đồng tiền là một trong: {known}.", f"The currency is one of {known}.", "currency")
        keys = [c.key for c in self.calculations]
        for i, key in enumerate(keys):
            if key in keys[:i]:
                raise BilingualError(
                    "Hai phép tính không được trùng tên.", "Two calculations share a key.", f"calculations.{i}.key"
                )
        named = {f"synthesis.weights.{i}.calculation": w.calculation for i, w in enumerate(self._weights())}
        if self.sensitivity:
            named["sensitivity.calculation"] = self.sensitivity.calculation
        for where, key in named.items():
            if key not in keys:
                raise BilingualError(f"Không có phép tính “{key}”.", f"There is no calculation {key!r}.", where)
        return self

    def _weights(self) -> tuple[Weight, ...]:
        return self.synthesis.weights if self.synthesis else ()


class Found(Part):
    """What one calculation gave. `exact` is unrounded; `value`, `low` and `high` are rounded to the currency's minor
    unit when they count money. `value` is None when the method refuses (`enough` is False)."""

    key: str
    method: str
    approach: Approach
    unit: Unit
    exact: Decimal | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    enough: bool
    figures: tuple[Figure, ...]
    schedules: tuple[Schedule, ...]
    notes: tuple[Note, ...]


class Whole(Part):
    """The values brought together: the weighted value, the range they span, how far apart they lie (a fraction of
    their mean), and whether that is within the bound."""

    exact: Decimal
    value: Decimal
    low: Decimal
    high: Decimal
    spread: Decimal
    within_bound: bool


class Bar(Part):
    """One input of a tornado: the value with it at `low` and at `high`, rounded."""

    path: str
    low: Decimal
    high: Decimal
    at_low: Decimal
    at_high: Decimal

    @property
    def width(self) -> Decimal:
        return abs(self.at_high - self.at_low)


class Outcome(Part):
    """Everything that came out. `value`, `low`, `high` are the answer: of the synthesis, or of the only amount found;
    None when there is no single answer."""

    calculations: tuple[Found, ...]
    synthesis: Whole | None
    tornado: tuple[Bar, ...]
    simulation: Found | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None

    def found(self, key: str) -> Found:
        """The calculation under that key; KeyError when there is none."""
        for f in self.calculations:
            if f.key == key:
                return f
        raise KeyError(key)


class Kind(StrEnum):
    """Never mixed: `reference` is định giá by the exchange's tools, `appraisal` thẩm định giá by a qualified firm."""

    reference = "reference"
    appraisal = "appraisal"


class Person(Part):
    """Somebody who answers for the report; `card` is the number of an appraiser's card where there is one."""

    name: Name
    role: Line = ""
    card: Line = ""


class Particulars(Part):
    """What a report says beside the numbers: who made it for whom, under which numbers, within which limits.

    `issued_on` is the date of the document; `site` the public address its verification page stands under."""

    kind: Kind = Kind.reference
    number: Line = ""
    certificate: Line = ""
    client: Line = ""
    organisation: Line = ""
    people: tuple[Person, ...] = Field((), max_length=10)
    issued_on: date | None = None
    valid_until: date | None = None
    limits: tuple[Sentence, ...] = Field((), max_length=30)
    price_evidence: tuple[Sentence, ...] = Field((), max_length=30)
    site: Line = ""

    @model_validator(mode="after")
    def _kinds_apart(self) -> Particulars:
        if self.kind is Kind.reference and self.certificate:
            raise BilingualError(
                "Định giá tham khảo không có số chứng thư. Hãy bỏ trống mục này.",
                "A reference valuation has no certificate number. Leave it empty.",
            )
        return self


class Report(Part):
    """A paper with what came out of it and what is said beside it: the JSON a valuation is delivered as."""

    format: Literal["santex/valuation-report-1"] = "santex/valuation-report-1"
    paper: Paper
    particulars: Particulars = Particulars()
    outcome: Outcome

    def json_bytes(self) -> bytes:
        """Canonical: sorted keys, numbers as strings, one line."""
        return canonical.write(self)

    @property
    def sha256(self) -> str:
        """The report's hash, of its canonical JSON."""
        return canonical.sha256(self.json_bytes())


class Difference(Part):
    """One place where a report and its recomputation do not agree."""

    path: str
    stated: JsonValue
    recomputed: JsonValue

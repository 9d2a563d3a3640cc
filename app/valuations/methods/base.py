"""What every method of valuation is made of: typed inputs, one `calculate`, a result that shows its working.

A method is a pure function of its inputs. Numbers are Decimal at 40 digits; nothing is rounded on the way
(`Result.value` is exact, callers round once, at the end). Rates, shares
and probabilities are fractions of one (0.18 is 18 %), money is in one currency the caller names, years are years. The
same inputs give the same result, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Overflow, localcontext
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.kit.errors import BilingualError
from app.kit.text import Text

PRECISION = 40
# The largest amount a method takes, in units of any currency: forms take a thousandth of it (app.kit.money).
MOST = Decimal(10) ** 18


class Unit(StrEnum):
    """What a number counts. `rate` is a fraction of one; `factor` a bare multiplier; `number` a count of units;
    `level` a point of an index; `year` a calendar year."""

    money = "money"
    rate = "rate"
    years = "years"
    factor = "factor"
    number = "number"
    level = "level"
    year = "year"
    none = "none"


class Approach(StrEnum):
    """The three approaches of TT 32/2024/TT-BTC, options beside them, and tools that feed a method (rates, factors)."""

    cost = "cost"
    market = "market"
    income = "income"
    option = "option"
    tool = "tool"


class Convention(StrEnum):
    """When a year's cash flow is taken to arrive."""

    end_year = "end_year"
    mid_year = "mid_year"


def _exact(value: Any) -> Any:
    """A float of JSON means what it prints: 0.1 is a tenth. Booleans are no numbers."""
    if isinstance(value, bool):
        raise BilingualError("Hãy nhập một số.", "Enter a number.")
    return Decimal(repr(value)) if isinstance(value, float) else value


Number = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False, max_digits=60)]


_WORDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def _standard(schema: dict[str, Any]) -> None:
    """Bounds of optional and repeated numbers under the words of JSON Schema, which Pydantic keeps under its own."""
    schema.pop("max_digits", None)
    for own, word in _WORDS.items():
        if own in schema:
            schema[word] = float(schema.pop(own))
    for value in schema.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                _standard(part)


class Inputs(BaseModel):
    """Base of every method's inputs: unknown names are refused, so that a mistyped one cannot be lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_standard)


def field(
    unit: Unit,
    vi: str,
    en: str,
    *,
    help_vi: str = "",
    help_en: str = "",
    default: Any = ...,
    example: Any = None,
    **bounds: Any,
) -> Any:
    """A field of inputs: its unit, its name and an explanation in both languages, and its bounds (`ge`, `le`, ...).

    `example` is a value a newcomer may start from; it is shown as such and never used by itself.
    """
    extra: dict[str, Any] = {"unit": unit.value, "title_vi": vi, "title_en": en}
    if help_vi:
        extra |= {"help_vi": help_vi, "help_en": help_en}
    if example is not None:
        extra["example"] = example
    return Field(default, json_schema_extra=extra, **bounds)


def money(vi: str, en: str, *, least: Decimal | int = 0, **rest: Any) -> Any:
    """An amount, from `least` (0 unless told) to `MOST`."""
    return field(Unit.money, vi, en, **{"ge": least, "le": MOST} | rest)


def rate(vi: str, en: str, **rest: Any) -> Any:
    """A fraction of one, 0 to 1 unless told."""
    return field(Unit.rate, vi, en, **{"ge": 0, "le": 1} | rest)


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Figure(_Shown):
    """One named number of a result, `value` exact. `key` is stable; the names are for people."""

    key: str
    vi: str
    en: str
    unit: Unit
    value: Decimal


class Column(_Shown):
    key: str
    vi: str
    en: str
    unit: Unit


class Schedule(_Shown):
    """A table of working (cash flows by year, comparables by adjustment): one value a column, None where there is none.

    `labels` names the rows where numbers do not (comparables, stages); it is empty or one a row.
    """

    key: str
    vi: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Decimal | None, ...], ...]
    labels: tuple[str, ...] = ()


class Note(_Shown):
    """A sentence that goes with the result: an assumption made, a limit, a warning. `code` is stable."""

    code: str
    vi: str
    en: str


class Result(_Shown):
    """What a method found. `value` is the main figure in `unit`; `low` and `high` bound it where the method knows a
    range; `enough` is False when the method refuses to give a value (too few comparables): then `value` is None."""

    method: str
    unit: Unit
    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    enough: bool = True
    figures: tuple[Figure, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    notes: tuple[Note, ...] = ()

    def figure(self, key: str) -> Decimal:
        """The figure of that key; KeyError when the method gives none."""
        for f in self.figures:
            if f.key == key:
                return f.value
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a formula comes from. `checked`: compared with the text itself (False: known from secondary pages)."""

    document: str
    article: str = ""
    checked: bool = False


I = TypeVar("I", bound=Inputs)  # noqa: E741 - the inputs of a method


class OutOfRange(ValueError):
    """Inputs that each hold but not together (growth above the discount rate): `field` names what to change."""

    def __init__(self, field: str, text: Text) -> None:
        self.field, self.text = field, text
        super().__init__(f"{field}: {text.en}")


@dataclass(frozen=True, slots=True)
class Method(Generic[I]):
    """A method under its one name. `formula` is plain text; `vi`/`en` the name of TT 37/2024 where it has one."""

    name: str
    approach: Approach
    vi: str
    en: str
    about_vi: str
    about_en: str
    formula: str
    inputs: type[I]
    function: Callable[[I], Result]
    sources: tuple[Source, ...]

    def calculate(self, inputs: I) -> Result:
        """The result at full precision. OutOfRange names the field when inputs do not hold together or the numbers
        outgrow what can be counted; a result never holds NaN or an infinity."""
        with localcontext(Context(prec=PRECISION)) as context:
            context.traps[Overflow] = True
            try:
                result = self.function(inputs)
            except DecimalException:
                raise OutOfRange("", _TOO_FAR) from None
        numbers = [result.value, result.low, result.high, *(f.value for f in result.figures)]
        numbers += [v for s in result.schedules for row in s.rows for v in row]
        if any(v is not None and not v.is_finite() for v in numbers):
            raise OutOfRange("", _TOO_FAR)
        return result


_TOO_FAR = Text(
    "Các số nhập vào cho kết quả vượt quá phạm vi tính được. Hãy kiểm tra lại tỷ suất, số năm và số tiền.",
    "These numbers lead beyond what can be counted. Check the rates, the years and the amounts.",
)

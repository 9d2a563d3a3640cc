"""The calculators: every method by name, what it asks and why, and its result on inputs anybody gives.

A result is an estimate for reference (định giá tham khảo), never a statutory appraisal (thẩm định giá); every view says
so. Numbers are computed at full precision and rounded once, here, to the minor unit of the currency. Nothing is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from app.kit.actor import Actor
from app.kit.errors import Invalid, NotFound
from app.kit.money import EXPONENTS
from app.kit.text import Text
from app.platform import rates
from app.valuations import canonical, wording
from app.valuations.methods import METHODS
from app.valuations.methods.base import Approach, Figure, Method, Note, OutOfRange, Result, Schedule, Unit
from app.valuations.shapes import Shape, allowed, example, find, shapes
from app.web import forms

# Uses of one person, or of one address where nobody is signed in.
USES, USES_SECONDS = 600, 600
HEAVY_USES, HEAVY_SECONDS = 40, 600
# Methods that compute others over and over: few of them at once, so that nobody else has to wait.
HEAVY = frozenset({"monte_carlo", "tornado", "two_way_table", "break_even_royalty", "binomial_option"})
ANONYMOUS_DRAWS = 100_000
BODY_BYTES = 64 * 1024
_heavy = ThreadPoolExecutor(max_workers=2, thread_name_prefix="valuation")


class SourceView(BaseModel):
    """`checked` is false where the formula is known from secondary pages only."""

    document: str
    article: str
    checked: bool


class MethodSummary(BaseModel):
    """A method and what it is for. `approach` is one of cost, market, income, option, tool."""

    name: str
    approach: Approach
    vi: str
    en: str
    about_vi: str
    about_en: str
    caution_vi: str | None = Field(description="Where the legal name misleads: what the method is not.")
    caution_en: str | None


class MethodView(MethodSummary):
    """`inputs` is a JSON Schema: each property carries `unit`, `title_vi`, `title_en` and bounds; rates are fractions
    of one. `example` can be sent as it stands."""

    formula: str
    sources: list[SourceView]
    inputs: dict[str, Any]
    example: dict[str, Any]


class MethodList(BaseModel):
    items: list[MethodSummary]


class NumberView(BaseModel):
    """`exact` is the computed number; `rounded` the same, rounded once to the currency's minor unit (money only)."""

    exact: str
    rounded: str | None


class FigureView(NumberView):
    key: str
    vi: str
    en: str
    unit: Unit


class ColumnView(BaseModel):
    key: str
    vi: str
    en: str
    unit: Unit


class ScheduleView(BaseModel):
    """A table of working; `labels` name the rows, or are empty. Numbers are exact, null where there is none."""

    key: str
    vi: str
    en: str
    columns: list[ColumnView]
    labels: list[str]
    rows: list[list[str | None]]


class NoteView(BaseModel):
    code: str
    vi: str
    en: str


class CalculationView(BaseModel):
    """A reference estimate. `value` is null when the method refuses to give one (`enough` is false, `notes` say why).
    `inputs` are those it was computed from, defaults included."""

    method: str
    approach: Approach
    unit: Unit
    currency: str
    enough: bool
    value: NumberView | None
    low: NumberView | None
    high: NumberView | None
    figures: list[FigureView]
    schedules: list[ScheduleView]
    notes: list[NoteView]
    inputs: dict[str, Any]
    disclaimer_vi: str
    disclaimer_en: str


class Calculate(BaseModel):
    """`inputs` as the method's schema says; rates are fractions of one, money in `currency`."""

    inputs: dict[str, Any]
    currency: str = "VND"


def method_named(name: str) -> Method[Any]:
    """NotFound for a name no method has."""
    found = METHODS.get(name)
    if found is None:
        raise NotFound("valuations.no_method", NO_METHOD)
    return found


def _summary(m: Method[Any]) -> dict[str, Any]:
    trap = wording.TRAPS.get(m.name)
    return {
        "name": m.name,
        "approach": m.approach,
        "vi": m.vi,
        "en": m.en,
        "about_vi": m.about_vi,
        "about_en": m.about_en,
        "caution_vi": trap.vi if trap else None,
        "caution_en": trap.en if trap else None,
    }


def methods() -> MethodList:
    """Every method, in the order of the approaches."""
    order = list(wording.APPROACHES)
    found = sorted(METHODS.values(), key=lambda m: order.index(m.approach))
    return MethodList(items=[MethodSummary(**_summary(m)) for m in found])


def method(name: str) -> MethodView:
    """One method with its input schema and an example. NotFound."""
    m = method_named(name)
    return MethodView(
        **_summary(m),
        formula=m.formula,
        sources=[SourceView(document=s.document, article=s.article, checked=s.checked) for s in m.sources],
        inputs=m.inputs.model_json_schema(),
        example=example(shapes(m.inputs)),
    )


def _rounded(value: Decimal, unit: Unit, currency: str) -> str | None:
    return canonical.number(canonical.to_minor(value, currency)) if unit is Unit.money else None


def number_view(value: Decimal | None, unit: Unit, currency: str) -> NumberView | None:
    """Exact, and rounded once to the currency's minor unit where it is money."""
    if value is None:
        return None
    return NumberView(exact=canonical.number(value), rounded=_rounded(value, unit, currency))


def _figure(f: Figure, currency: str) -> FigureView:
    shown = _rounded(f.value, f.unit, currency)
    return FigureView(key=f.key, vi=f.vi, en=f.en, unit=f.unit, exact=canonical.number(f.value), rounded=shown)


def _schedule(s: Schedule) -> ScheduleView:
    return ScheduleView(
        key=s.key,
        vi=s.vi,
        en=s.en,
        columns=[ColumnView(key=c.key, vi=c.vi, en=c.en, unit=c.unit) for c in s.columns],
        labels=list(s.labels),
        rows=[[None if v is None else canonical.number(v) for v in row] for row in s.rows],
    )


def _note(n: Note) -> NoteView:
    return NoteView(code=n.code, vi=n.vi, en=n.en)


def view_of(m: Method[Any], result: Result, inputs: BaseModel, currency: str) -> CalculationView:
    return CalculationView(
        method=m.name,
        approach=m.approach,
        unit=result.unit,
        currency=currency,
        enough=result.enough,
        value=number_view(result.value, result.unit, currency),
        low=number_view(result.low, result.unit, currency),
        high=number_view(result.high, result.unit, currency),
        figures=[_figure(f, currency) for f in result.figures],
        schedules=[_schedule(s) for s in result.schedules],
        notes=[_note(n) for n in result.notes],
        inputs=canonical.plain(inputs),
        disclaimer_vi=wording.REFERENCE.vi,
        disclaimer_en=wording.REFERENCE.en,
    )


def _sentence(shape: Shape | None, item: Any, said: Text) -> Text:
    """A number out of its bounds is told the whole range, not one side of it."""
    bounds = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
    if shape is None or item["type"] not in bounds:
        return said
    return allowed(shape) or said


def validated(m: Method[Any], raw: Mapping[str, Any]) -> Any:
    """The method's inputs. Invalid names each wrong field (dotted path) and the range allowed."""
    try:
        return m.inputs.model_validate(raw)
    except ValidationError as error:
        fields: dict[str, Text] = {}
        short: set[str] = set()
        for item in error.errors(include_url=False, include_input=False):
            (name, said), *_ = forms.from_items([item]).fields.items()
            fields.setdefault(name, _sentence(find(shapes(m.inputs), name), item, said))
            if item["type"] == "too_short":
                short.add(name)
        # A list that is too short only because of a wrong item in it is not too short.
        for name in short:
            if any(other.startswith(f"{name}.") for other in fields):
                del fields[name]
        raise Invalid(fields=fields) from None


def _allowed_draws(actor: Actor, inputs: BaseModel) -> None:
    draws = getattr(inputs, "draws", None)
    if actor.anonymous and isinstance(draws, int) and draws > ANONYMOUS_DRAWS:
        raise Invalid(fields={"draws": TOO_MANY_DRAWS.format(most=ANONYMOUS_DRAWS)})


def _checked_currency(currency: str) -> str:
    if currency not in EXPONENTS:
        raise Invalid(fields={"currency": NO_CURRENCY.format(known=", ".join(EXPONENTS))})
    return currency


def computed(m: Method[Any], inputs: Any) -> Result:
    """The result; Invalid names the field when inputs do not hold together."""
    try:
        return m.calculate(inputs)
    except OutOfRange as error:
        raise Invalid(fields={error.field or "form": error.text}) from None


async def calculate(
    actor: Actor, name: str, raw: Mapping[str, Any], currency: str = "VND", *, address: str = "-"
) -> CalculationView:
    """The method's result on these inputs. Anybody may ask; uses are counted by person, or by address. NotFound,
    Invalid (which field, which range), TooMany."""
    m = method_named(name)
    who = str(actor.person_id) if actor.person_id else address
    await rates.hit(f"valuation:{who}", USES, USES_SECONDS)
    inputs = validated(m, raw)
    _checked_currency(currency)
    if name in HEAVY:
        _allowed_draws(actor, inputs)
        await rates.hit(f"valuation-heavy:{who}", HEAVY_USES, HEAVY_SECONDS)
    # In a thread, whatever the method: the process answers others meanwhile.
    pool = _heavy if name in HEAVY else None
    result = await asyncio.get_running_loop().run_in_executor(pool, computed, m, inputs)
    return view_of(m, result, inputs, currency)


NO_METHOD = Text(
    "Không có phương pháp tính mang tên này. Xem danh sách tại /valuations/calculators.",
    "No method has this name. See the list at /api/v1/valuation-methods.",
)
NO_CURRENCY = Text("Hãy chọn một trong các đồng tiền: {known}.", "Choose one of the currencies: {known}.")
TOO_MANY_DRAWS = Text(
    "Khi chưa đăng nhập, số lần thử phải từ 1 đến {most}. Hãy đăng nhập để thử nhiều hơn.",
    "Without signing in, draws must be from 1 to {most}. Sign in to use more.",
)

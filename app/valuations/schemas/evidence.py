"""What is read of price evidence and of calibration, and what is asked of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.kit.text import Text
from app.kit.workflow import Choice, labels
from app.reference import FieldCode, TransferMode
from app.valuations.patents import AssetFacts
from app.valuations.schemas.commands import Command


class AskPrices(Command):
    """Which band is looked for; every part may be left out."""

    field: FieldCode | None = None
    mode: TransferMode | None = None
    trl: Annotated[int | None, Field(ge=1, le=9)] = None


class PriceBand(BaseModel):
    """Quartiles of settled prices in VND, rounded to two significant digits. `field` "" is every field that has no
    band of its own; `trl` "1-3", "4-6", "7-9", or "rest" for every level that has none."""

    mode: TransferMode
    field: str
    field_label: Text
    trl: str
    trl_label: Text
    count: int
    p25: int
    p50: int
    p75: int


class RuleView(BaseModel):
    """A dated rule the figures rest on."""

    code: str
    text: Text
    value: Decimal
    document: str
    checked: bool


class PriceBands(BaseModel):
    """`items` are the bands asked for, `asked` the one in which the technology asked about lies. `enough` is False
    when mode and field were asked for and no band covers them: too few deals, or one organisation too large."""

    since: date
    until: date
    currency: str = "VND"
    items: list[PriceBand]
    asked: PriceBand | None
    enough: bool
    rules: list[RuleView]


class OfferedComparable(BaseModel):
    """A settled price without its parties: the price is the nearest preferred number (R10)."""

    name: str
    year: int
    price: int


class OfferedCell(BaseModel):
    """Comparables of one mode; what is said of each deal is said of the whole cell, but for year and price."""

    mode: TransferMode
    field_label: Text
    trl_label: Text
    source: str
    comparables: list[OfferedComparable]


class CaseEvidence(BaseModel):
    """What the exchange offers to those who work on a case. `draft` is the version of the open draft and its revision,
    when the reader may write in it."""

    valuation_id: UUID
    reference: str
    cells: list[OfferedCell]
    enough: bool
    facts: AssetFacts
    draft: tuple[int, int] | None
    rules: list[RuleView]


class TakeComparables(Command):
    """Which mode's comparables are put into the draft that stood at this revision."""

    mode: TransferMode
    revision: Annotated[int, Field(ge=1)]


class Scope(Choice):
    """Whose valuations a calibration is about."""

    all = "all"
    own = "own"


labels(Scope, all=("Mọi tổ chức", "Every organisation"), own=("Tổ chức của bạn", "Your organisation"))


class CalibrationRow(BaseModel):
    """Estimates beside settled prices. `median_ratio` is estimate over price; `mean_error` the mean of
    |ln(estimate / price)|; `inside` the share of prices within the range that was given, of those that gave one.
    All None where `told` is False: too few deals."""

    key: str
    label: Text
    told: bool
    count: int | None
    deals: int | None
    median_ratio: Decimal | None
    mean_error: Decimal | None
    inside: Decimal | None


class Calibration(BaseModel):
    scope: Scope
    months: int
    least: int | None
    total: CalibrationRow
    by_method: list[CalibrationRow]
    by_valuer: list[CalibrationRow]
    by_field: list[CalibrationRow]
    rules: list[RuleView]

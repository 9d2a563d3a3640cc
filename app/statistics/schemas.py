"""What is asked of the statistics, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app import reference
from app.accounts import OrganisationKind
from app.kit import clock
from app.kit.errors import BilingualError
from app.kit.text import Text


def _blank(value: Any) -> Any:
    return None if value == "" else value


def _known(known: Callable[[], Iterable[Any]]) -> AfterValidator:
    """A code of the list, so that a misspelt filter is told and never quietly counts nothing."""

    def check(value: Any) -> Any:
        if value is not None and value not in known():
            raise BilingualError("Hãy chọn một giá trị trong danh sách.", "Choose one of the listed values.")
        return value

    return AfterValidator(check)


Day = Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), BeforeValidator(_blank)]


class Filters(BaseModel):
    """A period in Vietnamese days (both ends included) and the slice of the market. Absent: all time, all of it.

    `year` with `half` (1, 2), `quarter` (1-4) or `month` (1-12) is short for the two dates."""

    model_config = ConfigDict(extra="ignore")

    year: Annotated[int | None, Field(ge=2000, le=2100), BeforeValidator(_blank)] = None
    half: Annotated[int | None, Field(ge=1, le=2), BeforeValidator(_blank)] = None
    quarter: Annotated[int | None, Field(ge=1, le=4), BeforeValidator(_blank)] = None
    month: Annotated[int | None, Field(ge=1, le=12), BeforeValidator(_blank)] = None
    since: Day = None
    until: Day = None
    field: Annotated[str | None, _known(reference.fields), BeforeValidator(_blank)] = None
    priority: Annotated[str | None, _known(reference.priorities), BeforeValidator(_blank)] = None
    owner_kind: Annotated[OrganisationKind | None, BeforeValidator(_blank)] = None
    province: Annotated[
        int | None, _known(lambda: {p.code for p in reference.provinces()}), BeforeValidator(_blank)
    ] = None

    @model_validator(mode="after")
    def _period(self) -> Filters:
        if self.year:
            first, months = 1, 12
            if self.month:
                first, months = self.month, 1
            elif self.quarter:
                first, months = self.quarter * 3 - 2, 3
            elif self.half:
                first, months = self.half * 6 - 5, 6
            self.since = date(self.year, first, 1)
            after = first + months
            end = date(self.year + (after > 12), (after - 1) % 12 + 1, 1)
            self.until = date.fromordinal(end.toordinal() - 1)
        if self.since and self.until and self.until < self.since:
            raise BilingualError("Ngày cuối phải sau ngày đầu.", "The last day lies before the first.", "until")
        return self

    @property
    def start(self) -> datetime | None:
        """First moment of the period, in Vietnam."""
        return datetime.combine(self.since, time.min, clock.VIETNAM) if self.since else None

    @property
    def end(self) -> datetime | None:
        """First moment after the period."""
        if self.until is None:
            return None
        return datetime.combine(date.fromordinal(self.until.toordinal() + 1), time.min, clock.VIETNAM)

    def query(self) -> dict[str, str]:
        """The filters as address parameters, dates written out."""
        pairs = {
            "since": self.since, "until": self.until, "field": self.field, "priority": self.priority,
            "owner_kind": self.owner_kind.value if self.owner_kind else None, "province": self.province,
        }  # fmt: skip
        return {k: str(v) for k, v in pairs.items() if v is not None}


class Definition(BaseModel):
    """What a figure counts, and on which evidence level."""

    label: Text
    text: Text
    level: int | None = None


DEFINITIONS: dict[str, Definition] = {
    "listings": Definition(
        label=Text("Công nghệ được đăng", "Technologies published"),
        text=Text(
            "Hồ sơ được duyệt đăng lần đầu trong kỳ, còn hiển thị hoặc đã chuyển giao.",
            "Listings first published in the period that are shown or were transferred.",
        ),
    ),
    "interests": Definition(
        label=Text("Lời quan tâm", "Interests"),
        text=Text("Giao dịch được mở trong kỳ bằng một lời quan tâm.", "Deals opened in the period by an interest."),
        level=0,
    ),
    "offers": Definition(
        label=Text("Giao dịch có đề nghị", "Deals with an offer"),
        text=Text("Giao dịch có đề nghị đầu tiên gửi trong kỳ.", "Deals whose first offer was sent in the period."),
        level=0,
    ),
    "agreements": Definition(
        label=Text("Ghi nhớ, thống nhất điều khoản", "Memoranda, terms agreed"),
        text=Text(
            "Giao dịch lần đầu có điều khoản thống nhất hoặc biên bản ghi nhớ được hai bên xác nhận trong kỳ,"
            " mỗi giao dịch đếm một lần (chưa phải hợp đồng; giá trị không cộng vào giá trị hợp đồng).",
            "Deals that first had terms agreed or a memorandum confirmed in the period, each once"
            " (no contract yet; their value is not part of the value of contracts).",
        ),
        level=1,
    ),
    "contracts": Definition(
        label=Text("Hợp đồng đã ký", "Contracts signed"),
        text=Text(
            "Hợp đồng hai bên xác nhận, ngày ký trong kỳ, trừ bút toán đảo.",
            "Contracts confirmed by both sides, signed in the period, less reversals.",
        ),
        level=2,
    ),
    "value": Definition(
        label=Text("Giá trị hợp đồng", "Value of contracts"),
        text=Text(
            "Tổng giá trị các hợp đồng ở trên, trừ bút toán đảo, đơn vị đồng.",
            "Sum of the contracts above, less reversals, in đồng.",
        ),
        level=2,
    ),
    "declines": Definition(
        label=Text("Giao dịch dừng", "Deals closed"),
        text=Text("Giao dịch dừng trong kỳ, theo lý do.", "Deals closed in the period, by reason."),
    ),
}
STEPS = ("interests", "offers", "agreements", "contracts")


class Figure(BaseModel):
    key: str
    value: int
    definition: Definition


class Row(BaseModel):
    """One value of a breakdown: how many listings, interests, deals with offers, agreements, contracts; and the
    contracts' value in đồng."""

    key: str
    label: Text
    listings: int = 0
    interests: int = 0
    offers: int = 0
    agreements: int = 0
    contracts: int = 0
    value: int = 0


class Month(BaseModel):
    month: str
    listings: int = 0
    interests: int = 0
    agreements: int = 0
    contracts: int = 0
    value: int = 0


class ReasonCount(BaseModel):
    code: str
    label: Text
    count: int


class Report(BaseModel):
    """The Department's page. `as_of` is the moment the database was asked."""

    as_of: datetime
    since: date | None
    until: date | None
    figures: list[Figure]
    by_field: list[Row]
    by_priority: list[Row]
    by_owner_kind: list[Row]
    by_province: list[Row]
    months: list[Month]
    reasons: list[ReasonCount]
    reasons_hidden: bool  # small counts are left out, whether there are any or not
    patents_granted: int
    patents_exploited: int
    median_days: dict[str, float | None]


class DealRow(BaseModel):
    """A deal in a drill-down: what the Department may know of it."""

    id: UUID
    reference: str
    listing_id: UUID
    title: str
    seller: str
    buyer: str
    status: str
    opened_at: datetime
    evidence_level: int
    amount: int | None


class ListingRow(BaseModel):
    id: UUID
    reference: str
    title: str
    owner: str
    status: str
    published_at: datetime | None


class DealRows(BaseModel):
    items: list[DealRow]
    total: int


class ListingRows(BaseModel):
    items: list[ListingRow]
    total: int


class PatentRow(BaseModel):
    """A granted right of a shown listing, and whether a contract (L2) stands for it."""

    listing_id: UUID
    reference: str
    title: str
    number: str
    exploited: bool


class PatentRows(BaseModel):
    items: list[PatentRow]


class PublicFigure(BaseModel):
    """`value` is absent when fewer than five organisations contribute."""

    key: str
    label: Text
    value: int | None


class PublicReport(BaseModel):
    as_of: datetime
    figures: list[PublicFigure]
    by_field: list[PublicFigure]

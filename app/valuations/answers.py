"""The ten questions of the first estimate: what they ask, the bands to choose from, and the answers as one object."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app import reference
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.text import Text
from app.kit.workflow import Choice, labels
from app.reference import Exclusivity
from app.valuations.methods.base import Number, Unit


class Revenue(Choice):
    """Expected sales of a full year in VND of what is made with the technology."""

    under_1bn = "under_1bn"
    to_5bn = "to_5bn"
    to_20bn = "to_20bn"
    to_100bn = "to_100bn"
    to_500bn = "to_500bn"
    over_500bn = "over_500bn"


labels(
    Revenue,
    under_1bn=("Dưới 1 tỷ ₫", "Under 1 bn ₫"),
    to_5bn=("1 đến 5 tỷ ₫", "1 to 5 bn ₫"),
    to_20bn=("5 đến 20 tỷ ₫", "5 to 20 bn ₫"),
    to_100bn=("20 đến 100 tỷ ₫", "20 to 100 bn ₫"),
    to_500bn=("100 đến 500 tỷ ₫", "100 to 500 bn ₫"),
    over_500bn=("Trên 500 tỷ ₫", "Over 500 bn ₫"),
)


class Growth(Choice):
    """How sales move from year to year once the technology is on the market."""

    falling = "falling"
    flat = "flat"
    steady = "steady"
    fast = "fast"


labels(
    Growth,
    falling=("Giảm dần", "Falling"),
    flat=("Gần như không đổi", "Nearly flat"),
    steady=("Tăng đều, khoảng 3 đến 12 % một năm", "Steady, some 3 to 12 % a year"),
    fast=("Tăng nhanh, trên 10 % một năm", "Fast, over 10 % a year"),
)


class Competition(Choice):
    """Who else solves the same problem."""

    none = "none"
    few = "few"
    many = "many"


labels(
    Competition,
    none=("Chưa có giải pháp tương tự", "Nothing like it yet"),
    few=("Một đến ba giải pháp", "One to three solutions"),
    many=("Nhiều giải pháp", "Many solutions"),
)


class Span(NamedTuple):
    """A figure at its least favourable, its middle and its most favourable for the value."""

    bad: Decimal
    mid: Decimal
    good: Decimal


def _billions(low: str, mid: str, high: str) -> Span:
    return Span(*(Decimal(x) * 10**9 for x in (low, mid, high)))


def _spread(low: str, mid: str, high: str) -> Span:
    return Span(Decimal(low), Decimal(mid), Decimal(high))


# The middle of a band is its geometric one, rounded; the open ends are assumptions.
REVENUES: dict[Revenue, Span] = {
    Revenue.under_1bn: _billions("0.2", "0.5", "1"),
    Revenue.to_5bn: _billions("1", "2.2", "5"),
    Revenue.to_20bn: _billions("5", "10", "20"),
    Revenue.to_100bn: _billions("20", "45", "100"),
    Revenue.to_500bn: _billions("100", "220", "500"),
    Revenue.over_500bn: _billions("500", "1000", "2000"),
}
GROWTH: dict[Growth, Span] = {
    Growth.falling: _spread("-0.1", "-0.05", "0"),
    Growth.flat: _spread("0", "0.015", "0.03"),
    Growth.steady: _spread("0.03", "0.07", "0.12"),
    Growth.fast: _spread("0.1", "0.17", "0.3"),
}


def _industry(code: str | None) -> str | None:
    if code is not None and (code not in reference.royalty_industries() or code == "all"):
        raise BilingualError("Hãy chọn một ngành trong danh sách.", "Choose one of the listed industries.")
    return code


def _in_range(low: int, high: int, unit: Text | None = None) -> AfterValidator:
    """Refuses a number outside, naming both ends."""

    after = {locale: unit.get(locale) if unit else "" for locale in ("vi", "en")}

    def check(value: Decimal | None) -> Decimal | None:
        if value is not None and not low <= value <= high:
            raise BilingualError(
                f"Giá trị phải nằm trong khoảng: từ {low} đến {high}{after['vi']}.",
                f"The value must be in the range: from {low} to {high}{after['en']}.",
            )
        return value

    return AfterValidator(check)


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise BilingualError("Hãy nhập một số.", "Enter a number.")
    return value


Whole = Annotated[int, BeforeValidator(_no_flag)]
Amount = Annotated[Number | None, _in_range(0, MAX_AMOUNT, Text(" ₫", " ₫"))]


class Answers(BaseModel):
    """Answers of a seller; leave out what is not known. Money in VND, `advantage` a fraction of one (0.1 is 10 %),
    `ip_years` the years of protection left (0 for know-how without protection)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    industry: Annotated[str | None, AfterValidator(_industry)] = Field(None, max_length=40)
    trl: Annotated[Whole | None, _in_range(1, 9)] = None
    spent: Amount = None
    ip_years: Annotated[Whole | None, _in_range(0, 20, Text(" năm", " years"))] = None
    exclusivity: Exclusivity | None = None
    revenue: Revenue | None = None
    advantage: Annotated[Number | None, _in_range(0, 1, Text(" (100 %)", " (100 %)"))] = None
    growth: Growth | None = None
    competitors: Competition | None = None
    market_size: Amount = None


class Question(NamedTuple):
    """`unit` of a typed answer; `choices` of one that is chosen."""

    label: Text
    hint: Text
    unit: Unit = Unit.none
    choices: type[Choice] | None = None


QUESTIONS: dict[str, Question] = {
    "industry": Question(
        Text("Công nghệ dùng trong ngành nào?", "Which industry uses the technology?"),
        Text("Để tra mức phí kỳ vụ đã công bố.", "To look up published royalty rates."),
    ),
    "trl": Question(
        Text("Công nghệ đã sẵn sàng đến đâu (TRL)?", "How ready is it (TRL)?"),
        Text("Quyết định tỷ suất chiết khấu và bao lâu nữa thì bán được.", "Sets the discount rate and the wait."),
        Unit.level,
    ),
    "spent": Question(
        Text("Đã chi bao nhiêu để tạo ra công nghệ?", "What was spent to create it?"),
        Text("Theo giá hiện nay: nhân công, vật tư, thiết bị, bảo hộ.", "At today's prices: work, material, filing."),
        Unit.money,
    ),
    "ip_years": Question(
        Text("Quyền sở hữu trí tuệ còn bao nhiêu năm?", "How many years of protection are left?"),
        Text("0 nếu chưa đăng ký bảo hộ (bí quyết).", "0 if nothing is registered (know-how)."),
        Unit.years,
    ),
    "exclusivity": Question(
        Text("Người mua có độc quyền không?", "Does the buyer get exclusive rights?"),
        Text("Độc quyền thường được trả phí cao hơn.", "Exclusive rights usually fetch more."),
        choices=Exclusivity,
    ),
    "revenue": Question(
        Text(
            "Doanh thu một năm từ sản phẩm dùng công nghệ khi đã vào thị trường?",
            "Yearly revenue of what uses the technology, once on the market?",
        ),
        Text("Của bên khai thác, không phải của riêng bạn.", "Of whoever exploits it, not your own."),
        choices=Revenue,
    ),
    "advantage": Question(
        Text("Bán đắt hơn hoặc tiết kiệm được bao nhiêu?", "What price premium or saving does it bring?"),
        Text("Tính bằng phần trăm doanh thu, so với giải pháp đang dùng.", "Per cent of revenue, against today's way."),
        Unit.rate,
    ),
    "growth": Question(
        Text("Doanh thu đó sẽ tăng thế nào?", "How will that revenue grow?"),
        Text("Trung bình mỗi năm sau khi vào thị trường.", "On average a year, once on the market."),
        choices=Growth,
    ),
    "competitors": Question(
        Text("Có bao nhiêu giải pháp cạnh tranh?", "How many rivals are there?"),
        Text("Giải pháp cùng giải quyết vấn đề này, trong và ngoài nước.", "Solutions to the same problem, anywhere."),
        choices=Competition,
    ),
    "market_size": Question(
        Text("Quy mô thị trường mỗi năm?", "How large is the market a year?"),
        Text("Tổng chi tiêu một năm cho loại sản phẩm này.", "All that is spent a year on this kind of product."),
        Unit.money,
    ),
}

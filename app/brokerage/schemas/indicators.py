"""Indicators of brokerage: a figure, what it counts, on which evidence level, from how many brokers, as of when."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from app.brokerage.schemas.mandates import Command, PartyView
from app.kit.errors import BilingualError
from app.kit.text import Text

CONTRIBUTORS = 5  # fewer brokers behind a figure of the whole market: it is not shown


class Definition(BaseModel):
    """`unit`: count | percent | days | money."""

    label: Text
    text: Text
    unit: str
    level: int | None = None


DEFINITIONS: dict[str, Definition] = {
    "introductions": Definition(
        label=Text("Lời giới thiệu", "Introductions"),
        text=Text("Lời giới thiệu được niêm phong trong kỳ.", "Introductions sealed in the period."),
        unit="count",
    ),
    "deals": Definition(
        label=Text("Giao dịch được ghi công", "Attributed deals"),
        text=Text(
            "Giao dịch mở trong kỳ, được ghi công cho bên môi giới theo sổ niêm phong.",
            "Deals opened in the period and attributed to the broker by the sealed record.",
        ),
        unit="count",
        level=0,
    ),
    "time_to_introduction": Definition(
        label=Text("Thời gian đến lời giới thiệu đầu", "Time to the first introduction"),
        text=Text(
            "Trung vị số ngày từ khi hợp đồng ủy nhiệm có hiệu lực đến lời giới thiệu đầu tiên theo hợp đồng đó.",
            "Median days from a mandate becoming active to the first introduction under it.",
        ),
        unit="days",
    ),
    "days_to_offer": Definition(
        label=Text("Quan tâm đến đề nghị đầu", "Interest to first offer"),
        text=Text("Trung vị số ngày từ khi mở giao dịch đến đề nghị đầu tiên.", "Median days to the first offer."),
        unit="days",
        level=0,
    ),
    "days_to_agree": Definition(
        label=Text("Đề nghị đầu đến thống nhất", "First offer to terms agreed"),
        text=Text(
            "Trung vị số ngày đàm phán, từ đề nghị đầu tiên đến khi thống nhất điều khoản.",
            "Median days of negotiation, from the first offer to terms agreed.",
        ),
        unit="days",
        level=1,
    ),
    "days_to_contract": Definition(
        label=Text("Thống nhất đến ký hợp đồng", "Terms agreed to contract"),
        text=Text(
            "Trung vị số ngày từ khi thống nhất điều khoản đến khi hợp đồng được hai bên xác nhận.",
            "Median days from terms agreed to the contract confirmed by both.",
        ),
        unit="days",
        level=2,
    ),
    "conversion_offer": Definition(
        label=Text("Đi đến đề nghị", "Reached an offer"),
        text=Text("Tỷ lệ giao dịch được ghi công đã có đề nghị.", "Share of attributed deals with an offer."),
        unit="percent",
        level=0,
    ),
    "conversion_agreed": Definition(
        label=Text("Đi đến thống nhất", "Reached agreement"),
        text=Text(
            "Tỷ lệ giao dịch được ghi công đã thống nhất điều khoản.",
            "Share of attributed deals whose terms were agreed.",
        ),
        unit="percent",
        level=1,
    ),
    "conversion_contract": Definition(
        label=Text("Đi đến hợp đồng", "Reached a contract"),
        text=Text(
            "Tỷ lệ giao dịch được ghi công đã ký hợp đồng, hai bên xác nhận.",
            "Share of attributed deals with a contract confirmed by both.",
        ),
        unit="percent",
        level=2,
    ),
    "cost_per_deal": Definition(
        label=Text("Thù lao mỗi giao dịch thành", "Commission per settled deal"),
        text=Text(
            "Thù lao phát sinh bình quân trên mỗi giao dịch đã ký hợp đồng; chưa phải tiền đã trả.",
            "Mean commission due per contracted deal; not money paid.",
        ),
        unit="money",
        level=2,
    ),
    "cost_share": Definition(
        label=Text("Thù lao trên giá trị", "Commission over value"),
        text=Text(
            "Tổng thù lao phát sinh chia cho tổng giá trị các hợp đồng đó.",
            "Total commission due over the total value of those contracts.",
        ),
        unit="percent",
        level=2,
    ),
    "satisfaction": Definition(
        label=Text("Mức hài lòng", "Satisfaction"),
        text=Text(
            "Điểm trung bình do các bên giao dịch chấm, thang 5, chỉ giao dịch từ L2; đánh giá công bố trong kỳ.",
            "Mean rating by the parties of deals at L2 or above, of five; of ratings published in the period.",
        ),
        unit="score",
        level=2,
    ),
}


def _blank(value: object) -> object:
    return None if value == "" else value


Day = Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), BeforeValidator(_blank)]


class Period(Command):
    """Days in Vietnam, both included; absent: all time."""

    since: Day = None
    until: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.since and self.until and self.until < self.since:
            raise BilingualError("Ngày cuối phải sau ngày đầu.", "The last day lies before the first.", "until")
        return self


class Figure(BaseModel):
    """`value` None: nothing to count yet, or `hidden` because fewer than five brokers stand behind it."""

    key: str
    value: Decimal | None
    contributors: int | None
    hidden: bool = False


class Indicators(BaseModel):
    """One broker's figures, or those of all (`broker` absent)."""

    broker: PartyView | None
    figures: list[Figure]


class IndicatorSheet(BaseModel):
    scope: str  # own | brokers | market
    since: date | None
    until: date | None
    as_of: datetime
    total: Indicators | None
    brokers: list[Indicators]


class Facts(BaseModel):
    """What the figures are reckoned from: one attributed deal of one broker."""

    deal_id: UUID
    broker_org_id: UUID
    opened_at: datetime
    offered_at: datetime | None
    agreed_at: datetime | None
    contracted_at: datetime | None
    value: int | None
    amount: int | None

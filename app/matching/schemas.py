"""Commands in, views out. The asker reads a match of the whole need; the owner the shared reading and the gist."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.deals import ReasonCode
from app.kit.text import Text
from app.kit.typed import line, rate
from app.listings import Card
from app.matching.scoring import Component
from app.needs import NeedCard

NAMES: dict[Component, Text] = {
    Component.TECHNICAL: Text("Kỹ thuật", "Technical fit"),
    Component.CONSTRAINTS: Text("Yêu cầu", "Requirements"),
    Component.TRL: Text("Mức sẵn sàng", "Readiness"),
    Component.MONEY: Text("Tài chính", "Money"),
    Component.PLACE: Text("Địa điểm", "Place"),
    Component.FRESHNESS: Text("Độ mới", "Freshness"),
    Component.ABSORPTIVE: Text("Năng lực tiếp nhận", "Absorptive capacity"),
}


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class DismissMatch(Part):
    """The code, and a line when it is `other`. The other side reads neither: only sums of three or more."""

    reason_code: ReasonCode
    reason: Annotated[str | None, Field(max_length=300), BeforeValidator(line)] = None


Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2), BeforeValidator(rate)]


class DraftWeights(Part):
    """Shares of the score's components in per cent; together 100."""

    technical: Share
    constraints: Share
    trl: Share
    money: Share
    place: Share
    freshness: Share
    absorptive: Share
    note: Annotated[str, Field(min_length=5, max_length=500), BeforeValidator(line)]


class CriterionView(BaseModel):
    """Something the need asks: met, unknown or violated, the text that shows it, what would close the gap."""

    code: str
    asked: str
    verdict: str
    hard: bool
    evidence: str | None = None
    gap: str | None = None


class MatchView(BaseModel):
    """One match as one side reads it; `status` is what this side said of it."""

    id: UUID
    side: str
    need: NeedCard
    listing: Card
    score: int
    confidence: int
    criteria: list[CriterionView]
    status: str
    other_interested: bool
    reason_code: ReasonCode | None = None
    found_at: datetime
    actions: list[str]

    def of(self, verdict: str) -> list[CriterionView]:
        return [c for c in self.criteria if c.verdict == verdict]


class MatchList(BaseModel):
    """Best first. `violating`: how many more agree in text but break a must-have; they are not shown."""

    items: list[MatchView]
    violating: int = 0


class ReasonGroup(BaseModel):
    reason_code: ReasonCode
    count: int


class ReasonGroups(BaseModel):
    """Why askers put a technology aside, until last Monday, in threes of organisations; fewer are not told."""

    listing_id: UUID
    groups: list[ReasonGroup]


class QueuedMatch(BaseModel):
    """A good match nobody has moved on, for an intermediary: the gist and the public card only."""

    need: NeedCard
    listing: Card
    score: int
    confidence: int
    criteria: list[CriterionView]


class BrokerQueue(BaseModel):
    items: list[QueuedMatch]


class RadarCell(BaseModel):
    """Open needs of one field and one span of accepted TRL: how many, and how many nothing answers well."""

    field: str
    trl: str
    needs: int
    unmet: int


class Lack(BaseModel):
    """What keeps the best technologies of a field from answering: a criterion unmet, or a reason given."""

    field: str
    what: str
    count: int


class Radar(BaseModel):
    cells: list[RadarCell]
    lacks: list[Lack]
    reasons: list[Lack]
    good_score: int


class WeightsView(BaseModel):
    version: int
    status: str
    status_at: datetime | None
    shares: dict[str, Decimal]
    note: str
    actions: list[str]


class WeightsList(BaseModel):
    items: list[WeightsView]


class Change(BaseModel):
    """What a version would change for one need: titles of listings entering and leaving its first ten."""

    need: NeedCard
    entering: list[str]
    leaving: list[str]


class Preview(BaseModel):
    version: int
    looked_at: int
    changes: list[Change]


class Digest(BaseModel):
    """For the exchange's own message: whom it goes to and what it tells, public titles only."""

    id: UUID
    org_id: UUID
    for_needs: list[tuple[str, str]]
    for_listings: list[tuple[str, str]]


class Told(BaseModel):
    """For the exchange's own message about an interest."""

    match_id: UUID
    need_id: UUID
    listing_id: UUID
    need_title: str
    need_reference: str
    listing_title: str
    owner_org_id: UUID
    side: str


def criteria_of(kept: list[dict[str, Any]], locale: str) -> list[CriterionView]:
    def said(text: dict[str, str] | None) -> str | None:
        return text[locale] if text else None

    return [
        CriterionView(
            code=k["code"], asked=said(k["asked"]) or k["code"], verdict=k["verdict"], hard=k["hard"],
            evidence=said(k["evidence"]), gap=said(k["gap"]),
        )
        for k in kept
    ]  # fmt: skip

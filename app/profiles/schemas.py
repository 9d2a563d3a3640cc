"""Commands and views of profiles and campaigns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app import reference
from app.kit.errors import BilingualError
from app.kit.text import Text
from app.kit.typed import clean, line
from app.profiles.questionnaire import Kind

FIRST_YEAR = 2020  # the questionnaire is in force since January of it


def _nothing(value: Any) -> Any:
    """An empty field of a form is no answer."""
    return None if isinstance(value, str) and not value.strip() else value


def _section(value: Any) -> Any:
    found = line(value)
    if found is not None and not (isinstance(found, str) and found in reference.industries()):
        raise BilingualError("Hãy chọn một ngành trong danh sách.", "Choose a section from the list.")
    return found


def _division(value: Any) -> Any:
    found = line(value)
    if found is not None and not (isinstance(found, str) and len(found) == 2 and found.isascii() and found.isdigit()):
        raise BilingualError("Mã ngành cấp 2 gồm hai chữ số, ví dụ 10.", "A division has two digits, for example 10.")
    return found


Section = Annotated[str | None, BeforeValidator(_section)]
Division = Annotated[str | None, BeforeValidator(_division)]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class GiveAnswer(Part):
    """`value`: a number, yes or no, or the key of an option; null takes the answer out. `year`: the year it is of,
    the profile's own when not given. `note`: where the figure comes from."""

    value: Annotated[bool | int | Decimal | Annotated[str, Field(max_length=60)] | None, BeforeValidator(_nothing)]
    year: Annotated[int | None, BeforeValidator(_nothing)] = None
    note: Annotated[str | None, Field(max_length=500), BeforeValidator(clean)] = None


class SaveProfile(Part):
    """Only what is given changes; `answers` by the criterion's code."""

    section: Section = None
    division: Division = None
    answers: Annotated[dict[str, GiveAnswer], Field(max_length=100)] = {}


class Dates(Part):
    opens_on: date
    closes_on: date

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.closes_on < self.opens_on:
            raise BilingualError("Ngày đóng phải từ ngày mở trở đi.", "It closes before it opens.", "closes_on")
        return self


class PlanCampaign(Dates):
    year: Annotated[int, Field(ge=FIRST_YEAR, le=2100)]
    section: Annotated[str, BeforeValidator(_section)]
    division: Division = None


def _lines(value: Any) -> Any:
    """A form sends one text of several lines, a program a list."""
    given = value if isinstance(value, list) else [value]
    return [w for v in given for w in v.split()] if all(isinstance(v, str) for v in given) else value


class InviteEnterprises(Part):
    """Tax codes, of 10 or 13 digits, one a line."""

    tax_codes: Annotated[
        list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=500), BeforeValidator(_lines)
    ]


# --- what is shown ---


class AnswerView(BaseModel):
    number: Decimal | None
    option: str | None
    option_label: Text | None
    year: int
    note: str | None


class CriterionView(BaseModel):
    """`checked` is false while the wording is ours and not the official text's. `points` only with a score table."""

    code: str
    number: int
    kind: Kind
    name: Text
    hint: Text
    unit: Text | None
    benchmark: bool
    checked: bool
    options: dict[str, Text]
    answer: AnswerView | None = None
    points: Decimal | None = None


class GroupView(BaseModel):
    code: str
    name: Text
    max_points: int
    answered: int
    criteria: list[CriterionView]
    points: Decimal | None = None

    @property
    def complete(self) -> bool:
        return self.answered == len(self.criteria)


class QuestionnaireView(BaseModel):
    """`scored` is false until score tables are loaded: answers are then shown as they are given."""

    document: str
    article: str
    in_force_from: date
    checked: bool
    scored: bool
    groups: list[GroupView]


class ScoreView(BaseModel):
    document: str
    article: str
    checked: bool
    total: Decimal | None
    coefficient: Decimal | None
    grade: Text | None


class CampaignBrief(BaseModel):
    id: UUID
    year: int
    section: str
    division: str | None
    sector: Text
    opens_on: date
    closes_on: date
    status: str


class Move(BaseModel):
    action: str
    at: datetime
    who: str


class ProfileBrief(BaseModel):
    year: int
    status: str
    answered: int
    sector: Text | None


class ProfileList(BaseModel):
    """`campaigns` are those, open or closed, that ask the organisation."""

    items: list[ProfileBrief]
    campaigns: list[CampaignBrief]


class ProfileView(BaseModel):
    """`id` is null until something is saved. Amounts in whole đồng, shares from 0 to 1."""

    id: UUID | None
    org_id: UUID
    organisation: str
    year: int
    section: str | None
    division: str | None
    sector: Text | None
    status: str
    status_at: datetime | None
    declaration: int
    questionnaire: QuestionnaireView
    answered: int
    asked: int
    shares: dict[str, float]
    score: ScoreView | None
    campaign: CampaignBrief | None
    history: list[Move] = []
    actions: list[str] = []

    @property
    def completeness(self) -> int:
        return round(100 * self.answered / self.asked)


class Participant(BaseModel):
    """`profile_id` only where its answers may be read. `status` is null when nothing was begun."""

    org_id: UUID
    organisation: str
    invited_at: datetime | None
    status: str | None
    answered: int
    profile_id: UUID | None


class CampaignView(CampaignBrief):
    status_at: datetime
    invited: int | None = None
    begun: int | None = None
    declared: int | None = None
    participants: list[Participant] | None = None
    actions: list[str] = []


class CampaignList(BaseModel):
    items: list[CampaignBrief]


class Invited(BaseModel):
    invited: int
    unknown: list[str]


class Figure(BaseModel):
    """One question over the sector. `members` stand behind it; `own` is the enterprise's own answer.
    Without `median` fewer than five enterprises stand behind it, or too few have changed since it was last shown."""

    measure: str
    name: Text
    group: str
    kind: Kind
    unit: Text | None
    members: int | None = None
    low: Decimal | None = None
    median: Decimal | None = None
    high: Decimal | None = None
    shown_at: datetime | None = None
    labels: dict[str, Text] = {}
    own: Decimal | None = None
    own_label: Text | None = None
    position: Text | None = None


class ComparisonView(BaseModel):
    campaign: CampaignBrief
    crowd: int
    figures: list[Figure]
    organisation: str | None = None
    scored: bool = False

    @property
    def shown(self) -> int:
        return sum(f.median is not None for f in self.figures)

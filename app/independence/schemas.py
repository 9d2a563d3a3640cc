"""Commands in, views out; the same objects for JSON and pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.deals import Capacity
from app.independence.graph import Kind
from app.kit.errors import BilingualError
from app.kit.text import Text
from app.kit.typed import clean, line, rate
from app.kit.workflow import Choice, labels


class Verdict(Choice):
    """What a tie between two who take part means for the deal."""

    fine = "fine"
    consent = "consent"
    refuse = "refuse"


labels(
    Verdict,
    fine=("Không ảnh hưởng", "No matter"),
    consent=("Cần hai bên đồng ý bằng văn bản", "Both parties must consent in writing"),
    refuse=("Không được cùng tham gia", "May not take part together"),
)


class Interest(Choice):
    """What may be declared: the first four by an organisation about itself, the others by a person."""

    parent = "parent"
    shareholder = "shareholder"
    holding = "holding"
    key_person = "key_person"
    employment = "employment"
    co_inventor = "co_inventor"
    family = "family"
    other = "other"


labels(
    Interest,
    parent=("Tổ chức mẹ nắm quyền chi phối", "Controlling parent"),
    shareholder=("Bên góp vốn vào tổ chức", "Shareholder of the organisation"),
    holding=("Phần vốn tổ chức nắm ở nơi khác", "Share held elsewhere"),
    key_person=("Người giữ vai trò chính", "Key person"),
    employment=("Việc làm ở tổ chức khác", "Employment elsewhere"),
    co_inventor=("Đồng tác giả với người của tổ chức khác", "Co-inventor with somebody of another organisation"),
    family=("Người thân làm việc ở tổ chức khác", "Relative at another organisation"),
    other=("Lợi ích khác", "Other interest"),
)
OF_ORGANISATION = (Interest.parent, Interest.shareholder, Interest.holding, Interest.key_person)
OF_PERSON = (Interest.employment, Interest.co_inventor, Interest.family, Interest.other)
_SHARES = (Interest.shareholder, Interest.holding)

Percent = Annotated[Decimal | None, Field(gt=0, le=100, max_digits=5, decimal_places=2), BeforeValidator(rate)]
Name = Annotated[str | None, Field(max_length=200), BeforeValidator(line)]
Words = Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class DeclareInterest(Command):
    """A tie. `other` names the other organisation (name, tax code or id); one that is not on the exchange is kept by
    its name. `percent` of shares; days are whole and included. A key person is a member (`member_id`) or a name.
    An interest of a person may be about a listing or a deal instead of an organisation."""

    kind: Interest
    other: Name = None
    member_id: UUID | None = None
    listing_id: UUID | None = None
    deal_id: UUID | None = None
    percent: Percent = None
    since: date | None = None
    until: date | None = None
    note: Words = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is Interest.key_person:
            if self.member_id is None and not self.other:
                raise BilingualError("Hãy chọn thành viên hoặc ghi họ tên.", "Choose a member or give a name.", "other")
        elif self.kind is Interest.other:
            if not (self.other or self.listing_id or self.deal_id):
                raise BilingualError(
                    "Hãy nêu tổ chức, công nghệ hoặc hồ sơ giao dịch có liên quan.",
                    "Name the organisation, the technology or the deal concerned.",
                    "other",
                )
        elif not self.other:
            raise BilingualError("Hãy nêu tổ chức có liên quan.", "Name the organisation concerned.", "other")
        if self.kind in _SHARES and self.percent is None:
            raise BilingualError("Hãy nêu tỷ lệ phần vốn.", "Give the share in per cent.", "percent")
        if self.since and self.until and self.until < self.since:
            raise BilingualError(
                "Ngày kết thúc phải từ ngày bắt đầu trở đi.", "The end lies before the start.", "until"
            )
        if self.kind is Interest.co_inventor and self.since is None:
            raise BilingualError(
                "Hãy nêu ngày của công trình chung gần nhất.", "Give the day of the latest joint work.", "since"
            )
        return self


class EndInterest(Command):
    """The tie ended on `until` (today when not given): history is kept, nothing is deleted."""

    until: date | None = None


class DecideFinding(Command):
    """The operator's reasoned decision. `org_id`: who leaves the deal, when it is upheld and both take part."""

    reason: Annotated[str, Field(min_length=10, max_length=2000), BeforeValidator(clean)]
    org_id: UUID | None = None


class GiveConsent(Command):
    """A party's written consent to a disclosed tie. `agreed` is the box that is ticked."""

    agreed: bool = False
    note: Words = None

    @model_validator(mode="after")
    def _ticked(self) -> Self:
        if not self.agreed:
            raise BilingualError("Hãy đánh dấu đồng ý.", "Tick the box to consent.", "agreed")
        return self


class DeclarationView(BaseModel):
    id: UUID
    kind: Interest
    org_id: UUID | None
    person_id: UUID | None
    other_org_id: UUID | None
    other_name: str | None
    listing_id: UUID | None
    listing_title: str | None
    deal_id: UUID | None
    percent: Decimal | None
    since: date | None
    until: date | None
    note: str | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    actions: list[str] = []
    is_demo: bool = False


class DeclarationList(BaseModel):
    """`organisation` and `person`: own declarations, newest first, ended ones included."""

    organisation: list[DeclarationView]
    person: list[DeclarationView]
    may_declare_for_organisation: bool


class Step(BaseModel):
    """One fact of a path, for the operator: `source` is where it was read."""

    left: str
    words: Text
    right: str
    percent: Decimal | None = None
    since: date | None = None
    until: date | None = None
    certain: bool = True
    source: str = ""

    @property
    def origin(self) -> Text:
        """Where the fact was read, in words."""
        return ORIGINS[self.source.split(":", 1)[0]]


ORIGINS = {
    "declaration": Text("theo khai báo lợi ích", "from a declared interest"),
    "membership": Text("theo thành viên của tổ chức trên sàn", "from the organisation's members here"),
    "handler": Text("theo người được giao trong giao dịch", "from who acts in the deal"),
    "listing": Text("theo chủ sở hữu ghi trong tin công nghệ", "from the owners named in a listing"),
    "name": Text("theo tên, chưa xác minh là một người", "from the name alone, not known to be one person"),
}


class Conflict(BaseModel):
    """A tie of somebody who wants to take part with somebody who does. `words` may be told to the parties;
    `path` may not: it names people and percentages."""

    kind: Kind
    certain: bool
    verdict: Verdict
    org_id: UUID
    capacity: Capacity
    other_org_id: UUID | None
    other_capacity: Capacity | None
    words: Text
    path: list[Step]
    key: str


class BidderTie(BaseModel):
    """A tie of one who wants to bid in a public round. `refuses`: it keeps them out; otherwise the operator weighs
    it. `rival`: with another applicant, which nobody but the operator may read; neither may `path` be read by others.
    """

    kind: Kind
    certain: bool
    refuses: bool
    other_org_id: UUID | None
    rival: bool
    words: Text
    path: list[Step] = []

    @property
    def sentence(self) -> Text:
        """The tie about "the organisation", as it may be told."""
        vi, en = ("", "") if self.certain else (MAYBE.vi, MAYBE.en)
        return Text(f"{vi}{self.words.vi}", f"{en}{self.words.en}")


class ConsentView(BaseModel):
    org_id: UUID
    org_name: str
    person: str
    at: datetime
    note: str | None


class FindingView(BaseModel):
    """A tie as the operator decides on it, or as a party reads it (`path` and `reason` empty)."""

    id: UUID
    deal_id: UUID
    deal_reference: str
    listing_title: str
    org_id: UUID
    org_name: str
    capacity: Capacity
    other_org_id: UUID | None
    other_name: str | None
    other_capacity: Capacity | None
    takes_part: bool
    kind: Kind
    certain: bool
    verdict: Verdict
    words: Text
    path: list[Step]
    status: str
    status_at: datetime
    opened_at: datetime
    reason: str | None
    consents: list[ConsentView]
    actions: list[str]
    is_demo: bool

    @property
    def sentence(self) -> Text:
        """Who is tied to whom, in words the parties may read."""
        vi, en = ("", "") if self.certain else (MAYBE.vi, MAYBE.en)
        return Text(
            f"{self.org_name} ({self.capacity.label.vi.lower()}) {vi}{self.words.vi}.",
            f"{self.org_name} ({self.capacity.label.en.lower()}) {en}{self.words.en}.",
        )


MAYBE = Text("có thể ", "possibly ")


class FindingList(BaseModel):
    items: list[FindingView]
    next_cursor: str | None = None


class Seat(BaseModel):
    """Who takes part in a deal, as the statement of independence lists it."""

    org_id: UUID
    org_name: str
    capacity: Capacity
    since: datetime


class StatementView(BaseModel):
    """Independence of a deal, as of a day: who takes part, which ties are known and what became of them.

    `independent`: no tie that matters stands undecided or upheld among those who take part."""

    deal_id: UUID
    deal_reference: str
    as_of: datetime
    seats: list[Seat]
    findings: list[FindingView]
    independent: bool
    threshold_percent: Decimal
    co_inventor_years: int
    rules_checked: bool

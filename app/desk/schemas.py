"""Commands in, views out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.deals import Capacity, Side
from app.kit import clock
from app.kit.text import Text
from app.kit.typed import clean, line
from app.kit.workflow import Choice, labels


class Channel(Choice):
    """Who reads: both sides with their brokers, or one side with its broker."""

    all = "all"
    seller = "seller"
    buyer = "buyer"


labels(
    Channel,
    all=("Tất cả các bên", "All parties"),
    seller=("Nội bộ bên chào bán", "Seller's side only"),
    buyer=("Nội bộ bên mua", "Buyer's side only"),
)


class Audience(Choice):
    """What a sender chooses: which side is one's own, the deal knows."""

    all = "all"
    own = "own"


labels(Audience, all=("Tất cả các bên", "All parties"), own=("Chỉ bên mình", "Our side only"))


class NoteScope(Choice):
    private = "private"
    organisation = "organisation"


labels(
    NoteScope,
    private=("Chỉ mình tôi", "Only me"),
    organisation=("Tổ chức của tôi", "My organisation"),
)


class Whose(Choice):
    organisation = "organisation"
    mine = "mine"
    handler = "handler"


labels(
    Whose,
    organisation=("Của tổ chức", "My organisation's"),
    mine=("Tôi có tham gia", "I take part"),
    handler=("Tôi phụ trách", "I handle"),
)


class Sort(Choice):
    deadline = "deadline"
    moved = "moved"
    age = "age"
    opened = "opened"


labels(
    Sort,
    deadline=("Hạn gần nhất trước", "Next deadline first"),
    moved=("Mới chuyển giai đoạn trước", "Moved last first"),
    age=("Ở giai đoạn lâu nhất trước", "Longest in its stage first"),
    opened=("Mới mở trước", "Opened last first"),
)


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SendMessage(Command):
    channel: Audience = Audience.all
    body: Annotated[str | None, Field(max_length=5000), BeforeValidator(clean)] = None


class ReadUpTo(Command):
    channel: Audience = Audience.all
    seq: Annotated[int, Field(ge=0, le=2_000_000_000)]


class Inspect(Command):
    reason: Annotated[str, Field(min_length=10, max_length=1000), BeforeValidator(line)]


class AddTask(Command):
    title: Annotated[str, Field(min_length=2, max_length=200), BeforeValidator(line)]
    due_on: date | None = None
    assignee_id: UUID | None = None
    channel: Audience = Audience.own


class EditTask(Command):
    title: Annotated[str, Field(min_length=2, max_length=200), BeforeValidator(line)]
    due_on: date | None = None
    assignee_id: UUID | None = None


class WriteNote(Command):
    scope: NoteScope = NoteScope.private
    body: Annotated[str, Field(min_length=1, max_length=5000), BeforeValidator(clean)]


class EditNote(Command):
    body: Annotated[str, Field(min_length=1, max_length=5000), BeforeValidator(clean)]


class HandOver(Command):
    """`from_id` is the handler whom the giver saw: when it is another one by now, nothing is changed."""

    person_id: UUID
    from_id: UUID | None = None
    note: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class MakeFeed(Command):
    titles: bool = False


class DeskFilter(Command):
    """What the list shows; unknown values of an address count as not given."""

    status: str | None = None
    whose: Whose = Whose.organisation
    capacity: Capacity | None = None
    turn: bool = False
    overdue: bool = False
    stalled: bool = False
    handover: bool = False
    sort: Sort | None = None


# --- views ---


class Deadline(BaseModel):
    kind: str
    label: Text
    at: datetime
    late: bool


class DeskItem(BaseModel):
    """A deal in a list. `deadline` is the earliest dated thing that this reader has in it."""

    id: UUID
    reference: str
    listing_id: UUID
    listing_title: str
    seller_org_id: UUID
    seller_name: str
    buyer_org_id: UUID
    buyer_name: str
    capacity: Capacity | None
    side: Side | None
    status: str
    status_at: datetime
    opened_at: datetime
    turn: Side | None
    turn_since: datetime | None
    turn_until: datetime | None
    evidence_level: int
    is_demo: bool
    handler_id: UUID | None
    handler_name: str | None
    needs_handover: bool
    unread: int
    open_tasks: int
    late_tasks: int
    deadline: Deadline | None
    stalled_days: int | None

    @property
    def my_turn(self) -> bool:
        return self.turn is not None and self.turn == self.side

    @property
    def overdue(self) -> bool:
        """The time to answer has passed, or a task of one's own has."""
        return self.late_tasks > 0 or (
            self.turn is not None and self.turn_until is not None and self.turn_until < clock.now()
        )

    @property
    def age_days(self) -> int:
        return max(0, (clock.now() - self.status_at).days)

    @property
    def waits_for(self) -> str:
        """The name of the party whose turn it is."""
        return {Side.seller: self.seller_name, Side.buyer: self.buyer_name}.get(self.turn, "") if self.turn else ""


class DeskCounts(BaseModel):
    """Over everything the reader has, whatever the filter."""

    total: int = 0
    by_status: dict[str, int] = {}
    my_turn: int = 0
    overdue: int = 0
    stalled: int = 0
    handover: int = 0


class DeskList(BaseModel):
    items: list[DeskItem]
    counts: DeskCounts
    sort: Sort
    next_cursor: str | None = None


class FileView(BaseModel):
    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str


class MessageView(BaseModel):
    id: UUID
    seq: int
    channel: Channel
    org_id: UUID
    org_name: str
    person_id: UUID
    person_name: str
    sent_at: datetime
    status: str
    body: str | None
    files: list[FileView] = []
    mine: bool = False
    new: bool = False
    seen_by: list[str] = []
    actions: list[str] = []


class ChannelView(BaseModel):
    audience: Audience
    channel: Channel
    unread: int


class Thread(BaseModel):
    """A channel as one of its people reads it, oldest first. `earlier` is the seq to ask for what lies before."""

    deal_id: UUID
    reference: str
    channel: Channel | None
    audience: Audience | None
    channels: list[ChannelView]
    items: list[MessageView]
    earlier: int | None
    upto: int
    may_write: bool
    closed: bool
    inspection: str | None = None  # the operator's pass to the files of one opening


class TaskChange(BaseModel):
    at: datetime
    who: str
    label: Text


class TaskView(BaseModel):
    id: UUID
    deal_id: UUID
    channel: Channel
    org_id: UUID
    org_name: str
    title: str
    due_on: date | None
    assignee_id: UUID | None
    assignee_name: str | None
    assignee_left: bool
    status: str
    status_at: datetime
    created_at: datetime
    history: list[TaskChange] = []
    actions: list[str] = []

    @property
    def overdue(self) -> bool:
        return self.status == "open" and self.due_on is not None and self.due_on < clock.today()


class Colleague(BaseModel):
    person_id: UUID
    name: str


class TaskList(BaseModel):
    deal_id: UUID
    reference: str
    items: list[TaskView]
    colleagues: list[Colleague]
    suggestions: list[Text]
    may_write: bool


class NoteView(BaseModel):
    id: UUID
    deal_id: UUID
    scope: NoteScope
    person_id: UUID
    person_name: str
    body: str
    created_at: datetime
    edited_at: datetime | None
    actions: list[str] = []


class NoteList(BaseModel):
    items: list[NoteView]
    may_write: bool


class HandOverView(BaseModel):
    at: datetime
    from_name: str | None
    to_name: str
    by_name: str
    note: str | None
    tasks: int


class HandOverPage(BaseModel):
    deal_id: UUID
    reference: str
    handler_id: UUID | None
    handler_name: str | None
    handler_left: bool
    colleagues: list[Colleague]
    history: list[HandOverView]
    open_tasks: int
    may_hand_over: bool


class Entry(BaseModel):
    """A dated thing of a deal. `uid` stays the same while the thing moves; `live` is false when it is called off."""

    uid: str
    deal_id: UUID
    reference: str
    listing_title: str
    kind: str
    label: Text
    title: str | None
    at: datetime
    on: date | None  # a whole day
    live: bool
    changed_at: datetime
    path: str

    @property
    def late(self) -> bool:
        return self.live and self.at < clock.now()


class FeedView(BaseModel):
    """The address itself is shown once, when it is made."""

    created_at: datetime | None = None
    used_at: datetime | None = None
    titles: bool = False
    address: str | None = None


class CalendarView(BaseModel):
    month: str
    previous: str
    following: str
    items: list[Entry]
    late: list[Entry]
    feed: FeedView | None


def view(kind: type[BaseModel], row: Any, **more: Any) -> Any:
    """A view from a row of our own constrained columns."""
    return kind.model_validate({**row._mapping, **more})  # noqa: SLF001 - a named tuple's own mapping

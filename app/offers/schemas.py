"""Commands in, views out; the sheet they carry is in `sheet`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from app.deals import DealView, Side, TimelineEvent
from app.kit.text import Text
from app.kit.typed import clean
from app.kit.workflow import Choice, labels
from app.offers.sheet import Amount, OptionalAmount, Part
from app.offers.sheet import Forum as Forum
from app.offers.sheet import GoverningLaw as GoverningLaw
from app.offers.sheet import Improvements as Improvements
from app.offers.sheet import Publication as Publication
from app.offers.sheet import Terms as Terms


def _reasons(value: Any) -> Any:
    """What was left empty, or is too short to be a reason, is none."""
    if not isinstance(value, dict):
        return value
    typed = {k: clean(v) for k, v in value.items()}
    return {k: v[:1000] for k, v in typed.items() if isinstance(v, str) and len(v) >= 5}


class SendOffer(Part):
    terms: Terms
    note: Annotated[str | None, Field(max_length=3000), BeforeValidator(clean)] = None
    valid_days: Annotated[int, Field(ge=1, le=180)] = 14

    # Agreed terms that this sheet opens again -> why; the other side reads it.
    unlock: Annotated[dict[str, str], BeforeValidator(_reasons)] = {}


class AcceptTerms(Part):
    """Single terms of an open offer to which the answering side agrees, by name."""

    terms: list[str]


class WithdrawOffer(Part):
    reason_code: str
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class DeclineOffer(Part):
    reason_code: str
    reason: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None


class Change(BaseModel):
    """One term against an earlier round: `kind` is same, changed, added or removed."""

    term: str
    label: Text
    kind: str
    before: Any = None
    after: Any = None


class LockView(BaseModel):
    """A term both sides have agreed on: since which round, and whether it was marked or simply said by both."""

    term: str
    label: Text
    value: Any
    round: int
    marked: bool


class MarkView(BaseModel):
    term: str
    label: Text
    person: str
    at: datetime


class UnlockView(BaseModel):
    term: str
    label: Text
    reason: str


class OfferView(BaseModel):
    """A round. `changes` against the round before it; `marks` are its terms the other side agreed to one by one."""

    id: UUID
    deal_id: UUID
    round: int
    side: Side
    org_id: UUID
    status: str
    status_at: datetime
    sent_at: datetime
    valid_until: datetime
    terms: Terms
    terms_hash: str
    value: int
    note: str | None
    changed: list[str]
    changes: list[Change] = []
    marks: list[MarkView] = []
    unlocked: list[UnlockView] = []
    actions: list[str] = []


class OfferList(BaseModel):
    items: list[OfferView]


# --- approvals within one side ---


class SetRule(Part):
    """`needed` of the `approvers` for terms worth `from_value` đồng or more; royalties are not guessed, so 0 is all."""

    needed: Annotated[int, Field(ge=1, le=20)] = 1
    approvers: Annotated[
        list[UUID], Field(min_length=1, max_length=20), AfterValidator(lambda v: list(dict.fromkeys(v)))
    ]
    from_value: Amount = 0
    on_send: bool = False
    on_accept: bool = False


class Decide(Part):
    reason: Annotated[str | None, Field(max_length=1000), BeforeValidator(clean)] = None


class Approver(BaseModel):
    person_id: UUID
    name: str


class RuleView(BaseModel):
    """`needed` 0: there is no rule. `people` may be put on the list."""

    needed: int
    approvers: list[UUID]
    from_value: int
    on_send: bool
    on_accept: bool
    people: list[Approver]
    may_change: bool


class VoteView(BaseModel):
    name: str
    verdict: str
    reason: str | None
    at: datetime


class ApprovalView(BaseModel):
    """A request of one's own side: what is asked, who decides, what they said, and why it could not be carried out."""

    id: UUID
    deal_id: UUID
    reference: str
    listing_title: str
    act: str
    value: int
    needed: int
    approvers: list[Approver]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    status: str
    status_at: datetime
    why: Text | None
    terms: Terms
    note: str | None
    changes: list[Change]
    unlock: dict[str, str]
    votes: list[VoteView]
    actions: list[str]

    @property
    def approved(self) -> int:
        return sum(v.verdict == "approve" for v in self.votes)


class ApprovalList(BaseModel):
    items: list[ApprovalView]


# --- memoranda ---


class Outcome(Choice):
    """What became of a memorandum at its end."""

    contract_signed = "contract_signed"
    extended = "extended"
    in_progress = "in_progress"
    ended = "ended"


labels(
    Outcome,
    contract_signed=("Đã ký hợp đồng", "Contract signed"),
    extended=("Gia hạn biên bản", "Extended"),
    in_progress=("Đang làm tiếp, hẹn ngày mới", "In progress, a new date"),
    ended=("Kết thúc, không ký", "Ended without a contract"),
)


class ProposeMemorandum(Part):
    """A typed summary, or nothing when it is made from the accepted terms or a file comes along. `value` in đồng."""

    summary: Annotated[str | None, Field(min_length=20, max_length=6000), BeforeValidator(clean)] = None
    expires_on: date
    signed_on: date | None = None
    value: OptionalAmount = None


class DeclineMemorandum(Part):
    reason: Annotated[str, Field(min_length=5, max_length=2000), BeforeValidator(clean)]


class GiveOutcome(Part):
    """`until` with extended and in_progress, `reason_code` with ended."""

    outcome: Outcome
    until: date | None = None
    reason_code: str | None = None
    note: Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _only_what_belongs(self) -> Self:
        if self.outcome not in (Outcome.extended, Outcome.in_progress):
            self.until = None
        if self.outcome is not Outcome.ended:
            self.reason_code = None
        return self


class OutcomeView(BaseModel):
    term: int
    side: Side
    person: str
    kind: Outcome
    reason_code: str | None
    note: str | None
    until: date | None
    at: datetime


class MemorandumView(BaseModel):
    """Heads of terms as the parties read them. `differ`: the two sides say different things of its end."""

    id: UUID
    deal_id: UUID
    reference: str | None = None
    kind: str
    side: Side
    proposed_by: str
    proposed_at: datetime
    summary: str
    value: int | None
    signed_on: date | None
    sha256: str
    file_name: str | None
    expires_on: date
    term: int
    status: str
    status_at: datetime
    outcome: Outcome | None
    overdue: bool
    outcomes: list[OutcomeView]
    differ: bool
    actions: list[str]


class MemorandumList(BaseModel):
    items: list[MemorandumView]


@dataclass(frozen=True, slots=True)
class MemorandumFile:
    name: str
    chunks: AsyncIterator[bytes]


class RoomView(BaseModel):
    """Everything a deal's room shows. `locks` are the terms agreed so far (`agreed` their names); `taken` says which
    part of what lies on the table somebody else was granted; `approvals` are those of the reader's own side."""

    deal: DealView
    offers: list[OfferView]
    difference: list[Change]
    agreed: list[str]
    locks: list[LockView] = []
    taken: Text | None = None
    timeline: list[TimelineEvent]
    approvals: list[ApprovalView] = []
    memoranda: list[MemorandumView] = []
    may_propose_memorandum: bool = False
    may_send: bool

    @property
    def current(self) -> OfferView | None:
        return next((o for o in reversed(self.offers) if o.status in ("open", "frozen", "accepted")), None)

    @property
    def newest(self) -> OfferView | None:
        return self.offers[-1] if self.offers else None

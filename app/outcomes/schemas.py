"""Commands in, views out; the same objects for JSON and pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.deals import ReasonCode, Side
from app.kit import clock
from app.kit.errors import BilingualError
from app.kit.text import Text
from app.kit.typed import clean, line
from app.kit.workflow import Choice, labels


class Basis(Choice):
    """What a deal had reached when the days began to count."""

    agreed = "agreed"
    contracted = "contracted"
    closed = "closed"


labels(
    Basis,
    agreed=("thống nhất điều khoản", "terms were agreed"),
    contracted=("ký hợp đồng", "the contract was signed"),
    closed=("dừng giao dịch", "the deal was closed"),
)


class Became(Choice):
    """What became of it, as a party tells."""

    under_way = "under_way"
    in_use = "in_use"
    contract_outside = "contract_outside"
    solved_otherwise = "solved_otherwise"
    bought_elsewhere = "bought_elsewhere"
    still_looking = "still_looking"
    stopped = "stopped"


labels(
    Became,
    under_way=("Đang thực hiện, chưa dùng thật", "Under way, not in use yet"),
    in_use=("Đã đưa vào sử dụng", "In use"),
    contract_outside=("Đã ký hợp đồng ngoài sàn", "Contract signed outside the exchange"),
    solved_otherwise=("Đã giải quyết bằng cách khác", "Solved another way"),
    bought_elsewhere=("Đã mua hoặc chuyển giao với bên khác", "Bought from, or sold to, somebody else"),
    still_looking=("Vẫn đang tìm đối tác", "Still looking"),
    stopped=("Không làm nữa", "Stopped"),
)
Words = Annotated[str | None, Field(max_length=2000), BeforeValidator(clean)]
Line = Annotated[str | None, Field(max_length=300), BeforeValidator(line)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class AnswerOutcome(Command):
    """`how`: for solved_otherwise and bought_elsewhere; `used_on`, `product`, `effect`: for in_use; `reason_code`: for
    stopped. An answer cannot be changed; the next question may be answered otherwise."""

    kind: Became
    how: Words = None
    used_on: date | None = None
    product: Line = None
    effect: Words = None
    reason_code: ReasonCode | None = None
    note: Words = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is Became.solved_otherwise and not self.how:
            raise BilingualError("Hãy nói đã giải quyết bằng cách nào.", "Say how it was solved.", "how")
        if self.kind is Became.in_use:
            if self.used_on is None:
                raise BilingualError("Hãy nêu ngày bắt đầu sử dụng.", "Give the day it came into use.", "used_on")
            if self.used_on > clock.today():
                raise BilingualError("Ngày này chưa đến.", "This day has not come yet.", "used_on")
            if not self.product:
                raise BilingualError("Hãy nêu dùng cho sản phẩm, dây chuyền nào.", "Say for which product.", "product")
            if not self.effect:
                raise BilingualError("Hãy nêu hiệu quả đã thấy.", "Say which effect was seen.", "effect")
        if self.kind is Became.stopped:
            if self.reason_code is None:
                raise BilingualError("Hãy chọn lý do.", "Choose the reason.", "reason_code")
            if self.reason_code is ReasonCode.other and not self.note:
                raise BilingualError("Hãy nói rõ lý do.", "Say what the reason is.", "note")
        else:
            self.reason_code = None
        return self


class AnswerView(BaseModel):
    kind: Became
    how: str | None
    used_on: date | None
    product: str | None
    effect: str | None
    reason_code: ReasonCode | None
    note: str | None
    person: str
    at: datetime


class PromptView(BaseModel):
    """A question to one party, and its answer. `options`: what may be answered."""

    id: UUID
    deal_id: UUID
    org_id: UUID
    deal_reference: str
    listing_title: str
    side: Side
    basis: Basis
    days: int
    asked_at: datetime
    expires_on: date
    status: str
    options: list[Became]
    answer: AnswerView | None
    actions: list[str]
    is_demo: bool

    @property
    def question(self) -> Text:
        return Text(
            f"{self.days} ngày sau khi {self.basis.label.vi}: kết quả thế nào?",
            f"{self.days} days after {self.basis.label.en}: what became of it?",
        )


class PromptList(BaseModel):
    """`open`: to be answered; `past`: answered or expired, newest first. `hint` says what an answer does not do."""

    open: list[PromptView]
    past: list[PromptView]


class Said(Choice):
    """Every reason that is counted: those of deals, and what introductions, mandates and needs say besides. Where one
    of theirs means the same it is counted under the deal's code."""

    too_early = "too_early"
    benefit_unclear = "benefit_unclear"
    route_unclear = "route_unclear"
    price = "price"
    rights = "rights"
    description_unclear = "description_unclear"
    already_solved = "already_solved"
    timing = "timing"
    budget_gone = "budget_gone"
    partner_changed = "partner_changed"
    legal = "legal"
    confidentiality = "confidentiality"
    nda_refused = "nda_refused"
    no_answer = "no_answer"
    no_fit = "no_fit"
    no_longer_needed = "no_longer_needed"
    not_interested = "not_interested"
    wrong_fit = "wrong_fit"
    already_known = "already_known"
    terms = "terms"
    commission = "commission"
    exclusivity = "exclusivity"
    capacity = "capacity"
    conflict = "conflict"
    withdrawn = "withdrawn"
    other = "other"


labels(
    Said,
    **{r.value: (r.label.vi, r.label.en) for r in ReasonCode},
    no_fit=("Không có đề xuất phù hợp", "No proposal fits"),
    no_longer_needed=("Không còn nhu cầu", "No longer needed"),
    not_interested=("Không quan tâm", "Not interested"),
    wrong_fit=("Không phù hợp với việc của bên được giới thiệu", "Does not fit the introduced party's work"),
    already_known=("Hai bên đã biết nhau từ trước", "They knew each other already"),
    terms=("Phạm vi hoặc thời hạn ủy nhiệm chưa phù hợp", "Scope or term of the mandate do not fit"),
    commission=("Thù lao môi giới chưa phù hợp", "The commission does not fit"),
    exclusivity=("Không muốn độc quyền môi giới", "No exclusive mandate wanted"),
    capacity=("Bên môi giới không đủ người làm", "The broker has no capacity"),
    conflict=("Có xung đột lợi ích", "Conflict of interest"),
    withdrawn=("Rút đề nghị ủy nhiệm", "The proposed mandate is withdrawn"),
)


class Stage(Choice):
    """Where in the chain somebody said no."""

    match = "match"
    proposal = "proposal"
    interested = "interested"
    nda = "nda"
    offer = "offer"
    negotiating = "negotiating"
    agreed = "agreed"
    afterwards = "afterwards"
    need = "need"
    introduction = "introduction"
    mandate = "mandate"


labels(
    Stage,
    match=("Gợi ý ghép", "Match"),
    proposal=("Đề xuất", "Proposal"),
    interested=("Quan tâm", "Interest"),
    nda=("Thỏa thuận bảo mật", "NDA"),
    offer=("Từng đề nghị", "Single offer"),
    negotiating=("Đàm phán", "Negotiation"),
    agreed=("Đã thống nhất", "Terms agreed"),
    afterwards=("Sau giao dịch", "Afterwards"),
    need=("Nhu cầu khép lại", "Need closed"),
    introduction=("Giới thiệu", "Introduction"),
    mandate=("Ủy nhiệm môi giới", "Mandate"),
)
STAGE_DEFINITIONS: dict[Stage, Text] = {
    Stage.match: Text("một cặp gợi ý bị bỏ qua kèm lý do", "a suggested match dismissed with a reason"),
    Stage.proposal: Text("một đề xuất không được chọn, hoặc bị rút", "a proposal declined or withdrawn"),
    Stage.interested: Text("giao dịch dừng khi mới quan tâm", "a deal closed while there was interest only"),
    Stage.nda: Text(
        "một văn bản bảo mật bị từ chối, hoặc bị chấm dứt trước hạn; giao dịch có thể vẫn tiếp tục",
        "an NDA declined, or terminated before its end; its deal may go on",
    ),
    Stage.offer: Text(
        "một đề nghị bị từ chối, bị rút hoặc hết hạn (hết hạn là “không trả lời”); giao dịch có thể vẫn tiếp tục",
        "an offer declined, withdrawn or expired (expired is “no answer”); its deal may go on",
    ),
    Stage.negotiating: Text("giao dịch dừng khi đang đàm phán", "a deal closed while negotiated"),
    Stage.agreed: Text(
        "giao dịch dừng sau khi thống nhất điều khoản, chưa có hợp đồng", "a deal closed after terms were agreed"
    ),
    Stage.afterwards: Text(
        "một bên trả lời “không làm nữa” khi được hỏi sau giao dịch", "a party answered “stopped” when asked afterwards"
    ),
    Stage.need: Text("một nhu cầu khép lại mà không chọn đề xuất nào", "a need closed without a winner"),
    Stage.introduction: Text(
        "bên được giới thiệu không nhận lời; bên khác vẫn có thể giới thiệu lại",
        "the introduced party declined; somebody else may introduce again",
    ),
    Stage.mandate: Text("một đề nghị ủy nhiệm môi giới không được ký", "a proposed mandate was not signed"),
}


class ReasonFilters(BaseModel):
    """Which exits are counted. Days are whole, Vietnam's; `field` of first level; `listing_id` for its owner."""

    since: date | None = None
    until: date | None = None
    field: str | None = None
    listing_id: UUID | None = None


class Cell(BaseModel):
    """`count` is absent where fewer than five organisations stand behind it, or another one could be worked out."""

    stage: Stage
    count: int | None


class ReasonRow(BaseModel):
    """`reason` is absent where none was given."""

    reason: Said | None
    label: Text
    cells: list[Cell]
    total: int | None


class ReasonTable(BaseModel):
    """Why deals stop: exits by reason and stage. `suppressed`: counts of the Department, small ones left out."""

    as_of: datetime
    filters: ReasonFilters
    stages: list[Stage]
    rows: list[ReasonRow]
    total: int | None
    suppressed: bool
    year: int | None = None
    years: list[int] = []

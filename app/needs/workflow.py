"""States of a need and the actions between them."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

NEED = Workflow(
    "need",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("submitted", Text("Chờ duyệt", "In review"), "waiting"),
        State("changes_requested", Text("Cần sửa", "Changes requested"), "stale", step=False),
        State("published", Text("Đang tìm giải pháp", "Open"), "moving"),
        State("matched", Text("Đang xét đề xuất", "Weighing proposals"), "moving"),
        State("closed", Text("Đã khép lại", "Closed"), "closed", final=True),
        State("expired", Text("Hết hạn", "Expired"), "closed", step=False),
        State("rejected", Text("Không được đăng", "Rejected"), "refused", step=False),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False),
    ],
    [
        Transition(
            "submit", ("draft", "changes_requested"), "submitted", Text("Gửi duyệt", "Submit for review"),
            tone="primary",
        ),
        Transition("take_back", ("submitted",), "draft", Text("Rút về để sửa", "Take back to edit")),
        Transition("approve", ("submitted",), "published", Text("Duyệt đăng", "Approve"), tone="primary"),
        Transition(
            "request_changes", ("submitted",), "changes_requested", Text("Yêu cầu sửa", "Ask for changes"),
            needs_reason=True,
        ),
        Transition(
            "reject", ("submitted",), "rejected", Text("Từ chối đăng", "Reject"), needs_reason=True, tone="danger"
        ),
        Transition("match", ("published",), "matched", Text("Chọn vào vòng xét", "Shortlist")),
        Transition(
            "win", ("published", "matched"), "closed", Text("Khép lại với bên được chọn", "Close with a winner")
        ),
        Transition(
            "close", ("published", "matched"), "closed", Text("Khép lại", "Close"), needs_reason=True, tone="danger"
        ),
        Transition("expire", ("published", "matched"), "expired", Text("Hết hạn", "Expire")),
        Transition(
            "withdraw", ("draft", "submitted", "changes_requested", "published", "matched"), "withdrawn",
            Text("Rút nhu cầu", "Withdraw"), needs_reason=True, tone="danger",
        ),
        Transition("reopen", ("expired", "rejected", "withdrawn"), "draft", Text("Mở lại bản nháp", "Reopen as draft")),
    ],
)  # fmt: skip

# What takes proposals and stands in the index.
OPEN = ("published", "matched")
# What keeps its address for the public: a closed or expired need stays as a record.
VISIBLE = (*OPEN, "closed", "expired")
EDITABLE = ("draft", "changes_requested", "published", "matched")

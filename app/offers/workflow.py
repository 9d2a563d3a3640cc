"""States of an offer."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

OFFER = Workflow(
    "offer",
    "open",
    [
        State("open", Text("Chờ trả lời", "Awaiting an answer"), "waiting"),
        State("countered", Text("Đã phản hồi", "Countered"), "moving", final=True),
        State("accepted", Text("Đã đồng ý", "Accepted"), "agreed", final=True),
        State("declined", Text("Đã từ chối", "Declined"), "refused", final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", final=True),
        State("expired", Text("Hết hạn", "Expired"), "stale", final=True),
        State("frozen", Text("Tạm ngưng", "Frozen"), "stale"),
        State("lapsed", Text("Không còn giá trị", "Lapsed"), "closed", final=True),
    ],
    [
        Transition("accept", ("open",), "accepted", Text("Đồng ý", "Accept"), tone="primary"),
        Transition("counter", ("open",), "countered", Text("Phản hồi điều khoản", "Counter")),
        Transition("decline", ("open",), "declined", Text("Từ chối", "Decline"), needs_reason=True, tone="danger"),
        Transition("withdraw", ("open", "frozen"), "withdrawn", Text("Rút đề nghị", "Withdraw"), tone="danger"),
        Transition("expire", ("open", "frozen"), "expired", Text("Hết hạn", "Expire")),
        Transition("freeze", ("open",), "frozen", Text("Tạm ngưng", "Freeze")),
        Transition("thaw", ("frozen",), "open", Text("Mở lại", "Reopen")),
        Transition("lapse", ("open", "frozen"), "lapsed", Text("Hết giá trị", "Lapse")),
    ],
)

# An act that waits for its own side's approvals; the other side never sees it.
APPROVAL = Workflow(
    "approval",
    "pending",
    [
        State("pending", Text("Chờ duyệt nội bộ", "Awaiting approval"), "waiting"),
        State("executed", Text("Đã duyệt và thực hiện", "Approved and carried out"), "agreed", final=True),
        State("refused", Text("Không duyệt", "Refused"), "refused", final=True),
        State("withdrawn", Text("Đã rút yêu cầu", "Taken back"), "closed", final=True),
        State("lapsed", Text("Không còn hiệu lực", "Overtaken"), "stale", final=True),
        State("failed", Text("Đã duyệt, không thực hiện được", "Approved, not possible any more"), "stale", final=True),
    ],
    [
        Transition("execute", ("pending",), "executed", Text("Duyệt", "Approve"), tone="primary"),
        Transition("refuse", ("pending",), "refused", Text("Không duyệt", "Refuse"), needs_reason=True, tone="danger"),
        Transition("withdraw", ("pending",), "withdrawn", Text("Rút yêu cầu", "Take back")),
        Transition("lapse", ("pending",), "lapsed", Text("Hết hiệu lực", "Lapse")),
        Transition("fail", ("pending",), "failed", Text("Không thực hiện được", "Fail")),
    ],
)

# Heads of terms: proposed by one side, confirmed by the other; at its date each side says what became of it.
MEMORANDUM = Workflow(
    "memorandum",
    "proposed",
    [
        State("proposed", Text("Chờ bên kia xác nhận", "Awaiting confirmation"), "waiting"),
        State("confirmed", Text("Đang hiệu lực", "In force"), "agreed"),
        State("due", Text("Đến hạn, chờ kết quả", "Due, outcome wanted"), "waiting"),
        State("resolved", Text("Đã có kết quả", "Resolved"), "closed", final=True),
        State("declined", Text("Không xác nhận", "Not confirmed"), "refused", final=True),
        State("withdrawn", Text("Đã rút", "Taken back"), "closed", final=True),
    ],
    [
        Transition("confirm", ("proposed",), "confirmed", Text("Xác nhận", "Confirm"), tone="primary"),
        Transition(
            "decline",
            ("proposed",),
            "declined",
            Text("Không xác nhận", "Do not confirm"),
            needs_reason=True,
            tone="danger",
        ),
        Transition("withdraw", ("proposed",), "withdrawn", Text("Rút biên bản", "Take back")),
        Transition("expire", ("confirmed",), "due", Text("Đến hạn", "Fall due")),
        Transition("extend", ("confirmed", "due"), "confirmed", Text("Gia hạn", "Extend")),
        Transition("resolve", ("confirmed", "due"), "resolved", Text("Ghi kết quả", "Resolve")),
    ],
)

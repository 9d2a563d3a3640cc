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

"""States of a valuation case, of a quote, of a work sheet and of a complaint, and the actions between them."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

VALUATION = Workflow(
    "valuation",
    "requested",
    [
        State("requested", Text("Chờ báo giá", "Awaiting quotes"), "waiting"),
        State("agreed", Text("Đã chọn báo giá", "Quote accepted"), "moving"),
        State("working", Text("Đang thực hiện", "In work"), "moving"),
        State("in_review", Text("Đang soát xét", "In review"), "waiting"),
        State("approved", Text("Đã soát xét", "Reviewed"), "moving"),
        State("reported", Text("Chờ ký báo cáo", "Awaiting signatures"), "waiting"),
        State("signed", Text("Đã ký", "Signed"), "moving"),
        State("delivered", Text("Đã giao", "Delivered"), "agreed"),
        State("expired", Text("Hết hiệu lực", "Expired"), "stale", step=False, final=True),
        State("cancelled", Text("Đã hủy", "Cancelled"), "closed", step=False, final=True),
        State("lapsed", Text("Không có báo giá được chọn", "No quote chosen"), "closed", step=False, final=True),
    ],
    [
        Transition("agree", ("requested",), "agreed", Text("Chấp nhận báo giá", "Accept the quote"), tone="primary"),
        Transition("assign", ("agreed",), "working", Text("Phân công", "Assign"), tone="primary"),
        Transition("review", ("working",), "in_review", Text("Gửi soát xét", "Send to review"), tone="primary"),
        Transition("rework", ("in_review",), "working", Text("Trả lại để sửa", "Return for rework"), needs_reason=True),
        Transition("approve", ("in_review",), "approved", Text("Duyệt bảng tính", "Approve the sheet"), tone="primary"),
        Transition("issue", ("approved",), "reported", Text("Lập báo cáo", "Make the report"), tone="primary"),
        Transition("sign", ("reported",), "signed", Text("Ký báo cáo", "Sign the report"), tone="primary"),
        Transition("deliver", ("signed",), "delivered", Text("Giao báo cáo", "Deliver the report"), tone="primary"),
        Transition(
            "reopen", ("delivered",), "working", Text("Mở lại để làm bản mới", "Reopen for a new version"),
            needs_reason=True,
        ),
        Transition(
            "expire", ("working", "in_review", "approved", "reported", "signed", "delivered"), "expired",
            Text("Hết hiệu lực", "Expire"),
        ),
        Transition("lapse", ("requested", "agreed"), "lapsed", Text("Hết hạn chờ", "Lapse")),
        Transition(
            "cancel", ("requested", "agreed", "working", "in_review", "approved"), "cancelled",
            Text("Hủy vụ việc", "Cancel the case"), needs_reason=True, tone="danger",
        ),
    ],
)  # fmt: skip

QUOTE = Workflow(
    "valuation_quote",
    "asked",
    [
        State("asked", Text("Được mời báo giá", "Asked"), "waiting"),
        State("offered", Text("Đã báo giá", "Quoted"), "moving"),
        State("accepted", Text("Được chọn", "Accepted"), "agreed", final=True),
        State("declined", Text("Không được chọn", "Declined"), "refused", step=False, final=True),
        State("refused", Text("Từ chối báo giá", "Would not quote"), "refused", step=False, final=True),
        State("lapsed", Text("Hết hiệu lực", "Lapsed"), "closed", step=False, final=True),
    ],
    [
        Transition("offer", ("asked",), "offered", Text("Gửi báo giá", "Send the quote"), tone="primary"),
        Transition("take_back", ("offered",), "asked", Text("Rút báo giá", "Take the quote back")),
        Transition("accept", ("offered",), "accepted", Text("Chấp nhận báo giá", "Accept"), tone="primary"),
        Transition(
            "decline", ("offered",), "declined", Text("Không chọn", "Decline"), needs_reason=True, tone="danger"
        ),
        Transition(
            "refuse", ("asked", "offered"), "refused", Text("Không nhận việc", "Do not take the work"),
            needs_reason=True, tone="danger",
        ),
        Transition("lapse", ("asked", "offered"), "lapsed", Text("Hết hiệu lực", "Lapse")),
    ],
)  # fmt: skip

SHEET = Workflow(
    "valuation_sheet",
    "draft",
    [
        State("draft", Text("Đang soạn", "Draft"), "draft"),
        State("submitted", Text("Chờ soát xét", "In review"), "waiting"),
        State("returned", Text("Bị trả lại", "Returned"), "refused", step=False, final=True),
        State("approved", Text("Đã duyệt", "Approved"), "agreed", final=True),
        State("dropped", Text("Đã bỏ", "Dropped"), "closed", step=False, final=True),
    ],
    [
        Transition("submit", ("draft",), "submitted", Text("Gửi soát xét", "Send to review"), tone="primary"),
        Transition("return", ("submitted",), "returned", Text("Trả lại", "Return"), needs_reason=True, tone="danger"),
        Transition("approve", ("submitted",), "approved", Text("Duyệt", "Approve"), tone="primary"),
        Transition("drop", ("draft", "submitted"), "dropped", Text("Bỏ", "Drop")),
    ],
)

COMPLAINT = Workflow(
    "valuation_complaint",
    "filed",
    [
        State("filed", Text("Chờ trả lời", "Awaiting an answer"), "waiting"),
        State("answered", Text("Đã trả lời, giữ kết quả", "Answered, result kept"), "closed", final=True),
        State("upheld", Text("Đúng, làm lại", "Upheld, done anew"), "agreed", final=True),
        State("lapsed", Text("Khép lại vì kết quả hết hiệu lực", "Closed, the result expired"), "closed", final=True),
    ],
    [
        Transition("answer", ("filed",), "answered", Text("Giữ kết quả", "Keep the result"), needs_reason=True),
        Transition("uphold", ("filed",), "upheld", Text("Làm lại bản mới", "Make a new version"), needs_reason=True),
        Transition("lapse", ("filed",), "lapsed", Text("Khép lại", "Close")),
    ],
)

LIVE = ("requested", "agreed", "working", "in_review", "approved", "reported", "signed", "delivered")
IN_HAND = ("working", "in_review", "approved", "reported", "signed", "delivered")

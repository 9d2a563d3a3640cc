"""States of a profile, of a licence, of the ratings of two parties, and of the words of one rating."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

PROVIDER = Workflow(
    "provider",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("submitted", Text("Chờ duyệt", "In review"), "waiting"),
        State("changes_requested", Text("Cần sửa", "Changes requested"), "moving", step=False),
        State("listed", Text("Trong danh bạ", "Listed"), "agreed"),
        State("suspended", Text("Tạm ngừng", "Suspended"), "refused", step=False),
    ],
    [
        Transition(
            "submit", ("draft", "changes_requested"), "submitted", Text("Gửi duyệt", "Submit"), tone="primary"
        ),
        Transition("take_back", ("submitted",), "draft", Text("Rút về bản nháp", "Take back")),
        # A listed profile may be edited; approving it again says that the operator has seen what changed.
        Transition(
            "approve", ("submitted", "listed"), "listed", Text("Đưa vào danh bạ", "List in the directory"),
            tone="primary",
        ),
        Transition(
            "request_changes", ("submitted", "listed"), "changes_requested", Text("Yêu cầu sửa", "Request changes"),
            needs_reason=True,
        ),
        Transition("unlist", ("listed",), "draft", Text("Rút khỏi danh bạ", "Take off the directory"), tone="danger"),
        Transition(
            "suspend", ("listed",), "suspended", Text("Tạm ngừng hồ sơ", "Suspend the profile"), needs_reason=True,
            tone="danger",
        ),
        Transition("restore", ("suspended",), "listed", Text("Khôi phục hồ sơ", "Restore the profile")),
    ],
)  # fmt: skip

LICENCE = Workflow(
    "licence",
    "declared",
    [
        State("declared", Text("Đã khai, chờ kiểm tra", "Declared, to be checked"), "waiting"),
        State("checked", Text("Đã kiểm tra", "Checked"), "agreed"),
        State("refused", Text("Không được chấp nhận", "Refused"), "refused", step=False, final=True),
        State("expired", Text("Hết hiệu lực", "Expired"), "stale", final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False, final=True),
    ],
    [
        Transition("check", ("declared",), "checked", Text("Xác nhận đã kiểm tra", "Confirm"), tone="primary"),
        Transition(
            "refuse", ("declared", "checked"), "refused", Text("Không chấp nhận", "Refuse"), needs_reason=True,
            tone="danger",
        ),
        Transition("expire", ("declared", "checked"), "expired", Text("Hết hiệu lực", "Expire")),
        Transition("withdraw", ("declared", "checked"), "withdrawn", Text("Rút giấy phép", "Withdraw"), tone="danger"),
    ],
)  # fmt: skip

# The two ratings that an intermediary and a party of one deal give each other: published together.
RATING_PAIR = Workflow(
    "rating_pair",
    "open",
    [
        State("open", Text("Chưa công bố", "Not published yet"), "waiting"),
        State("published", Text("Đã công bố", "Published"), "agreed", final=True),
    ],
    [Transition("publish", ("open",), "published", Text("Công bố", "Publish"))],
)

# The words that go with the marks of one rating. Marks stay whatever becomes of the words.
REMARK = Workflow(
    "remark",
    "shown",
    [
        State("shown", Text("Hiển thị", "Shown"), "agreed"),
        State("reported", Text("Bị báo, chờ xem xét", "Reported"), "waiting"),
        State("hidden", Text("Đã ẩn", "Hidden"), "refused", final=True),
    ],
    [
        Transition("report", ("shown",), "reported", Text("Báo lời nhận xét", "Report the words"), needs_reason=True),
        Transition("keep", ("reported",), "shown", Text("Giữ lại", "Keep")),
        Transition(
            "hide", ("shown", "reported"), "hidden", Text("Ẩn lời nhận xét", "Hide the words"), needs_reason=True,
            tone="danger",
        ),
    ],
)  # fmt: skip

EDITABLE = ("draft", "changes_requested", "listed")
STANDING = ("declared", "checked")

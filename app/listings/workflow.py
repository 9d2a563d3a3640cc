"""States of a listing and the actions between them."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

LISTING = Workflow(
    "listing",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("submitted", Text("Chờ duyệt", "In review"), "waiting"),
        State("changes_requested", Text("Cần sửa", "Changes requested"), "stale", step=False),
        State("published", Text("Đang chào bán", "Published"), "moving"),
        State("reserved", Text("Đã giữ chỗ", "Reserved"), "agreed"),
        State("transferred", Text("Đã chuyển giao", "Transferred"), "closed", final=True),
        State("suspended", Text("Tạm dừng", "Suspended"), "refused", step=False),
        State("archived", Text("Lưu trữ", "Archived"), "closed", step=False),
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
        Transition("reserve", ("published",), "reserved", Text("Giữ chỗ", "Reserve")),
        Transition("release", ("reserved",), "published", Text("Mở lại chào bán", "Release"), needs_reason=True),
        Transition("transfer", ("reserved",), "transferred", Text("Ghi nhận đã chuyển giao", "Mark transferred")),
        Transition(
            "suspend", ("published", "reserved"), "suspended", Text("Tạm dừng", "Suspend"), needs_reason=True,
            tone="danger",
        ),
        Transition("restore", ("suspended",), "published", Text("Khôi phục", "Restore")),
        Transition("archive", ("draft", "changes_requested", "published"), "archived", Text("Lưu trữ", "Archive")),
        Transition("reopen", ("archived",), "draft", Text("Mở lại bản nháp", "Reopen as draft")),
    ],
)  # fmt: skip

# What the public may find: a reserved listing stays readable, marked so; a transferred one stays as a record.
VISIBLE = ("published", "reserved", "transferred")
EDITABLE = ("draft", "changes_requested", "published")

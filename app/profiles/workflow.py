"""States of an enterprise's profile and of a campaign of the Department."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

PROFILE = Workflow(
    "profile",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("declared", Text("Đã khai", "Declared"), "moving"),
        State("locked", Text("Đã khóa", "Locked"), "closed", final=True),
    ],
    [
        Transition("declare", ("draft",), "declared", Text("Khai hồ sơ", "Declare"), tone="primary"),
        Transition("reopen", ("declared",), "draft", Text("Mở lại để sửa", "Reopen to edit")),
        Transition("lock", ("declared",), "locked", Text("Khóa", "Lock")),
    ],
)

CAMPAIGN = Workflow(
    "campaign",
    "planned",
    [
        State("planned", Text("Đã lên lịch", "Planned"), "draft"),
        State("open", Text("Đang mở", "Open"), "moving"),
        State("closed", Text("Đã đóng", "Closed"), "closed", final=True),
        State("withdrawn", Text("Đã hủy", "Withdrawn"), "refused", final=True, step=False),
    ],
    [
        Transition("open", ("planned",), "open", Text("Mở đợt khảo sát", "Open"), tone="primary"),
        Transition("close", ("open",), "closed", Text("Đóng và khóa hồ sơ", "Close and lock"), tone="primary"),
        Transition("withdraw", ("planned",), "withdrawn", Text("Hủy đợt khảo sát", "Withdraw"), tone="danger"),
    ],
)

# Profiles that count: in a campaign while it is open, and those it locked.
COUNTED = {"open": ("declared",), "closed": ("locked",)}
PENDING = ("planned", "open")

"""Standing of an organisation on the exchange."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

ORGANISATION = Workflow(
    "organisation",
    "registered",
    [
        State("registered", Text("Chưa xác minh", "Not verified"), "waiting"),
        State("verified", Text("Đã xác minh", "Verified"), "agreed"),
        State("suspended", Text("Tạm ngừng", "Suspended"), "refused", step=False),
    ],
    [
        Transition("verify", ("registered",), "verified", Text("Xác minh tổ chức", "Verify organisation")),
        Transition(
            "suspend",
            ("registered", "verified"),
            "suspended",
            Text("Tạm ngừng tổ chức", "Suspend organisation"),
            needs_reason=True,
            tone="danger",
        ),
        Transition("restore", ("suspended",), "registered", Text("Khôi phục", "Restore")),
    ],
)

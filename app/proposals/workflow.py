"""States of a proposal and the actions between them."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

PROPOSAL = Workflow(
    "proposal",
    "sent",
    [
        State("sent", Text("Đã gửi", "Sent"), "waiting"),
        State("shortlisted", Text("Vào vòng xét", "Shortlisted"), "moving"),
        State("accepted", Text("Được chọn", "Chosen"), "agreed", final=True),
        State("declined", Text("Không chọn", "Declined"), "refused", step=False, final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False, final=True),
        State("lapsed", Text("Hết hiệu lực", "Lapsed"), "closed", step=False, final=True),
    ],
    [
        Transition("shortlist", ("sent",), "shortlisted", Text("Chọn vào vòng xét", "Shortlist")),
        Transition(
            "accept", ("sent", "shortlisted"), "accepted", Text("Chọn đề xuất này", "Choose this one"), tone="primary"
        ),
        Transition(
            "decline", ("sent", "shortlisted"), "declined", Text("Không chọn", "Decline"), needs_reason=True,
            tone="danger",
        ),
        Transition("withdraw", ("sent", "shortlisted"), "withdrawn", Text("Rút đề xuất", "Withdraw"), tone="danger"),
        Transition("lapse", ("sent", "shortlisted"), "lapsed", Text("Hết hiệu lực", "Lapse")),
    ],
)  # fmt: skip

LIVE = ("sent", "shortlisted")

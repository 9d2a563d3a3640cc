"""States of a template, of a non-disclosure agreement and of a question."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

NDA = Workflow(
    "nda",
    "proposed",
    [
        State("proposed", Text("Chờ ký", "Awaiting signatures"), "waiting"),
        State("signed_one", Text("Một bên đã ký", "One side has signed"), "moving"),
        State("in_force", Text("Đang có hiệu lực", "In force"), "agreed"),
        State("expired", Text("Đã hết hạn", "Expired"), "closed", step=False, final=True),
        State("terminated", Text("Đã chấm dứt", "Terminated"), "closed", step=False, final=True),
        State("declined", Text("Bị từ chối", "Declined"), "refused", step=False, final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False, final=True),
        State("superseded", Text("Đã thay bằng bản khác", "Superseded"), "stale", step=False, final=True),
    ],
    [
        # One verb, `sign`: the first signature, then the one that brings it into force.
        Transition("sign", ("proposed",), "signed_one", Text("Ký", "Sign"), tone="primary"),
        Transition("countersign", ("signed_one",), "in_force", Text("Ký", "Sign"), tone="primary"),
        Transition(
            "decline", ("proposed", "signed_one"), "declined", Text("Từ chối", "Decline"), needs_reason=True,
            tone="danger",
        ),
        Transition("withdraw", ("proposed", "signed_one"), "withdrawn", Text("Rút lại", "Withdraw")),
        Transition("supersede", ("proposed", "signed_one"), "superseded", Text("Thay bản khác", "Supersede")),
        Transition("expire", ("in_force",), "expired", Text("Hết hạn", "Expire")),
        Transition(
            "terminate", ("in_force",), "terminated", Text("Chấm dứt", "Terminate"), needs_reason=True, tone="danger"
        ),
    ],
)  # fmt: skip

NDA_TEMPLATE = Workflow(
    "nda_template",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("published", Text("Đang dùng", "In use"), "agreed"),
        State("retired", Text("Thôi dùng", "Retired"), "closed", final=True),
    ],
    [
        Transition("publish", ("draft",), "published", Text("Ban hành", "Publish"), tone="primary"),
        Transition("retire", ("published",), "retired", Text("Thôi dùng", "Retire")),
    ],
)

QUESTION = Workflow(
    "room_question",
    "asked",
    [
        State("asked", Text("Chờ trả lời", "Awaiting an answer"), "waiting"),
        State("answered", Text("Đã trả lời riêng", "Answered privately"), "agreed"),
        State("published", Text("Đã công bố trong phòng", "Published in the room"), "closed", final=True),
    ],
    [
        Transition("answer", ("asked", "answered"), "answered", Text("Trả lời", "Answer"), tone="primary"),
        Transition("publish", ("answered",), "published", Text("Công bố cho các bên", "Publish to all parties")),
    ],
)

LIVE = ("proposed", "signed_one", "in_force")
OPEN = ("proposed", "signed_one")

"""States of a match, of what a side says of it, and of a version of the weights."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

MATCH = Workflow(
    "match",
    "current",
    [
        State("current", Text("Đang khớp", "Current"), "moving"),
        State("lapsed", Text("Không còn khớp", "Lapsed"), "closed", step=False),
    ],
    [
        Transition("lapse", ("current",), "lapsed", Text("Không còn khớp", "Lapse")),
        Transition("revive", ("lapsed",), "current", Text("Khớp lại", "Revive")),
    ],
)

SIDE = Workflow(
    "match_side",
    "new",
    [
        State("new", Text("Mới", "New"), "waiting"),
        State("interested", Text("Quan tâm", "Interested"), "agreed"),
        State("dismissed", Text("Không phù hợp", "Not for us"), "refused", step=False),
    ],
    [
        Transition(
            "interest", ("new", "dismissed"), "interested", Text("Quan tâm", "Interested"), tone="primary"
        ),
        Transition(
            "dismiss", ("new", "interested"), "dismissed", Text("Không phù hợp", "Not for us"), needs_reason=True,
            tone="danger",
        ),
    ],
)  # fmt: skip

WEIGHTS = Workflow(
    "match_weights",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("in_force", Text("Đang áp dụng", "In force"), "agreed"),
        State("retired", Text("Đã thay thế", "Retired"), "closed", final=True),
        State("discarded", Text("Đã bỏ", "Discarded"), "closed", step=False, final=True),
    ],
    [
        Transition("enforce", ("draft",), "in_force", Text("Áp dụng", "Put in force"), tone="primary"),
        Transition("retire", ("in_force",), "retired", Text("Thay thế", "Retire")),
        Transition("discard", ("draft",), "discarded", Text("Bỏ bản nháp", "Discard"), tone="danger"),
    ],
)

"""States of a finding: a tie between two who take part in one deal, or want to."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

FINDING = Workflow(
    "conflict_finding",
    "open",
    [
        State("open", Text("Chờ xem xét", "To be decided"), "waiting"),
        State("cleared", Text("Không phải xung đột", "Cleared"), "agreed", final=True),
        State("consented", Text("Hai bên đã đồng ý", "Both parties consent"), "agreed"),
        State("upheld", Text("Xác định có xung đột", "Upheld"), "refused", final=True),
        State("gone", Text("Quan hệ đã hết", "The tie has ended"), "closed", step=False),
    ],
    [
        Transition(
            "clear", ("open",), "cleared", Text("Không phải xung đột", "Clear"), needs_reason=True, tone="primary"
        ),
        Transition(
            "uphold", ("open", "consented"), "upheld", Text("Xác định có xung đột", "Uphold"), needs_reason=True,
            tone="danger",
        ),
        Transition("consent", ("open",), "consented", Text("Hai bên đồng ý", "Both parties consent")),
        Transition("end", ("open", "consented"), "gone", Text("Quan hệ đã hết", "The tie has ended")),
        Transition("find_again", ("gone",), "open", Text("Quan hệ lại có", "Found again")),
    ],
)  # fmt: skip

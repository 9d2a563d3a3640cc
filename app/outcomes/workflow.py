"""States of a question about what became of a deal."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

PROMPT = Workflow(
    "outcome_prompt",
    "asked",
    [
        State("asked", Text("Chờ trả lời", "Awaiting an answer"), "waiting"),
        State("answered", Text("Đã trả lời", "Answered"), "agreed", final=True),
        State("expired", Text("Hết hạn", "Expired"), "stale", final=True),
    ],
    [
        Transition("answer", ("asked",), "answered", Text("Trả lời", "Answer"), tone="primary"),
        Transition("expire", ("asked",), "expired", Text("Hết hạn", "Expire")),
    ],
)

"""States of a message and of a task."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

MESSAGE = Workflow(
    "message",
    "sent",
    [
        State("sent", Text("Đã gửi", "Sent"), "agreed"),
        State("retracted", Text("Đã thu hồi", "Retracted"), "closed", final=True),
    ],
    [Transition("retract", ("sent",), "retracted", Text("Thu hồi", "Retract"), tone="danger")],
)

TASK = Workflow(
    "task",
    "open",
    [
        State("open", Text("Chưa xong", "To do"), "waiting"),
        State("done", Text("Đã xong", "Done"), "agreed"),
        State("dropped", Text("Đã bỏ", "Dropped"), "closed", step=False, final=True),
    ],
    [
        Transition("finish", ("open",), "done", Text("Đánh dấu đã xong", "Mark as done"), tone="primary"),
        Transition("reopen", ("done",), "open", Text("Mở lại việc", "Reopen")),
        Transition("drop", ("open",), "dropped", Text("Bỏ việc này", "Drop this task"), tone="danger"),
    ],
)

"""States of mandates, introductions and claims."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

MANDATE = Workflow(
    "mandate",
    "proposed",
    [
        State("proposed", Text("Chờ ký", "Awaiting signatures"), "waiting"),
        State("signed", Text("Một bên đã ký", "Signed by one side"), "moving"),
        State("active", Text("Đang hiệu lực", "Active"), "agreed"),
        State("ended", Text("Đã kết thúc", "Ended"), "closed", final=True),
        State("declined", Text("Không ký", "Declined"), "refused", step=False, final=True),
    ],
    [
        Transition("counter", ("proposed", "signed"), "proposed", Text("Đề nghị bản khác", "Propose another version")),
        Transition("sign", ("proposed",), "signed", Text("Ký", "Sign"), tone="primary"),
        Transition("activate", ("signed",), "active", Text("Ký, bắt đầu hiệu lực", "Sign and begin"), tone="primary"),
        Transition(
            "decline", ("proposed", "signed"), "declined", Text("Không ký", "Decline"), needs_reason=True, tone="danger"
        ),
        Transition("extend", ("active",), "active", Text("Gia hạn", "Extend")),
        Transition("give_notice", ("active",), "active", Text("Thông báo chấm dứt", "Give notice"), tone="danger"),
        Transition("ask_to_end", ("active",), "active", Text("Đề nghị chấm dứt", "Ask to end it")),
        Transition("agree_to_end", ("active",), "ended", Text("Đồng ý chấm dứt", "Agree to end it"), tone="danger"),
        Transition("end", ("active",), "ended", Text("Kết thúc", "End")),
    ],
)  # fmt: skip

INTRODUCTION = Workflow(
    "introduction",
    "sealed",
    [
        State("sealed", Text("Đã niêm phong", "Sealed"), "waiting"),
        State("accepted", Text("Đã nhận lời", "Accepted"), "moving"),
        State("connected", Text("Thành giao dịch", "Became a deal"), "agreed", final=True),
        State("declined", Text("Không nhận lời", "Declined"), "refused", step=False),
        State("lapsed", Text("Hết thời hạn ghi công", "Window over"), "closed", step=False, final=True),
    ],
    [
        Transition("accept", ("sealed",), "accepted", Text("Nhận lời giới thiệu", "Accept"), tone="primary"),
        Transition("decline", ("sealed",), "declined", Text("Không nhận lời", "Decline"), needs_reason=True,
                   tone="danger"),
        Transition("connect", ("sealed", "accepted", "declined"), "connected", Text("Gắn với giao dịch", "Connect")),
        Transition("lapse", ("sealed", "accepted", "declined"), "lapsed", Text("Hết thời hạn", "Lapse")),
    ],
)  # fmt: skip

CLAIM = Workflow(
    "introduction_claim",
    "open",
    [
        State("open", Text("Chờ quyết định", "Awaiting a decision"), "waiting"),
        State("decided", Text("Đã quyết định", "Decided"), "agreed"),
        State("appealed", Text("Đang phúc xét", "Under appeal"), "moving"),
        State("final", Text("Quyết định cuối cùng", "Final decision"), "closed", final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False, final=True),
    ],
    [
        Transition("decide", ("open",), "decided", Text("Ra quyết định", "Decide"), needs_reason=True, tone="primary"),
        Transition("appeal", ("decided",), "appealed", Text("Đề nghị phúc xét", "Appeal"), needs_reason=True),
        Transition("decide_appeal", ("appealed",), "final", Text("Quyết định phúc xét", "Decide the appeal"),
                   needs_reason=True, tone="primary"),
        Transition("withdraw", ("open",), "withdrawn", Text("Rút khiếu nại", "Withdraw"), tone="danger"),
    ],
)  # fmt: skip

PENDING = ("proposed", "signed")
CONSENTED = ("accepted", "connected")

"""Stages of a deal."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

DEAL = Workflow(
    "deal",
    "interested",
    [
        State("interested", Text("Quan tâm", "Interest"), "waiting"),
        State("negotiating", Text("Đàm phán", "Negotiation"), "moving"),
        State("agreed", Text("Đã thống nhất", "Terms agreed"), "agreed"),
        State("contracted", Text("Đã ký hợp đồng", "Contract signed"), "agreed"),
        State("closed", Text("Đã dừng", "Closed"), "closed", step=False, final=True),
    ],
    [
        Transition("negotiate", ("interested",), "negotiating", Text("Bắt đầu đàm phán", "Start negotiating")),
        Transition("agree", ("interested", "negotiating"), "agreed", Text("Thống nhất điều khoản", "Agree terms")),
        Transition("contract", ("agreed",), "contracted", Text("Xác nhận hợp đồng", "Confirm contract")),
        Transition(
            "close",
            ("interested", "negotiating", "agreed"),
            "closed",
            Text("Dừng giao dịch", "Close the deal"),
            needs_reason=True,
            tone="danger",
        ),
    ],
)

LIVE = ("interested", "negotiating", "agreed")

"""States of a round, of an application to take part, and of a deposit."""

from app.kit.text import Text
from app.kit.workflow import State, Transition, Workflow

ROUND = Workflow(
    "round",
    "draft",
    [
        State("draft", Text("Bản nháp", "Draft"), "draft"),
        State("announced", Text("Đã niêm yết", "Announced"), "waiting"),
        State("open", Text("Đang nhận giá", "Open"), "moving"),
        State("closed", Text("Đã hết giờ", "Closed"), "stale"),
        State("opened", Text("Đã mở phong bì", "Envelopes opened"), "moving", step=False),
        State("awarded", Text("Có người trúng", "Awarded"), "agreed", final=True),
        State("unsold", Text("Không thành", "Unsold"), "closed", step=False, final=True),
        State("cancelled", Text("Đã hủy", "Cancelled"), "refused", step=False, final=True),
    ],
    [
        Transition("announce", ("draft",), "announced", Text("Niêm yết", "Announce"), tone="primary"),
        Transition("open", ("announced",), "open", Text("Mở phiên", "Open")),
        Transition("close", ("announced", "open"), "closed", Text("Hết giờ", "Close")),
        Transition("unseal", ("closed",), "opened", Text("Mở phong bì", "Open the envelopes"), tone="primary"),
        Transition("award", ("closed", "opened"), "awarded", Text("Công bố người trúng", "Award"), tone="primary"),
        Transition("fail", ("closed", "opened"), "unsold", Text("Công bố không thành", "Declare unsold")),
        Transition(
            "cancel", ("draft", "announced", "open", "closed", "opened"), "cancelled", Text("Hủy phiên", "Cancel"),
            needs_reason=True, tone="danger",
        ),
    ],
)  # fmt: skip

ENTRY = Workflow(
    "round_entry",
    "applied",
    [
        State("applied", Text("Chờ xét", "Applied"), "waiting"),
        State("approved", Text("Được tham gia", "Admitted"), "agreed"),
        State("rejected", Text("Không được tham gia", "Not admitted"), "refused", step=False, final=True),
        State("withdrawn", Text("Đã rút", "Withdrawn"), "closed", step=False, final=True),
    ],
    [
        Transition("approve", ("applied",), "approved", Text("Cho tham gia", "Admit"), tone="primary"),
        Transition(
            "reject", ("applied", "approved"), "rejected", Text("Không cho tham gia", "Do not admit"),
            needs_reason=True, tone="danger",
        ),
        Transition("withdraw", ("applied", "approved"), "withdrawn", Text("Rút đăng ký", "Withdraw"), tone="danger"),
    ],
)  # fmt: skip

DEPOSIT = Workflow(
    "round_deposit",
    "required",
    [
        State("required", Text("Cần đặt cọc", "Required"), "waiting"),
        State("declared", Text("Đã khai báo", "Declared"), "moving"),
        State("confirmed", Text("Đã xác nhận", "Confirmed"), "agreed"),
        State("released", Text("Đã giải tỏa", "Released"), "closed", final=True),
    ],
    [
        Transition("declare", ("required",), "declared", Text("Khai báo đặt cọc", "Declare"), tone="primary"),
        Transition("confirm", ("declared",), "confirmed", Text("Xác nhận đặt cọc", "Confirm"), tone="primary"),
        Transition(
            "question", ("declared",), "required", Text("Chưa thấy tiền", "Not found"), needs_reason=True,
            tone="danger",
        ),
        Transition("release", ("required", "declared", "confirmed"), "released", Text("Giải tỏa", "Release")),
    ],
)  # fmt: skip

PUBLIC = tuple(s for s in ROUND.states if s != "draft")
LIVE = ("announced", "open")
# While a round stands so, its listing is off the market for everybody else.
HOLDING = ("open", "closed", "opened")

"""Ready-made lists of tasks by stage and side. Our own words, from how such deals usually go; none is a legal duty.

A line: key (kept with the task, so that the list added twice stands once), title, days until it is due.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.deals import Side
from app.kit.text import Text


@dataclass(frozen=True, slots=True)
class Suggestion:
    key: str
    title: Text
    days: int
    side: Side | None = None  # None: either side keeps it for itself


_S, _B = Side.seller, Side.buyer
BY_STAGE: dict[str, tuple[Suggestion, ...]] = {
    "interested": (
        Suggestion("reply", Text("Trả lời lời quan tâm", "Answer the expression of interest"), 3, _S),
        Suggestion("call", Text("Hẹn buổi gặp đầu tiên", "Arrange a first meeting"), 7),
        Suggestion("nda", Text("Chuẩn bị thỏa thuận bảo mật (NDA)", "Prepare the non-disclosure agreement"), 7),
        Suggestion("files", Text("Chọn tài liệu được phép cho xem", "Choose the documents that may be shown"), 10, _S),
        Suggestion("needs", Text("Ghi rõ nơi dùng, quy mô và ngân sách", "Write down use, scale and budget"), 10, _B),
    ),
    "negotiating": (
        Suggestion("titles", Text("Kiểm tra quyền sở hữu và phí duy trì", "Check ownership and upkeep fees"), 7, _S),
        Suggestion("trial", Text("Thống nhất cách thử nghiệm và tiêu chí đạt", "Agree on a trial and its goals"), 14),
        Suggestion("price", Text("Tính giá và phương án thanh toán", "Work out the price and how it is paid"), 7),
        Suggestion("visit", Text("Đi thăm nơi đặt công nghệ", "Visit the place of use"), 14, _B),
        Suggestion("limits", Text("Xin ý kiến lãnh đạo về mức được quyết", "Get the limits approved internally"), 10),
    ),
    "agreed": (
        Suggestion("draft", Text("Soạn hợp đồng chuyển giao công nghệ", "Draft the technology transfer contract"), 10),
        Suggestion("tax", Text("Hỏi bộ phận tài chính về thuế và hóa đơn", "Ask finance about tax and invoices"), 10),
        Suggestion("sign", Text("Hẹn ngày ký và người ký", "Fix the date of signature and who signs"), 14),
        Suggestion("report", Text("Ký xong, báo hợp đồng lên sàn", "Once signed, report the contract here"), 21),
    ),
    "contracted": (
        Suggestion("register", Text("Xem có phải đăng ký hợp đồng không", "See whether it is to be registered"), 7),
        Suggestion("handing", Text("Lập kế hoạch bàn giao và đào tạo", "Plan delivery and training"), 14),
        Suggestion("pay", Text("Nhắc mốc thanh toán đầu tiên", "Mind the first payment"), 14, _B),
        Suggestion("use", Text("Hẹn ngày đánh giá sau 90 ngày sử dụng", "Fix a review after 90 days of use"), 90),
    ),
}


def of(stage: str, side: Side) -> list[Suggestion]:
    return [s for s in BY_STAGE.get(stage, ()) if s.side in (None, side)]

"""The words of the workbook, in both languages."""

from __future__ import annotations

from app.kit.text import Text
from app.valuations.methods.base import Unit

SUMMARY = Text("Tổng hợp", "Summary")
INPUTS = Text("Đầu vào", "Inputs")
ASSET = Text("Tài sản", "Asset")
EXACT = Text("Giá trị chưa làm tròn", "Value before rounding")
ROUNDED = Text("Giá trị", "Value")
LOW = Text("Thấp nhất", "Lowest")
HIGH = Text("Cao nhất", "Highest")
SPREAD = Text("Chênh lệch so với trung bình", "Spread over the mean")
LIVE = Text(
    "Các ô dưới đây là công thức trên trang Đầu vào: sửa đầu vào thì mọi con số đổi theo.",
    "The cells below are formulas over the sheet Inputs: change an input and every number follows.",
)
VALUES = Text(
    "Phương pháp này không viết được thành công thức bảng tính: các ô dưới đây là giá trị của báo cáo, không đổi theo "
    "đầu vào.",
    "This method has no closed form in a spreadsheet: the cells below are the report's values and follow no input.",
)
INPUT_HEADS = (
    Text("Phép tính", "Calculation"), Text("Tên ô", "Name of the cell"), Text("Đầu vào", "Input"),
    Text("Giá trị", "Value"), Text("Đơn vị", "Unit"), Text("Nguồn gốc", "Origin"), Text("Nguồn", "Source"),
    Text("Bằng chứng (SHA-256)", "Evidence (SHA-256)"), Text("Nhận xét", "Remark"),
)  # fmt: skip
SYNTHESIS_HEADS = (
    Text("Phương pháp", "Method"), Text("Giá trị", "Value"), Text("Trọng số", "Weight"),
    Text("Phần đóng góp", "Share"), Text("Lý do", "Reason"),
)  # fmt: skip
UNITS = {
    Unit.money: Text("tiền", "money"),
    Unit.rate: Text("phần của một", "fraction of one"),
    Unit.years: Text("năm", "years"),
    Unit.factor: Text("hệ số", "factor"),
    Unit.number: Text("số", "number"),
    Unit.level: Text("mức chỉ số", "index level"),
    Unit.year: Text("năm dương lịch", "calendar year"),
    Unit.none: Text("không đơn vị", "no unit"),
}

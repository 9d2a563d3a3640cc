"""Words of valuations: what an estimate is and is not, the approaches, and the values that inputs choose from."""

from __future__ import annotations

from app.kit.text import Text
from app.valuations.methods.base import Approach, Unit

REFERENCE = Text(
    "Đây là định giá tham khảo, không phải chứng thư thẩm định giá.",
    "This is a reference estimate, not a chứng thư thẩm định giá (a certificate under the price law).",
)
APPROACHES: dict[Approach, Text] = {
    Approach.market: Text("Cách tiếp cận từ thị trường", "Market approach"),
    Approach.cost: Text("Cách tiếp cận từ chi phí", "Cost approach"),
    Approach.income: Text("Cách tiếp cận từ thu nhập", "Income approach"),
    Approach.option: Text("Quyền chọn và rủi ro", "Options and risk"),
    Approach.tool: Text("Công cụ tính", "Tools"),
}
WHEN: dict[Approach, Text] = {
    Approach.market: Text(
        "Khi có ít nhất ba giao dịch của tài sản tương tự mà bạn biết rõ giá và điều kiện.",
        "When you know the price and the terms of at least three transfers of similar assets.",
    ),
    Approach.cost: Text(
        "Khi công nghệ còn sớm, chưa có doanh thu, hoặc người mua có thể tự làm lại với chi phí tính được.",
        "When the technology is early and earns nothing yet, or a buyer could make it again at a cost one can count.",
    ),
    Approach.income: Text(
        "Khi ước tính được doanh thu, khoản tiết kiệm hoặc phí kỳ vụ mà công nghệ mang lại.",
        "When the revenue, the saving or the royalty that the technology brings can be estimated.",
    ),
    Approach.option: Text(
        "Khi giá trị phụ thuộc vào những bước còn có thể thất bại hoặc vào quyền được chờ.",
        "When the value rests on steps that may still fail, or on the right to wait.",
    ),
    Approach.tool: Text(
        "Tính tỷ suất, hệ số, độ nhạy và gộp các kết quả để đưa vào phương pháp ở trên.",
        "Rates, factors, sensitivity and synthesis that feed the methods above.",
    ),
}
UNITS: dict[Unit, Text] = {
    Unit.money: Text("tiền", "money"),
    Unit.rate: Text("%", "%"),
    Unit.years: Text("năm", "years"),
    Unit.factor: Text("hệ số", "factor"),
    Unit.number: Text("số lượng", "number"),
    Unit.level: Text("mức chỉ số", "index level"),
    Unit.year: Text("năm dương lịch", "calendar year"),
    Unit.none: Text("không có đơn vị", "no unit"),
}
# The names of TT 37/2024 read like textbook terms that mean something else.
TRAPS: dict[str, Text] = {
    "mpeem": Text(
        "Thông tư 37/2024/TT-BTC gọi phương pháp này là “thu nhập tăng thêm”. Đó là thu nhập còn lại sau khi trừ phần "
        "đóng góp của các tài sản khác, không phải phần thu nhập chênh lệch của sách giáo khoa.",
        "Circular 37/2024/TT-BTC names this “phương pháp thu nhập tăng thêm”: income left after the contribution of "
        "the other assets, not the incremental income of textbooks.",
    ),
    "with_and_without": Text(
        "Thông tư 37/2024/TT-BTC gọi phương pháp này là “lợi nhuận vượt trội”. Đó là so sánh có và không có tài sản, "
        "không phải phương pháp lợi nhuận vượt trội nhiều kỳ (MPEEM).",
        "Circular 37/2024/TT-BTC names this “phương pháp lợi nhuận vượt trội”: the business with and without the "
        "asset, not the multi-period excess earnings of textbooks.",
    ),
    "incremental_income": Text(
        "Đây là thu nhập tăng thêm theo nghĩa thông thường (giá, chi phí, sản lượng). Phương pháp mang tên “thu nhập "
        "tăng thêm” trong Thông tư 37/2024/TT-BTC là MPEEM.",
        "Incremental income in the ordinary sense (price, cost, volume), and not the “phương pháp "
        "thu nhập tăng thêm” of Circular 37/2024/TT-BTC, which is MPEEM.",
    ),
}
# What a choice among an input's values is called; a value without words is shown as it is written in JSON.
CHOICES: dict[str, Text] = {
    "end_year": Text("Cuối kỳ", "End of the period"),
    "mid_year": Text("Giữa kỳ", "Middle of the period"),
    "per_year": Text("Theo năm", "A year"),
    "per_period": Text("Theo kỳ", "A period"),
    "after_tax": Text("Sau thuế", "After tax"),
    "before_tax": Text("Trước thuế", "Before tax"),
    "none": Text("Không có", "None"),
    "gordon": Text("Tăng trưởng đều (Gordon)", "Steady growth (Gordon)"),
    "exit_multiple": Text("Bán lại theo bội số", "Sale at a multiple"),
    "multiplicative": Text("Nhân lần lượt", "One factor after another"),
    "subtractive": Text("Trừ từng khoản", "Amounts taken off"),
    "additive": Text("Cộng từng khoản", "Amounts added"),
    "rights": Text("Quyền chuyển giao", "Rights"),
    "territory": Text("Lãnh thổ", "Territory"),
    "field": Text("Lĩnh vực sử dụng", "Field of use"),
    "remaining_life": Text("Thời hạn còn lại", "Remaining life"),
    "trl": Text("Mức sẵn sàng (TRL)", "Readiness (TRL)"),
    "date": Text("Thời điểm giao dịch", "Date"),
    "terms": Text("Điều kiện thanh toán", "Terms of payment"),
    "start_up": Text("Khởi nghiệp", "Start-up"),
    "first_stage": Text("Vòng đầu", "First stage"),
    "expansion": Text("Mở rộng", "Expansion"),
    "bridge": Text("Trước khi niêm yết", "Bridge, before listing"),
    "known": Text("Công nghệ và thị trường đã biết", "Known technology, known market"),
    "improvement": Text("Cải tiến", "Improvement"),
    "new_product": Text("Sản phẩm mới, thị trường đã biết", "New product, known market"),
    "new_market": Text("Sản phẩm mới, thị trường mới", "New product, new market"),
    "unproven": Text("Chưa được chứng minh", "Unproven"),
    "extreme": Text("Rủi ro rất cao", "Extreme risk"),
    "cost_of_capital": Text("Chi phí vốn thông thường", "Ordinary cost of capital"),
    "venture": Text("Tỷ suất đầu tư mạo hiểm", "Venture rate"),
    "call": Text("Quyền đầu tư (mua)", "The right to invest (call)"),
    "put": Text("Quyền từ bỏ (bán)", "The right to abandon (put)"),
    "european": Text("Chỉ thực hiện khi hết hạn", "Exercised at the end only (European)"),
    "american": Text("Thực hiện bất cứ lúc nào", "Exercised at any time (American)"),
    "triangular": Text("Tam giác", "Triangular"),
    "pert": Text("PERT", "PERT"),
    "uniform": Text("Đều", "Uniform"),
    "normal": Text("Chuẩn", "Normal"),
    "lognormal": Text("Log chuẩn", "Lognormal"),
    "decision": Text("Lựa chọn", "Decision"),
    "chance": Text("May rủi", "Chance"),
    "end": Text("Kết thúc", "End"),
}


def choice(value: str) -> Text:
    return CHOICES.get(value, Text(value, value))

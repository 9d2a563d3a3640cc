"""The words of the printed report, in both languages."""

from __future__ import annotations

from app.kit.text import Text
from app.valuations.parts import Kind, Origin

# The schedule of a simulation that is drawn, not listed.
HISTOGRAM = "histogram"

TITLES = {
    Kind.reference: Text("Báo cáo định giá tham khảo", "Reference valuation report"),
    Kind.appraisal: Text("Báo cáo thẩm định giá", "Price appraisal report"),
}
KIND_NAMES = {
    Kind.reference: Text("ĐỊNH GIÁ THAM KHẢO", "REFERENCE VALUATION"),
    Kind.appraisal: Text("THẨM ĐỊNH GIÁ", "PRICE APPRAISAL"),
}
KIND_NOTES = {
    Kind.reference: Text(
        "Định giá tham khảo bằng công cụ của sàn; không phải chứng thư thẩm định giá và không thay thế chứng thư.",
        "A reference valuation by the exchange's tools; it is not a certificate of price appraisal and does not take "
        "the place of one.",
    ),
    Kind.appraisal: Text(
        "Thẩm định giá do tổ chức đủ điều kiện thực hiện; chỉ có giá trị theo mục đích, tài sản và thời hạn đã ghi.",
        "A price appraisal by a qualified organisation; it holds only for the purpose, the asset and the term stated.",
    ),
}
LIMITS = {
    Kind.reference: (
        Text(
            "Kết quả để tham khảo khi thương lượng; không dùng thay chứng thư thẩm định giá ở nơi pháp luật yêu cầu.",
            "The result is a reference for negotiation; it does not serve where the law asks for a certificate of "
            "price appraisal.",
        ),
        Text(
            "Giá trị đúng tại ngày định giá với các giả định đã nêu; giả định khác cho giá trị khác.",
            "The value holds at the value date under the assumptions stated; other assumptions give another value.",
        ),
    ),
    Kind.appraisal: (
        Text(
            "Kết quả chỉ dùng theo đúng mục đích, tài sản, thời điểm và thời hạn ghi trong báo cáo.",
            "The result serves only the purpose, the asset, the date and the term stated in the report.",
        ),
        Text(
            "Giá trị đúng tại thời điểm thẩm định giá với các giả định đã nêu; giả định khác cho giá trị khác.",
            "The value holds at the value date under the assumptions stated; other assumptions give another value.",
        ),
    ),
}
ORIGINS = {
    Origin.declared: Text("Khai báo", "Declared"),
    Origin.registry: Text("Đăng bạ", "Registry"),
    Origin.measured: Text("Đo, sổ sách", "Measured"),
    Origin.assumed: Text("Giả định", "Assumed"),
}
DEFAULT = Text("Mặc định", "Default")
NO_ORIGIN = Text("Chưa ghi", "Not stated")
FILE = Text("Tệp", "File")
YES_NO = {True: Text("Có", "Yes"), False: Text("Không", "No")}
YEARS = Text("năm", "years")
CARD = Text("Số thẻ", "Card no.")
TOO_FEW = Text("Không đủ mẫu", "Too few data")
NO_ANSWER = Text("Không có một giá trị chung", "No single value")

PURPOSE = Text("Mục đích", "Purpose")
VALUE_DATE = Text("Ngày định giá", "Value date")
ISSUED_ON = Text("Ngày lập báo cáo", "Date of the report")
VALID_UNTIL = Text("Có hiệu lực đến", "Valid until")
CLIENT = Text("Bên yêu cầu", "Client")
ORGANISATION = Text("Bên thực hiện", "Made by")
NUMBER = Text("Số báo cáo", "Report number")
CERTIFICATE = Text("Số chứng thư", "Certificate number")
RIGHTS = Text("Quyền được định giá", "Rights valued")
OWNER = Text("Chủ sở hữu", "Owner")
IDENTIFIERS = Text("Số hiệu", "Identifiers")
DESCRIPTION = Text("Mô tả", "Description")
CURRENCY = Text("Đồng tiền", "Currency")
VALUE = Text("Giá trị", "Value")
WEIGHTED = Text("Giá trị thống nhất", "Value after synthesis")
RANGE = Text("Khoảng giá trị: {range}", "Range: {range}")

APPROACHES_HEAD = (
    Text("Cách tiếp cận", "Approach"), Text("Phương pháp", "Method"), Text("Giá trị", "Value"),
    Text("Khoảng", "Range"), Text("Trọng số", "Weight"),
)  # fmt: skip
SYNTHESIS_HEAD = (
    Text("Phương pháp", "Method"), Text("Giá trị", "Value"), Text("Trọng số", "Weight"),
    Text("Phần đóng góp", "Share"), Text("Lý do", "Reason"),
)  # fmt: skip
ASSUMPTIONS_HEAD = (
    Text("Đầu vào", "Input"), Text("Giá trị", "Value"), Text("Nguồn gốc", "Origin"),
    Text("Nguồn, bằng chứng", "Source, evidence"), Text("Nhận xét", "Remark"),
)  # fmt: skip
FIGURES_HEAD = (Text("Chỉ tiêu", "Figure"), Text("Giá trị", "Value"))

SPREAD = Text(
    "Các giá trị chênh nhau {spread} so với trung bình, trong mức cho phép {bound}.",
    "The values lie {spread} of their mean apart, within the bound of {bound}.",
)
SPREAD_OVER = Text(
    "Các giá trị chênh nhau {spread} so với trung bình, vượt mức cho phép {bound}. Giải trình:",
    "The values lie {spread} of their mean apart, beyond the bound of {bound}. Explained:",
)
TORNADO_ABOUT = Text(
    "{method}: giá trị {value} thay đổi ra sao khi từng đầu vào một đi từ mức thấp đến mức cao.",
    "{method}: how the value of {value} moves when each input alone goes from its low to its high.",
)
TORNADO_LEGEND = Text(
    "Màu cam: đầu vào ở mức thấp. Màu xanh: đầu vào ở mức cao. Vạch đứng: giá trị với đầu vào đã chọn.",
    "Orange: the input at its low. Green: at its high. The upright line: the value with the inputs as chosen.",
)
HEADINGS = {
    "page": Text("Trang", "Page"),
    "scan": Text("Quét để kiểm tra", "Scan to verify"),
    "approaches": Text("Các cách tiếp cận", "Approaches side by side"),
    "synthesis": Text("Thống nhất kết quả", "Synthesis"),
    "assumptions": Text("Giả định và nguồn gốc", "Assumptions and their origin"),
    "figures": Text("Các chỉ tiêu", "Figures"),
    "tornado": Text("Độ nhạy", "Sensitivity"),
    "distribution": Text("Phân phối mô phỏng", "Simulated distribution"),
    "evidence": Text("Bằng chứng giá", "Price evidence"),
    "limits": Text("Giới hạn sử dụng", "Limits"),
    "signatures": Text("Ký tên", "Signatures"),
    "signed_digitally": Text(
        "Chữ ký số, nếu có, nằm trong chính tệp PDF này; hãy mở bảng chữ ký của trình đọc hoặc trang kiểm tra.",
        "Digital signatures, if any, are inside this very PDF: open your reader's signature panel or the verification "
        "page.",
    ),
    "verify": Text("Kiểm tra báo cáo này", "Verify this report"),
    "verify_how": Text(
        "Mở địa chỉ dưới đây, hoặc tải tệp PDF hay JSON lên trang kiểm tra: máy tính lại mọi con số từ đầu vào.",
        "Open the address below, or give the PDF or JSON to the verification page: every number is computed anew from "
        "the inputs.",
    ),
    "hash": Text("SHA-256 của tệp JSON", "SHA-256 of the JSON"),
}  # fmt: skip

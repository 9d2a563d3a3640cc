"""Technology readiness levels 1-9: what each means and which evidence it asks (scale of ISO 16290:2013, our words)."""

from __future__ import annotations

from dataclasses import dataclass

from app.kit.text import Text


@dataclass(frozen=True, slots=True)
class Level:
    name: Text
    evidence: Text


TRL: dict[int, Level] = {
    1: Level(
        Text("Quan sát được nguyên lý cơ bản", "Basic principles observed"),
        Text("Bài báo hoặc báo cáo nêu nguyên lý.", "A paper or report that states the principle."),
    ),
    2: Level(
        Text("Hình thành ý tưởng ứng dụng", "Concept formulated"),
        Text("Mô tả ứng dụng và phân tích khả thi.", "The application described, feasibility analysed."),
    ),
    3: Level(
        Text("Chứng minh ý tưởng bằng thực nghiệm", "Experimental proof of concept"),
        Text("Kết quả thí nghiệm của các phần chính.", "Experiments on the critical parts."),
    ),
    4: Level(
        Text("Thử trong phòng thí nghiệm", "Validated in the laboratory"),
        Text("Số liệu thử cả mẫu trong phòng thí nghiệm.", "Laboratory figures of the assembled model."),
    ),
    5: Level(
        Text("Thử trong môi trường mô phỏng thực tế", "Validated in a relevant environment"),
        Text("Số liệu thử với điều kiện gần thực tế.", "Figures under near-real conditions."),
    ),
    6: Level(
        Text("Mẫu thử chạy trong môi trường gần thực tế", "Demonstrated in a relevant environment"),
        Text("Mẫu thử quy mô pilot, có nhật ký vận hành.", "A pilot-scale prototype with an operating log."),
    ),
    7: Level(
        Text("Mẫu thử chạy trong môi trường vận hành", "Prototype in an operational environment"),
        Text("Vận hành tại nơi sử dụng, có xác nhận của bên dùng.", "Run on site, confirmed by its user."),
    ),
    8: Level(
        Text("Hệ thống hoàn chỉnh đã kiểm định", "System complete and qualified"),
        Text("Kết quả kiểm định, chứng nhận phù hợp.", "Qualification results, certificates of conformity."),
    ),
    9: Level(
        Text("Đã chứng minh trong vận hành thực tế", "Proven in operation"),
        Text("Hợp đồng, sản lượng, phản hồi của khách hàng.", "Contracts, output, customers' feedback."),
    ),
}

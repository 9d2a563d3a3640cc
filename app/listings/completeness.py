"""How complete a listing is: what is required to go to review, and what is worth adding, with why. Pure."""

from __future__ import annotations

from collections.abc import Callable

from app.kit.text import Text
from app.listings.schemas import Completeness, Content, Gap

Test = Callable[[Content], bool]


def _long(value: str | None, least: int) -> bool:
    return len(value or "") >= least


# field, form step, points, required?, test, what to do and why
RULES: list[tuple[str, str, int, bool, Test, Text]] = [
    ("title_vi", "introduction", 6, True, lambda c: _long(c.title_vi, 10),
     Text("Đặt tên từ 10 ký tự, nói rõ công nghệ làm gì.", "Give a title of 10 characters or more that says what it does.")),
    ("summary_vi", "introduction", 10, True, lambda c: _long(c.summary_vi, 100),
     Text("Viết tóm tắt từ 100 ký tự: làm gì, cho ai, tốt hơn ở đâu.", "Write a summary of 100 characters or more: what, for whom, what is better.")),
    ("field", "introduction", 6, True, lambda c: bool(c.field),
     Text("Chọn lĩnh vực khoa học để người mua lọc được.", "Choose the field of science, so that buyers can filter.")),
    ("priority", "introduction", 3, False, lambda c: bool(c.priority),
     Text("Chọn lĩnh vực ưu tiên để Sở và doanh nghiệp thấy.", "Choose the priority field; the Department and companies look there.")),
    ("ipc", "introduction", 4, False, lambda c: bool(c.ipc),
     Text("Thêm phân nhóm IPC: người tra cứu sáng chế tìm theo mã này.", "Add IPC subclasses: patent searchers look for them.")),
    ("keywords", "introduction", 3, False, lambda c: len(c.keywords) >= 3,
     Text("Thêm ít nhất 3 từ khóa để dễ được tìm thấy.", "Add three keywords or more, to be found.")),
    ("problem_vi", "story", 7, True, lambda c: _long(c.problem_vi, 80),
     Text("Nêu vấn đề của người dùng (từ 80 ký tự).", "State the user's problem (80 characters or more).")),
    ("solution_vi", "story", 10, True, lambda c: _long(c.solution_vi, 150),
     Text("Mô tả giải pháp hoạt động thế nào (từ 150 ký tự).", "Describe how it works (150 characters or more).")),
    ("advantages_vi", "story", 7, True, lambda c: _long(c.advantages_vi, 60),
     Text("Nêu ưu điểm có số liệu (từ 60 ký tự).", "State advantages with figures (60 characters or more).")),
    ("comparison", "story", 8, False, lambda c: bool(c.comparison),
     Text("Thêm bảng so sánh với một giải pháp đang dùng: người mua quyết định nhanh hơn.", "Add a comparison with what is used today: buyers decide faster.")),
    ("applications_vi", "story", 4, False, lambda c: _long(c.applications_vi, 30),
     Text("Kể các ứng dụng cụ thể.", "Name concrete applications.")),
    ("target_users_vi", "story", 2, False, lambda c: bool(c.target_users_vi),
     Text("Nói rõ ai dùng được ngay.", "Say who can use it at once.")),
    ("trl", "readiness", 6, True, lambda c: c.trl is not None,
     Text("Chọn mức sẵn sàng công nghệ (TRL).", "Choose the technology readiness level (TRL).")),
    ("trl_evidence_vi", "readiness", 6, False, lambda c: _long(c.trl_evidence_vi, 40),
     Text("Nêu bằng chứng cho TRL: thử ở đâu, bao lâu, kết quả.", "Give evidence for the TRL: where, how long, with what result.")),
    ("limits_vi", "readiness", 3, False, lambda c: _long(c.limits_vi, 20),
     Text("Nêu giới hạn đã biết: tạo niềm tin hơn là giấu.", "State known limits: honesty builds trust.")),
    ("rights", "asset", 5, False, lambda c: bool(c.rights),
     Text("Khai quyền sở hữu trí tuệ (hoặc bí quyết).", "Declare IP rights (or know-how).")),
    ("owners", "asset", 5, True, lambda c: bool(c.owners),
     Text("Khai chủ sở hữu và tỷ lệ, tổng 100 %.", "Declare the owners and shares, 100 % together.")),
    ("funding", "asset", 3, False, lambda c: c.funding is not None,
     Text("Chọn nguồn kinh phí: quyết định nghĩa vụ đăng ký hợp đồng.", "Choose the funding: it decides the duty to register the contract.")),
    ("offers", "offer", 8, True, lambda c: bool(c.offers),
     Text("Thêm ít nhất một phương án chào bán.", "Add one way to buy or more.")),
    ("cooperation_vi", "offer", 4, False, lambda c: _long(c.cooperation_vi, 30),
     Text("Nói bạn mong gì ở đối tác và hỗ trợ được gì.", "Say what you expect of a partner and what support comes along.")),
]  # fmt: skip


def assess(content: Content, locale: str = "vi") -> Completeness:
    """Score out of 100 (share of the points reached, rounded down) and the gaps, required ones first."""
    reached, gaps = 0, []
    for field, step, points, required, test, advice in RULES:
        if test(content):
            reached += points
        else:
            gaps.append(Gap(field=field, step=step, text=advice.get(locale), points=points, required=required))
    total = sum(rule[2] for rule in RULES)
    gaps.sort(key=lambda g: (not g.required, -g.points))
    return Completeness(score=reached * 100 // total, gaps=gaps)


def missing(content: Content) -> dict[str, Text]:
    """What blocks submission: field -> advice."""
    return {f: advice for f, _, _, required, test, advice in RULES if required and not test(content)}

"""How complete a need is: what is required to go to review, and what is worth adding, with why. Pure."""

from __future__ import annotations

from collections.abc import Callable

from app.kit.text import Text
from app.needs.schemas import Completeness, Content, Gap, NeedKind

Test = Callable[[Content], bool]


def _long(value: str | None, least: int) -> bool:
    return len(value or "") >= least


def _measured(c: Content) -> bool:
    return any(m.baseline is not None for m in c.metrics)


def _aimed(c: Content) -> bool:
    return any(m.target is not None or m.minimum is not None for m in c.metrics)


# field, form step, points, required?, test, what to do and why
RULES: list[tuple[str, str, int, bool, Test, Text]] = [
    ("title", "task", 6, True, lambda c: _long(c.title, 10),
     Text("Đặt tên từ 10 ký tự, nói rõ cần giải quyết việc gì.", "Give a title of 10 characters or more that says what is to be solved.")),
    ("summary", "task", 8, True, lambda c: _long(c.summary, 60),
     Text("Viết tóm tắt từ 60 ký tự: đây là phần mọi người đọc được.", "Write a summary of 60 characters or more: it is what everyone reads.")),
    ("problem", "task", 10, True, lambda c: _long(c.problem, 60),
     Text("Mô tả vấn đề (từ 60 ký tự): bên có công nghệ cần hiểu đang vướng ở đâu.", "Describe the problem (60 characters or more): suppliers need to see where it hurts.")),
    ("field", "task", 6, True, lambda c: bool(c.field),
     Text("Chọn lĩnh vực để nhu cầu tới đúng người.", "Choose the field, so that the need reaches the right people.")),
    ("ordering_authority", "task", 6, True, lambda c: c.kind is not NeedKind.public_order or bool(c.ordering_authority),
     Text("Nêu cơ quan đặt hàng.", "Name the ordering authority.")),
    ("keywords", "task", 3, False, lambda c: len(c.keywords) >= 3,
     Text("Thêm ít nhất 3 từ khóa: công nghệ viết bằng từ khác vẫn tìm thấy bạn.", "Add three keywords or more: technologies worded otherwise still find you.")),
    ("process", "task", 6, False, lambda c: _long(c.process, 30),
     Text("Nói đang làm thế nào: biết điểm xuất phát mới biết cải thiện được bao nhiêu.", "Say how it is done today: gains are counted from there.")),
    ("tried", "task", 4, False, lambda c: _long(c.tried, 20),
     Text("Kể đã thử gì và vì sao chưa được: tránh nhận lại đề xuất cũ.", "Tell what was tried and why it failed, or it will be proposed again.")),
    ("metrics", "measure", 8, False, _measured,
     Text("Thêm một chỉ số có số đo hiện tại: không có mốc thì không chứng minh được hiệu quả.", "Add a figure as measured today: without a baseline no effect can be shown.")),
    ("metrics", "measure", 8, False, _aimed,
     Text("Nêu mục tiêu và mức tối thiểu chấp nhận của chỉ số.", "Give the target and the least you accept.")),
    ("criteria", "measure", 10, True, lambda c: bool(c.criteria),
     Text("Thêm ít nhất một tiêu chí nghiệm thu: giữ nguyên từ khi công bố, mọi đề xuất đo như nhau.", "Add one acceptance criterion or more: it stays fixed once published, so that all are measured alike.")),
    ("must_haves", "measure", 6, False, lambda c: bool(c.must_haves),
     Text("Nêu điều bắt buộc: đề xuất không đạt sẽ không làm mất thời gian của bạn.", "State the must-haves: what lacks them will not cost you time.")),
    ("constraints", "measure", 4, False, lambda c: _long(c.constraints, 20),
     Text("Nêu ràng buộc (mặt bằng, điện, quy định): lộ sớm thì rẻ.", "Name constraints (space, power, rules): early is cheap.")),
    ("trl", "terms", 5, False, lambda c: c.trl_min is not None,
     Text("Chọn mức sẵn sàng chấp nhận (TRL): quyết định cần mua ngay hay cùng phát triển.", "Choose the accepted readiness (TRL): ready to buy, or to develop together.")),
    ("modes", "terms", 4, False, lambda c: bool(c.modes),
     Text("Chọn hình thức chuyển giao mong muốn.", "Choose the wanted mode of transfer.")),
    ("budget", "terms", 8, False, lambda c: c.budget_min is not None or c.budget_max is not None,
     Text("Nêu khoảng ngân sách: đề xuất sát khả năng của bạn hơn, và bạn chọn ai được xem.", "Give a budget band: proposals fit better, and you choose who sees it.")),
    ("deadline", "terms", 8, True, lambda c: c.deadline is not None,
     Text("Đặt hạn nhận đề xuất: hết hạn thì nhu cầu tự khép.", "Set the deadline for proposals: the need ends by itself then.")),
    ("decision_maker", "terms", 3, False, lambda c: bool(c.decision_maker),
     Text("Ghi vai trò người quyết định (không công khai): ai đó phải gật đầu.", "Note who decides (kept private): somebody has to nod.")),
    ("pilot_site", "terms", 3, False, lambda c: bool(c.pilot_site),
     Text("Nêu nơi có thể chạy thử: có chỗ thử thì bên bán đi nhanh hơn.", "Name a pilot site: with one, suppliers move faster.")),
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

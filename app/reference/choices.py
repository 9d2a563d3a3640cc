"""Words both sides of the market choose from: how a technology passes on, and how far the rights go."""

from __future__ import annotations

from app.kit.workflow import Choice, labels


class TransferMode(Choice):
    assignment = "assignment"
    licence = "licence"
    capital_contribution = "capital_contribution"
    joint_development = "joint_development"
    service = "service"
    trial = "trial"


labels(
    TransferMode,
    assignment=("Chuyển nhượng quyền sở hữu", "Assignment"),
    licence=("Chuyển quyền sử dụng", "Licence"),
    capital_contribution=("Góp vốn bằng công nghệ", "Capital contribution"),
    joint_development=("Hợp tác phát triển", "Joint development"),
    service=("Dịch vụ kỹ thuật, đào tạo", "Technical service"),
    trial=("Dùng thử, chuyển giao tạm thời", "Trial, temporary transfer"),
)


class Exclusivity(Choice):
    exclusive = "exclusive"
    sole = "sole"
    non_exclusive = "non_exclusive"


labels(
    Exclusivity,
    exclusive=("Độc quyền", "Exclusive"),
    sole=("Độc quyền, chủ sở hữu vẫn dùng", "Sole"),
    non_exclusive=("Không độc quyền", "Non-exclusive"),
)

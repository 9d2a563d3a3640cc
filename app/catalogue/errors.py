"""Refusals of the catalogue."""

from __future__ import annotations

from app.kit.errors import Conflict
from app.kit.text import Text


def too_many(limit: int) -> Conflict:
    return Conflict(
        "too_many_searches",
        Text(
            "Bạn đã lưu {n} tìm kiếm, là số tối đa. Hãy xóa bớt một tìm kiếm rồi lưu lại.",
            "You have saved {n} searches, which is the most. Delete one, then save again.",
        ).format(n=limit),
    )

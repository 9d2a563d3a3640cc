"""Budget bands by which needs are found, in đồng. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.kit.text import Text

# slug -> (from, below); None is open.
BANDS: Mapping[str, tuple[int, int | None]] = {
    "to_500m": (0, 500_000_000),
    "to_2b": (500_000_000, 2_000_000_000),
    "to_10b": (2_000_000_000, 10_000_000_000),
    "above_10b": (10_000_000_000, None),
}
LABELS: Mapping[str, Text] = {
    "to_500m": Text("Dưới 500 triệu", "Below 500 m VND"),
    "to_2b": Text("500 triệu – 2 tỷ", "500 m – 2 bn VND"),
    "to_10b": Text("2 – 10 tỷ", "2 – 10 bn VND"),
    "above_10b": Text("Từ 10 tỷ", "10 bn VND and more"),
}


def bands(low: int | None, high: int | None) -> list[str]:
    """The bands a budget touches; none when nothing is said. An upper end alone stands for itself."""
    if low is None and high is None:
        return []
    first = low if low is not None else high
    last = high if high is not None else low
    assert first is not None and last is not None  # noqa: S101, PT018 - one of them is given
    return [slug for slug, (start, end) in BANDS.items() if last >= start and (end is None or first < end)]

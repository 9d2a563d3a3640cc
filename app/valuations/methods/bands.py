"""Bands of discount rates for early technology (khoảng tỷ suất): looked up, never computed.

Each says where it comes from; the defaults by readiness level are the exchange's own assumption. High rates fold in
failure: a method that weighs flows by chances of success takes an ordinary cost of capital instead.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import Approach, Inputs, Method, Note, OutOfRange, Result, Source, Unit, field
from app.valuations.methods.flows import RATE, Whole, figure


class VentureStage(StrEnum):
    """Stage of a venture, by its round of finance."""

    start_up = "start_up"
    first_stage = "first_stage"
    expansion = "expansion"
    bridge = "bridge"


class Novelty(StrEnum):
    """How new technology and market are to those who will use it."""

    known = "known"
    improvement = "improvement"
    new_product = "new_product"
    new_market = "new_market"
    unproven = "unproven"
    extreme = "extreme"


def _band(low: str, high: str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


# Returns asked by venture capital, folding in failure.
VENTURE: dict[VentureStage, tuple[Decimal, Decimal]] = {
    VentureStage.start_up: _band("0.50", "0.70"),
    VentureStage.first_stage: _band("0.40", "0.60"),
    VentureStage.expansion: _band("0.30", "0.50"),
    VentureStage.bridge: _band("0.20", "0.35"),
}
# Risk-adjusted hurdle rates after R. Razgaitis.
HURDLE: dict[Novelty, tuple[Decimal, Decimal]] = {
    Novelty.known: _band("0.15", "0.20"),
    Novelty.improvement: _band("0.20", "0.30"),
    Novelty.new_product: _band("0.25", "0.35"),
    Novelty.new_market: _band("0.30", "0.40"),
    Novelty.unproven: _band("0.40", "0.60"),
    Novelty.extreme: _band("0.50", "1.00"),
}
# The exchange's own starting points by technology readiness level: an assumption, to be changed with reasons.
READINESS: dict[int, tuple[Decimal, Decimal]] = {
    **dict.fromkeys((1, 2, 3), _band("0.50", "0.70")),
    **dict.fromkeys((4, 5), _band("0.40", "0.60")),
    **dict.fromkeys((6, 7), _band("0.30", "0.45")),
    8: _band("0.20", "0.35"),
    9: _band("0.12", "0.20"),
}


class RateBandInputs(Inputs):
    """What to look the band up by: exactly one of readiness level, venture stage and novelty."""

    trl: Whole | None = field(
        Unit.level, "Mức sẵn sàng công nghệ (TRL)", "Technology readiness level "
        "(TRL)", default=None, ge=1, le=9, example=6,
        help_vi="1 là nguyên lý cơ bản, 9 là đã vận hành thực tế. Khoảng theo TRL là giả định của sàn.",
        help_en="1 is basic principles, 9 is proven in operation. The bands by TRL are the exchange's assumption.",
    )  # fmt: skip
    stage: VentureStage | None = field(
        Unit.none, "Giai đoạn gọi vốn", "Venture stage", default=None,
        help_vi="Tỷ suất các quỹ mạo hiểm đòi hỏi, đã gồm rủi ro thất bại.",
        help_en="The returns venture capital asks for, failure folded in.",
    )  # fmt: skip
    novelty: Novelty | None = field(
        Unit.none, "Độ mới của công nghệ và thị trường", "Novelty of technology and market", default=None,
        help_vi="Từ công nghệ và thị trường đã biết (known) đến cực kỳ rủi ro (extreme).",
        help_en="From known technology in a known market (known) to extreme risk (extreme).",
    )  # fmt: skip


_BAND_NOTES = {
    "trl": Note(
        code="assumption_trl", vi="Giả định: khoảng tỷ suất theo TRL do sàn đề xuất, không lấy từ nguồn nào; hãy "
        "sửa và nêu lý do.",
        en="Assumption: the bands by TRL are the exchange's proposal, taken from no source; change them with reasons.",
    ),
    "stage": Note(
        code="assumption_stage", vi="Giả định: khoảng tỷ suất theo giáo trình, chưa đối chiếu bản gốc; đã gồm rủi "
        "ro thất bại, nên "
        "không nhân thêm xác suất thành công.",
        en="Assumption: textbook bands, not compared with the original; failure is folded in, so do not weigh by "
        "chances of success as well.",
    ),
    "novelty": Note(
        code="assumption_novelty", vi="Giả định: tỷ suất điều chỉnh rủi ro theo Razgaitis, chưa đối chiếu bản gốc; "
        "không nhân thêm xác "
        "suất thành công.",
        en="Assumption: risk-adjusted hurdle rates after Razgaitis, not compared with the original; do not weigh by "
        "chances of success as well.",
    ),
}  # fmt: skip


def rate_band(inputs: RateBandInputs) -> Result:
    """The band of the one key given: `low`, `high` and their middle as the value. A lookup, always with a note that
    it is an assumption."""
    given = [name for name in _BAND_NOTES if getattr(inputs, name) is not None]
    if len(given) != 1:
        raise OutOfRange(given[1] if given else "trl", _ONE_KEY)
    if inputs.trl is not None:
        low, high = READINESS[inputs.trl]
    elif inputs.stage is not None:
        low, high = VENTURE[inputs.stage]
    else:
        low, high = HURDLE[inputs.novelty or Novelty.known]
    middle = (low + high) / 2
    return Result(
        method="rate_band", unit=RATE, value=middle, low=low, high=high,
        figures=(
            figure("low", "Cận dưới", "Lower bound", RATE, low),
            figure("middle", "Điểm giữa", "Middle", RATE, middle),
            figure("high", "Cận trên", "Upper bound", RATE, high),
        ),
        notes=(_BAND_NOTES[given[0]],),
    )  # fmt: skip


_ONE_KEY = Text(
    "Chọn đúng một trong ba: TRL (1 đến 9), giai đoạn gọi vốn, hoặc độ mới.",
    "Choose exactly one of three: TRL (1 to 9), venture stage, or novelty.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="rate_band", approach=Approach.tool, vi="Khoảng tỷ suất theo mức rủi ro", en="Band of rates by risk",
        about_vi="Tra khoảng tỷ suất theo TRL, giai đoạn gọi vốn hoặc độ mới. Luôn là giả định, cần sửa theo tài sản.",
        about_en="Looks up a band by TRL, venture stage or novelty. Always an assumption, to be fitted to the asset.",
        formula="lookup; value = (low + high)/2",
        inputs=RateBandInputs, function=rate_band,
        sources=(
            Source("S. Bhagat, 2013 (venture capital rates)"), Source("R. Razgaitis, hurdle rates"),
            Source("Giả định của sàn theo TRL / the exchange's assumption by TRL"),
        ),
    ),
)  # fmt: skip

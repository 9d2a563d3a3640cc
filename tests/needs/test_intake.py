"""What is read out of a plain description, and what never happens whatever is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.text import nfc
from app.needs import intake
from app.needs.schemas import Content

TODAY = date(2026, 11, 24)


def _read(text: str) -> dict[str, object]:
    return {s.field: s.value for s in intake.read(text, TODAY)[1]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ngân sách khoảng 1,5 - 3 tỷ đồng.", {"budget_min": 1_500_000_000, "budget_max": 3_000_000_000}),
        ("Kinh phí không quá 800 triệu.", {"budget_max": 800_000_000}),
        ("ngan sach duoi 1.200.000.000 dong", {"budget_max": 1_200_000_000}),
        ("Thiệt hại 2 tỷ mỗi năm.", {}),
        ("Xong trước 30/6/2027.", {"deadline": "2027-06-30"}),
        ("Cần trước hết tháng 2/2027", {"deadline": "2027-02-28"}),
        ("Nghiệm thu quý II/2027.", {"deadline": "2027-06-30"}),
        ("Bắt đầu từ 1/1/2020, ngày 31/02/2027.", {}),
        ("Công nghệ TRL 7-9.", {"trl_min": 7, "trl_max": 9}),
        ("Chấp nhận TRL từ 5", {"trl_min": 5}),
        ("Nhà máy ở Hà Tĩnh.", {"province": 42}),
        ("nha may o ha tinh", {"province": 42}),
        ("Cần độc quyền tại Việt Nam.", {"exclusivity": "exclusive"}),
        ("Không cần độc quyền, chỉ xin li-xăng.", {"exclusivity": "non_exclusive", "modes": ["licence"]}),
    ],
)
def test_it_reads(text: str, expected: dict[str, object]) -> None:
    found = _read(text)
    for field in ("budget_min", "budget_max", "deadline", "trl_min", "trl_max", "province", "exclusivity", "modes"):
        assert found.get(field) == expected.get(field), field


def test_figures_become_metrics() -> None:
    text = (
        "Hiện tỷ lệ phế phẩm trung bình là 8 %. Cần giảm tiêu thụ điện từ 1,2 kWh/kg xuống 0,8 kWh/kg. "
        "Độ ẩm sau sấy phải dưới 12 %."
    )
    metrics = Content.model_validate({"title": "x" * 10, **intake.read(text, TODAY)[0]}).metrics
    assert [(m.name, m.unit) for m in metrics] == [
        ("tỷ lệ phế phẩm", "%"), ("tiêu thụ điện", "kWh/kg"), ("Độ ẩm sau sấy", "%")
    ]  # fmt: skip
    assert metrics[0].baseline == 8
    assert (metrics[1].baseline, metrics[1].target, metrics[1].better) == (Decimal("1.2"), Decimal("0.8"), "less")
    assert (metrics[2].minimum, metrics[2].better) == (12, "less")


def test_certificates_and_classes() -> None:
    found = _read("Xử lý nước thải dệt nhuộm đạt QCVN 40:2011, nhà máy theo ISO 14001.")
    assert found["ipc"] == ["C02F"]
    assert found["field"] == "2.7"
    assert [r["text"] for r in found["must_haves"]] == ["QCVN 40:2011", "ISO 14001"]  # type: ignore[attr-defined,index]


PIECES = st.sampled_from(
    ["ngân sách", "từ", "đến", "5", "1,5", "tỷ", "triệu", "TRL", "9", "xuống", "%", "kWh", "30/6/2027", "31/02/2027",
     "Hà Nội", "độc quyền", "ISO 9001", ".", "\n", "hiện", "dưới", "99999999999999999999", "quý", "IV", "2027"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=40).map(" ".join)))
def test_nothing_is_lost_and_everything_fits(text: str) -> None:
    values, suggested = intake.read(text, TODAY)
    content = Content.model_validate({"title": "Một nhu cầu", **values})
    assert (content.problem or "") == nfc(text).strip()
    flat = " ".join(nfc(text).split()).lower()
    for s in suggested:
        assert s.field in values
        if s.field not in ("ipc", "field"):
            assert s.said.rstrip("…").lower() in flat

"""A calculator in Chromium: figures typed, the result and the chart beside them, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import AXE, World
from tests.journeys.test_pages import axe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_result_appears_as_one_types(
    visit: Callable[..., Any], world: World, shoot: Callable[[Any, str], None], width: int
) -> None:
    page = visit(width=width)
    page.set_default_timeout(60_000)
    page.goto("/valuations/calculators/relief_from_royalty")
    result = page.locator("#result")
    assert "kết quả hiện ở đây khi bạn gõ" in result.inner_text()
    for name, value in (("discount_rate", "25"), ("tax_rate", "20"), ("royalty_rate", "5")):
        page.fill(f"[name={name}]", value)
    result.get_by_text("Cần thêm để tính").wait_for()
    assert result.locator("a[href='#f-revenue']").count() == 1
    page.fill("[name=revenue]", "20 tỷ\n26 tỷ\n32 tỷ")
    result.locator(".value").wait_for()
    # 5 % of 20, 26, 32 bn after 20 % tax, at 25 %: 640 + 665.6 + 655.36 m, to the đồng.
    assert "1.960.960.000 ₫" in result.inner_text().replace("\u00a0", " ")
    assert result.locator("figure svg[role=img] rect").count() == 4
    page.locator("#working textarea").wait_for()
    assert page.locator("#working tbody tr").count() >= 3
    page.fill("[name=discount_rate]", "250")
    result.get_by_text("từ 0 đến 2").wait_for()
    page.fill("[name=discount_rate]", "25")
    result.locator(".value").wait_for()
    assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")
    page.evaluate(AXE.read_text("utf-8"))
    assert axe(page) == []
    shoot(page, f"calculator-{width}")
    # The button is a form's own: the same result on a page of its own, nothing lost.
    with page.expect_navigation():
        page.get_by_role("button", name="Tính", exact=True).click()
    assert page.input_value("[name=revenue]") == "20 tỷ\n26 tỷ\n32 tỷ"
    assert "1.960.960.000 ₫" in page.locator("#result").inner_text().replace("\u00a0", " ")


def test_the_first_estimate_narrows(visit: Callable[..., Any], world: World, shoot: Callable[[Any, str], None]) -> None:
    page = visit(width=390)
    page.set_default_timeout(60_000)
    page.goto("/valuations/first-estimate")
    page.select_option("[name=revenue]", "to_20bn")
    page.locator("#result .value").wait_for()
    first = page.locator("#result .value").inner_text()
    page.locator("#result li", has_text="nếu trả lời").first.wait_for()
    page.select_option("[name=trl]", "9")
    page.wait_for_function("was => document.querySelector('#result .value').innerText !== was", arg=first)
    page.evaluate(AXE.read_text("utf-8"))
    assert axe(page) == []
    shoot(page, "first-estimate-390")

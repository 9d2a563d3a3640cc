"""Incremental income (thu nhập chênh lệch): what a technology adds by price, cost, volume, or over a usual return.

Not "phương pháp thu nhập tăng thêm" of TT 37/2024/TT-BTC, which is MPEEM.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import Approach, Method, Number, OutOfRange, Result, Unit, rate
from app.valuations.methods.flows import (
    MONEY,
    ONE,
    TT32,
    TT37,
    ZERO,
    Amounts,
    Flows,
    Taxed,
    amounts,
    column,
    discount,
    figure,
    table,
    valued,
)  # fmt: skip

_EACH = ("Mỗi kỳ một số, hoặc một số dùng cho mọi kỳ.", "One a period, or one for all periods.")


def _per_unit(vi: str, en: str, help_vi: str, help_en: str, **rest: Any) -> Any:
    return amounts(vi, en, needed=False, help_vi=f"{help_vi} {_EACH[0]}", help_en=f"{help_en} {_EACH[1]}", **rest)


class IncrementalInputs(Taxed):
    """Fill in what the technology changes: price, cost, volume, or an excess per unit; or else the whole income and the
    usual return on the capital that earns it."""

    volume: Amounts = _per_unit(
        "Sản lượng khi có công nghệ", "Volume with the technology", "Số đơn vị bán mỗi kỳ.", "Units sold in a period.",
        unit=Unit.number, example=["100000", "120000", "120000"],
    )  # fmt: skip
    volume_without: Amounts = _per_unit(
        "Sản lượng khi không có", "Volume without", "Bỏ trống: như khi có công nghệ.", "Empty: as with the technology.",
        unit=Unit.number,
    )  # fmt: skip
    price: Amounts = _per_unit(
        "Giá bán khi có công nghệ", "Price with the technology", "Của một đơn vị.", "Of one unit.", example=["200000"]
    )  # fmt: skip
    price_without: Amounts = _per_unit(
        "Giá bán khi không có", "Price without", "Của một đơn vị; cần khi có giá bán hoặc sản lượng khác nhau.",
        "Of one unit; needed with a price, or where volumes differ.", example=["175000"],
    )  # fmt: skip
    cost: Amounts = _per_unit(
        "Chi phí khi có công nghệ", "Cost with the technology", "Của một đơn vị.", "Of one unit.", example=["35000"]
    )  # fmt: skip
    cost_without: Amounts = _per_unit(
        "Chi phí khi không có", "Cost without", "Của một đơn vị; cần khi có chi phí hoặc sản lượng khác nhau.",
        "Of one unit; needed with a cost, or where volumes differ.", example=["40000"],
    )  # fmt: skip
    excess_per_unit: Flows = _per_unit(
        "Lợi nhuận thêm trên một đơn vị", "Excess profit per unit", "Dùng khi chỉ biết phần chênh lệch.",
        "Where only the difference is known.",
    )  # fmt: skip
    income: Flows = _per_unit(
        "Thu nhập của cả hoạt động", "Income of the whole activity",
        "Dùng cùng vốn và tỷ suất ngành, không cùng các mục trên.",
        "Goes with capital and the industry's return, not with what is above.",
    )  # fmt: skip
    capital: Amounts = _per_unit(
        "Vốn sử dụng", "Capital employed", "Vốn tạo ra thu nhập trên.", "The capital that earns this income."
    )  # fmt: skip
    industry_return: Number | None = rate(
        "Tỷ suất lợi nhuận của ngành", "Industry return", default=None, le=2,
        help_vi="Của một kỳ, dạng phần của một: phần thu nhập vốn này vẫn có nếu không có công nghệ.",
        help_en="Of one period, as a fraction of one: what this capital would earn without the technology.",
    )  # fmt: skip


_PER_UNIT = ("volume_without", "price", "price_without", "cost", "cost_without", "excess_per_unit")
_SERIES = ("volume", *_PER_UNIT, "income", "capital")
_NEEDS = Text("Cần mục này (từ 0 trở lên) cùng với “{name}”.", "This is needed (0 or more) with “{name}”.")
_NOTHING = Text(
    "Nhập sản lượng cùng giá, chi phí hoặc lợi nhuận thêm; hoặc thu nhập cùng vốn và tỷ suất ngành.",
    "Give a volume with prices, costs or an excess; or an income with capital and the industry's return.",
)
_NOT_BOTH = Text(
    "Thu nhập của cả hoạt động đã gồm giá, chi phí và sản lượng: chỉ dùng một trong hai cách để không tính hai lần.",
    "The income of the whole activity holds price, cost and volume: use one of the two ways, so that nothing counts "
    "twice.",
)


def _need(inputs: IncrementalInputs, name: str, given: str) -> None:
    """OutOfRange where `given` is filled in and `name`, which it needs, is not."""
    value = getattr(inputs, name)
    if value is None or value == ():
        extra = IncrementalInputs.model_fields[given].json_schema_extra
        titles = extra if isinstance(extra, dict) else {}
        raise OutOfRange(
            name, Text(_NEEDS.vi.format(name=titles.get("title_vi")), _NEEDS.en.format(name=titles.get("title_en")))
        )


def _hold_together(inputs: IncrementalInputs) -> None:
    given = [name for name in _SERIES if getattr(inputs, name)]
    whole = [name for name in given if name in {"income", "capital"}]
    if whole or inputs.industry_return is not None:
        if len(given) > len(whole):
            raise OutOfRange(next(name for name in given if name not in whole), _NOT_BOTH)
        for name in ("income", "capital", "industry_return"):
            _need(inputs, name, whole[0] if whole else "industry_return")
        return
    if not given or given == ["volume"]:
        raise OutOfRange("volume" if not given else "excess_per_unit", _NOTHING)
    for name in given:
        _need(inputs, "volume", name)
    pairs = (("price", "price_without"), ("cost", "cost_without"))
    for name, other in pairs:
        if getattr(inputs, name):
            _need(inputs, other, name)
        if inputs.volume_without:
            _need(inputs, other, "volume_without")
        if getattr(inputs, other) and not inputs.volume_without:
            _need(inputs, name, other)


def _effects(inputs: IncrementalInputs, count: int) -> dict[str, list[Decimal]]:
    """What each change adds before tax, period by period. Price and cost effects are at the volume with the technology,
    the volume effect at the margin without it, so that together they are (P₂−C₂)Q₂ − (P₁−C₁)Q₁."""
    whole = {
        name: inputs.spread(getattr(inputs, name), count, whole=True)
        for name in ("price", "price_without", "cost", "cost_without", "excess_per_unit", "capital")
    }
    volume = inputs.spread(inputs.volume, count)
    without = inputs.spread(inputs.volume_without, count) if inputs.volume_without else volume
    income = inputs.spread(inputs.income, count)
    effects: dict[str, list[Decimal]] = {name: [] for name in ("price", "cost", "volume", "unit", "return")}
    for i in range(count):
        part = inputs.first_period if i == 0 else ONE
        p1, c1 = whole["price_without"][i], whole["cost_without"][i]
        effects["price"].append((whole["price"][i] - p1) * volume[i] if inputs.price else ZERO)
        effects["cost"].append((c1 - whole["cost"][i]) * volume[i] if inputs.cost else ZERO)
        effects["volume"].append((volume[i] - without[i]) * (p1 - c1))
        effects["unit"].append(whole["excess_per_unit"][i] * volume[i])
        usual = whole["capital"][i] * (inputs.industry_return or ZERO) * part
        effects["return"].append(income[i] - usual)
    return effects


def incremental_income(inputs: IncrementalInputs) -> Result:
    """Σ increment_i·(1−t)/(1+r)^x_i, times the TAB factor where a tax life is given; the increment is
    [(P₂−P₁) + (C₁−C₂)]·Q₂ + (Q₂−Q₁)(P₁−C₁) + excess·Q₂, or income − capital·industry return. Prices and costs are money
    per unit, volumes units a period. Figures `increment_first`, `increment_after_tax_first`, then as in `valued`."""
    tax = inputs.tax()
    _hold_together(inputs)
    count = inputs.count(**{name: getattr(inputs, name) for name in _SERIES})
    effects = _effects(inputs, count)
    before = [sum(line, ZERO) for line in zip(*effects.values(), strict=True)]
    taxes = [amount * tax for amount in before]
    done = discount([a - b for a, b in zip(before, taxes, strict=True)], inputs)
    found = valued(inputs, done.total, taxes)
    return Result(
        method="incremental_income", unit=MONEY, value=found.value,
        figures=(
            figure(
                "increment_first", "Chênh lệch kỳ đầu trước thuế", "Increment of the first period before tax",
                MONEY, before[0],
            ),
            figure(
                "increment_after_tax_first", "Chênh lệch kỳ đầu", "Increment of the first period", MONEY,
                done.flows[0],
            ),
            *found.figures,
        ),
        schedules=(
            table(
                done, (column("price_effect", "Nhờ giá", "By price"), effects["price"]),
                (column("cost_effect", "Nhờ chi phí", "By cost"), effects["cost"]),
                (column("volume_effect", "Nhờ sản lượng", "By volume"), effects["volume"]),
                (column("unit_effect", "Nhờ phần thêm mỗi đơn vị", "By excess per unit"), effects["unit"]),
                (column("return_effect", "Trên tỷ suất ngành", "Over the industry's return"), effects["return"]),
                (column("increment", "Chênh lệch trước thuế", "Increment before tax"), before),
                (column("tax", "Thuế", "Tax"), taxes),
            ),
        ),
        notes=found.notes,
    )  # fmt: skip


METHODS: tuple[Method[Any], ...] = (
    Method(
        name="incremental_income", approach=Approach.income, vi="Thu nhập chênh lệch (giá, chi phí, sản lượng)",
        en="Incremental income (price, cost, volume)",
        about_vi="Phần lợi nhuận công nghệ mang lại nhờ bán giá cao hơn, chi phí thấp hơn, bán nhiều hơn, hoặc vượt "
        "tỷ suất "
        "ngành. Không phải “phương pháp thu nhập tăng thêm” của TT 37/2024, vốn là MPEEM.",
        about_en="What the technology adds by a higher price, a lower cost, more sales, or over the industry's "
        "return. Not "
        "“phương pháp thu nhập tăng thêm” of TT 37/2024, which is MPEEM.",
        formula="increment = [(P₂−P₁)+(C₁−C₂)]·Q₂ + (Q₂−Q₁)(P₁−C₁) + excess·Q₂, or income − capital·return; "
        "V = Σ increment_i(1−t)/(1+r)^x_i · TAB factor",
        inputs=IncrementalInputs, function=incremental_income, sources=(TT37, TT32),
    ),
)  # fmt: skip

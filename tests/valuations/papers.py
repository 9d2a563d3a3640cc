"""Methods made for tests, and papers over them: what the report does must not hang on which methods there are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    Approach,
    Column,
    Figure,
    Inputs,
    Method,
    Number,
    OutOfRange,
    Result,
    Schedule,
    Source,
    Unit,
    field,
    money,
    rate,
)
from app.valuations.paper import Paper, read_paper


class Rent(Inputs):
    yearly: Number = money("Thu nhập mỗi năm", "Income a year", example=Decimal(1000000000))
    years: int = field(Unit.number, "Số năm", "Years", ge=1, le=40, default=5)
    r: Number = rate("Tỷ suất chiết khấu", "Discount rate", example=Decimal("0.15"))


def _rent(inputs: Rent) -> Result:
    if inputs.r == inputs.yearly:
        raise OutOfRange("r", Text("Không hợp lệ.", "These do not hold together."))
    rows = []
    total = Decimal(0)
    for i in range(1, inputs.years + 1):
        present = inputs.yearly / (1 + inputs.r) ** i
        total += present
        rows.append((Decimal(i), inputs.yearly, present))
    columns = (
        Column(key="year", vi="Năm", en="Year", unit=Unit.number),
        Column(key="income", vi="Thu nhập", en="Income", unit=Unit.money),
        Column(key="present", vi="Giá trị hiện tại", en="Present value", unit=Unit.money),
    )
    return Result(
        method="rent",
        unit=Unit.money,
        value=total,
        low=total * Decimal("0.9"),
        high=total * Decimal("1.1"),
        figures=(Figure(key="annuity", vi="Hệ số", en="Factor", unit=Unit.factor, value=total / inputs.yearly),),
        schedules=(Schedule(key="flows", vi="Dòng tiền", en="Cash flows", columns=columns, rows=tuple(rows)),),
    )


class Sale(Inputs):
    price: Number = money("Giá", "Price")
    n: int = field(Unit.number, "Số giao dịch", "Sales", ge=0, le=100)


def _sale(inputs: Sale) -> Result:
    if inputs.n < 3:
        return Result(method="sale", unit=Unit.money, value=None, enough=False)
    return Result(method="sale", unit=Unit.money, value=inputs.price)


class Share(Inputs):
    a: Number = rate("Tỷ lệ", "Share")


def _share(inputs: Share) -> Result:
    return Result(method="share", unit=Unit.rate, value=inputs.a / 3)


def _method(name: str, approach: Approach, inputs: Any, function: Any) -> Method[Any]:
    source = (Source("Sách giáo khoa", "1"),)
    return Method(name, approach, name.title(), name.title(), "", "", "a / b", inputs, function, source)


METHODS: dict[str, Method[Any]] = {
    "rent": _method("rent", Approach.income, Rent, _rent),
    "sale": _method("sale", Approach.market, Sale, _sale),
    "share": _method("share", Approach.tool, Share, _share),
}


def data(**changes: Any) -> dict[str, Any]:
    """A paper's JSON: an income and a market calculation and a tool, a synthesis, a tornado."""
    return {
        "asset": {"name": "Quy trình sấy thăng hoa", "rights": "Quyền sở hữu", "identifiers": ["1-0054675"]},
        "purpose": "Chuyển nhượng",
        "value_date": "2026-11-30",
        "calculations": [
            {
                "key": "income",
                "method": "rent",
                "inputs": {"yearly": 1000000000.10, "r": "0.15"},
                "notes": [
                    {"path": "yearly", "origin": "declared", "source": "Bên bán", "evidence": "a" * 64},
                    {"path": "r", "origin": "assumed", "remark": "TRL 7"},
                    {"path": "years", "origin": "registry", "source": "Cục SHTT"},
                ],
            },
            {"key": "market", "method": "sale", "inputs": {"price": 3400000000, "n": 3}},
            {"key": "share", "method": "share", "inputs": {"a": 0.5}},
        ],
        "synthesis": {
            "weights": [
                {"calculation": "income", "weight": "0.7", "reason": "Dòng tiền có căn cứ."},
                {"calculation": "market", "weight": "0.3", "reason": "Ít giao dịch."},
            ]
        },
        "sensitivity": {
            "calculation": "income",
            "swings": [{"path": "r", "low": "0.12", "high": "0.2"}, {"path": "yearly", "low": 8e8, "high": 1.4e9}],
        },
        **changes,
    }


def paper(**changes: Any) -> Paper:
    return read_paper(data(**changes))

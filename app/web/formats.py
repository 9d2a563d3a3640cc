"""How values read in each language: amounts, dates, numbers. Pure functions; the templates' filters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import vn_money
from babel.dates import format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.kit import clock
from app.kit.money import EXPONENTS, Money

_UNITS = {
    "vi": ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn")),
    "en": ((10**9, "bn"), (10**6, "m"), (10**3, "k")),
}
_SYMBOLS = {"VND": "₫"}
_TURNED = str.maketrans(",.", ".,")


_GROUP = {"vi": ".", "en": ","}


def number(value: int | Decimal | float | None, locale: str) -> str:
    if type(value) is int:  # every count of every facet: written here, a tenth of the time
        return f"{value:,}".replace(",", _GROUP[locale])
    return "" if value is None else str(format_decimal(value, locale=locale))


def decimal(value: Decimal, locale: str) -> str:
    """Every digit the number has: 1.234,5 in Vietnamese, 1,234.5 in English; no trailing zeros."""
    whole, _, rest = f"{value:,f}".partition(".")
    text = f"{whole}.{rest.rstrip('0')}".rstrip(".")
    return text.translate(_TURNED) if locale == "vi" else text


def sign(currency: str) -> str:
    """How the currency is written beside an amount."""
    return _SYMBOLS.get(currency, currency)


def _minor(value: Money | int, currency: str) -> tuple[int, str]:
    return (value.amount, value.currency) if isinstance(value, Money) else (value, currency)


@lru_cache(maxsize=4096)
def money(value: Money | int | None, locale: str, currency: str = "VND") -> str:
    """1.250.000.000 ₫ in Vietnamese, 1,250,000,000 ₫ in English; minor units shown when the currency has them."""
    if value is None:
        return ""
    amount, currency = _minor(value, currency)
    exponent = EXPONENTS[currency]
    exact = Decimal(amount).scaleb(-exponent)
    text = format_decimal(exact, locale=locale, format="#,##0" + (f".{'0' * exponent}" if exponent else ""))
    return f"{text}\u00a0{_SYMBOLS.get(currency, currency)}"


@lru_cache(maxsize=4096)
def money_short(value: Money | int | None, locale: str, currency: str = "VND") -> str:
    """1,25 tỷ ₫ / 1.25 bn ₫: at most two decimals, for cards and tables."""
    if value is None:
        return ""
    amount, currency = _minor(value, currency)
    if EXPONENTS[currency]:
        return money(amount, locale, currency)
    for size, unit in _UNITS[locale]:
        if abs(amount) >= size:
            short = format_decimal(Decimal(amount) / size, locale=locale, format="#,##0.##")
            return f"{short}\u00a0{unit}\u00a0{_SYMBOLS.get(currency, currency)}"
    return money(amount, locale, currency)


def money_words(value: int) -> str:
    """The amount read out in Vietnamese, as contracts and forms repeat it."""
    return f"{vn_money.to_words(value)} đồng".capitalize() if 0 <= value <= vn_money.MAX_SAFE_AMOUNT else ""


def day(value: date | datetime | None, locale: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(clock.VIETNAM).date()
    return value.strftime("%d/%m/%Y") if locale == "vi" else f"{value.day} {value.strftime('%b %Y')}"


def moment(value: datetime | None, locale: str) -> str:
    if value is None:
        return ""
    local = value.astimezone(clock.VIETNAM)
    return f"{day(local, locale)} {local:%H:%M}" if locale == "en" else f"{local:%H:%M} {day(local, locale)}"


def ago(value: datetime | None, locale: str) -> str:
    if value is None:
        return ""
    return str(format_timedelta(value - clock.now(), add_direction=True, locale=locale))


def paragraphs(value: str | None) -> Markup:
    """Plain text as paragraphs and "- " lists; everything is escaped, nothing is interpreted as HTML."""
    out: list[str] = []
    items: list[str] = []

    def close() -> None:
        if items:
            out.append("<ul>" + "".join(f"<li>{i}</li>" for i in items) + "</ul>")
            items.clear()

    for raw in (value or "").splitlines():
        line = raw.strip()
        if line.startswith(("- ", "• ", "* ")):
            items.append(str(escape(line[2:])))
        elif line:
            close()
            out.append(f"<p>{escape(line)}</p>")
    close()
    return Markup("".join(out))  # noqa: S704 - every piece was escaped above


def highlight(value: str, ranges: list[tuple[int, int]]) -> Markup:
    """Mark character ranges of plain text; the text itself is escaped."""
    out, at = [], 0
    for start, end in ranges:
        if start < at or end > len(value):
            continue
        out.append(f"{escape(value[at:start])}<mark>{escape(value[start:end])}</mark>")
        at = end
    out.append(str(escape(value[at:])))
    return Markup("".join(out))  # noqa: S704 - every piece was escaped above

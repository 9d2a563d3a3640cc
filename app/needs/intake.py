"""From a plain description to the fields of a need: what a reader would underline, as suggestions. Pure.

Nothing is invented: every suggestion carries the words it was read from, and stays marked until the asker has saved
the field. The whole description is kept as the problem, so nothing is lost when nothing is understood.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from typing import Any

from pydantic import ValidationError

from app import reference
from app.kit.text import fold, nfc, one_line
from app.needs.schemas import Content, Suggested

MAX_METRICS = 6
NUMBER = r"\d{1,3}(?:[. ]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
UNIT = (
    r"%|‰|°C|độ C|kWh/(?:tấn|m3|m³|kg|ngày)|kWh|MWh|kW|MW|mg/(?:l|L|lít|Nm3|m3|m³)|µg/m3|m[3³]/(?:ngày|giờ|h)"
    r"|(?:tấn|kg|lít|sản phẩm|chiếc|con|hồ sơ|xe)/(?:ngày|giờ|h|năm|tháng|phút|ca|ha)|m2|m²|m3|m³|tấn|kg|lít|ppm|ppb"
    r"|dBA?|mm|cm|km|giây|phút|giờ|ngày|bar|MPa|CFU/ml|lux|NTU|ca"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_FALL = re.compile(
    rf"(?:từ|from)\s+(?:khoảng\s+)?(?P<a>{NUMBER})\s*(?P<ua>{UNIT})?\s+(?P<way>xuống|giảm còn|còn|lên|down to|up to|to)"
    rf"\s+(?:dưới|còn|khoảng|tối đa|ít nhất|trên|below)?\s*(?P<b>{NUMBER})\s*(?P<ub>{UNIT})",
    re.IGNORECASE,
)
_FIGURE = re.compile(rf"(?<![\d.,/:])(?P<n>{NUMBER})\s*(?P<u>{UNIT})(?![\w/])", re.IGNORECASE)
_NOW = re.compile(r"hiện|đang|currently|today|trung bình", re.IGNORECASE)
_MOST = re.compile(r"(?:dưới|không quá|tối đa|nhỏ hơn|below|under|at most|≤|<)\s*$", re.IGNORECASE)
_LEAST = re.compile(r"(?:trên|ít nhất|tối thiểu|từ|đạt|hơn|at least|above|≥|>)\s*$", re.IGNORECASE)
_SCALE = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tr": 10**6, "million": 10**6, "tỷ": 10**9, "tỉ": 10**9,
          "ty": 10**9, "trieu": 10**6, "billion": 10**9, "đồng": 1, "vnd": 1, "vnđ": 1, "đ": 1}  # fmt: skip


def _money(number: str, unit: str) -> str:
    return (
        rf"(?P<{number}>{NUMBER})\s*"
        rf"(?P<{unit}>nghìn|ngàn|triệu|trieu|tr|tỷ|tỉ|ty|million|billion|đồng|vnđ|vnd|đ)?(?!\w)"
    )


_CUE = r"(?:ngân sách|ngan sach|kinh phí|kinh phi|mức đầu tư|đầu tư|budget|có thể chi|dự toán|chi phí tối đa)"
_BUDGET = re.compile(
    rf"{_CUE}[^.\d\n]{{0,40}}?(?P<most>dưới|không quá|tối đa|duoi|khong qua|toi da|up to|below)?\s*"
    + _money("a", "ua")
    + rf"(?:\s*(?:-|–|đến|den|tới|to)\s*{_money('b', 'ub')})?",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<!\d)(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>20\d\d)(?!\d)|(?P<iso>20\d\d-\d\d-\d\d)")
_MONTH = re.compile(r"(?:tháng|thang)\s*(?P<m>\d{1,2})\s*(?:/|năm|nam|-)\s*(?P<y>20\d\d)", re.IGNORECASE)
_QUARTER = re.compile(r"(?:quý|quy)\s*(?P<q>IV|I{1,3}|[1-4])\s*(?:/|năm|nam|-)?\s*(?P<y>20\d\d)", re.IGNORECASE)
_TRL = re.compile(
    r"TRL\s*(?:từ|>=|≥|tối thiểu|at least|from)?\s*(?P<a>[1-9])(?:\s*(?:-|–|đến|to|tới)\s*(?P<b>[1-9]))?(?!\d)",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(
    r"\b(?:ISO(?:/IEC)?\s?\d{3,5}(?::\d{4})?|QCVN\s?\d+[-\w]*(?::\d{4})?(?:/[A-ZĐ]+)?|TCVN\s?\d+(?::\d{4})?|HACCP|GMP|VietGAP|GlobalGAP|IP6[5-8])\b"
)
_MODES = (
    ("assignment", re.compile(r"mua đứt|chuyển nhượng|buy outright|assignment", re.IGNORECASE)),
    ("licence", re.compile(r"li-?xăng|cấp phép sử dụng|chuyển quyền sử dụng|licen[cs]e", re.IGNORECASE)),
    ("joint_development", re.compile(r"hợp tác phát triển|cùng (?:nghiên cứu|phát triển)|co-?develop", re.IGNORECASE)),
    ("service", re.compile(r"thuê dịch vụ|dịch vụ kỹ thuật|technical service", re.IGNORECASE)),
)  # fmt: skip
_NOT_EXCLUSIVE = re.compile(r"không độc quyền|không cần độc quyền|non-?exclusive", re.IGNORECASE)
_EXCLUSIVE = re.compile(r"độc quyền|exclusive", re.IGNORECASE)
# FORD field of what an IPC class is mostly about; the longest symbol known wins.
FIELD_OF_CLASS: Mapping[str, str] = {
    "A01": "4.1", "A01K": "4.2", "A23": "2.11", "A61": "3.2", "A61B": "2.6", "A61K": "3.4", "B": "2.3", "B01D": "2.4",
    "B09": "2.7", "C": "2.4", "C02": "2.7", "C04": "2.5", "C08": "2.5", "C12": "2.9", "C22": "2.5", "D": "2.5",
    "E": "2.1", "F": "2.3", "G": "2.2", "G06": "1.2", "H": "2.2", "H04": "2.2",
}  # fmt: skip
_LEADING = re.compile(
    r"^(?:và|của|là|cho|với|thì|mà|để|cần|phải|muốn|hiện|nay|tại|đang|chúng|tôi|chỉ|còn|khoảng|giảm|tăng|đạt|mất|có|dưới"
    r"|trên|từ|tới|đến|mỗi|một|trung|bình|ít|nhất|tối|đa|thiểu|không|quá)\s+",
    re.IGNORECASE,
)


def figure(text: str) -> Decimal | None:
    """A number as Vietnamese or English write it: "1.250,5", "0.8", "3,5"."""
    plain = text.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", plain):
        plain = plain.replace(".", "")
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def money(number: str, unit: str | None) -> int | None:
    """đồng; None for a number too small to be an amount."""
    value = figure(number)
    if value is None:
        return None
    amount = int(value * _SCALE.get((unit or "").lower(), 1))
    return amount if 10**6 <= amount <= 10**14 else None


_TAIL = (
    "là", "phải", "cần", "khoảng", "dưới", "trên", "từ", "xuống", "còn", "đạt", "ở mức", "tối đa", "tối thiểu",
    "ít nhất", "không quá", "lên", "tới", "đến", "hơn", "mất", "chiếm", "giảm", "tăng", "trung bình", "hiện", "nay",
    "hiện nay", "đang", "<", ">", "≤", "≥",
)  # fmt: skip


def _name(before: str) -> str:
    """The words a figure is about: the end of its clause, without what leads in."""
    clause = re.split(r"[,;:.()\n]", before)[-1]
    words = clause.split()[-9:]
    name = " ".join(words)
    while (shorter := _LEADING.sub("", name)) != name:
        name = shorter
    name = re.sub(rf"(?:\s+(?:{'|'.join(_TAIL)}))+$", "", name, flags=re.IGNORECASE)
    return name.strip(" -–")


def _metrics(text: str) -> list[tuple[dict[str, Any], str]]:
    found: list[tuple[dict[str, Any], str]] = []
    for sentence in _SENTENCE.split(text):
        taken: list[tuple[int, int]] = []
        for m in _FALL.finditer(sentence):
            name = _name(sentence[: m.start()])
            if len(name) > 2:
                values = {"baseline": figure(m["a"]), "target": figure(m["b"])}
                unit = m["ub"] or m["ua"]
                found.append(({"name": name[:120], "unit": unit, **values}, one_line(sentence)))
                taken.append(m.span())
        for m in _FIGURE.finditer(sentence):
            if any(a <= m.start() < b for a, b in taken):
                continue
            before = sentence[: m.start()]
            name = _name(before)
            if len(name) < 4:
                continue
            value = figure(m["n"])
            if _MOST.search(before):
                said = {"minimum": value, "better": "less"}
            elif _LEAST.search(before):
                said = {"minimum": value, "better": "more"}
            elif _NOW.search(before):
                said = {"baseline": value}
            else:
                continue
            found.append(({"name": name[:120], "unit": m["u"], **said}, one_line(sentence)))
    return found[:MAX_METRICS]


def _deadline(text: str, today: date) -> tuple[date, str] | None:
    """The earliest day named that still lies ahead: "trước 30/6/2027", "hết tháng 6/2027", "quý II/2027"."""
    days: list[tuple[date, str]] = []
    for m in _DAY.finditer(text):
        try:
            made = date.fromisoformat(m["iso"]) if m["iso"] else date(int(m["y"]), int(m["m"]), int(m["d"]))
        except ValueError:
            continue
        days.append((made, m[0]))
    for m in _MONTH.finditer(text):
        month, year = int(m["m"]), int(m["y"])
        if 1 <= month <= 12:
            days.append((date(year, month, calendar.monthrange(year, month)[1]), m[0]))
    for m in _QUARTER.finditer(text):
        number = {"I": 1, "II": 2, "III": 3, "IV": 4}.get(m["q"].upper()) or int(m["q"])
        year, month = int(m["y"]), number * 3
        days.append((date(year, month, calendar.monthrange(year, month)[1]), m[0]))
    ahead = [d for d in days if today < d[0] <= today + timedelta(days=3650)]
    return min(ahead, default=None)


def _province(text: str) -> tuple[int, str] | None:
    marked = text != fold(text) and any(c in text.lower() for c in "àáạảãâăèéêìíòóôơùúưỳýđ")
    spoken = text.lower() if marked else fold(text)
    best: tuple[int, int, str] | None = None
    for p in reference.provinces():
        for written in {p.name.vi, p.name.vi.removeprefix("TP. ")}:
            wanted = written.lower() if marked else fold(written)
            m = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", spoken)
            if m and (best is None or m.start() < best[0]):
                best = (m.start(), p.code, text[m.start() : m.end()] if len(spoken) == len(text) else written)
    return (best[1], best[2]) if best else None


@lru_cache
def _terms() -> tuple[tuple[str, str], ...]:
    """(folded phrase of a subclass' label, symbol), longest first."""
    made = []
    for code, label in reference.ipc_labels().items():
        if len(code) < 3:
            continue
        for phrase in re.split(r"[,;()]| và | and |/", f"{label.vi};{label.en}"):
            plain = " ".join(fold(phrase).split())
            if len(plain.split()) >= 2 and len(plain) >= 8:
                made.append((plain, code))
    return tuple(sorted(made, key=lambda t: -len(t[0])))


def _classes(text: str) -> list[tuple[str, str]]:
    """(symbol, the words that name it), the most telling first."""
    plain = fold(text)
    found: dict[str, str] = {}
    for phrase, code in _terms():
        words = r"\W+".join(re.escape(w) for w in phrase.split())
        if m := re.search(rf"(?<!\w){words}(?!\w)", plain):
            found.setdefault(code, text[m.start() : m.end()] if len(plain) == len(text) else phrase)
    return list(found.items())[:3]


def field_of(code: str) -> str | None:
    return next((FIELD_OF_CLASS[code[:n]] for n in (4, 3, 1) if code[:n] in FIELD_OF_CLASS), None)


def _title(text: str) -> str:
    first = one_line(_SENTENCE.split(text.strip())[0]).rstrip(".!?")
    return first if len(first) <= 120 else first[:119].rsplit(" ", 1)[0] + "…"


Read = Iterable[tuple[str, Any, str]]  # field, value, the words it was read from


def _head(text: str, today: date) -> Read:
    yield "title", _title(text), _title(text)
    head = one_line(" ".join(_SENTENCE.split(text.strip())[:2]))
    if len(head) <= 600:
        yield "summary", head, head


def _measures(text: str, today: date) -> Read:
    metrics = _metrics(text)
    if metrics:
        yield "metrics", [m for m, _ in metrics], metrics[0][1]
    certificates = list(dict.fromkeys(m[0] for m in _CERTIFICATE.finditer(text)))[:5]
    if certificates:
        asked = [{"kind": "certification", "text": c, "keywords": [c]} for c in certificates]
        yield "must_haves", asked, certificates[0]


def _budget(text: str, today: date) -> Read:
    m = _BUDGET.search(text)
    if not m:
        return
    high = money(m["b"], m["ub"]) if m["b"] else None
    low = money(m["a"], m["ua"] or (m["ub"] if m["b"] else None))
    if high is not None and low is not None and low < high:
        yield "budget_min", low, m[0]
        yield "budget_max", high, m[0]
    elif low is not None:
        yield "budget_max", low, m[0]


def _readiness(text: str, today: date) -> Read:
    if m := _TRL.search(text):
        yield "trl_min", int(m["a"]), m[0]
        if m["b"] and int(m["b"]) >= int(m["a"]):
            yield "trl_max", int(m["b"]), m[0]


def _when_and_where(text: str, today: date) -> Read:
    if day := _deadline(text, today):
        yield "deadline", day[0].isoformat(), day[1]
    if place := _province(text):
        yield "province", place[0], place[1]


def _subject(text: str, today: date) -> Read:
    classes = _classes(text)
    if classes:
        yield "ipc", [code for code, _ in classes if len(code) == 4], classes[0][1]
        yield "field", field_of(classes[0][0]), classes[0][1]


def _rights(text: str, today: date) -> Read:
    modes = [(mode, m[0]) for mode, pattern in _MODES if (m := pattern.search(text))]
    if modes:
        yield "modes", [mode for mode, _ in modes], modes[0][1]
    if m := _NOT_EXCLUSIVE.search(text):
        yield "exclusivity", "non_exclusive", m[0]
    elif m := _EXCLUSIVE.search(text):
        yield "exclusivity", "exclusive", m[0]


READERS = (_head, _measures, _budget, _readiness, _when_and_where, _subject, _rights)


def read(description: str, today: date) -> tuple[dict[str, Any], list[Suggested]]:
    """(values of `UpdateNeed`, what of them is only suggested). The description itself is the problem, whole."""
    text = nfc(description).strip()
    values: dict[str, Any] = {"problem": text}
    suggested: list[Suggested] = []
    if not text:
        return values, suggested
    for field, value, said in chain.from_iterable(reader(text, today) for reader in READERS):
        if value in (None, "", []):
            continue
        try:
            checked = Content.model_validate({**values, field: value}).model_dump(mode="json")[field]
        except ValidationError:
            continue  # not what the form takes: the words stand in the problem
        values[field] = value
        suggested.append(Suggested(field=field, value=checked, said=one_line(said)[:300]))
    return values, suggested

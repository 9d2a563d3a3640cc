"""The language of the search field: `field:value` beside plain words, numbers that name one thing, "ipc of ...".

Pure: it says what was meant, and looks nothing up. Whatever does not make sense stays ordinary text, so nothing
anyone types is an error. Quotes and the leading minus are read by the index itself (`search.query`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app import reference
from app.kit.text import fold, nfc

IPC = re.compile(r"([A-H](?:\d{2}(?:[A-Z])?)?)(?:\s*(\d{1,4}/\d{1,6}))?", re.IGNORECASE)
_TERM = re.compile(
    r"(?<!\S)(?P<name>[^\W\d_]{2,10}):\s?"
    r"(?:\"(?P<quoted>[^\"]*)(?:\"|$)|(?P<plain>[A-Ha-h]\d{2}[A-Za-z]\s\d{1,4}/\d{1,6}|[^\s\"]+))"
)
NAMES = {"ipc": "ipc", "org": "org", "donvi": "org", "mst": "mst", "trl": "trl", "field": "field", "linhvuc": "field"}
_QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"'))


@dataclass(frozen=True, slots=True)
class Term:
    """`values` are the facet's slugs (one, or the alternatives), or the text to look an organisation up by."""

    name: str
    values: tuple[str, ...]
    written: str  # as it stands in the question, so that it can be taken out again
    also: str = ""  # words that a filter cannot hold: the group of an IPC symbol


@dataclass(frozen=True, slots=True)
class Understood:
    text: str
    terms: tuple[Term, ...] = ()


def understand(question: str) -> Understood:
    """The terms of the question, and the words beside them."""
    question = nfc(question).translate(_QUOTES)
    if ":" not in question:
        return Understood(question)
    terms: list[Term] = []

    def take(found: re.Match[str]) -> str:
        name = NAMES.get(fold(found["name"]))
        value = (found["quoted"] if found["quoted"] is not None else found["plain"]).strip()
        read = _READERS[name](value) if name and value else None
        if read is None or len(terms) >= 10:
            return found[0]
        assert name is not None  # noqa: S101 - read is only set with a name
        values, also = read
        terms.append(Term(name, values, found[0], also))
        return f' "{also}" ' if also else " "

    text = " ".join(_TERM.sub(take, question).split())
    return Understood(text, tuple(terms))


def without(question: str, term: Term) -> str:
    """The question with that term taken out."""
    return " ".join(nfc(question).translate(_QUOTES).replace(term.written, " ", 1).split())


Read = tuple[tuple[str, ...], str]


def _ipc(value: str) -> Read | None:
    found = IPC.fullmatch(value)
    if found is None or (found[2] and len(found[1]) < 4):
        return None
    code = found[1].upper()
    return (code,), f"{code} {found[2]}" if found[2] else ""


def _trl(value: str) -> Read | None:
    found = re.fullmatch(r"(>=|<=|>|<|≥|≤)?([1-9])(?:(\+)|(?:-|–|\.\.)([1-9]))?", value)
    if found is None or (found[1] and (found[3] or found[4])):
        return None
    low = high = int(found[2])
    if found[4]:
        low, high = sorted((low, int(found[4])))
    elif found[3] or found[1] in (">=", "≥"):
        high = 9
    elif found[1] in ("<=", "≤"):
        low = 1
    elif found[1] == ">":
        low, high = low + 1, 9
    elif found[1] == "<":
        low, high = 1, high - 1
    return (tuple(str(n) for n in range(low, high + 1)) or ("none",)), ""


def _field(value: str) -> Read | None:
    """A code, or a name in either language, whole or its beginning or a part."""
    if value in reference.fields():
        return (value,), ""
    wanted = fold(value)
    if len(wanted) < 3:
        return None
    names = {c: (fold(f.name.vi), fold(f.name.en)) for c, f in reference.fields().items()}
    for fits in (lambda n: n == wanted, lambda n: n.startswith(wanted), lambda n: wanted in n):
        codes = tuple(c for c, both in names.items() if any(fits(n) for n in both))
        if codes:
            return codes, ""
    return None


def _org(value: str) -> Read | None:
    return ((value[:120],), "") if any(c.isalnum() for c in value) else None


def _mst(value: str) -> Read | None:
    digits = re.sub(r"[\s.\-–]", "", value)
    return ((digits,), "") if digits.isdigit() and len(digits) in (10, 13) else None


_READERS: dict[str | None, Callable[[str], Read | None]] = {
    "ipc": _ipc, "org": _org, "mst": _mst, "trl": _trl, "field": _field,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a bare number may name: a listing by its reference, a right by its number, an organisation by its MST."""

    number: int | None = None
    compact: tuple[str, ...] = ()
    tax_code: str = ""


_LABEL = re.compile(r"^(?:mst|ma so thue|so don|so bang|so dang ky|ma ho so|tax code|no)\s*[:.]?\s*(?=[\w])")
_NUMBER = re.compile(r"[a-z]{0,4}[\d\s./–-]*\d[\d\s./a-z–-]*")


def identifier(question: str) -> Identifier | None:
    """None when the question is no bare identifier."""
    text = fold(nfc(question)).strip().strip("#\"'").strip()
    labelled = _LABEL.sub("", text)
    if not labelled or len(labelled) > 40:
        return None
    if found := re.fullmatch(r"cn[\s.#–-]*0*(\d{1,9})", labelled):
        return Identifier(number=int(found[1]))
    compact = "".join(c for c in labelled if c.isalnum())
    digits = sum(c.isdigit() for c in compact)
    if not _NUMBER.fullmatch(labelled) or digits < 5 or len(compact) - digits > 5 or len(labelled.split()) > 5:
        return None
    writings = (compact, compact.removeprefix("vn"), f"vn{compact}")
    return Identifier(
        compact=tuple(dict.fromkeys(writings)),
        tax_code=compact if compact.isdigit() and len(compact) in (10, 13) else "",
    )


_IPC_OF = re.compile(r"(?:(?:ma|lop|nhom|phan loai)\s+)?ipc\s+(?:of|for|cua|cho|ve|nao)\s+(.+)")


def ipc_of(question: str) -> str:
    """ "ipc của xử lý nước" -> "xử lý nước": a question about the classification itself, else empty."""
    text = " ".join(nfc(question).split())
    found = _IPC_OF.fullmatch(fold(text))
    return text[found.start(1) :] if found and len(fold(text)) == len(text) else ""


UNITS = {"ty": 10**9, "bn": 10**9, "b": 10**9, "trieu": 10**6, "tr": 10**6, "m": 10**6, "nghin": 1000, "ngan": 1000,
         "k": 1000}  # fmt: skip


def amount(text: str) -> int | None:
    """ "1,25 tỷ", "250tr", "1.250.000.000 ₫" -> đồng; None when it is no amount."""
    plain = re.sub(r"\s*(?:₫|d|vnd|dong)$", "", fold(text).strip())
    found = re.fullmatch(r"(\d[\d.,\s]*)\s*([a-z]*)", plain)
    if found is None:
        return None
    digits = re.sub(r"\s", "", found[1])
    if not found[2]:
        whole = re.sub(r"[.,]", "", digits)
        return int(whole) if len(whole) <= 16 else None
    unit = UNITS.get(found[2])
    number = digits.rstrip(".,").replace(",", ".")
    if unit is None or number.count(".") > 1 or len(number) > 12:
        return None
    return round(float(number) * unit)

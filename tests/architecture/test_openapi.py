"""The API describes itself fully: programs are written from this document."""

from __future__ import annotations

import re
from typing import Any

import pytest

METHODS = ("get", "post", "put", "patch", "delete")
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def document(app: Any) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()
    return found


def operations(document: dict[str, Any]) -> list[Operation]:
    return [(m, path, item[m]) for path, item in document["paths"].items() for m in METHODS if m in item]


def test_is_a_valid_document(document: dict[str, Any]) -> None:
    """References lead somewhere, path parameters are declared, schemas are JSON Schema."""
    from jsonschema import Draft202012Validator

    assert document["openapi"].startswith("3.1")
    names = set(document["components"]["schemas"])
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
    assert set(re.findall(r"'#/components/schemas/([^']+)'", str(document))) <= names
    for method, path, operation in operations(document):
        declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), f"{method} {path}"


def test_operations_are_told_apart(document: dict[str, Any]) -> None:
    ids = [o["operationId"] for _, _, o in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [f"{m.upper()} {p}" for m, p, o in operations(document) if not (o.get("description") or "").strip()]
    assert silent == []


def test_every_operation_has_one_tag(document: dict[str, Any]) -> None:
    assert [f"{m} {p}" for m, p, o in operations(document) if len(o.get("tags", [])) != 1] == []


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        refusals = {code: r for code, r in operation["responses"].items() if code[0] in "45"}
        assert refusals, f"{method} {path}"
        for code, answer in refusals.items():
            if not path.startswith("/api/v1"):
                continue
            assert set(answer.get("content", {})) <= {"application/problem+json"}, f"{method} {path} {code}"


def test_what_binds_needs_a_key(document: dict[str, Any]) -> None:
    """Every verb under a security scheme, but for the doors one enters by."""
    open_doors = {"/accounts", "/tokens", "/password-resets", "/password-resets/confirm"}
    open_doors |= {"/introductions/verify"}  # binds nobody: whoever has a receipt may check it
    schemes = document["components"].get("securitySchemes", {})
    assert schemes
    for method, path, operation in operations(document):
        if method != "get" and path.removeprefix("/api/v1") not in open_doors:
            assert operation.get("security"), f"{method} {path}"

"""The API tried by a machine that has read its description: nothing crashes, every answer is one that was described.

Bounded here; EXAMPLES=200 searches longer. The worker and the database are real, over HTTP.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from tests.journeys.conftest import World

EXAMPLES = int(os.environ.get("EXAMPLES", "3"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
SCHEMA = schemathesis.openapi.from_dict(create_app().openapi())
# Real things for half of the walk, so that it gets past the door; made-up ids for the other half.
REAL = {"listing_id": "published", "deal_id": "deal", "offer_id": "countered"}


WHO = ("", "university", "company", "operator")


# One test an operation: reading its schema takes far longer than calling it. The boundary values of every field
# (schemathesis calls that phase coverage) are tried by one person, for a body is read in the same way whoever sends it;
# generated examples are tried by all.
@pytest.mark.slow
@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_operation(case: Any, world: World) -> None:
    made_up = dict(case.path_parameters or {})
    boundary = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    for who in ("university",) if boundary else WHO:
        case.path_parameters = dict(made_up)
        for name, key in REAL.items():
            if who in ("university", "company") and name in made_up:
                case.path_parameters[name] = world.ids[key]
        headers = {"Authorization": world.clients[who].headers["Authorization"]} if who else {}
        answer = case.call(base_url=world.site.url, headers=headers)
        try:
            case.validate_response(answer, checks=CHECKS)
        except Exception as failure:
            failure.add_note(f"called as {who or 'a stranger'}")
            raise

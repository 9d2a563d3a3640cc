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


@pytest.mark.slow
@pytest.mark.parametrize("who", ["", "university", "company", "operator"], ids=lambda who: who or "stranger")
@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_operation(case: Any, world: World, who: str) -> None:
    for name, key in REAL.items():
        if who in ("university", "company") and name in (case.path_parameters or {}):
            case.path_parameters[name] = world.ids[key]
    headers = {"Authorization": world.clients[who].headers["Authorization"]} if who else {}
    answer = case.call(base_url=world.site.url, headers=headers)
    case.validate_response(answer, checks=CHECKS)

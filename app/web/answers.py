"""JSON answers: a view is written by Pydantic itself, once; FastAPI's second validation is not needed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

# What every operation may answer instead; the schema is put into the document by app.web.errors.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}


def answer(view: BaseModel, status: int = 200) -> Response:
    return Response(view.model_dump_json(), status, media_type="application/json")

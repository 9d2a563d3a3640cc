"""Refusals on the wire: RFC 9457 problem documents for the API, designed pages for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.kit.actor import ANONYMOUS
from app.kit.errors import DomainError, NotFound, Unauthenticated
from app.kit.text import Text
from app.web import forms
from app.web.actor import locale_of
from app.web.templating import render

log = logging.getLogger("santex.web")

STATUS_TEXT = {
    400: Text("Yêu cầu không hợp lệ.", "The request is not valid."),
    404: NotFound.text,
    405: Text("Địa chỉ này không nhận kiểu yêu cầu đó.", "This address does not take that method."),
    413: Text("Dữ liệu gửi lên quá lớn.", "What you sent is too large."),
    500: Text(
        "Có lỗi ở phía chúng tôi. Dữ liệu đã lưu của bạn vẫn an toàn; hãy thử lại.",
        "Something failed on our side. What you had saved is safe; please try again.",
    ),
}
PAGES = {400, 401, 403, 404, 409, 422, 429, 500, 503}


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem document. `code` is stable; `title` follows Accept-Language (vi, en)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] = []


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def problem(request: Request, status: int, code: str, text: Text, fields: dict[str, Text] | None = None) -> Response:
    locale = locale_of(request)
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=text.get(locale),
        errors=[FieldError(field=f, message=t.get(locale)) for f, t in (fields or {}).items()],
    )
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")


async def answer(
    request: Request, status: int, code: str, text: Text, fields: dict[str, Text] | None = None
) -> Response:
    if _is_api(request):
        return problem(request, status, code, text, fields)
    page = status if status in PAGES else (500 if status >= 500 else 400)
    context = {"status": status, "code": code, "text": text, "fields": fields or {}}
    return await render(request, f"errors/{page}.html", context, status=status)


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this type only
    if isinstance(error, Unauthenticated) and not _is_api(request) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here)}", 303)
    response = await answer(request, error.status, error.code, error.text, error.fields)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    items: list[Any] = list(error.errors())
    path_only = [e for e in items if e["loc"] and e["loc"][0] == "path"]
    if path_only:
        return await answer(request, 404, "not_found", NotFound.text)
    found = forms.from_items(items)
    return await answer(request, 422, found.code, found.text, found.fields)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    text = STATUS_TEXT.get(error.status_code, STATUS_TEXT[400])
    response = await answer(request, error.status_code, HTTPStatus(error.status_code).name.lower(), text)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _crash(request: Request, error: Exception) -> Response:
    log.exception("unhandled", exc_info=error)
    request.state.actor = ANONYMOUS  # the page must not depend on a database that may be what failed
    return await answer(request, 500, "internal", STATUS_TEXT[500])


def install(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crash)
    _describe(app)


def _describe(app: FastAPI) -> None:
    """Put the problem document into the API's description, where `answers.PROBLEMS` points at it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document = plain()
        if not known:
            _, schemas = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
            document["components"]["schemas"].update(schemas["$defs"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]

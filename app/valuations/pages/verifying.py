"""The page on which anybody checks a report."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from app.kit.errors import Invalid, NotFound
from app.kit.text import Text
from app.valuations import verifying
from app.valuations.verifying import PDF_BYTES, Checked
from app.web import csrf
from app.web.actor import client_address, page_actor
from app.web.templating import render

router = APIRouter(dependencies=[Depends(csrf.protect)])


async def _page(
    request: Request,
    *,
    found: Checked | None = None,
    expected: str = "",
    errors: Mapping[str, Text] | None = None,
    status: int = 200,
) -> Response:
    context = {"found": found, "expected": expected, "errors": errors or {}}
    return await render(request, "valuations/verify.html", context, status=status)


@router.get("/valuations/verify")
async def page_verify_report(request: Request) -> Response:
    return await _page(request)


@router.get("/valuations/verify/{report_hash}")
async def page_verify_hash(request: Request, report_hash: str) -> Response:
    """Where a report's QR code leads: the hash it states, to be compared with the file in hand."""
    if len(report_hash) != 64 or set(report_hash) - set("0123456789abcdef"):
        raise NotFound
    return await _page(request, expected=report_hash)


@router.post("/valuations/verify")
async def page_verify_valuation(request: Request) -> Response:
    actor = await page_actor(request)
    form = await request.form(max_files=2, max_fields=10)
    given = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    expected = str(form.get("expected") or "")[:64]
    try:
        read = [await f.read(PDF_BYTES + 1) for f in given]
        found = await verifying.check(actor, read, address=client_address(request))
    except Invalid as error:
        said = error.fields.get("files") or error.text
        return await _page(request, expected=expected, errors={"files": said}, status=422)
    return await _page(request, found=found, expected=expected)

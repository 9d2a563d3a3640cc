"""JSON route for checking a report. No account is needed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, Response, UploadFile

from app.valuations import verifying
from app.valuations.verifying import PDF_BYTES, Checked
from app.web.actor import ApiActor, client_address
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["valuations"], responses=PROBLEMS)


@router.post("/valuations/verify", response_model=Checked)
async def api_verify_valuation(
    request: Request,
    actor: ApiActor,
    files: Annotated[list[UploadFile], File(description="a report's PDF, its JSON, or both", max_length=2)],
) -> Response:
    """Check a report: whether its PDF is intact and who signed it, whether its numbers follow from its inputs, and
    whether the two belong together. Nothing is kept."""
    read = [await f.read(PDF_BYTES + 1) for f in files]
    return answer(await verifying.check(actor, read, address=client_address(request)))

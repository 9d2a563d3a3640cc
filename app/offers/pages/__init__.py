"""HTML routes of offers: the deal's room and its forms, approvals of one's own side, memoranda."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from app.offers.pages import approvals, heads, room, term_forms
from app.web import csrf

router = APIRouter(dependencies=[Depends(csrf.protect)])
for part in (room, term_forms, approvals, heads):
    router.include_router(part.router)

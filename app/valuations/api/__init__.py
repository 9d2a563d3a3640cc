"""JSON routes of valuations: calculators and first estimate, checks of reports, price evidence, and the case."""

from __future__ import annotations

from fastapi import APIRouter

from app.valuations.api import calculators, cases, evidence, verifying

router = APIRouter()
# Addresses of one word before those with an id in their place.
for part in (calculators, verifying, evidence, cases):
    router.include_router(part.router)

__all__ = ["router"]

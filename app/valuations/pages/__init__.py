"""HTML routes of valuations, by what people do."""

from fastapi import APIRouter

from app.valuations.pages import calculators, cases, evidence, first_estimate, moves, verifying, work

router = APIRouter()
# Addresses of one word before those with an id in their place: `/valuations/calculators` is no valuation.
for part in (calculators, first_estimate, verifying, evidence, cases, moves, work):
    router.include_router(part.router)

__all__ = ["router"]

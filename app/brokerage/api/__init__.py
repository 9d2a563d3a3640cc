"""JSON routes of brokerage, by verb group."""

from fastapi import APIRouter

from app.brokerage.api import claims, indicators, introductions, mandates, people
from app.web.answers import PROBLEMS

router = APIRouter(tags=["brokerage"], responses=PROBLEMS)
for group in (mandates, introductions, claims, indicators, people):
    router.include_router(group.router)

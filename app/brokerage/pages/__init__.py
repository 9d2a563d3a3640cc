"""HTML routes of brokerage, by verb group."""

from fastapi import APIRouter, Depends

from app.brokerage.pages import claims, desk, indicators, introductions, mandates, people
from app.web import csrf

router = APIRouter(dependencies=[Depends(csrf.protect)])
for group in (desk, mandates, introductions, claims, indicators, people):
    router.include_router(group.router)

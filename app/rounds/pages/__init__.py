"""HTML routes of rounds: reading, the owner's planning, taking part and bidding, the operator's desk."""

from fastapi import APIRouter

from app.rounds.pages import bidding, desk, owner, reading

router = APIRouter()
# The desk before a round: `/rounds/desk` is no round called "desk".
for part in (desk, owner, bidding, reading):
    router.include_router(part.router)

__all__ = ["router"]

"""HTML routes of the desk: the list and its calendar, messages, tasks and notes, handing over."""

from fastapi import APIRouter

from app.desk.pages import board, talk, work

router = APIRouter()
for part in (board, talk, work):
    router.include_router(part.router)

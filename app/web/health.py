"""/healthz: the process answers. /readyz: database, index and outbox can serve. Neither needs an account."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

import search
from app.platform import db, outbox

router = APIRouter(include_in_schema=False)
MAX_OUTBOX_AGE = 300
_started = time.monotonic()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    return JSONResponse({"status": "ok", "uptime_seconds": round(time.monotonic() - _started, 1)})


@router.get("/readyz")
async def readyz() -> JSONResponse:
    checks: dict[str, Any] = {}
    ok = True
    try:
        await db.ping()
        checks["database"] = "ok"
        waiting = await outbox.health()
        checks["outbox"] = {
            "waiting": waiting.waiting,
            "failed": waiting.failed,
            "oldest_seconds": round(waiting.oldest_seconds, 1),
        }
        ok = waiting.oldest_seconds < MAX_OUTBOX_AGE
        checks["index"] = {"engine": search.engine().name, "listings": await search.engine().count("listings")}
        # Another engine answers meanwhile, so the process is ready all the same.
        checks["notices"] = [f"{n.code} since {n.since.isoformat(timespec='seconds')}" for n in search.notices()]
    except Exception as error:
        checks["error"] = type(error).__name__
        ok = False
    return JSONResponse({"status": "ready" if ok else "not ready", **checks}, 200 if ok else 503)

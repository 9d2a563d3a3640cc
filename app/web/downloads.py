"""A stored file as an answer: its own bytes, never run by the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

_SHOWN = ("image/", "application/pdf")


def stream(chunks: AsyncIterator[bytes], name: str, media_type: str, *, size: int | None = None) -> StreamingResponse:
    """Images and PDF may be shown in place, everything else is saved; no script of a file ever runs here."""
    how = "inline" if media_type.startswith(_SHOWN) else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "private, max-age=0, must-revalidate",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(chunks, media_type=media_type, headers=headers)


def secret(data: bytes, name: str, media_type: str, *, shown: bool = False) -> Response:
    """Bytes that nobody between may keep, nor the browser: each look asks anew. `shown`: in place, else saved."""
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)

"""Every route of the application, as people and programs meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.routing import iter_route_contexts


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    name: str

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/v1")

    @property
    def verb(self) -> bool:
        """It changes something."""
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(app: Any) -> list[Route]:
    """HEAD goes with GET; mounted folders have no methods and are not routes."""
    return [
        Route(method, context.path or "", context.name or "")
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or ())
        if method != "HEAD"
    ]

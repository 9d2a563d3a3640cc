"""Statements straight to the driver: they are text with bound values, and an ORM has nothing to add to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


async def run(session: AsyncSession, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows, as tuples; an empty list for a statement without rows."""
    connection = await session.connection()
    result = await connection.exec_driver_sql(statement, dict(parameters) if parameters else None)
    return list(result.fetchall()) if result.returns_rows else []

"""Many rows in one statement: sent as one JSON value, taken apart and typed by the database.

For imports. A row a statement costs a parse, a plan and a round of Python each; this costs one for a whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import TextClause


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...], key: tuple[str, ...], keep: tuple[str, ...]) -> TextClause:
    listed = ", ".join(f'"{c}"' for c in columns)
    sql = (
        f'INSERT INTO "{table}" ({listed}) SELECT {listed}'  # noqa: S608 - names of our own tables and columns
        f' FROM jsonb_populate_recordset(NULL::"{table}", CAST(:rows AS jsonb))'
    )
    if key:
        changed = ", ".join(f'"{c}" = EXCLUDED."{c}"' for c in columns if c not in (*key, *keep))
        sql += f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed} RETURNING {', '.join(key)}, id"
    return text(sql)


def _defaults(table: Table, given: set[str]) -> dict[str, Any]:
    """What the model fills in by itself."""
    made: dict[str, Any] = {}
    for column in table.columns:
        default: Any = column.default
        if column.name not in given and default is not None:
            made[column.name] = default.arg if default.is_scalar else default.arg(None)
    return made


async def insert(
    session: AsyncSession,
    model: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: tuple[str, ...] = (),
    keep: tuple[str, ...] = (),
) -> list[Any]:
    """Insert rows of `model`, all with the same columns, in their order. With a `key`: rows known by it are brought
    up to date, all but the columns of `keep`; the answer is (*key, id) of every row."""
    if not rows:
        return []
    table: Table = model.__table__
    missing = _defaults(table, set(rows[0]))
    columns = (*rows[0], *missing)
    sent = orjson.dumps([{**row, **missing} for row in rows], default=str).decode()
    result = await session.execute(_statement(table.name, columns, key, keep), {"rows": sent})
    return list(result.all()) if key else []

"""The limit: what this stack can do when it does nothing but the SQL.

    BENCH_LIMIT=plan.json uvicorn bench.limit:app

FastAPI, psycopg and Jinja2 alone, without our layers: no domain, no visibility, no languages, no safety. The
statements of a search (hits, total, facets, then the cards) are the very ones the product sent for the same address,
recorded beforehand (`record`), so a search is not even parsed here. A page shows the same fields in the least HTML.
A listing is one row by its key; an offer is a key looked up and a row inserted, each committed by itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel
from sqlalchemy import event

OFFERS = """
    DROP TABLE IF EXISTS bench_limit_offer;
    CREATE TABLE bench_limit_offer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deal_id uuid NOT NULL
      REFERENCES deal (id), person_id uuid NOT NULL, terms jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())
"""
LISTING = """
    SELECT l.id, l.number, l.title_vi, l.summary_vi, l.story, l.field, l.trl, l.price_policy, l.price_from, l.price_to,
      l.ip_kinds, l.modes, l.keywords, o.name_vi, l.published_at
    FROM listing l JOIN organisation o ON o.id = l.org_id WHERE l.id = %s AND l.status = 'published'
"""
KEY = "SELECT person_id FROM api_key WHERE token_hash = %s AND revoked_at IS NULL"
INSERT = "INSERT INTO bench_limit_offer (deal_id, person_id, terms) VALUES (%s, %s, %s) RETURNING id"


@dataclass(slots=True)
class Recorded:
    """The statements of one address: those that find, with their values, and the one that reads the cards."""

    find: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cards: str = ""


async def record(engine: Any, work: Any) -> Recorded:
    """What `work` (a search of the product) sends to the database."""
    made = Recorded()

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        if "ids" in parameters:
            made.cards = statement
        else:
            made.find.append((statement, dict(parameters)))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await work
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    return made


PLAN: dict[str, Any] = json.loads(Path(os.environ["BENCH_LIMIT"]).read_text()) if "BENCH_LIMIT" in os.environ else {}
SEARCHES: dict[str, Recorded] = {
    path: Recorded([(s, v) for s, v in known["find"]], known["cards"]) for path, known in PLAN.get("paths", {}).items()
}
STATES = ["published", "reserved", "transferred"]
pages = Environment(autoescape=True)
HEAD = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{{ title }}</title></head>'
    '<body><nav><a href="/">santex</a> <a href="/listings">Công nghệ</a></nav><main>'
)
LIST = pages.from_string(
    HEAD + "<form><input name=q>{% for name, values in facets.items() %}<fieldset><legend>{{ name }}</legend>"
    "{% for value, n in values.items() %}<label><input type=checkbox name={{ name }} value={{ value }}>{{ value }}"
    "({{ n }})</label>{% endfor %}</fieldset>{% endfor %}</form><p>{{ total }}</p><ol>{% for c in cards %}<li>"
    '<h2><a href="/listings/{{ c[0] }}">{{ c[2] }}</a></h2><p>{{ c[4] }}</p><dl><dt>TRL</dt><dd>{{ c[16] }}</dd>'
    "<dt>IP</dt><dd>{{ c[17] }}</dd><dt>Hình thức</dt><dd>{{ c[19] }}</dd><dt>Giá</dt><dd>{{ c[21] }}</dd>"
    "<dt>Đơn vị</dt><dd>{{ c[8] }}</dd><dt>Ngày</dt><dd>{{ c[27] }}</dd></dl></li>{% endfor %}</ol></main></body>"
    "</html>"
)
ONE = pages.from_string(
    HEAD
    + "<h1>{{ l[2] }}</h1><p>{{ l[3] }}</p>{% for name, text in l[4].items() %}<h2>{{ name }}</h2><p>{{ text }}</p>"
    "{% endfor %}<dl><dt>TRL</dt><dd>{{ l[6] }}</dd><dt>Giá</dt><dd>{{ l[8] }} – {{ l[9] }}</dd><dt>IP</dt>"
    "<dd>{{ l[10] }}</dd><dt>Hình thức</dt><dd>{{ l[11] }}</dd><dt>Đơn vị</dt><dd>{{ l[13] }}</dd>"
    "</dl></main></body></html>"
)


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    options = "-c jit=off -c timezone=UTC"
    kwargs = {"autocommit": True, "options": options}
    async with AsyncConnectionPool(PLAN["database"], min_size=4, max_size=10, kwargs=kwargs) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_open, openapi_url=None)


async def _search(request: Request) -> tuple[int, dict[str, dict[str, int]], list[Sequence[Any]]]:
    known = SEARCHES[f"{request.url.path}?{request.url.query}"]
    async with request.app.state.pool.connection() as connection:
        row: Sequence[Any] = ()
        for statement, values in known.find:
            found = await (await connection.execute(statement, values)).fetchone()
            if len(found) > 4:  # an answer; what may have been meant is shorter
                row = found
        # Slot, total, facets; somewhere after them the column of ids. `same` in __main__ holds this to the product.
        ids = next((c[:20] for c in row[3:] if isinstance(c, list) and c and isinstance(c[0], UUID)), [])
        cards = await (await connection.execute(known.cards, {"ids": ids, "states": STATES})).fetchall() if ids else []
    facets: dict[str, dict[str, int]] = {}
    for facet, value, n in zip(*(row[2] or ((), (), ())), strict=True):
        facets.setdefault(facet, {})[value] = int(n)
    by_id = {c[0]: c for c in cards}
    return row[1], facets, [by_id[i] for i in ids if i in by_id]


@app.get("/listings")
async def page(request: Request) -> HTMLResponse:
    total, facets, cards = await _search(request)
    return HTMLResponse(LIST.render(title="Công nghệ", total=total, facets=facets, cards=cards))


@app.get("/api/v1/listings")
async def api(request: Request) -> Response:
    total, facets, cards = await _search(request)
    body = orjson.dumps({"items": [tuple(c) for c in cards], "total": total, "facets": facets}, default=str)
    return Response(body, media_type="application/json")


@app.get("/listings/{listing_id}")
async def one(request: Request, listing_id: UUID) -> HTMLResponse:
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute(LISTING, (listing_id,))).fetchone()
    if row is None:
        raise HTTPException(404)
    return HTMLResponse(ONE.render(title=row[2], l=row))


class Offer(BaseModel):
    terms: dict[str, Any]


@app.post("/api/v1/deals/{deal_id}/offers", status_code=201)
async def offer(request: Request, deal_id: UUID, command: Offer, authorization: str = Header("")) -> Response:
    from app.web.signing import token_hash

    async with request.app.state.pool.connection() as connection:
        digest = token_hash(authorization.removeprefix("Bearer "))
        who = await (await connection.execute(KEY, (digest,))).fetchone()
        if who is None:
            raise HTTPException(401)
        values = (deal_id, who[0], json.dumps(command.terms))
        row = await (await connection.execute(INSERT, values)).fetchone()
    return Response(orjson.dumps({"id": row[0]}), 201, media_type="application/json")


@app.get("/healthz")
async def healthz() -> Response:
    return Response(b"{}", media_type="application/json")

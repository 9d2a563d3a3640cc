"""The web process: routes of every capability, the edge around them, and (by default) the worker inside."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from app import __version__, wiring, worker
from app.accounts import api as accounts_api
from app.accounts import pages as accounts_pages
from app.brokerage import api as brokerage_api
from app.brokerage import pages as brokerage_pages
from app.catalogue import api as catalogue_api
from app.catalogue import pages as catalogue_pages
from app.deals import api as deals_api
from app.deals import pages as deals_pages
from app.desk import api as desk_api
from app.desk import pages as desk_pages
from app.disclosure import api as disclosure_api
from app.disclosure import pages as disclosure_pages
from app.independence import api as independence_api
from app.independence import pages as independence_pages
from app.intermediaries import api as intermediaries_api
from app.intermediaries import pages as intermediaries_pages
from app.listings import api as listings_api
from app.listings import pages as listings_pages
from app.matching import api as matching_api
from app.matching import pages as matching_pages
from app.needs import api as needs_api
from app.needs import pages as needs_pages
from app.offers import api as offers_api
from app.offers import pages as offers_pages
from app.outcomes import api as outcomes_api
from app.outcomes import pages as outcomes_pages
from app.platform import telemetry
from app.profiles import api as profiles_api
from app.profiles import pages as profiles_pages
from app.proposals import api as proposals_api
from app.proposals import pages as proposals_pages
from app.reference import api as reference_api
from app.rounds import api as rounds_api
from app.rounds import pages as rounds_pages
from app.settings import ROOT, settings
from app.statistics import api as statistics_api
from app.statistics import pages as statistics_pages
from app.valuations import api as valuations_api
from app.valuations import pages as valuations_pages
from app.web import errors, health
from app.web.middleware import Edge

# Listings before the catalogue: `/listings/new` is no listing called "new".
API = (
    accounts_api, reference_api, catalogue_api, listings_api, needs_api, profiles_api, deals_api, independence_api,
    outcomes_api, intermediaries_api, matching_api, proposals_api, brokerage_api, disclosure_api, offers_api,
    rounds_api, valuations_api, desk_api, statistics_api,
)  # fmt: skip
PAGES = (
    accounts_pages, listings_pages, needs_pages, profiles_pages, catalogue_pages, deals_pages, independence_pages,
    outcomes_pages, intermediaries_pages, matching_pages, proposals_pages, brokerage_pages, disclosure_pages,
    offers_pages, rounds_pages, valuations_pages, desk_pages, statistics_pages,
)  # fmt: skip


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    telemetry.configure_logging()
    url = wiring.start()
    task = asyncio.create_task(worker.forever(url)) if settings().worker_in_web else None
    try:
        yield
    finally:
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await wiring.stop()


def _operation_id(route: APIRoute) -> str:
    return route.name


def create_app() -> FastAPI:
    app = FastAPI(
        title="santex",
        version=__version__,
        summary="An open technology exchange (sàn giao dịch công nghệ)",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    errors.install(app)
    app.include_router(health.router)
    for capability in API:
        app.include_router(capability.router, prefix="/api/v1")
    for capability in PAGES:
        app.include_router(capability.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=ROOT / "static"), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1500, compresslevel=4)
    app.add_middleware(Edge)
    return app


app = create_app()

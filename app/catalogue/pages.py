"""HTML routes of the catalogue: home, results, listing, directory, comparison, feeds."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from app import intermediaries, reference
from app.accounts import ORGANISATION, OrganisationKind, accounts
from app.catalogue import feeds, kept, labels, language, present
from app.catalogue.saved import saved_searches
from app.catalogue.schemas import (
    LISTS,
    ORGANISATION_FACETS,
    ChangeFrequency,
    Frequency,
    OrganisationParams,
    Params,
    RenameSearch,
    SaveSearch,
    Scope,
    from_pairs,
)
from app.catalogue.scopes import over
from app.catalogue.service import catalogue
from app.deals import EvidenceLevel
from app.kit import clock
from app.kit.errors import Invalid, Unauthenticated
from app.kit.text import Text
from app.listings import LISTING, VISIBLE, listings
from app.settings import settings
from app.web import csrf, forms
from app.web.actor import page_actor
from app.web.templating import FLASH_COOKIE, page_of, redirect, render, safe_json, url_with

# `router` is what the application includes; `guarded` holds every route whose POST needs the page's own token.
router = APIRouter()
guarded = APIRouter(dependencies=[Depends(csrf.protect)])
SPANS = ("trl_min", "trl_max", "price_min", "price_max", "refreshed")
EXAMPLES = {
    "vi": ("xử lý nước thải dệt nhuộm", "bao bì phân hủy sinh học", "dự báo nhu cầu điện", "cảm biến nhà kính"),
    "en": ("textile wastewater treatment", "biodegradable packaging", "power demand forecast", "greenhouse sensors"),
}
CHAIN = {
    "vi": ("Tìm hoặc nêu nhu cầu", "Quan tâm (L0)", "Đàm phán điều khoản", "Thống nhất (L1)", "Hợp đồng (L2)",
           "Đưa vào sử dụng (L5)"),
    "en": ("Search or state a need", "Interest (L0)", "Negotiation", "Terms agreed (L1)", "Contract (L2)",
           "In use (L5)"),
}  # fmt: skip


@router.get("/")
async def page_home(request: Request) -> Response:
    actor = await page_actor(request)
    context = {
        "figures": await catalogue.home_figures(),
        "cards": [present.small(c, actor.locale) for c in await catalogue.newest(actor.locale)],
        "examples": EXAMPLES[actor.locale],
        "chain": [{"key": str(n), "label": t, "state": "todo"} for n, t in enumerate(CHAIN[actor.locale])],
        "levels": [level.label for level in EvidenceLevel],
    }
    return await render(request, "catalogue/home.html", context)


def _params(request: Request) -> Params:
    return from_pairs(request.query_params.multi_items())


@router.get("/listings")
async def page_listings(request: Request) -> Response:
    """Results: facets and keyset pages in the address."""
    actor = await page_actor(request)
    params = _params(request)
    # A bare identifier goes straight to the one thing it names, a question about the classification to its page.
    straight = await catalogue.straight_to(params)
    if straight is None and (words := language.ipc_of(params.q)):
        straight = "/ipc?" + urlencode({"q": words})
    if straight:
        return RedirectResponse(straight, 303)
    results = await catalogue.search(params, actor.locale)
    sort = params.sort or ("relevance" if params.q else "newest")
    query = urlencode([(k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "lang")])
    context = {
        "params": params,
        "search_text": params.q,
        "results": results,
        "rows": [present.row(r, actor.locale) for r in results.items],
        "facets": present.facets(params, results.facets, actor.locale),
        "chosen": await present.chips(partial(url_with, request), params, results.conditions, actor.locale),
        "freshness": present.freshness(params, actor.locale),
        "save_url": "/account/searches/new" + (f"?{address}" if (address := params.address()) else ""),
        "bare_url": url_with(request, **dict.fromkeys((*LISTS, *SPANS, "cursor"))),
        "sort": sort,
        "sorts": [(k, t.get(actor.locale)) for k, t in labels.SORTS.items() if params.q or k != "relevance"],
        "hidden": {k: v for k in ("q", "sort", "org", "trl_min", "trl_max") if (v := getattr(params, k))},
        "bar_hidden": present.carried(request.query_params.multi_items(), drop=("sort", "cursor")),
        "next_url": url_with(request, cursor=results.next_cursor) if results.next_cursor else "",
        "first_url": url_with(request, cursor=None) if params.cursor else "",
        "feed_url": "/feeds/listings.atom" + (f"?{query}" if query else ""),
        "robots_noindex": bool(request.query_params),
    }
    return await render(request, "catalogue/results.html", context)


@router.get("/suggest")
async def page_suggest(request: Request) -> Response:
    """A fragment: the options beneath a search field."""
    actor = await page_actor(request)
    found = await catalogue.suggest(actor, request.query_params.get("q", ""))
    response = await render(request, "catalogue/_suggest.html", {"groups": found.groups})
    if actor.anonymous:
        response.headers["Cache-Control"] = "private, max-age=60"
    return response


@router.get("/ipc")
async def page_ipc(request: Request) -> Response:
    """Finding a class of the patent classification by what it is called."""
    actor = await page_actor(request)
    q = request.query_params.get("q", "")
    found = await catalogue.ipc(q, actor.locale)
    return await render(request, "catalogue/ipc.html", {"q": found.q, "items": found.items})


@router.get("/listings/{listing_id}")
async def page_listing(request: Request, listing_id: UUID) -> Response:
    """The listing as the visitor may read it."""
    actor = await page_actor(request)
    shared = actor.anonymous and not request.url.query and not request.cookies.get(FLASH_COOKIE)
    asked = await kept.pages.ask(listing_id, actor.locale) if shared else None
    if asked and asked.body:
        return page_of(asked.body)
    view = await listings.read(actor, listing_id)
    card, content, locale = view.card, view.content, actor.locale
    text = present.story(content, locale)
    public = view.status in VISIBLE
    near = await catalogue.similar(card, locale) if public else []
    ready = actor.role is not None and not view.mine and not actor.is_department
    shown = present.listing(view, locale)
    context = {
        "view": view,
        "content": content,
        "text": text,
        "title": card.title(locale),
        "summary": card.summary(locale),
        "public": public,
        "state_label": LISTING.label(view.status),
        "state_tone": LISTING.states[view.status].tone,
        "state_note": present.state_note(view.status, locale),
        "may_interest": ready and view.status == "published",
        "room_url": await catalogue.room_of(actor, listing_id) if ready else "",
        "related": [present.small(c, locale) for c in near],
        "json_ld": safe_json(json.dumps(present.json_ld(view, locale), ensure_ascii=False)) if public else "",
        **shown,
    }
    response = await render(request, "catalogue/listing.html", context)
    # A page that needed a token of its visitor is that visitor's alone.
    if asked and public and "set-cookie" not in response.headers:
        kept.pages.keep(listing_id, locale, asked, [c.id for c in near], bytes(response.body))
    return response


@router.get("/organisations")
async def page_organisations(request: Request) -> Response:
    """The directory, and the search in it: kind as tabs, province as a filter, all of it in the address."""
    actor = await page_actor(request)
    given: dict[str, Any] = dict(request.query_params)
    given |= {name: request.query_params.getlist(name) for name in ORGANISATION_FACETS} | {"limit": 30}
    params = forms.build(OrganisationParams, given)
    params.kind = [k for k in params.kind if k in list(OrganisationKind)]
    found = await catalogue.organisations(params, actor.locale)
    address = partial(url_with, request)
    context = {
        "params": params,
        "found": found,
        "items": [present.organisation(o, actor.locale) for o in found.items],
        "kinds": present.organisation_kinds(address, params, found.facets, actor.locale),
        "facets": present.organisation_facets(params, found.facets, actor.locale),
        "chosen": present.organisation_chips(address, params, actor.locale),
        "bare_url": address(kind=None, province=None, cursor=None),
        "next_url": address(cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": address(cursor=None) if params.cursor else "",
        "robots_noindex": not params.directory,
    }
    return await render(request, "catalogue/organisations.html", context)


@router.get("/organisations/{org_id}")
async def page_organisation(request: Request, org_id: UUID) -> Response:
    actor = await page_actor(request)
    org = await accounts.organisation(actor, org_id)
    cursor = request.query_params.get("cursor")
    found = await listings.of_organisation(org_id, cursor=cursor, limit=20)
    place = reference.province_name(org.province)
    helper = (await intermediaries.cards([org_id])).get(org_id)
    context = {
        "services": ", ".join(s.label.get(actor.locale) for s in helper.services) if helper else "",
        "org": org,
        "name": org.name(actor.locale),
        "province": place.get(actor.locale) if place else "",
        "state_label": ORGANISATION.label(org.status),
        "state_tone": ORGANISATION.states[org.status].tone,
        "cards": [present.small(c, actor.locale) for c in found.items],
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
    }
    return await render(request, "catalogue/organisation.html", context)


@router.get("/compare")
async def page_compare(request: Request) -> Response:
    actor = await page_actor(request)
    ids = request.query_params.getlist("id")
    found = await catalogue.compare(ids)
    cards = [
        {
            "url": c.url,
            "title": c.title(actor.locale),
            "remove_url": url_with(request, id=[i for i in ids if i != str(c.id)]),
        }
        for c in found
    ]
    rows = present.comparison_rows(found, actor.locale)
    return await render(request, "catalogue/compare.html", {"cards": cards, "rows": rows})


@router.get("/about")
async def page_about(request: Request) -> Response:
    return await render(request, "catalogue/about.html", {"levels": [level.label for level in EvidenceLevel]})


@router.get("/data-notes")
async def page_data_notes(request: Request) -> Response:
    """Which dated rules are used, and which were not yet compared with the official text."""
    actor = await page_actor(request)
    return await render(request, "catalogue/data_notes.html", {"rules": present.rules(actor.locale)})


@router.get("/api/v1/docs")
async def page_api_docs(request: Request) -> Response:
    """The API's operations, from the very document that describes them."""
    document = request.app.openapi()
    return await render(request, "catalogue/api_docs.html", {"groups": present.operations(document)})


@router.get("/feeds/listings.atom")
async def page_feed(request: Request) -> Response:
    """Atom feed of any search, newest first."""
    params = _params(request).model_copy(update={"sort": "newest", "cursor": None, "limit": 50})
    actor = await page_actor(request)
    found = await catalogue.page(params, actor.locale)
    query = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "cursor"])
    body = feeds.atom(found.items, query, actor.locale, clock.now())
    return Response(body, media_type="application/atom+xml")


# --- saved searches ---

SEARCHES = "/account/searches"
SAVED = Text("Đã lưu tìm kiếm.", "The search is saved.")
NAMES = {"name": Text("Tên", "Name"), "frequency": Text("Báo cho tôi", "Tell me")}


@guarded.get(SEARCHES)
async def page_saved_searches(request: Request) -> Response:
    actor = await page_actor(request)
    found = await saved_searches.list(actor)
    return await render(request, "catalogue/searches.html", {"searches": found.items, "unseen": found.unseen})


def _scope(value: object) -> Scope:
    return Scope.needs if value == Scope.needs else Scope.listings


async def _new_search(
    request: Request, scope: Scope, query: str, values: dict[str, Any], error: Invalid | None = None
) -> Response:
    actor = await page_actor(request)
    if actor.anonymous:
        raise Unauthenticated
    address, about = await saved_searches.describe(scope, query, actor.locale)
    context = {
        "scope": scope,
        "query": address,
        "results_url": scope.page(address),
        "about": about,
        "values": {"name": about[:120], "frequency": Frequency.daily.value, **values},
        "errors": error.fields if error else {},
        "frequencies": [(f.value, f.label) for f in Frequency],
        "names": NAMES,
    }
    return await render(request, "catalogue/search_new.html", context, status=422 if error else 200)


@guarded.get(f"{SEARCHES}/new")
async def page_new_saved_search(request: Request) -> Response:
    """Name the search in the address and say how often to be told."""
    return await _new_search(request, _scope(request.query_params.get("scope")), request.url.query, {})


@guarded.post(SEARCHES)
async def page_save_search(request: Request) -> Response:
    actor = await page_actor(request)
    data = await forms.form_data(request)
    try:
        id_ = await saved_searches.save_search(actor, forms.build(SaveSearch, data))
    except Invalid as error:
        typed = {k: v for k, v in data.items() if k in NAMES and isinstance(v, str)}
        return await _new_search(request, _scope(data.get("scope")), str(data.get("query", "")), typed, error)
    return redirect(f"{SEARCHES}/{id_}", ("success", SAVED), locale=actor.locale)


@guarded.get(SEARCHES + "/{search_id}")
async def page_saved_search(request: Request, search_id: UUID) -> Response:
    """What a saved search has found; looking at it is having seen it."""
    return await _saved_search(request, search_id)


async def _saved_search(request: Request, search_id: UUID, error: Invalid | None = None) -> Response:
    actor = await page_actor(request)
    view = await saved_searches.read(actor, search_id)
    cursor = request.query_params.get("cursor")
    found = await saved_searches.matches(actor, search_id, cursor=cursor)
    if not error:
        await saved_searches.mark_seen(actor, search_id)
    context = {
        "search": view,
        "found": [(over(view.scope).line(m.card, actor.locale), m.unseen) for m in found.items],
        "frequencies": [(f.value, f.label) for f in Frequency],
        "next_url": url_with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_url": url_with(request, cursor=None) if cursor else "",
        "feed_url": view.scope.feed(view.query),
        "errors": error.fields if error else {},
        "names": NAMES,
    }
    return await render(request, "catalogue/search.html", context, status=422 if error else 200)


async def _searched(request: Request, search_id: UUID, vi: str, en: str) -> Response:
    actor = await page_actor(request)
    return redirect(f"{SEARCHES}/{search_id}", ("success", Text(vi, en)), locale=actor.locale)


@guarded.post(SEARCHES + "/{search_id}/rename")
async def page_rename_saved_search(request: Request, search_id: UUID) -> Response:
    try:
        command = await forms.parse_form(request, RenameSearch)
    except Invalid as error:
        return await _saved_search(request, search_id, error)
    await saved_searches.rename(await page_actor(request), search_id, command)
    return await _searched(request, search_id, "Đã đổi tên.", "Renamed.")


@guarded.post(SEARCHES + "/{search_id}/frequency")
async def page_change_search_frequency(request: Request, search_id: UUID) -> Response:
    try:
        command = await forms.parse_form(request, ChangeFrequency)
    except Invalid as error:
        return await _saved_search(request, search_id, error)
    await saved_searches.change_frequency(await page_actor(request), search_id, command.frequency)
    return await _searched(request, search_id, "Đã đổi cách báo.", "You will be told as you chose.")


@guarded.post(SEARCHES + "/{search_id}/pause")
async def page_pause_saved_search(request: Request, search_id: UUID) -> Response:
    await saved_searches.pause(await page_actor(request), search_id)
    return await _searched(request, search_id, "Đã tạm dừng.", "Paused.")


@guarded.post(SEARCHES + "/{search_id}/resume")
async def page_resume_saved_search(request: Request, search_id: UUID) -> Response:
    await saved_searches.resume(await page_actor(request), search_id)
    return await _searched(request, search_id, "Đã tìm tiếp, tính từ bây giờ.", "Resumed, from now on.")


@guarded.post(SEARCHES + "/{search_id}/delete")
async def page_delete_saved_search(request: Request, search_id: UUID) -> Response:
    actor = await page_actor(request)
    await saved_searches.delete(actor, search_id)
    return redirect(SEARCHES, ("success", Text("Đã xóa tìm kiếm.", "The search is deleted.")), locale=actor.locale)


@router.get("/unsubscribe/{token}")
async def page_unsubscribe(request: Request, token: str) -> Response:
    """The link of a mail, opened: says what stops, and asks. Nothing happens by looking."""
    found = await saved_searches.unsubscribing(token)
    context = {"known": found is not None, "search": found[1] if found else "", "off": found is not None and found[2]}
    return await render(request, "catalogue/unsubscribe.html", context, status=200 if found else 404)


# No token of a page: the sealed link is the right to stop it, and mail programs send this by themselves (RFC 8058).
@router.post("/unsubscribe/{token}")
async def page_unsubscribe_now(request: Request, token: str) -> Response:
    found = await saved_searches.unsubscribing(token)
    await saved_searches.unsubscribe(token)
    context = {"known": found is not None, "search": found[1] if found else "", "off": True}
    return await render(request, "catalogue/unsubscribe.html", context, status=200 if found else 404)


@router.get("/sitemap.xml")
async def page_sitemap(request: Request) -> Response:
    shown, _ = await listings.totals()
    return Response(feeds.sitemap_index(shown), media_type="application/xml")


@router.get("/sitemaps/listings-{number}.xml")
async def page_sitemap_listings(request: Request, number: int) -> Response:
    rows = await listings.addresses(number, feeds.SITEMAP_PAGE)
    return Response(feeds.sitemap(rows), media_type="application/xml")


@router.get("/sitemaps/pages.xml")
async def page_sitemap_pages(request: Request) -> Response:
    return Response(feeds.sitemap([(p, None) for p in feeds.PAGES]), media_type="application/xml")


@router.get("/robots.txt")
async def page_robots(request: Request) -> Response:
    base = settings().base_url.rstrip("/")
    body = (
        "User-agent: *\nDisallow: /api/\nDisallow: /account\nDisallow: /desk\nDisallow: /deals/\nDisallow: /review\n"
        f"Disallow: /compare\nDisallow: /listings?\nAllow: /\n\nSitemap: {base}/sitemap.xml\n"
    )
    return Response(body, media_type="text/plain; charset=utf-8")


@router.get("/favicon.ico")
async def page_favicon(request: Request) -> Response:
    return RedirectResponse("/static/img/favicon.svg", 308)


router.include_router(guarded)

"""The verbs of the catalogue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

import search
from app import accounts, reference
from app.accounts import OrganisationView
from app.catalogue import classes, labels, language, repository
from app.catalogue.models import SavedSearch
from app.catalogue.schemas import (
    FACETS,
    FILTERS,
    ORGANISATION_FACETS,
    CataloguePage,
    Condition,
    FoundOrganisation,
    HomeFigures,
    IpcMatch,
    IpcMatches,
    OrganisationParams,
    OrganisationResults,
    Params,
    Result,
    Results,
    Scope,
    SuggestionGroup,
    SuggestionItem,
    SuggestionKind,
    Suggestions,
    above_field,
    above_ipc,
    narrowest,
)
from app.deals import DEAL, deals
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.ids import parse_id
from app.kit.text import Text, fold, one_line
from app.listings import Card, cards, listings, offered_by
from app.platform.db import reading
from app.web import formats
from search import LISTINGS, ORGANISATIONS, Answer, Query
from search.documents import day_number

log = logging.getLogger("santex.catalogue")

HOME_SECONDS = 30
WAIT_FOR_TITLES = 0.035
MAX_LOOKING = 4
NEWEST = 24  # of the technologies that hold what is being typed, how many are looked at for their titles
NO_HIGHLIGHT: dict[str, list[tuple[int, int]]] = {}


def query_of(params: Params, locale: str, *, facets: bool = True, marked: bool = False) -> Query:
    """The index's query of a search; `marked` asks where the words stand, which only the results page shows."""
    filters = {FILTERS[name]: frozenset(chosen) for name in FILTERS if (chosen := getattr(params, name))}
    if params.trl_min or params.trl_max:
        span = {str(n) for n in range(params.trl_min or 1, (params.trl_max or 9) + 1)}
        filters["trl"] = frozenset(filters.get("trl", frozenset(span)) & span) or frozenset({"none"})
    ranges: dict[str, tuple[int | None, int | None]] = {}
    if params.refreshed:
        ranges["refreshed"] = (day_number(clock.now()) - params.refreshed, None)
    if params.price_min is not None or params.price_max is not None:
        ranges["price"] = (params.price_min, params.price_max)
    return Query(
        text=params.q,
        filters=filters,
        ranges=ranges,
        sort="" if params.sort == "relevance" else params.sort,
        cursor=params.cursor,
        limit=params.limit,
        locale=locale,
        facets=tuple(FACETS.values()) if facets else (),
        highlight=marked,
    )


def _asking(words: str) -> str:
    return f"/listings?{urlencode({'q': words})}"


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in fold(text)).split()


def _says(title: str, typed: str) -> bool:
    """Whether every word typed begins a word of the title."""
    words = _words(title)
    return all(any(word.startswith(w) for word in words) for w in _words(typed))


class Catalogue:
    def __init__(self) -> None:
        self._home: tuple[float, HomeFigures] | None = None
        self._home_lock = asyncio.Lock()
        self._looking: set[asyncio.Task[list[Card]]] = set()

    async def _found(
        self, params: Params, locale: str, *, facets: bool = True, marked: bool = False
    ) -> tuple[Answer, dict[UUID, Card], list[Condition]]:
        """Two statements: the index's answer, and the cards under the public's visibility."""
        params, conditions = await self.understood(params)
        answer = await search.engine().search(LISTINGS, query_of(params, locale, facets=facets, marked=marked))
        async with reading() as session:
            found = await cards(session, [h.id for h in answer.hits])
        return answer, found, conditions

    async def understood(self, params: Params) -> tuple[Params, list[Condition]]:
        """The search with the `field:value` terms of its question turned into filters."""
        said = language.understand(params.q)
        if not said.terms:
            return params, []
        added: dict[str, list[str]] = {}
        conditions = []
        for term in said.terms:
            name, values, label = await self._meaning(term)
            added.setdefault(name, []).extend(values)
            conditions.append(Condition(name, label, language.without(params.q, term)))
        changes: dict[str, object] = {name: [*getattr(params, name), *values] for name, values in added.items()}
        for name, above in (("field", above_field), ("ipc", above_ipc)):
            if name in added:
                changes[name] = narrowest([*getattr(params, name), *added[name]], above)
        return params.model_copy(update={"q": said.text, **changes}), conditions

    @staticmethod
    async def _meaning(term: language.Term) -> tuple[str, Sequence[str], Text | str]:
        """(parameter, its values, how a chip says it). What nobody is called matches nothing."""
        if term.name == "field":
            names = [reference.fields()[code].name for code in term.values]
            return "field", term.values, Text("; ".join(n.vi for n in names), "; ".join(n.en for n in names))
        if term.name == "trl":
            low, high = term.values[0], term.values[-1]
            return "trl", term.values, f"TRL {low}" if low == high else f"TRL {low}–{high}"
        if term.name == "ipc":
            return "ipc", term.values, term.also or term.values[0]
        wanted = term.values[0]
        if term.name == "mst":
            owner = await accounts.accounts.organisation_by_tax_code(wanted)
            found = [owner] if owner else []
        else:
            found = await accounts.accounts.find_organisations(wanted, 50)
        label: Text | str = wanted
        if len(found) == 1:
            label = Text(found[0].name("vi"), found[0].name("en"))
        return "org", [str(o.id) for o in found] or ["none"], label

    async def straight_to(self, params: Params) -> str | None:
        """The page of the one public thing that a bare identifier names; None when there is none, or several."""
        only = params.model_copy(update={"sort": "", "limit": paging.DEFAULT_LIMIT})
        if only.cursor or only.pairs() != [("q", params.q)]:
            return None
        wanted = language.identifier(params.q)
        said = language.understand(params.q)
        if wanted is None and not said.text and [t.name for t in said.terms] == ["mst"]:
            wanted = language.Identifier(tax_code=said.terms[0].values[0])
        if wanted is None:
            return None
        pages = [f"/listings/{i}" for i in await listings.by_identifier(wanted.number, wanted.compact)]
        if wanted.tax_code and (owner := await accounts.accounts.organisation_by_tax_code(wanted.tax_code)):
            pages.append(f"/organisations/{owner.id}")
        return pages[0] if len(pages) == 1 else None

    async def page(self, params: Params, locale: str) -> CataloguePage:
        answer, found, _ = await self._found(params, locale)
        return CataloguePage.model_construct(
            items=[found[h.id] for h in answer.hits if h.id in found],
            next_cursor=answer.next_cursor,
            total=answer.total,
            facets=self._facets(answer),
            did_you_mean=answer.did_you_mean,
        )

    async def search(self, params: Params, locale: str) -> Results:
        """What the results page shows: cards with marked words and the places that matched."""
        answer, found, conditions = await self._found(params, locale, marked=True)
        items = []
        for hit in answer.hits:
            card = found.get(hit.id)
            if card is None:
                continue  # the index is a moment behind: what is no longer shown is passed over
            english = locale == "en"
            in_english = card.lang == "en"
            title_key = "title_en" if (english and card.title_en) or in_english else "title_vi"
            summary_key = "summary_en" if (english and card.summary_en) or not card.summary_vi else "summary_vi"
            marks = hit.highlights or NO_HIGHLIGHT
            items.append(
                Result(
                    card,
                    formats.highlight(card.title(locale), marks.get(title_key, [])),
                    formats.highlight(card.summary(locale), marks.get(summary_key, [])),
                    [labels.MATCHED[m].get(locale) for m in hit.matched if m in labels.MATCHED] if params.q else [],
                )
            )
        return Results(
            items, answer.total, self._facets(answer), answer.next_cursor, answer.did_you_mean, answer.relaxed,
            conditions,
        )  # fmt: skip

    @staticmethod
    def _facets(answer: Answer) -> dict[str, dict[str, int]]:
        return {name: dict(answer.facets[facet].counts) for name, facet in FACETS.items() if facet in answer.facets}

    async def similar(self, card: Card, locale: str, limit: int = 4) -> list[Card]:
        """Listings near this one: its own title as the question, within its field first."""
        params = Params(q=card.title(locale), field=[card.field] if card.field else [], limit=limit + 1)
        answer, found, _ = await self._found(params, locale, facets=False)
        near = [found[h.id] for h in answer.hits if h.id in found and h.id != card.id]
        if len(near) < limit and card.field:
            more = await self._found(Params(field=[card.field], limit=limit + 1), locale, facets=False)
            seen = {c.id for c in near} | {card.id}
            near += [c for h in more[0].hits if (c := more[1].get(h.id)) and c.id not in seen]
        return near[:limit]

    async def suggest(self, actor: Actor, text: str, limit: int = 6) -> Suggestions:
        """What may be meant by the beginning of a question, by kind. Everything is looked up at the same time."""
        text, limit = one_line(text)[:100], max(1, min(limit, 20))
        if len(text) < 2:
            return Suggestions(items=[])
        locale = actor.locale
        phrases, titles, owners, saved = await asyncio.gather(
            search.engine().suggest(LISTINGS, text, limit),
            self._titles_in_time(text, locale, min(limit, 4)),
            accounts.accounts.find_organisations(text, 3),
            self._saved(actor, text),
        )
        typed = fold(text)
        groups: dict[SuggestionKind, list[SuggestionItem]] = {
            SuggestionKind.saved: [SuggestionItem(text=s.name, url=Scope(s.scope).page(s.query)) for s in saved],
            SuggestionKind.phrase: [
                SuggestionItem(text=s.text, url=_asking(s.text)) for s in phrases[:4] if fold(s.text) != typed
            ],
            SuggestionKind.listing: [
                SuggestionItem(text=c.title(locale), url=c.url, note=c.org(locale)) for c in titles
            ],
            SuggestionKind.organisation: [
                SuggestionItem(text=o.name(locale), url=f"/organisations/{o.id}") for o in owners
            ],
            SuggestionKind.field: [
                SuggestionItem(text=name.get(locale), url=f"/listings?field={code}", note=code)
                for code, name in classes.fields(text)[:3]
            ],
            SuggestionKind.ipc: [
                SuggestionItem(text=name.get(locale), url=f"/listings?ipc={code}", note=code)
                for code, name in classes.symbols(text)[:3]
            ],
        }
        return Suggestions(
            items=[s.text for s in phrases],
            groups=[
                SuggestionGroup(kind=kind, label=kind.label.get(locale), items=items)
                for kind, items in groups.items()
                if items
            ],
        )

    async def _titles_in_time(self, text: str, locale: str, limit: int) -> list[Card]:
        """Titles when they are found quickly enough for someone who types; else what else there is goes ahead.

        A look-up that is late ends by itself (breaking it off would cost its connection); few may be under way.
        """
        if len(self._looking) >= MAX_LOOKING:
            return []
        task = asyncio.create_task(self._titles(text, locale, limit))
        self._looking.add(task)
        task.add_done_callback(self._looked)
        done, _ = await asyncio.wait({task}, timeout=WAIT_FOR_TITLES)
        return task.result() if done else []

    def _looked(self, task: asyncio.Task[list[Card]]) -> None:
        self._looking.discard(task)
        if not task.cancelled() and task.exception():  # whoever waited has it; here it is only taken note of
            log.info("looking for titles failed", exc_info=task.exception())

    async def _titles(self, text: str, locale: str, limit: int) -> list[Card]:
        """Technologies that hold every word, those with all of them in the title first.

        Ranking is what costs where thousands hold a word that is still being typed: the newest are looked at, and
        only where no title among them says it does relevance decide.
        """
        found = await self._holding(text, locale, "newest", NEWEST)
        said = [c for c in found if _says(f"{c.title_vi} {c.title_en or ''}", text)]
        if not said and len(found) == NEWEST:
            found = await self._holding(text, locale, "", limit)
        return [*said, *(c for c in found if c not in said)][:limit]

    @staticmethod
    async def _holding(text: str, locale: str, sort: str, limit: int) -> list[Card]:
        query = Query(text=text, sort=sort, limit=limit, locale=locale, highlight=False, strict=True)
        answer = await search.engine().search(LISTINGS, query)
        async with reading() as session:
            shown = await cards(session, [h.id for h in answer.hits])
        return [shown[h.id] for h in answer.hits if h.id in shown]

    @staticmethod
    async def _saved(actor: Actor, text: str) -> list[SavedSearch]:
        if actor.person_id is None:
            return []
        async with reading() as session:
            found = await repository.of_person(session, actor.person_id)
        words = fold(text).split()
        return [s for s in found if all(w in fold(f"{s.name} {s.query}") for w in words)][:3]

    async def ipc(self, text: str, locale: str, limit: int = 60) -> IpcMatches:
        """Symbols of the classification whose label says this, with how many public technologies each holds."""
        text = one_line(text)[:100]
        found = classes.symbols(text, limit) if text else classes.sections()
        counts: Mapping[str, int] = {}
        if found:
            answer = await search.engine().search(LISTINGS, Query(limit=1, facets=("ipc",), highlight=False))
            counts = answer.facets["ipc"].counts if "ipc" in answer.facets else {}
        names = labels.values("ipc", locale)
        return IpcMatches(
            q=text,
            items=[
                IpcMatch(
                    code=code, label=name.get(locale), above=[names[c] for c in above_ipc(code) if c in names],
                    count=counts.get(code, 0), url=f"/listings?ipc={code}",
                )
                for code, name in found
            ],
        )  # fmt: skip

    async def newest(self, locale: str, limit: int = 6) -> list[Card]:
        answer, found, _ = await self._found(Params(sort="newest", limit=limit), locale, facets=False)
        return [found[h.id] for h in answer.hits if h.id in found]

    async def compare(self, ids: Sequence[str]) -> list[Card]:
        """Up to four public listings, in the order given."""
        wanted = [i for raw in ids[:4] if (i := parse_id(raw))]
        async with reading() as session:
            found = await cards(session, wanted)
        return [found[i] for i in dict.fromkeys(wanted) if i in found]

    async def organisations(self, params: OrganisationParams, locale: str) -> OrganisationResults:
        """The directory in Vietnamese order, or what a search finds in it: by relevance, without words by name.

        A whole tax code names its organisation. It is looked up, never indexed: nobody finds out codes by beginnings.
        """
        wanted = language.identifier(params.q)
        if wanted and wanted.tax_code and (owner := await accounts.accounts.organisation_by_tax_code(wanted.tax_code)):
            async with reading() as session:
                offered = await offered_by(session, [owner.id])
            return OrganisationResults(
                items=[self._organisation(owner, offered, NO_HIGHLIGHT, locale)], next_cursor=None, total=1, facets={}
            )
        return await (self._directory if params.directory else self._found_organisations)(params, locale)

    async def _directory(self, params: OrganisationParams, locale: str) -> OrganisationResults:
        """From the database alone, but for the counts beside the filters."""
        after = paging.position(params.cursor, paging.key, UUID) if params.cursor else None
        kind = params.kind[0] if params.kind else None
        views, last = await accounts.accounts.directory(kind=kind, after=after, limit=params.limit)
        counted = await search.engine().search(ORGANISATIONS, self._organisation_query(params, locale, limit=1))
        async with reading() as session:
            offered = await offered_by(session, [v.id for v in views])
        return OrganisationResults(
            items=[self._organisation(v, offered, NO_HIGHLIGHT, locale) for v in views],
            next_cursor=paging.encode([last[0], str(last[1])]) if last else None,
            total=None,
            facets={name: dict(facet.counts) for name, facet in counted.facets.items()},
        )

    async def _found_organisations(self, params: OrganisationParams, locale: str) -> OrganisationResults:
        """The index's answer, read again from the database under the public's visibility."""
        query = self._organisation_query(params, locale, limit=params.limit, cursor=params.cursor)
        answer = await search.engine().search(ORGANISATIONS, query)
        ids = [h.id for h in answer.hits]
        async with reading() as session:
            shown = await accounts.shown_organisations(session, ids)
            offered = await offered_by(session, list(shown))
        return OrganisationResults(
            items=[
                self._organisation(shown[h.id], offered, h.highlights or NO_HIGHLIGHT, locale)
                for h in answer.hits
                if h.id in shown
            ],
            next_cursor=answer.next_cursor,
            total=answer.total,
            facets={name: dict(facet.counts) for name, facet in answer.facets.items()},
            did_you_mean=answer.did_you_mean,
            relaxed=answer.relaxed,
        )

    @staticmethod
    def _organisation_query(params: OrganisationParams, locale: str, *, limit: int, cursor: str | None = None) -> Query:
        return Query(
            text=params.q,
            filters={name: frozenset(chosen) for name in ORGANISATION_FACETS if (chosen := getattr(params, name))},
            sort="" if params.q else "title",
            cursor=cursor,
            limit=limit,
            locale=locale,
            facets=ORGANISATION_FACETS,
            highlight=bool(params.q),
        )

    @staticmethod
    def _organisation(
        view: OrganisationView,
        offered: Mapping[UUID, tuple[int, Sequence[str]]],
        marks: Mapping[str, list[tuple[int, int]]],
        locale: str,
    ) -> FoundOrganisation:
        english = locale == "en"
        title_key = "title_en" if english and view.name_en else "title_vi"
        about_key = "summary_en" if english and view.about_en else "summary_vi"
        return FoundOrganisation(
            view,
            formats.highlight(view.name(locale), marks.get(title_key, [])),
            formats.highlight(view.about(locale) or "", marks.get(about_key, [])),
            offered.get(view.id, (0, ()))[0],
        )

    async def names(self, ids: Sequence[str]) -> dict[str, OrganisationView]:
        wanted = [i for raw in ids if (i := parse_id(raw))]
        async with reading() as session:
            found = await accounts.organisations_by_id(session, wanted)
        return {str(k): v for k, v in found.items()}

    async def room_of(self, actor: Actor, listing_id: UUID) -> str:
        """The address of the data room in the actor's own running deal about the listing; "" without one."""
        found = await deals.list(actor, listing_id=listing_id, limit=5)
        own = next((d for d in found.items if d.capacity is not None and not DEAL.states[d.status].final), None)
        return f"/deals/{own.id}/room" if own else ""

    async def home_figures(self) -> HomeFigures:
        """Counted at most every 30 seconds a process; `as_of` says when."""
        if self._home and time.monotonic() - self._home[0] < HOME_SECONDS:
            return self._home[1]
        async with self._home_lock:
            if self._home and time.monotonic() - self._home[0] < HOME_SECONDS:
                return self._home[1]
            shown, owners = await listings.totals()
            live, agreed, contracts = await deals.totals()
            figures = HomeFigures(
                as_of=clock.now(), technologies=shown, organisations=owners, live_deals=live, agreed=agreed,
                contracts=contracts,
            )  # fmt: skip
            self._home = (time.monotonic(), figures)
        return figures


catalogue = Catalogue()

"""The verbs of outcomes: asking, answering, expiring; and why deals stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app import reference
from app.deals import Capacity, ReasonCode, Side, deals
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.text import Text
from app.listings import listings
from app.outcomes import errors, policy, repository
from app.outcomes.models import OutcomeAnswer, OutcomePrompt
from app.outcomes.schemas import (
    AnswerOutcome,
    AnswerView,
    Basis,
    Became,
    Cell,
    PromptList,
    PromptView,
    ReasonFilters,
    ReasonRow,
    ReasonTable,
    Said,
    Stage,
)
from app.outcomes.suppression import Count, shown
from app.outcomes.workflow import PROMPT
from app.platform import audit, state
from app.platform.db import reading, unit_of_work

BATCH = 500
UNSAID = Text("Chưa nêu lý do", "No reason given")
PLACES: tuple[str | None, ...] = (*(r.value for r in Said), None)


class Outcomes:
    # --- asking ---

    async def ask_due(self) -> int:
        """Ask every party whose day has come; what was asked is not asked again. How many were asked."""
        await self._expire()
        today, windows = clock.today(), {d: policy.window(d) for d in policy.DAYS}
        asked = 0
        while True:
            async with reading() as session:
                found = await repository.due(session, windows, today, BATCH)
            made = 0
            for deal_id, status, is_demo, org_id, side, days, due_on in found:
                async with unit_of_work() as session:
                    now = clock.now()
                    id_ = await repository.add_prompt(
                        session, deal_id=deal_id, org_id=org_id, side=side, basis=status, days=days, due_on=due_on,
                        expires_on=due_on + timedelta(days=windows[days]), asked_at=now, status=PROMPT.initial,
                        status_at=now, is_demo=is_demo,
                    )  # fmt: skip
                    if id_ is not None:
                        await state.note(
                            session, PROMPT, id_, "ask", None, PROMPT.initial, system(), detail={"deal": str(deal_id)}
                        )
                        made += 1
            asked += made
            if len(found) < BATCH or not made:
                return asked

    async def _expire(self) -> None:
        """Questions nobody answered end when the next one comes, or when their deal has moved on."""
        while True:
            async with unit_of_work() as session:
                found = await repository.stale(session, clock.today(), BATCH)
                moved = await state.transition_many(session, OutcomePrompt, found, PROMPT, "expire", system())
            if len(found) < BATCH or not moved:
                return

    async def peek(self, prompt_id: UUID) -> PromptView:
        """One question for the exchange's own messages."""
        async with reading() as session:
            row = await repository.prompt(session, prompt_id)
        if row is None:
            raise NotFound
        return (await self._views(system(), [row]))[0]

    # --- answering ---

    async def mine(self, actor: Actor) -> PromptList:
        """Questions to one's organisation."""
        if actor.anonymous:
            raise Unauthenticated
        if actor.org_id is None or actor.role is None:
            return PromptList(open=[], past=[])
        async with reading() as session:
            rows = await repository.prompts(session, org_id=actor.org_id, deal_id=None)
        return await self._list(actor, rows)

    async def waiting(self, actor: Actor) -> int:
        """How many questions wait for the actor's organisation."""
        return len((await self.mine(actor)).open)

    async def of_deal(self, actor: Actor, deal_id: UUID) -> PromptList:
        """Questions about a deal: one's own organisation's for a party, all of them for the operator, whose look is
        written down. What the other party answered is its own; so brokers and others who take part read nothing."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if access.side is None and not policy.sees_all(actor):
            raise Forbidden
        async with reading() as session:
            rows = await repository.prompts(session, org_id=actor.org_id if access.side else None, deal_id=deal_id)
        if access.side is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "outcome.read", "deal", deal_id)
        return await self._list(actor, rows)

    async def answer(self, actor: Actor, deal_id: UUID, command: AnswerOutcome) -> None:
        """Answer the question that is open for one's organisation, once. Telling that a technology is in use does not
        raise the evidence level of the deal: that takes evidence."""
        if actor.anonymous:
            raise Unauthenticated
        access = await deals.access(actor, deal_id)
        if access.side is None or access.capacity not in (Capacity.seller, Capacity.buyer):
            raise Forbidden
        if not policy.may_answer(actor) or actor.org_id is None:
            raise Forbidden
        async with reading() as session:
            row = await repository.open_prompt(session, deal_id, actor.org_id)
        if row is None:
            raise errors.nothing_asked()
        if command.kind not in policy.options(Basis(row.basis), access.side):
            raise errors.not_an_option()
        async with unit_of_work() as session:
            # The transition decides between two answers, and between an answer and the clock.
            await state.transition(
                session, OutcomePrompt, row.id, PROMPT, "answer", actor,
                reason_code=command.reason_code.value if command.reason_code else None,
                detail={"deal": str(deal_id), "kind": command.kind.value},
            )  # fmt: skip
            await repository.add_answer(
                session, prompt_id=row.id, deal_id=deal_id, org_id=actor.org_id, person_id=actor.person_id,
                person=actor.person_name, at=clock.now(), kind=command.kind.value,
                how=command.how if command.kind in (Became.solved_otherwise, Became.bought_elsewhere) else None,
                used_on=command.used_on if command.kind is Became.in_use else None,
                product=command.product if command.kind is Became.in_use else None,
                effect=command.effect if command.kind is Became.in_use else None,
                reason_code=command.reason_code.value if command.reason_code else None, note=command.note,
            )  # fmt: skip

    async def _list(self, actor: Actor, rows: Sequence[OutcomePrompt]) -> PromptList:
        views = await self._views(actor, rows)
        return PromptList(
            open=[v for v in views if v.status == "asked"], past=[v for v in views if v.status != "asked"]
        )

    @staticmethod
    async def _views(actor: Actor, rows: Sequence[OutcomePrompt]) -> list[PromptView]:
        async with reading() as session:
            titles = await repository.titles(session, {r.deal_id for r in rows})
            answers = await repository.answers(session, [r.id for r in rows])
        return [
            PromptView(
                id=r.id, deal_id=r.deal_id, org_id=r.org_id, deal_reference=titles[r.deal_id][0],
                listing_title=(actor.locale == "en" and titles[r.deal_id][2]) or titles[r.deal_id][1],
                side=Side(r.side), basis=Basis(r.basis), days=r.days, asked_at=r.asked_at, expires_on=r.expires_on,
                status=r.status, options=policy.options(Basis(r.basis), Side(r.side)),
                answer=_answer(answers.get(r.id)),
                actions=["answer"]
                if r.status == "asked" and r.org_id == actor.org_id and policy.may_answer(actor)
                else [],
                is_demo=r.is_demo,
            )
            for r in rows
        ]  # fmt: skip

    # --- why deals stop ---

    async def reasons(self, actor: Actor, filters: ReasonFilters, *, year: int | None = None) -> ReasonTable:
        """Exits by reason and stage: of one's own dealings, of all for the operator (written down), and for the
        Department a year at a time with small counts left out."""
        if actor.anonymous:
            raise Unauthenticated
        if filters.field is not None and filters.field not in first_fields():
            raise Invalid(fields={"field": Text("Hãy chọn một lĩnh vực trong danh sách.", "Choose a listed field.")})
        if policy.sees_suppressed(actor):
            return await self._suppressed(actor, filters.field, year)
        if filters.listing_id and not policy.sees_all(actor):
            await self._own_listing(actor, filters.listing_id)
        if not policy.sees_all(actor) and (actor.org_id is None or actor.role is None):
            raise Forbidden
        stages = tuple(Stage) if policy.sees_all(actor) else policy.OWNERS_STAGES
        async with unit_of_work() as session:
            found = await repository.exits(
                session, since=_midnight(filters.since), until=_midnight(filters.until, 1), field=filters.field,
                listing=filters.listing_id, org=None if policy.sees_all(actor) else actor.org_id, stages=stages,
            )  # fmt: skip
            if policy.sees_all(actor):
                audit.record(session, actor, "outcomes.reasons", "outcomes", None, filters.model_dump(mode="json"))
        rows = [
            ReasonRow(
                reason=Said(r) if r else None, label=Said(r).label if r else UNSAID,
                cells=[Cell(stage=s, count=found.get((r, s.value), 0)) for s in stages],
                total=sum(found.get((r, s.value), 0) for s in stages),
            )
            for r in PLACES
        ]  # fmt: skip
        rows = sorted((r for r in rows if r.total), key=lambda r: -(r.total or 0))
        return ReasonTable(
            as_of=clock.now(), filters=filters, stages=list(stages), rows=rows, total=sum(found.values()),
            suppressed=False,
        )  # fmt: skip

    @staticmethod
    async def _own_listing(actor: Actor, listing_id: UUID) -> None:
        try:
            mine = (await listings.read(actor, listing_id)).mine
        except DomainError:
            raise NotFound from None
        if not mine:
            raise Forbidden

    async def _suppressed(self, actor: Actor, field: str | None, year: int | None) -> ReasonTable:
        """The Department's: whole months only, so that one day's figure less the day before tells nothing."""
        until = _midnight(clock.today().replace(day=1))
        assert until is not None  # noqa: S101 - a day was given
        async with unit_of_work() as session:
            years = await repository.years(session, until)
            chosen = year if year is not None else (years[0] if years else clock.today().year)
            if not 2000 <= chosen <= 9999:
                raise Invalid(fields={"year": Text("Hãy chọn một năm trong danh sách.", "Choose a listed year.")})
            since, end = _midnight(date(chosen, 1, 1)), min(until, _midnight(date(chosen, 12, 31), 1) or until)
            found = await repository.exits_with_contributors(session, since or until, end, [s.value for s in Stage])
            audit.record(session, actor, "outcomes.reasons", "outcomes", None, {"year": chosen, "field": field})
        rows, total = _published(found, field)
        return ReasonTable(
            as_of=until, filters=ReasonFilters(field=field), stages=list(Stage), rows=rows, total=total,
            suppressed=True, year=chosen, years=years,
        )  # fmt: skip


def _published(
    found: Sequence[tuple[str | None, str, str, UUID, int]], field: str | None
) -> tuple[list[ReasonRow], int | None]:
    """The tree of one year (all, reason, stage, field) with small counts left out; rows for one field or for all."""
    root: dict[str, Count] = {}
    reasons: dict[str | None, Count] = {}
    stages: dict[str | None, dict[str, Count]] = {}
    fields: dict[tuple[str | None, str], dict[str, Count]] = {}
    for reason, stage, in_field, org, exits in found:
        root.setdefault("", Count()).add(exits, org)
        reasons.setdefault(reason, Count()).add(exits, org)
        stages.setdefault(reason, {}).setdefault(stage, Count()).add(exits, org)
        fields.setdefault((reason, stage), {}).setdefault(in_field, Count()).add(exits, org)
    whole = "" in shown(root, ["", "nothing"]) if root else True
    told_reasons = shown(reasons, PLACES, parent_shown=whole)
    rows = []
    for reason in PLACES:
        of_reason = stages.get(reason, {})
        told_stages = shown(of_reason, [s.value for s in Stage], parent_shown=reason in told_reasons)
        cells = []
        for s in Stage:
            told = s.value in told_stages
            count = of_reason[s.value].exits if told else None
            if field is not None:
                of_stage = fields.get((reason, s.value), {})
                told_fields = shown(of_stage, ["", *first_fields()], parent_shown=told)
                count = of_stage[field].exits if field in told_fields else None
            cells.append(Cell(stage=s, count=count))
        total = reasons[reason].exits if reason in told_reasons and field is None else None
        label = Said(reason).label if reason else UNSAID
        rows.append(ReasonRow(reason=Said(reason) if reason else None, label=label, cells=cells, total=total))
    rows = [r for r in rows if r.total is not None or any(c.count is not None for c in r.cells)]
    rows.sort(key=lambda r: -(r.total or 0))
    return rows, (root[""].exits if root and whole and field is None else None)


def first_fields() -> list[str]:
    return [code for code in reference.fields() if "." not in code]


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    """The beginning of a day in Vietnam, `later` days on."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=later), time(), clock.VIETNAM).astimezone(UTC)


def _answer(row: OutcomeAnswer | None) -> AnswerView | None:
    if row is None:
        return None
    return AnswerView(
        kind=Became(row.kind), how=row.how, used_on=row.used_on, product=row.product, effect=row.effect,
        reason_code=ReasonCode(row.reason_code) if row.reason_code else None, note=row.note, person=row.person,
        at=row.at,
    )  # fmt: skip


outcomes = Outcomes()

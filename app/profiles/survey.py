"""The verbs of the Department: campaigns, who takes part, and what a sector is told of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.accounts import accounts, organisations_by_id
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text, sort_key
from app.platform import audit, outbox, state
from app.platform.db import reading, unit_of_work
from app.profiles import anonymity, errors, policy, repository, views
from app.profiles.models import EnterpriseProfile, ProfileAnswer, ProfileCampaign, ProfileComparison
from app.profiles.questionnaire import Kind, Value, questionnaire
from app.profiles.schemas import (
    CampaignBrief,
    CampaignList,
    CampaignView,
    ComparisonView,
    Dates,
    Figure,
    Invited,
    InviteEnterprises,
    Participant,
    PlanCampaign,
    ProfileView,
)
from app.profiles.service import profiles
from app.profiles.workflow import CAMPAIGN, COUNTED, PENDING, PROFILE

TOTAL = "total"
POINTS = Text("điểm", "points")
POSITIONS = (
    Text("Trong một phần tư thấp nhất", "In the lowest quarter"),
    Text("Dưới trung vị", "Below the median"),
    Text("Từ trung vị trở lên", "At or above the median"),
    Text("Trong một phần tư cao nhất", "In the highest quarter"),
)


class Campaigns:
    # --- reading ---

    async def calendar(self, actor: Actor) -> CampaignList:
        """Every campaign, the newest first: the Department's and the operator's list."""
        self._staff(actor)
        async with reading() as session:
            return CampaignList(items=[views.campaign_brief(c) for c in await repository.campaigns(session)])

    async def read(self, actor: Actor, id_: UUID) -> CampaignView:
        """A campaign; to the Department and operator with its progress, enterprise by enterprise."""
        async with reading() as session:
            row = await self._visible(session, actor, id_)
            view = CampaignView(**views.campaign_brief(row).model_dump(), status_at=row.status_at)
            if policy.is_staff(actor):
                await self._progress(session, actor, row, view)
        return view

    async def _progress(self, session: Any, actor: Actor, row: ProfileCampaign, view: CampaignView) -> None:
        invited = await repository.invited(session, row.id)
        standing = await repository.standing(session, row)
        counts = await repository.counts(session, [p.id for p in standing.values()])
        names = await organisations_by_id(session, [*invited, *standing])
        found = []
        for org_id in invited.keys() | standing.keys():
            p = standing.get(org_id)
            readable = p is not None and self._counts_in(p, row)
            found.append(
                Participant(
                    org_id=org_id, organisation=names[org_id].name_vi, invited_at=invited.get(org_id),
                    status=p.status if p else None, answered=counts.get(p.id, 0) if p else 0,
                    profile_id=p.id if p and readable else None,
                )
            )  # fmt: skip
        view.participants = sorted(found, key=lambda f: sort_key(f.organisation))
        view.invited = len(invited)
        view.begun = sum(f.status == "draft" for f in found)
        view.declared = sum(f.profile_id is not None for f in found)
        view.actions = policy.campaign_actions(actor, row.status, CAMPAIGN.actions_from(row.status))

    @staticmethod
    def _counts_in(p: EnterpriseProfile, of: ProfileCampaign) -> bool:
        same = p.year == of.year and p.section == of.section and of.division in (None, p.division)
        return same and p.status in COUNTED.get(of.status, ())

    async def profile(self, actor: Actor, id_: UUID, profile_id: UUID) -> ProfileView:
        """Raw answers of a profile that counts in the campaign: for the Department and operator, and noted."""
        async with unit_of_work() as session:
            row = await self._visible(session, actor, id_)
            p = await repository.profile_by_id(session, profile_id)
            if p is None or not self._counts_in(p, row) or not policy.may_read_answers(actor, row.status, p.status):
                raise NotFound
            audit.record(session, actor, "profile.read", "profile", p.id, {"campaign": str(id_)})
            return await profiles.view(session, p, p.org_id, p.year)

    async def comparison(self, actor: Actor, id_: UUID) -> ComparisonView:
        """Quartiles of the sector as they were last shown, beside one's own answers when one takes part."""
        async with reading() as session:
            row = await self._visible(session, actor, id_)
            own = await repository.profile(session, actor.org_id, row.year) if actor.org_id else None
            counted = own is not None and policy.is_own(actor, own.org_id) and self._counts_in(own, row)
            if not counted and not policy.is_staff(actor):
                raise errors.not_counted()
            shown = await repository.shown(session, id_)
            answers = (await repository.answers(session, [own.id]))[own.id] if own and counted else {}
        mine = measured(own, answers) if own and counted else {}
        scored = bool(shown.keys() & {*questionnaire().groups, TOTAL}) or TOTAL in mine
        figures = [_figure(m, shown.get(m.key, []), mine) for m in measures(scored)]
        return ComparisonView(
            campaign=views.campaign_brief(row), crowd=anonymity.K, figures=figures, scored=scored,
            organisation=actor.org_name if counted else None,
        )  # fmt: skip

    async def peek(self, id_: UUID) -> CampaignBrief | None:
        """A campaign for the exchange's own messages."""
        async with reading() as session:
            row = await repository.campaign(session, id_)
        return views.campaign_brief(row) if row else None

    async def _visible(self, session: Any, actor: Actor, id_: UUID) -> ProfileCampaign:
        """Staff see every campaign, an enterprise those that ask it."""
        staff, own = policy.is_staff(actor), actor.org_id if actor.role else None
        if actor.anonymous and not staff:
            raise Unauthenticated
        row = await repository.campaign(session, id_)
        if row is None or not (staff or (own and await repository.asks(session, own, id_))):
            raise NotFound
        return row

    @staticmethod
    def _staff(actor: Actor) -> None:
        if actor.anonymous:
            raise Unauthenticated
        if not policy.is_staff(actor):
            raise Forbidden

    # --- writing ---

    async def plan(self, actor: Actor, command: PlanCampaign) -> UUID:
        """Put a campaign on the calendar; it opens on its day, or before by hand."""
        self._staff(actor)
        self._may_run(actor)
        id_, now = new_id(), clock.now()
        async with unit_of_work() as session:
            made = await repository.add_campaign(
                session, id=id_, year=command.year, section=command.section, division=command.division,
                opens_on=command.opens_on, closes_on=command.closes_on, status=CAMPAIGN.initial, status_at=now,
                created_by=actor.person_id, created_at=now,
            )  # fmt: skip
            if not made:
                raise errors.year_taken()
            detail = {"year": command.year, "section": command.section, "division": command.division}
            await state.note(session, CAMPAIGN, id_, "plan", None, CAMPAIGN.initial, actor, detail=detail)
        return id_

    @staticmethod
    def _may_run(actor: Actor) -> None:
        if not policy.may_run(actor):
            raise Forbidden

    async def _changeable(self, actor: Actor, id_: UUID) -> None:
        async with reading() as session:
            await self._visible(session, actor, id_)
        self._may_run(actor)

    async def reschedule(self, actor: Actor, id_: UUID, command: Dates) -> None:
        await self._changeable(actor, id_)
        async with unit_of_work() as session:
            row = await repository.lock_campaign(session, id_)
            if row is None or row.status not in PENDING:
                raise errors.not_running()
            await repository.set_dates(session, id_, command.opens_on, command.closes_on)
            dates = {"opens_on": str(command.opens_on), "closes_on": str(command.closes_on)}
            audit.record(session, actor, "campaign.reschedule", "campaign", id_, dates)

    async def invite(self, actor: Actor, id_: UUID, command: InviteEnterprises) -> Invited:
        """Invite by tax code; those already invited are left alone. A campaign that is not open yet writes to them
        when it opens."""
        await self._changeable(actor, id_)
        found, unknown = [], []
        for code in dict.fromkeys(command.tax_codes):
            digits = "".join(c for c in code if c.isdigit())
            org = await accounts.organisation_by_tax_code(digits) if len(digits) in (10, 13) else None
            if org is None or org.kind not in policy.ENTERPRISES:
                unknown.append(code)
            else:
                found.append(org.id)
        async with unit_of_work() as session:
            row = await repository.lock_campaign(session, id_)
            if row is None or row.status not in PENDING:
                raise errors.not_running()
            new = await repository.invite(session, id_, found, clock.now())
            self._tell(session, row, new if row.status == "open" else [])
            audit.record(session, actor, "campaign.invite", "campaign", id_, {"invited": [str(i) for i in new]})
        return Invited(invited=len(new), unknown=unknown)

    @staticmethod
    def _tell(session: Any, row: ProfileCampaign, org_ids: list[UUID]) -> None:
        for org_id in org_ids:
            outbox.publish(session, "campaign.invited", campaign_id=row.id, organisation_id=org_id)

    async def open(self, actor: Actor, id_: UUID) -> None:
        """Open it and invite every enterprise whose newest profile names the sector."""
        await self._changeable(actor, id_)
        async with unit_of_work() as session:
            row = await repository.lock_campaign(session, id_)
            if row is None:
                raise NotFound
            CAMPAIGN.check("open", row.status)
            if row.closes_on < clock.today():
                raise errors.dates_over()
            await state.transition(session, ProfileCampaign, id_, CAMPAIGN, "open", actor)
            await repository.invite(session, id_, await repository.of_sector(session, row), clock.now())
            self._tell(session, row, list(await repository.invited(session, id_)))

    async def close(self, actor: Actor, id_: UUID) -> None:
        """Close it and lock, in the same transaction, every profile declared in it."""
        await self._changeable(actor, id_)
        async with unit_of_work() as session:
            await state.transition(session, ProfileCampaign, id_, CAMPAIGN, "close", actor)
            row = await repository.lock_campaign(session, id_)
            assert row is not None  # noqa: S101 - just moved
            declared = await repository.to_lock(session, row)
            await state.transition_many(session, EnterpriseProfile, declared, PROFILE, "lock", actor)

    async def withdraw(self, actor: Actor, id_: UUID) -> None:
        """Take a campaign off the calendar before it opens."""
        await self._changeable(actor, id_)
        async with unit_of_work() as session:
            await state.transition(session, ProfileCampaign, id_, CAMPAIGN, "withdraw", actor)

    # --- what follows (tasks) ---

    async def keep_dates(self) -> int:
        """Open and close what is due by the calendar in Vietnam; how many."""
        async with reading() as session:
            due = await repository.due(session, clock.today())
        done = 0
        for id_, action in due:
            try:
                await (self.open if action == "open" else self.close)(system(), id_)
                done += 1
            except DomainError:
                continue  # somebody did it by hand meanwhile
        return done

    async def show_of_profile(self, profile_id: UUID) -> None:
        """A profile was declared: its campaign, when it is open, may have something new to show."""
        async with reading() as session:
            p = await repository.profile_by_id(session, profile_id)
            row = await repository.campaign_of_year(session, p.year) if p else None
        if p and row and self._counts_in(p, row):
            await self.show(row.id)

    async def show(self, id_: UUID) -> int:
        """Show every figure that may be shown now and is new; how many. One at a time: the campaign's row is held,
        so that two runs cannot each show a figure that the other's would have forbidden."""
        async with unit_of_work() as session:
            row = await repository.lock_campaign(session, id_)
            if row is None:
                return 0
            counted = await repository.counted(session, row)
            answers = await repository.answers(session, [p.id for p in counted])
            given = {p.id: measured(p, answers[p.id]) for p in counted}
            shown = await repository.shown(session, id_)
            now, made = clock.now(), []
            for m in measures(scored=True):
                behind = [p for p in counted if m.key in given[p.id]]
                cohort = {str(p.org_id): p.declaration for p in behind}
                before = [s.cohort for s in shown.get(m.key, [])]
                if cohort in before or not anonymity.may_show(cohort, before):
                    continue
                f = anonymity.figures(m.kind, [given[p.id][m.key] for p in behind])
                made.append(
                    {
                        "id": new_id(), "campaign_id": id_, "measure": m.key, "members": len(cohort),
                        "cohort": cohort, "low": f.low, "median": f.median, "high": f.high, "shown_at": now,
                    }
                )  # fmt: skip
            await repository.show(session, made)
        return len(made)


@dataclass(frozen=True, slots=True)
class Measure:
    """Something a sector is compared by: a criterion, or the points of a group or of the whole."""

    key: str
    name: Text
    group: str
    kind: Kind
    unit: Text | None
    options: Mapping[str, Text] = field(default_factory=dict)


def measures(scored: bool) -> list[Measure]:
    asked = questionnaire()
    found = [Measure(c.code, c.name, c.group, c.kind, c.bare_unit, c.options) for c in asked.criteria.values()]
    if scored:
        found += [Measure(g.code, g.name, g.code, Kind.number, POINTS) for g in asked.groups.values()]
        found.append(Measure(TOTAL, Text("Tổng điểm", "Total points"), TOTAL, Kind.number, POINTS))
    return found


def measured(p: EnterpriseProfile, answers: dict[str, ProfileAnswer]) -> dict[str, Decimal]:
    """A profile's answers as numbers: a yes is 1, a level its place among the options."""
    given = repository.values(answers)
    found = {code: _number(code, value) for code, value in given.items() if code in questionnaire().criteria}
    score = views.score_of(p, given)
    if score:
        found |= score.groups
        if score.total is not None:
            found[TOTAL] = score.total
    return found


def _number(code: str, value: Value) -> Decimal:
    if value.option is not None:
        return Decimal(list(questionnaire().criteria[code].options).index(value.option))
    return value.number or Decimal(0)


def _figure(m: Measure, shown: list[ProfileComparison], mine: dict[str, Decimal]) -> Figure:
    newest = shown[0] if shown else None
    own = views.tidy(mine.get(m.key))
    figure = Figure(
        measure=m.key, name=m.name, group=m.group, kind=m.kind, unit=m.unit, own=own,
        own_label=_label(m, own) if m.options else None,
    )  # fmt: skip
    if newest is None:
        return figure
    figure.members, figure.shown_at = newest.members, newest.shown_at
    figure.low, figure.median, figure.high = (views.tidy(v) for v in (newest.low, newest.median, newest.high))
    if m.kind is Kind.choice:
        pairs = {"low": figure.low, "median": figure.median, "high": figure.high}
        figure.labels = {k: label for k, v in pairs.items() if (label := _label(m, v))}
    if own is not None and figure.low is not None and figure.median is not None and figure.high is not None:
        figure.position = POSITIONS[_quarter(own, figure.low, figure.median, figure.high)]
    return figure


def _label(m: Measure, level: Decimal | None) -> Text | None:
    return list(m.options.values())[int(level)] if level is not None else None


def _quarter(own: Decimal, low: Decimal, median: Decimal, high: Decimal) -> int:
    """Which quarter of the sector an answer lies in, from the lowest; what equals a bound belongs inside."""
    if own < low:
        return 0
    if own < median:
        return 1
    return 3 if own > high else 2


campaigns = Campaigns()

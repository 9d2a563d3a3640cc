"""The verbs of an enterprise on its own profile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.accounts import organisations_by_id
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import BilingualError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import Text
from app.platform import audit, state
from app.platform.db import reading, unit_of_work
from app.profiles import errors, policy, repository, scoring, views
from app.profiles.models import EnterpriseProfile
from app.profiles.questionnaire import questionnaire, read
from app.profiles.schemas import (
    FIRST_YEAR,
    GiveAnswer,
    Move,
    ProfileBrief,
    ProfileList,
    ProfileView,
    QuestionnaireView,
    SaveProfile,
)
from app.profiles.workflow import PROFILE

YEARS_BACK = 2  # a figure may be of the profile's year or of one of these before it


def own_org(actor: Actor) -> UUID:
    """The organisation the actor stands for. Its profile is nobody else's business, so others find nothing."""
    if actor.anonymous:
        raise Unauthenticated
    if actor.org_id is None or actor.role is None:
        raise NotFound
    return actor.org_id


def _sound_year(year: int) -> int:
    if not FIRST_YEAR <= year <= clock.today().year:
        raise NotFound
    return year


class Profiles:
    # --- reading ---

    def questionnaire(self) -> QuestionnaireView:
        """The questions, for anyone."""
        return views.questionnaire_view()

    async def years(self, actor: Actor) -> ProfileList:
        """One's profiles, the newest first, and the campaigns that ask for one."""
        org_id = own_org(actor)
        async with reading() as session:
            rows = await repository.profiles_of(session, org_id)
            counts = await repository.counts(session, [r.id for r in rows])
            asks = await repository.asks(session, org_id)
        items = [
            ProfileBrief(year=r.year, status=r.status, answered=counts.get(r.id, 0), sector=views.sector_of(r))
            for r in rows
        ]
        return ProfileList(items=items, campaigns=[views.campaign_brief(c) for c in asks])

    async def own(self, actor: Actor, year: int) -> ProfileView:
        """One's profile of a year; an empty one when nothing was saved yet."""
        org_id = own_org(actor)
        _sound_year(year)
        async with reading() as session:
            row = await repository.profile(session, org_id, year)
            view = await self.view(session, row, org_id, year)
        status = row.status if row else PROFILE.initial
        view.actions = policy.actions(actor, org_id, status, PROFILE.actions_from(status) if row else [])
        return view

    @staticmethod
    async def view(session: Any, row: EnterpriseProfile | None, org_id: UUID, year: int) -> ProfileView:
        """The whole of a profile, for whoever may read it."""
        answers = (await repository.answers(session, [row.id]))[row.id] if row else {}
        names = await organisations_by_id(session, [org_id])
        given = repository.values(answers)
        score = views.score_of(row, given)
        asks = [c for c in await repository.asks(session, org_id) if c.year == year]
        moves = await state.history(session, [row.id]) if row else []
        return ProfileView(
            id=row.id if row else None,
            org_id=org_id,
            organisation=names[org_id].name_vi,
            year=year,
            section=row.section if row else None,
            division=row.division if row else None,
            sector=views.sector_of(row) if row else None,
            status=row.status if row else PROFILE.initial,
            status_at=row.status_at if row else None,
            declaration=row.declaration if row else 0,
            questionnaire=views.questionnaire_view(answers, score),
            answered=len(answers),
            asked=len(questionnaire().criteria),
            shares=scoring.shares(score.table if score else None, given),
            score=views.score_view(score),
            campaign=views.campaign_brief(asks[0]) if asks else None,
            history=[Move(action=m.action, at=m.at, who=m.actor_name) for m in moves],
        )

    # --- writing ---

    async def save(self, actor: Actor, year: int, command: SaveProfile) -> None:
        """Keep what is given, in a draft that the first save begins. Invalid names every answer that does not fit;
        nothing is kept then."""
        org_id = self._may(actor, policy.may_edit(actor))
        _sound_year(year)
        puts, outs = self._read(command.answers, year)
        async with unit_of_work() as session:
            row = await self._begun(actor, org_id, year)
            held = await repository.lock_profile(session, row.id)
            if held.status != "draft":
                raise errors.not_editable()
            sector: dict[str, Any] = {
                k: getattr(command, k) for k in ("section", "division") if k in command.model_fields_set
            }
            if sector:
                await repository.set_sector(session, row.id, sector)
            for code, values in puts.items():
                await repository.put_answer(session, row.id, code, **values)
            if outs:
                await repository.take_out(session, row.id, outs)
            changed: dict[str, Any] = {"answers": sorted(puts), "removed": sorted(outs), **sector}
            audit.record(session, actor, "profile.save", "profile", row.id, changed)

    @staticmethod
    def _may(actor: Actor, allowed: bool) -> UUID:
        org_id = own_org(actor)
        if not policy.is_enterprise(actor):
            raise errors.not_an_enterprise()
        if not allowed:
            raise Forbidden
        return org_id

    @staticmethod
    def _read(given: dict[str, GiveAnswer], year: int) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """Answers to keep and criteria to empty."""
        asked = questionnaire().criteria
        puts: dict[str, dict[str, Any]] = {}
        outs: list[str] = []
        wrong: dict[str, Text] = {}
        for code, answer in given.items():
            if code not in asked:
                wrong[f"answers.{code}.value"] = Text("Không có tiêu chí này.", "There is no such criterion.")
            elif answer.value is None:
                outs.append(code)
            elif answer.year is not None and not year - YEARS_BACK <= answer.year <= year:
                said = Text("Chọn một năm từ {first} đến {last}.", "Choose a year from {first} to {last}.")
                wrong[f"answers.{code}.year"] = said.format(first=year - YEARS_BACK, last=year)
            else:
                try:
                    value = read(asked[code], answer.value)
                except BilingualError as error:
                    wrong[f"answers.{code}.value"] = error.text
                    continue
                puts[code] = {
                    "number": value.number, "option": value.option, "year": answer.year or year, "note": answer.note,
                }  # fmt: skip
        if wrong:
            raise Invalid(fields=wrong)
        return puts, outs

    @staticmethod
    async def _begun(actor: Actor, org_id: UUID, year: int) -> EnterpriseProfile:
        async with unit_of_work() as session:
            found = await repository.profile(session, org_id, year)
            if found is not None:
                return found
            id_, now = new_id(), clock.now()
            made = await repository.add_profile(
                session, id=id_, org_id=org_id, year=year, status=PROFILE.initial, status_at=now, created_at=now
            )
            if made:
                await state.note(session, PROFILE, id_, "begin", None, PROFILE.initial, actor, detail={"year": year})
            row = await repository.profile(session, org_id, year)
        assert row is not None  # noqa: S101 - just added, by this or by the other
        return row

    async def declare(self, actor: Actor, year: int) -> None:
        """Stand by the answers. While a campaign of the sector is open they count in it, and its close locks them."""
        row = await self._own_row(actor, year, "declare")
        async with unit_of_work() as session:
            held = await repository.lock_profile(session, row.id)
            PROFILE.check("declare", held.status)
            answered = (await repository.counts(session, [row.id])).get(row.id, 0)
            lacking = {}
            if held.section is None:
                lacking["section"] = Text("Hãy chọn ngành.", "Choose the sector.")
            if not answered:
                lacking["answers"] = Text("Hãy trả lời ít nhất một tiêu chí.", "Answer at least one criterion.")
            if lacking:
                raise errors.incomplete(lacking)
            await state.transition(
                session, EnterpriseProfile, row.id, PROFILE, "declare", actor,
                values={"declaration": held.declaration + 1},
                detail={"declaration": held.declaration + 1, "answered": answered},
            )  # fmt: skip

    async def reopen(self, actor: Actor, year: int) -> None:
        """Take a declared profile back to a draft; not possible any more once a campaign has locked it."""
        row = await self._own_row(actor, year, "reopen")
        async with unit_of_work() as session:
            await state.transition(session, EnterpriseProfile, row.id, PROFILE, "reopen", actor)

    async def _own_row(self, actor: Actor, year: int, action: str) -> EnterpriseProfile:
        org_id = own_org(actor)
        async with reading() as session:
            row = await repository.profile(session, org_id, _sound_year(year))
        if row is None:
            raise NotFound
        self._may(actor, policy.may_act(actor, action))
        return row


profiles = Profiles()

"""Verbs of NDA templates: the operator drafts and publishes; a published version is never changed again."""

from __future__ import annotations

from uuid import UUID

from app.disclosure import errors, repository, wording
from app.disclosure.models import NdaTemplate
from app.disclosure.schemas import DraftTemplate, NdaKind, TemplateList, TemplateView
from app.disclosure.workflow import NDA_TEMPLATE
from app.kit import clock
from app.kit.actor import Actor, system
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.platform import state
from app.platform.db import reading, unit_of_work


class Templates:
    async def templates(self, actor: Actor) -> TemplateList:
        """Every version of each template: the operator's list."""
        self._operator(actor)
        await self._first_versions()
        async with reading() as session:
            rows = await repository.templates(session)
        return TemplateList(items=[self._template(actor, row) for row in rows])

    async def template(self, actor: Actor, template_id: UUID) -> TemplateView:
        self._operator(actor)
        async with reading() as session:
            row = await repository.template(session, template_id)
        if row is None:
            raise NotFound
        return self._template(actor, row)

    async def in_use(self, kind: NdaKind) -> NdaTemplate:
        """The newest published version; Invalid when there is none."""
        await self._first_versions()
        async with reading() as session:
            row = await repository.template_in_use(session, kind.value)
        if row is None:
            raise errors.no_template()
        return row

    async def draft_template(self, actor: Actor, command: DraftTemplate) -> UUID:
        """A new version of a kind, not in use yet. Invalid when a place is missing or unknown."""
        self._operator(actor)
        for field in ("body_vi", "body_en"):
            missing, unknown = wording.places(getattr(command, field))
            if missing or unknown:
                raise errors.bad_places(field, missing, unknown)
        await self._first_versions()
        now = clock.now()
        async with unit_of_work() as session:
            id_ = await repository.add_template(
                session, command.kind.value, status=NDA_TEMPLATE.initial, status_at=now, body_vi=command.body_vi,
                body_en=command.body_en, checked_by=command.checked_by, created_at=now, created_by=actor.person_id,
            )  # fmt: skip
            await state.note(session, NDA_TEMPLATE, id_, "draft", None, NDA_TEMPLATE.initial, actor)
        return id_

    async def publish_template(self, actor: Actor, template_id: UUID) -> None:
        """From now on new agreements of its kind take this text; those that exist keep theirs."""
        self._operator(actor)
        async with unit_of_work() as session:
            await state.transition(session, NdaTemplate, template_id, NDA_TEMPLATE, "publish", actor)

    async def retire_template(self, actor: Actor, template_id: UUID) -> None:
        self._operator(actor)
        async with unit_of_work() as session:
            await state.transition(session, NdaTemplate, template_id, NDA_TEMPLATE, "retire", actor)

    @staticmethod
    async def _first_versions() -> None:
        """Version 1 comes with the program; kept at the first use, in use until the operator publishes another."""
        async with reading() as session:
            if await repository.templates(session):
                return
        now, creator = clock.now(), system().person_id
        async with unit_of_work() as session:
            await repository.keep_first_versions(
                session,
                [
                    {
                        "kind": t["kind"], "version": t["version"], "status": "published", "status_at": now,
                        "body_vi": t["body_vi"].strip(), "body_en": t["body_en"].strip(), "created_at": now,
                        "created_by": creator,
                    }
                    for t in wording.first_versions()
                ],
            )  # fmt: skip

    @staticmethod
    def _operator(actor: Actor) -> None:
        if not actor.is_operator or not actor.can_write:
            raise Unauthenticated if actor.anonymous else Forbidden

    @staticmethod
    def _template(actor: Actor, row: NdaTemplate) -> TemplateView:
        view = TemplateView.model_validate(row, from_attributes=True)
        view.actions = [t.action for t in NDA_TEMPLATE.actions_from(row.status)] if actor.is_operator else []
        return view

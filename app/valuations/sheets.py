"""Work sheets: begin a version, save the draft, submit it; the second person's remarks, return and approval.

Lock order: case, then sheet. A submitted sheet is never edited (a trigger refuses it as well): what is returned or
reopened goes on in a new version that starts as a copy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import audit, state
from app.platform.db import reading, unit_of_work
from app.valuations import canonical, errors, firewall, policy, repository, working
from app.valuations.base import Base
from app.valuations.models import Valuation, ValuationRemark, ValuationSheet
from app.valuations.paper import read_paper
from app.valuations.schemas.commands import AddRemark, SaveSheet, Submit, Why
from app.valuations.schemas.views import DocumentView, RemarkView, SheetView
from app.valuations.workflow import SHEET, VALUATION


class Sheets(Base):
    async def sheet(self, actor: Actor, valuation_id: UUID, version: int) -> SheetView:
        """A work sheet as the provider's people and the operator read it."""
        case, row, facts = await self._sheet(actor, valuation_id, version)
        errors_found: dict[str, Any] = {}
        if row.status == "draft":
            _, errors_found = await working.tried(case, row.paper)
        async with reading() as session:
            remarks = await repository.remarks(session, row.id)
            papers = await repository.documents(session, valuation_id)
        side = policy.side_of(actor, facts)
        if side is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "valuation.read_sheet", "valuation", valuation_id, {"version": version})
        return SheetView(
            id=row.id, valuation_id=valuation_id, reference=repository.reference_of(case.number), kind=case.kind,
            version=row.version, revision=row.revision, status=row.status, status_at=row.status_at,
            author_name=row.author_name, submitted_at=row.submitted_at, reviewer_name=row.reviewer_name,
            reason=row.reason, paper=row.paper, sha256=row.sha256, outcome=row.outcome,
            errors={k: v.get(actor.locale) for k, v in errors_found.items()},
            remarks=[
                RemarkView.model_validate(r, from_attributes=True) for r in remarks
            ],
            documents=[document_view(d, {}) for d in papers],
            actions=policy.sheet_actions(actor, side, row.status, case.status, facts.appraisers, row.authors),
        )  # fmt: skip

    async def _sheet(
        self, actor: Actor, valuation_id: UUID, version: int
    ) -> tuple[Valuation, ValuationSheet, policy.Facts]:
        """Visible (404): to the requester a work sheet does not exist."""
        case, facts = await self._of_provider(actor, valuation_id)
        async with reading() as session:
            row = await repository.sheet(session, valuation_id, version)
        if row is None:
            raise NotFound
        return case, row, facts

    async def _of_provider(self, actor: Actor, valuation_id: UUID) -> tuple[Valuation, policy.Facts]:
        """The case for those who read its working papers; to everybody else these do not exist (404)."""
        if actor.anonymous:
            raise Unauthenticated
        case = await self._visible(actor, valuation_id)
        facts = await self._facts(actor, case)
        if not policy.sees_sheets(actor, policy.side_of(actor, facts)):
            raise NotFound
        return case, facts

    async def begin_sheet(self, actor: Actor, valuation_id: UUID) -> int:
        """A new version: empty, or a copy of the one before. Its number."""
        await self._allowed(actor, valuation_id, "begin_sheet")
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            VALUATION.check("review", row.status)
            if not firewall.today_is_valid(row):
                raise errors.valid_no_more()
            before = await repository.sheets(session, valuation_id)
            if any(s.status in ("draft", "submitted") for s in before):
                raise errors.sheet_open()
            last, now, id_ = before[-1] if before else None, clock.now(), new_id()
            version = last.version + 1 if last else 1
            await repository.add(
                session, ValuationSheet, id=id_, valuation_id=valuation_id, version=version, status=SHEET.initial,
                status_at=now, authors=[actor.person_id], author_name=actor.person_name, created_at=now,
                paper=working.copied(last.paper) if last else {"calculations": []},
                outcome=last.outcome if last else None,
            )  # fmt: skip
            detail = {"valuation": str(valuation_id), "version": version}
            await state.note(session, SHEET, id_, "begin", None, SHEET.initial, actor, detail=detail)
        return version

    async def _writer(self, actor: Actor, valuation_id: UUID, version: int) -> tuple[Valuation, ValuationSheet]:
        case, row, facts = await self._sheet(actor, valuation_id, version)
        if not policy.may_write_sheet(actor, policy.side_of(actor, facts), facts.appraisers):
            raise Forbidden
        return case, row

    async def save(self, actor: Actor, valuation_id: UUID, version: int, command: SaveSheet) -> int:
        """Keep the draft, complete or not; its new revision. Of two who save at once the second is told so."""
        case, row = await self._writer(actor, valuation_id, version)
        draft = working.draft_of(command)
        outcome, _ = await working.tried(case, draft)
        authors = sorted({*row.authors, actor.person_id}, key=str)
        async with unit_of_work() as session:
            await self._locked(session, valuation_id)
            saved = await repository.save_sheet(
                session, row.id, command.revision, paper=draft, outcome=outcome, authors=authors
            )
            if not saved:
                raise errors.sheet_changed()
            detail = {"version": version, "revision": command.revision + 1}
            audit.record(session, actor, "valuation.save_sheet", "valuation", valuation_id, detail)
        return command.revision + 1

    async def submit(self, actor: Actor, valuation_id: UUID, version: int, command: Submit) -> None:
        """Send the draft to the second person. It must compute to one value, and every input must say where it comes
        from. From now on it is not edited."""
        case, row = await self._writer(actor, valuation_id, version)
        SHEET.check("submit", row.status)
        async with reading() as session:
            evidence = {d.sha256 for d in await repository.documents(session, valuation_id)}
        if lacking := working.unsupported(row.paper, evidence):
            raise errors.unsupported(lacking)
        paper = working.paper_of(case, row.paper)
        outcome = await working.computed(paper)
        working.amounts(outcome, case.currency)
        body = canonical.plain(paper)
        authors = sorted({*row.authors, actor.person_id}, key=str)
        async with unit_of_work() as session:
            case = await self._locked(session, valuation_id)
            if not firewall.today_is_valid(case):
                raise errors.valid_no_more()
            fresh = await repository.sheet(session, valuation_id, version, locked=True)
            if fresh is None or (fresh.status == "draft" and fresh.revision != command.revision):
                raise errors.sheet_changed()
            if fresh.revision != row.revision:
                raise errors.sheet_changed()
            await state.transition(
                session, ValuationSheet, row.id, SHEET, "submit", actor, detail={"valuation": str(valuation_id)},
                values={
                    "paper": body, "outcome": canonical.plain(outcome), "authors": authors,
                    "sha256": canonical.sha256(canonical.write(paper)), "submitted_by": actor.person_id,
                    "submitted_at": clock.now(),
                },
            )  # fmt: skip
            await self._move(session, actor, valuation_id, "review", detail={"version": version})

    # --- the second person ---

    async def _reviewer(self, actor: Actor, valuation_id: UUID, version: int) -> tuple[Valuation, ValuationSheet]:
        case, row, facts = await self._sheet(actor, valuation_id, version)
        side = policy.side_of(actor, facts)
        if actor.person_id in row.authors and policy.may_review(actor, side, facts.appraisers, ()):
            raise errors.own_sheet()
        if not policy.may_review(actor, side, facts.appraisers, row.authors):
            raise Forbidden
        return case, row

    async def remark(self, actor: Actor, valuation_id: UUID, version: int, command: AddRemark) -> UUID:
        """Say something of one input of the sheet that is in review."""
        _, row = await self._reviewer(actor, valuation_id, version)
        if not any(c["key"] == command.calculation for c in row.paper["calculations"]):
            raise NotFound
        id_ = new_id()
        async with unit_of_work() as session:
            await self._locked(session, valuation_id)
            fresh = await repository.sheet(session, valuation_id, version, locked=True)
            SHEET.check("return", fresh.status if fresh else row.status)
            await repository.add(
                session, ValuationRemark, id=id_, sheet_id=row.id, calculation=command.calculation,
                path=command.path, body=command.body, at=clock.now(), person_id=actor.person_id,
                person_name=actor.person_name,
            )  # fmt: skip
            detail = {"version": version, "remark": str(id_)}
            audit.record(session, actor, "valuation.remark", "valuation", valuation_id, detail)
        return id_

    async def send_back(self, actor: Actor, valuation_id: UUID, version: int, command: Why) -> None:
        """Return the sheet with the reason; its writer goes on in a new version."""
        _, row = await self._reviewer(actor, valuation_id, version)
        values = {"reviewer_id": actor.person_id, "reviewer_name": actor.person_name, "reason": command.reason}
        async with unit_of_work() as session:
            await self._locked(session, valuation_id)
            await state.transition(
                session, ValuationSheet, row.id, SHEET, "return", actor, reason=command.reason, values=values,
                detail={"valuation": str(valuation_id)},
            )  # fmt: skip
            await self._move(session, actor, valuation_id, "rework", reason=command.reason)

    async def approve(self, actor: Actor, valuation_id: UUID, version: int) -> None:
        """The second person agrees: the sheet's value is the case's."""
        case, row = await self._reviewer(actor, valuation_id, version)
        SHEET.check("approve", row.status)
        # Computed again from the stored paper, before anything is locked: what was submitted is never changed.
        found = working.amounts(await working.computed(read_paper(row.paper)), case.currency)
        values = {"reviewer_id": actor.person_id, "reviewer_name": actor.person_name}
        async with unit_of_work() as session:
            case = await self._locked(session, valuation_id)
            if not firewall.today_is_valid(case):
                raise errors.valid_no_more()
            await state.transition(
                session, ValuationSheet, row.id, SHEET, "approve", actor, values=values,
                detail={"valuation": str(valuation_id)},
            )  # fmt: skip
            await self._move(session, actor, valuation_id, "approve", values={"sheet_id": row.id, **found})


def document_view(row: Any, orgs: dict[UUID, str]) -> DocumentView:
    """A document as both sides read it."""
    return DocumentView(
        id=row.id, kind=row.kind, title=row.title, name=row.name, media_type=row.media_type, size=row.size,
        sha256=row.sha256, at=row.at, org_name=orgs.get(row.org_id, ""),
    )  # fmt: skip

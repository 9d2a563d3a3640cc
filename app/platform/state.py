"""The one function that moves a state. SQL decides the race; every move leaves history, audit and outbox rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.workflow import Workflow
from app.platform import audit, bulk, outbox
from app.platform.models import StateChange


async def transition(
    session: AsyncSession,
    model: Any,
    id_: UUID,
    workflow: Workflow,
    action: str,
    actor: Actor,
    *,
    reason_code: str | None = None,
    reason: str | None = None,
    values: dict[str, Any] | None = None,
    where: Sequence[Any] = (),
    detail: dict[str, Any] | None = None,
) -> str:
    """Take `action` on row `id_` of `model` (columns `id`, `status`, `status_at`); returns the new state.

    `values` are set along with the state; `where` adds conditions the database must still find true (an expiry,
    a turn). Conflict when the state or a condition no longer allows it, NotFound when there is no such row.
    """
    t = workflow.transitions[action]
    now = clock.now()
    # NO KEY UPDATE, here and in every named lock: two writers still wait for each other, but the KEY SHARE that a
    # foreign key's check takes does not, so that checking a reference never closes a circle of waiting.
    old = select(model.id, model.status).where(model.id == id_).with_for_update(key_share=True).cte("old")
    moved = (
        await session.execute(
            update(model)
            .where(model.id == old.c.id, old.c.status.in_(t.sources), *where)
            .values(status=t.target, status_at=now, **(values or {}))
            .returning(old.c.status)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one_or_none()
    if moved is None:
        current = (await session.execute(select(model.status).where(model.id == id_))).scalar_one_or_none()
        if current is None:
            raise NotFound
        raise workflow.refusal(action, current)
    await note(session, workflow, id_, action, moved, t.target, actor, reason_code, reason, detail)
    return t.target


async def note(
    session: AsyncSession,
    workflow: Workflow,
    id_: UUID,
    action: str,
    from_state: str | None,
    to_state: str,
    actor: Actor,
    reason_code: str | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write the history row of a move (or of the creation, `from_state` None), its audit entry and its topic."""
    await session.execute(
        insert(StateChange).values(
            workflow=workflow.name,
            subject_id=id_,
            action=action,
            from_state=from_state,
            to_state=to_state,
            at=clock.now(),
            person_id=actor.person_id,
            org_id=actor.org_id,
            actor_name=actor.person_name,
            reason_code=reason_code,
            reason=reason,
            detail=detail or {},
        )
    )
    audit.record(
        session,
        actor,
        f"{workflow.name}.{action}",
        workflow.name,
        id_,
        {"from": from_state, "to": to_state, "reason_code": reason_code, **(detail or {})},
    )
    outbox.publish(session, f"{workflow.name}.{action}", **{f"{workflow.name}_id": id_})


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a history, as timelines show it."""

    workflow: str
    subject_id: UUID
    action: str
    from_state: str | None
    to_state: str
    at: datetime
    person_id: UUID | None
    org_id: UUID | None
    actor_name: str
    reason_code: str | None
    reason: str | None
    detail: dict[str, Any]


async def history(session: AsyncSession, subject_ids: Sequence[UUID]) -> list[Change]:
    """Every move of these subjects, oldest first."""
    rows = await session.execute(
        select(StateChange).where(StateChange.subject_id.in_(subject_ids)).order_by(StateChange.id)
    )
    return [
        Change(
            r.workflow, r.subject_id, r.action, r.from_state, r.to_state, r.at, r.person_id, r.org_id, r.actor_name,
            r.reason_code, r.reason, r.detail,
        )
        for r in rows.scalars()
    ]  # fmt: skip


async def transition_many(
    session: AsyncSession, model: Any, ids: Sequence[UUID], workflow: Workflow, action: str, actor: Actor
) -> list[UUID]:
    """Take one action on many rows at once; those whose state does not allow it are left alone. The moved ids."""
    t = workflow.transitions[action]
    if len(t.sources) != 1:
        raise ValueError(f"{workflow.name}.{action} has several sources; move its rows one by one")
    now = clock.now()
    moved = list(
        (
            await session.execute(
                update(model)
                .where(model.id.in_(ids), model.status == t.sources[0])
                .values(status=t.target, status_at=now)
                .returning(model.id)
                .execution_options(synchronize_session=False)
            )
        ).scalars()
    )
    if not moved:
        return []
    shared: dict[str, Any] = {
        "workflow": workflow.name, "action": action, "from_state": t.sources[0], "to_state": t.target, "at": now,
        "person_id": actor.person_id, "org_id": actor.org_id, "actor_name": actor.person_name, "reason_code": None,
        "reason": None, "detail": {},
    }  # fmt: skip
    await session.execute(insert(StateChange), [{"subject_id": id_, **shared} for id_ in moved])
    for id_ in moved:
        detail = {"from": t.sources[0], "to": t.target, "reason_code": None}
        audit.record(session, actor, f"{workflow.name}.{action}", workflow.name, id_, detail)
        outbox.publish(session, f"{workflow.name}.{action}", **{f"{workflow.name}_id": id_})
    return moved


async def note_many(
    session: AsyncSession, workflow: Workflow, ids: Sequence[UUID], action: str, to_state: str, actor: Actor
) -> None:
    """History and audit of many creations at once (an import); publishes nothing by itself."""
    now = clock.now()
    shared: dict[str, Any] = {
        "workflow": workflow.name, "action": action, "from_state": None, "to_state": to_state, "at": now,
        "person_id": actor.person_id, "org_id": actor.org_id, "actor_name": actor.person_name, "reason_code": None,
        "reason": None, "detail": {},
    }  # fmt: skip
    await bulk.insert(session, StateChange, [{"subject_id": id_, **shared} for id_ in ids])
    for id_ in ids:
        audit.record(session, actor, f"{workflow.name}.{action}", workflow.name, id_, {"from": None, "to": to_state})

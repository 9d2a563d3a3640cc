"""The verbs of weights: a draft, what it would change, putting it in force, discarding it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.listings import listings
from app.matching import errors, policy, repository
from app.matching.finding import weights_in_force
from app.matching.models import MatchWeights
from app.matching.schemas import Change, DraftWeights, Preview, WeightsList, WeightsView
from app.matching.scoring import DEFAULT, Component
from app.matching.workflow import WEIGHTS
from app.needs import needs
from app.platform import state
from app.platform.db import reading, unit_of_work

LOOKED_AT = 20
FIRST = 10


def total(components: Mapping[str, float], shares: Mapping[str, Decimal]) -> float:
    """The score of kept components under other shares: as scoring counts it, over what the need asks."""
    asked = {name: float(shares[name]) for name in components}
    whole = math.fsum(asked.values())
    return math.fsum(asked[name] * value for name, value in components.items()) / whole if whole else 0.0


def first(kept: list[tuple[UUID, dict[str, float]]], shares: Mapping[str, Decimal]) -> list[UUID]:
    return sorted((id_ for id_, _ in kept), key=lambda id_: (-total(dict(kept)[id_], shares), str(id_)))[:FIRST]


class Weighing:
    @staticmethod
    def _may(actor: Actor, *, write: bool = False) -> None:
        if actor.anonymous:
            raise Unauthenticated
        if not (policy.may_tune(actor) if write else actor.is_operator):
            raise Forbidden

    async def versions(self, actor: Actor) -> WeightsList:
        """Every version, newest first; the built-in one last."""
        self._may(actor)
        async with reading() as session:
            rows = await repository.versions(session)
        items = [self._view(actor, r) for r in rows]
        used = any(i.status == "in_force" for i in items)
        built_in = WeightsView(
            version=DEFAULT.version, status="retired" if used else "in_force", status_at=None, note="",
            shares={k.value: v for k, v in DEFAULT.shares.items()}, actions=[],
        )  # fmt: skip
        return WeightsList(items=[*items, built_in])

    @staticmethod
    def _view(actor: Actor, row: MatchWeights) -> WeightsView:
        actions = [t.action for t in WEIGHTS.actions_from(row.status) if t.action != "retire"]
        return WeightsView(
            version=row.version, status=row.status, status_at=row.status_at, note=row.note,
            shares={k: Decimal(v) for k, v in row.shares.items()}, actions=actions if policy.may_tune(actor) else [],
        )  # fmt: skip

    async def draft(self, actor: Actor, command: DraftWeights) -> int:
        """A new version, not yet in force; its number."""
        self._may(actor, write=True)
        shares = {c.value: getattr(command, c.value) / 100 for c in Component}
        if sum(shares.values()) != 1:
            raise errors.not_whole()
        async with unit_of_work() as session:
            await repository.lock_weights(session)
            version, id_ = await repository.next_version(session), new_id()
            await repository.add_weights(
                session, id=id_, version=version, status=WEIGHTS.initial, status_at=clock.now(),
                shares={k: str(v) for k, v in shares.items()}, note=command.note, created_at=clock.now(),
                created_by=actor.person_id,
            )  # fmt: skip
            await state.note(session, WEIGHTS, id_, "draft", None, WEIGHTS.initial, actor, detail={"version": version})
        return version

    async def _row(self, version: int) -> MatchWeights:
        async with reading() as session:
            row = await repository.of_version(session, version)
        if row is None:
            raise NotFound
        return row

    async def preview(self, actor: Actor, version: int) -> Preview:
        """For the newest open needs: which listings would enter and leave their first ten."""
        self._may(actor)
        shares = {k: Decimal(v) for k, v in (await self._row(version)).shares.items()}
        now = {k.value: v for k, v in (await weights_in_force()).shares.items()}
        async with reading() as session:
            ids = await repository.open_needs(session, LOOKED_AT)
            kept = {id_: await repository.kept_components(session, id_) for id_ in ids}
        moved = {}
        for id_ in ids:
            before, after = first(kept[id_], now), first(kept[id_], shares)
            if set(before) != set(after):
                moved[id_] = ([i for i in after if i not in before], [i for i in before if i not in after])
        cards = await listings.cards([i for pair in moved.values() for side in pair for i in side])
        need_cards = await needs.cards(moved)

        def titles(ids: list[UUID]) -> list[str]:
            return [cards[i].title(actor.locale) for i in ids if i in cards]

        return Preview(
            version=version,
            looked_at=len(ids),
            changes=[
                Change(need=need_cards[id_], entering=titles(entering), leaving=titles(leaving))
                for id_, (entering, leaving) in moved.items()
            ],
        )

    async def enforce(self, actor: Actor, version: int) -> None:
        """Put a version in force in place of the one before; every open need is looked at again."""
        self._may(actor, write=True)
        row = await self._row(version)
        async with unit_of_work() as session:
            await repository.lock_weights(session)
            before = await repository.in_force(session)
            WEIGHTS.check("enforce", (await self._row(version)).status)
            if before is not None:
                await state.transition(session, MatchWeights, before.id, WEIGHTS, "retire", actor)
            await state.transition(session, MatchWeights, row.id, WEIGHTS, "enforce", actor)

    async def discard(self, actor: Actor, version: int) -> None:
        """Drop a draft; it stays in the history."""
        self._may(actor, write=True)
        row = await self._row(version)
        async with unit_of_work() as session:
            await state.transition(session, MatchWeights, row.id, WEIGHTS, "discard", actor)


weighing = Weighing()

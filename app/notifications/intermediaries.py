"""Mails about profiles, licences and ratings."""

from __future__ import annotations

from uuid import UUID

from app.accounts import accounts
from app.intermediaries import intermediaries, licences, ratings
from app.notifications.telling import tell, tell_people
from app.platform import outbox

PROFILE_EVENTS = ("provider.approve", "provider.request_changes", "provider.suspend", "provider.restore")
LICENCE_EVENTS = ("licence.check", "licence.refuse", "licence.expire", "licence.remind")
STATE_OF = {"licence.check": "checked", "licence.refuse": "refused", "licence.expire": "expired",
            "licence.remind": "checked"}  # fmt: skip


async def _tell(
    org_id: UUID, person_id: UUID | None, template: str, subject: UUID, event: str, path: str, **context: object
) -> None:
    """An expert's mail goes to that person alone, an organisation's to those who may bind it."""
    if person_id is None:
        await tell([org_id], template, subject, event, path, **context)
    elif person := await accounts.contact(person_id):
        await tell_people([person], template, subject, event, path, **context)


async def provider_event(provider_id: UUID, event: str) -> None:
    """The operator's answers, to the owner."""
    told = await intermediaries.told(provider_id, event.removeprefix("provider."))
    if told is None or told.move is None:
        return
    # An action may be taken again: each time is told of once.
    once = f"{event}:{told.move.at.isoformat()}"
    await _tell(
        told.org_id, told.person_id, event.replace(".", "_"), provider_id, once, f"/providers/{provider_id}",
        owner=told.owner, reason=told.move.reason,
    )  # fmt: skip


async def licence_event(licence_id: UUID, event: str) -> None:
    """Checked, refused, ending soon, ended: to the owner, as it is now."""
    told = await licences.told(licence_id)
    if told is None or told.licence.status != STATE_OF[event]:
        return
    once = f"{event}:{told.licence.reminded}" if event == "licence.remind" else event
    await _tell(
        told.org_id, told.person_id, event.replace(".", "_"), licence_id, once,
        f"/providers/{told.provider_id}#licences", owner=told.owner, licence=told.licence, days=told.days,
        reason=told.reason,
    )  # fmt: skip


async def rating_event(pair_id: UUID, event: str) -> None:
    """The first rating: the other side is told that it was rated, not how. Published: both are told."""
    told = await ratings.told(pair_id)
    if told is None:
        return
    path = f"/deals/{told.deal_id}/ratings"
    if event == "rating_pair.publish":
        both = [told.provider_org_id, told.party_org_id]
        await tell(both, "rating_published", pair_id, event, path, reference=told.reference)
    elif told.awaited_org_id is not None:
        await tell(
            [told.awaited_org_id], "rating_sent", pair_id, event, path, reference=told.reference,
            rater=told.rater_name, closes_at=told.closes_at,
        )  # fmt: skip


def _on(event: str) -> None:
    async def tell_provider(provider_id: str) -> None:
        await provider_event(UUID(provider_id), event)

    async def tell_licence(licence_id: str) -> None:
        await licence_event(UUID(licence_id), event)

    async def tell_rating(rating_pair_id: str) -> None:
        await rating_event(UUID(rating_pair_id), event)

    handler = {"provider": tell_provider, "licence": tell_licence}.get(event.split(".", maxsplit=1)[0], tell_rating)
    handler.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(handler)


for name in (*PROFILE_EVENTS, *LICENCE_EVENTS, "rating.sent", "rating_pair.publish"):
    _on(name)

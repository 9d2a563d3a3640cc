"""Who takes part in a deal, and what may be done about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from app.brokerage.schemas.mandates import Command, PartyView
from app.deals import Participant
from app.kit.typed import clean


class InviteBroker(Command):
    """One's own broker, under an active mandate that covers the deal."""

    org_id: UUID


class RemoveBroker(Command):
    org_id: UUID
    reason: Annotated[str, Field(min_length=5, max_length=1000), BeforeValidator(clean)]


class PersonView(BaseModel):
    participant: Participant
    attributed: Decimal | None  # per cent of its side's merit by the sealed record
    actions: list[str]  # hand_over | remove


class PeopleView(BaseModel):
    deal_id: UUID
    people: list[PersonView]
    invitable: list[PartyView]

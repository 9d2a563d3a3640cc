"""Ties between those who take part: told to the parties when they are to consent, or when somebody has to leave."""

from __future__ import annotations

from uuid import UUID

from app.independence import independence
from app.notifications.telling import tell
from app.platform import outbox


@outbox.subscribe("conflict_finding.find", "conflict_finding.uphold")
async def tell_conflict_finding(conflict_finding_id: str) -> None:
    finding, parties = await independence.peek(UUID(conflict_finding_id))
    path = f"/deals/{finding.deal_id}/independence"
    if finding.status == "open" and finding.verdict == "consent":
        await tell(parties, "conflict_consent", finding.id, "conflict_finding.find", path, finding=finding)
    elif finding.status == "upheld":
        to = [*parties, finding.org_id]
        await tell(to, "conflict_upheld", finding.id, "conflict_finding.uphold", path, finding=finding)

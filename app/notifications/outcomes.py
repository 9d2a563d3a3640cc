"""A party is asked what became of its deal."""

from __future__ import annotations

from uuid import UUID

from app.notifications.telling import tell
from app.outcomes import outcomes
from app.platform import outbox


@outbox.subscribe("outcome_prompt.ask")
async def tell_outcome_prompt_ask(outcome_prompt_id: str) -> None:
    prompt = await outcomes.peek(UUID(outcome_prompt_id))
    if prompt.status != "asked":
        return  # answered, or the next one has been asked
    await tell(
        [prompt.org_id], "outcome_ask", prompt.id, "outcome_prompt.ask", f"/deals/{prompt.deal_id}/outcome",
        prompt=prompt,
    )  # fmt: skip

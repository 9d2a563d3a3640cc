"""Mandates, introductions, claims and commission: told to whoever did not act. No mail names a party still sealed."""

from __future__ import annotations

from uuid import UUID

from app.accounts import accounts
from app.brokerage import attributing, claims, introductions, mandates
from app.kit.actor import system
from app.kit.text import Text
from app.listings import listings
from app.needs import needs
from app.notifications.telling import tell
from app.platform import outbox

READER = system("santex notifications")
MANDATE: dict[str, Text] = {
    "propose": Text("có đề nghị ủy nhiệm mới, chờ bạn đọc và ký", "a mandate is proposed for you to read and sign"),
    "counter": Text("có bản khác, chờ bạn đọc và ký", "another version is proposed for you to read and sign"),
    "sign": Text("bên kia đã ký, chờ bạn ký", "the other side has signed; your signature is awaited"),
    "activate": Text("hai bên đã ký, bắt đầu hiệu lực", "both have signed; it is in force"),
    "decline": Text("bên kia không ký, có nêu lý do", "the other side declined, with a reason"),
    "extend": Text("được gia hạn theo thỏa thuận", "it is extended as agreed"),
    "give_notice": Text("có thông báo chấm dứt", "notice was given"),
    "ask_to_end": Text("bên kia đề nghị chấm dứt, chờ bạn trả lời", "the other side asks to end it"),
    "agree_to_end": Text("đã chấm dứt theo thỏa thuận", "it has ended by agreement"),
    "end": Text("đã kết thúc", "it has ended"),
}
BOTH = ("activate", "extend", "agree_to_end", "end")
CLAIM: dict[str, Text] = {
    "open": Text("có khiếu nại về lời giới thiệu của bạn", "there is a claim on your introduction"),
    "decide": Text("đã có quyết định", "it is decided"),
    "appeal": Text("có đề nghị phúc xét", "an appeal was made"),
    "decide_appeal": Text("đã có quyết định phúc xét", "the appeal is decided"),
    "withdraw": Text("khiếu nại đã được rút", "the claim is withdrawn"),
}


def _on_mandate(action: str) -> None:
    async def tell_mandate(mandate_id: str) -> None:
        row = await mandates.told(UUID(mandate_id))
        actor_org = await mandates.last_actor(row.id, action)
        to = [o for o in (row.client_org_id, row.broker_org_id) if action in BOTH or o != actor_org]
        event = f"mandate.{action}:{row.version}:{row.ends_on}"
        await tell(
            to, "mandate", row.id, event, f"/mandates/{row.id}", what=MANDATE[action], reference=mandates.reference(row)
        )

    tell_mandate.__qualname__ = f"tell_mandate_{action}"
    outbox.subscribe(f"mandate.{action}")(tell_mandate)


for name in MANDATE:
    _on_mandate(name)


async def _subject(listing_id: UUID | None, need_id: UUID | None) -> str:
    if listing_id is not None:
        return (await listings.cards([listing_id]))[listing_id].title_vi
    return (await needs.cards([need_id]))[need_id].title if need_id else ""


@outbox.subscribe("introduction.seal")
async def tell_introduced(introduction_id: str) -> None:
    """To the introduced party: who introduces, and what about; not for whom, where that is sealed."""
    row = await introductions.told(UUID(introduction_id))
    broker = await accounts.organisation(READER, row.broker_org_id)
    await tell(
        [row.counterparty_org_id], "introduction", row.id, "introduction.seal", f"/introductions/{row.id}",
        broker=broker.name_vi, title=await _subject(row.listing_id, row.need_id), reference=row.reference,
    )  # fmt: skip


@outbox.subscribe("introduction.accept", "introduction.decline")
async def tell_introduction_answered(introduction_id: str) -> None:
    """To the broker; to its client only a yes."""
    row = await introductions.told(UUID(introduction_id))
    to = [row.broker_org_id]
    if row.status != "declined":
        to.append(row.client_org_id)
    await tell(
        to, "introduction_answered", row.id, f"introduction.answered:{row.status == 'declined'}",
        f"/introductions/{row.id}", yes=row.status != "declined", reference=row.reference,
        title=await _subject(row.listing_id, row.need_id),
    )  # fmt: skip


def _on_claim(action: str) -> None:
    async def tell_claim(introduction_claim_id: str) -> None:
        row, own = await claims.told(UUID(introduction_claim_id))
        to = [row.respondent_org_id] if action in ("open", "withdraw") else [row.broker_org_id, row.respondent_org_id]
        title = await _subject(own.listing_id, own.need_id)
        await tell(
            [o for o in to if o], "introduction_claim", row.id, f"introduction_claim.{action}",
            f"/introduction-claims/{row.id}", what=CLAIM[action], title=title,
        )  # fmt: skip

    tell_claim.__qualname__ = f"tell_claim_{action}"
    outbox.subscribe(f"introduction_claim.{action}")(tell_claim)


for name in CLAIM:
    _on_claim(name)


@outbox.subscribe("deal.commission")
async def tell_commission(deal_id: str) -> None:
    """The newest statement, to the broker and to its client."""
    for row in await attributing.newest(UUID(deal_id)):
        await tell(
            [row.broker_org_id, row.client_org_id], "commission", row.id, "deal.commission", "/brokerage",
            amount=row.amount, value=row.value,
        )  # fmt: skip

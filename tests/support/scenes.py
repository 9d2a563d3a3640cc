"""What the walk over all routes needs: who walks, in which state of things, and the ids that stand in an address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.accounts import accounts
from app.accounts.schemas import CreateKey, Invite, RequestReset
from app.catalogue.saved import saved_searches
from app.catalogue.schemas import SaveSearch
from app.deals import deals
from app.deals.schemas import ReportContract
from app.kit import clock
from app.kit.ids import new_id
from app.listings import Tier, listings
from app.listings.schemas import Approve, CreateListing, UpdateListing
from app.matching import matching, weighing
from app.matching.schemas import DraftWeights
from app.needs import needs
from app.offers import memoranda, offers
from app.offers.schemas import ProposeMemorandum, SetRule
from app.profiles import campaigns, profiles
from app.profiles.schemas import GiveAnswer, PlanCampaign, SaveProfile
from app.proposals import proposals
from tests.support import demand, jobs, market
from tests.support.people import Org, Person

WEIGHTS = {
    "technical": "40", "constraints": "20", "trl": "10", "money": "10", "place": "5", "freshness": "5",
    "absorptive": "10", "note": "Thử cho nơi dùng nặng hơn.",
}  # fmt: skip
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
SCORES = Approve(advantages=4, clarity=4, cooperation=4, language=4, screening="clear")
LINK = re.compile(r"https?://\S+/(?:invitations/|password/reset\?token=)([\w.-]+)")


@dataclass(slots=True)
class Scene:
    """`people` by what they are here; `ids` fill the places of an address."""

    people: dict[str, Person]
    ids: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


class Stage:
    """Builds scenes. Each step is named by the state it reaches and starts from the one before it."""

    def __init__(
        self,
        person: Callable[..., Awaitable[Person]],
        organisation: Callable[..., Awaitable[Org]],
        drain: Callable[[], Awaitable[None]],
        mails: Callable[..., list[Any]],
    ) -> None:
        self.person, self.organisation, self.drain, self.mails = person, organisation, drain, mails

    async def cast(self) -> Scene:
        seller, buyer, third = [await self.organisation(k) for k in ("university", "company", "company")]
        people = {
            "seller": await self.person("owner", seller),
            "seller_viewer": await self.person("viewer", seller),
            "buyer": await self.person("owner", buyer),
            "buyer_viewer": await self.person("viewer", buyer),
            "wrong": await self.person("owner", third),
            "operator": await self.person(None, staff=["operator"]),
            "department": await self.person(None, staff=["department"]),
        }
        return Scene(people, {"org_id": seller.id})

    async def build(self, state: str) -> Scene:
        scene = await self.cast()
        await getattr(self, f"_{state}")(scene)
        return scene

    # --- listings ---

    async def _empty(self, scene: Scene) -> None:
        """Nothing but the people."""

    async def _draft(self, scene: Scene) -> None:
        owner = scene.seller.actor
        made = await listings.create(owner, CreateListing(title_vi=market.CONTENT["title_vi"]))
        await listings.update(owner, made, UpdateListing.model_validate(market.CONTENT))
        file = await listings.attach(owner, made, "mau.png", PNG, Tier.public)
        scene.ids |= {"listing_id": made, "file_id": file.id, "step": "introduction"}

    async def _submitted(self, scene: Scene) -> None:
        await self._draft(scene)
        await listings.submit(scene.seller.actor, scene.ids["listing_id"])

    async def _published(self, scene: Scene) -> None:
        await self._submitted(scene)
        await listings.approve(scene.operator.actor, scene.ids["listing_id"], SCORES)

    async def _edited(self, scene: Scene) -> None:
        await self._published(scene)
        change = UpdateListing(title_vi="Màng lọc nano, bản sửa sau khi duyệt")
        await listings.update(scene.seller.actor, scene.ids["listing_id"], change)

    async def _suspended(self, scene: Scene) -> None:
        await self._published(scene)
        await listings.suspend(scene.operator.actor, scene.ids["listing_id"], "Đang kiểm tra lại quyền sở hữu.")

    async def _archived(self, scene: Scene) -> None:
        await self._published(scene)
        await listings.archive(scene.seller.actor, scene.ids["listing_id"])

    # --- deals ---

    async def _deal(self, scene: Scene) -> None:
        await self._published(scene)
        scene.ids["deal_id"] = await market.open_deal(scene.buyer.actor, scene.ids["listing_id"])

    async def _offered(self, scene: Scene) -> None:
        await self._deal(scene)
        scene.ids["offer_id"] = await market.send_offer(scene.buyer.actor, scene.ids["deal_id"])

    async def _agreed(self, scene: Scene) -> None:
        await self._offered(scene)
        await offers.accept(scene.seller.actor, scene.ids["offer_id"])

    async def _reserved(self, scene: Scene) -> None:
        await self._deal(scene)
        terms = {"exclusivity": "exclusive"}
        scene.ids["offer_id"] = await market.send_offer(scene.buyer.actor, scene.ids["deal_id"], **terms)
        await offers.accept(scene.seller.actor, scene.ids["offer_id"])

    async def _reported(self, scene: Scene) -> None:
        await self._agreed(scene)
        contract = ReportContract(number="01/2026/HĐ", signed_on=date(2026, 1, 15), value=500_000_000)
        deal_id = scene.ids["deal_id"]
        await deals.report_contract(scene.buyer.actor, deal_id, contract, "hop-dong.pdf", market.PDF)
        scene.ids["evidence_id"] = await market.scalar(
            "SELECT id FROM deal_evidence WHERE deal_id = :deal AND kind = 'contract'", deal=deal_id
        )

    async def _waiting(self, scene: Scene) -> None:
        """The buyer's offer waits for the approval of the buyer, whom a colleague has asked."""
        await self._deal(scene)
        buyer = scene.buyer
        asker = await self.person("manager", buyer.org)
        rule = SetRule(needed=1, approvers=[buyer.id], on_send=True)
        await offers.set_approval_rule(buyer.actor, rule)
        assert await offers.send(asker.actor, scene.ids["deal_id"], market.proposal()) is None
        scene.ids["approval_id"] = await market.scalar(
            "SELECT id FROM approval_request WHERE deal_id = :deal", deal=scene.ids["deal_id"]
        )

    async def _memorandum(self, scene: Scene) -> None:
        await self._deal(scene)
        command = ProposeMemorandum(
            summary="Hai bên thử màng lọc ở một trạm nước trong ba tháng.", expires_on=clock.today() + timedelta(days=5)
        )
        file = ("bien-ban.pdf", market.PDF)
        scene.ids["memorandum_id"] = await memoranda.propose(scene.buyer.actor, scene.ids["deal_id"], command, file)

    async def _remembered(self, scene: Scene) -> None:
        await self._memorandum(scene)
        await memoranda.confirm(scene.seller.actor, scene.ids["memorandum_id"])

    # --- needs: stated by the buyer, answered by the seller ---

    async def _need_draft(self, scene: Scene) -> None:
        scene.ids |= {"need_id": await demand.draft(scene.buyer.actor), "step": "task"}

    async def _need_submitted(self, scene: Scene) -> None:
        await self._need_draft(scene)
        await needs.submit(scene.buyer.actor, scene.ids["need_id"])

    async def _need_published(self, scene: Scene) -> None:
        await self._need_submitted(scene)
        await needs.approve(scene.operator.actor, scene.ids["need_id"])

    async def _need_withdrawn(self, scene: Scene) -> None:
        await self._need_published(scene)
        await needs.withdraw(scene.buyer.actor, scene.ids["need_id"], "Chưa cần trong năm nay.")

    async def _proposed(self, scene: Scene) -> None:
        await self._published(scene)
        await self._need_published(scene)
        scene.ids["proposal_id"] = await demand.proposed(scene.seller.actor, scene.ids["need_id"])

    async def _chosen(self, scene: Scene) -> None:
        await self._proposed(scene)
        await proposals.accept(scene.buyer.actor, scene.ids["proposal_id"])
        await proposals.attach_listing(scene.seller.actor, scene.ids["proposal_id"], scene.ids["listing_id"])

    # --- matches: of the buyer's need and the seller's listing ---

    async def _matched(self, scene: Scene) -> None:
        await self._published(scene)
        await self._need_published(scene)
        await jobs.drain(long=True)  # the index first, then the look
        found = await matching.of_need(scene.buyer.actor, scene.ids["need_id"])
        scene.ids["match_id"] = next(m.id for m in found.items if m.listing.id == scene.ids["listing_id"])

    async def _weights(self, scene: Scene) -> None:
        scene.ids["version"] = await weighing.draft(scene.operator.actor, DraftWeights.model_validate(WEIGHTS))

    # --- profiles ---

    async def _answered(self, scene: Scene) -> None:
        year = clock.today().year
        command = SaveProfile(section="C", answers={"T1": GiveAnswer(value=6)})
        await profiles.save(scene.buyer.actor, year, command)
        scene.ids |= {"year": year, "step": "T"}

    async def _declared(self, scene: Scene) -> None:
        await self._answered(scene)
        await profiles.declare(scene.buyer.actor, scene.ids["year"])

    async def _no_campaign(self, scene: Scene) -> None:
        """The year is free again: scenes are built beside those before them."""
        await market.execute("UPDATE profile_campaign SET status = 'withdrawn'")

    async def _campaign(self, scene: Scene) -> None:
        await self._no_campaign(scene)
        scene.ids["tax_code"] = f"{new_id().int % 10**10:010d}"
        await self.organisation("company", tax_code=scene.ids["tax_code"])
        today = clock.today()
        plan = PlanCampaign(year=today.year, section="C", opens_on=today, closes_on=today)
        scene.ids["campaign_id"] = await campaigns.plan(scene.department.actor, plan)

    async def _surveyed(self, scene: Scene) -> None:
        await self._declared(scene)
        await self._campaign(scene)
        await campaigns.open(scene.department.actor, scene.ids["campaign_id"])
        scene.ids["profile_id"] = (await profiles.own(scene.buyer.actor, scene.ids["year"])).id

    # --- accounts ---

    async def _member(self, scene: Scene) -> None:
        member = await self.person("member", scene.seller.org)
        scene.people["member"] = member
        scene.ids["person_id"] = member.id

    async def _manager(self, scene: Scene) -> None:
        manager = await self.person("manager", scene.seller.org)
        scene.people["manager"] = manager
        scene.ids["person_id"] = manager.id

    async def _invited(self, scene: Scene) -> None:
        invitee = await self.person(None)
        scene.people["invitee"] = invitee
        await accounts.invite(scene.seller.actor, Invite(email=invitee.email))
        scene.ids["token"] = await self._mailed(invitee.email)

    async def _key(self, scene: Scene) -> None:
        scene.ids["key_id"] = (await accounts.create_key(scene.seller.actor, CreateKey(name="của bên bán"))).id

    async def _session(self, scene: Scene) -> None:
        await scene.seller.browser()
        scene.ids["session_id"] = (await accounts.sessions(scene.seller.actor))[0].id

    async def _saved_search(self, scene: Scene) -> None:
        kept = await saved_searches.save_search(scene.seller.actor, SaveSearch(query="q=nano", name="Màng nano"))
        scene.ids |= {"search_id": kept, "token": saved_searches.unsubscribe_token(kept)}

    async def _suspended_organisation(self, scene: Scene) -> None:
        await accounts.change_standing(
            scene.operator.actor, scene.ids["org_id"], "suspend", "Giấy phép đang được kiểm tra."
        )

    async def _unverified(self, scene: Scene) -> None:
        scene.ids["org_id"] = (await self.organisation("institute", verified=False)).id

    async def _forgotten(self, scene: Scene) -> None:
        await accounts.request_password_reset(RequestReset(email=scene.seller.email), address="127.0.0.1")
        scene.ids["token"] = await self._mailed(scene.seller.email)

    async def _mailed(self, to: str) -> str:
        await self.drain()
        found = LINK.search(self.mails(to)[0].body)
        assert found, self.mails(to)[0].body
        return found.group(1)


def elsewhere(ids: dict[str, Any]) -> dict[str, Any]:
    """The same address with ids of things that never were."""
    steady = ("step", "year", "version")
    return {k: new_id() if isinstance(v, UUID) else v if k in steady else "never-was" for k, v in ids.items()}

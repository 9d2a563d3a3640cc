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
from app.brokerage import claims, evidence, mandates
from app.brokerage.people import people
from app.brokerage.schemas.claims import AppealClaim, DecideClaim, OpenClaim
from app.brokerage.schemas.people import InviteBroker
from app.catalogue.saved import saved_searches
from app.catalogue.schemas import SaveSearch
from app.deals import Capacity, deals
from app.deals.schemas import CloseDeal, ReportContract
from app.desk import calendars, messages, notes, todo
from app.desk.messaging import Upload
from app.desk.schemas import AddTask, Audience, MakeFeed, NoteScope, SendMessage, WriteNote
from app.disclosure import disclosure, wording
from app.disclosure.schemas import AddFolder, Answer, Ask, DraftTemplate
from app.independence import independence
from app.independence.schemas import DeclareInterest
from app.intermediaries import ProviderKind, intermediaries, licences, ratings
from app.kit import clock
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.listings import Tier, listings
from app.listings.schemas import Approve, CreateListing, UpdateListing
from app.matching import matching, weighing
from app.matching.schemas import DraftWeights
from app.needs import needs
from app.offers import memoranda, offers
from app.offers.schemas import ProposeMemorandum, SetRule
from app.outcomes import outcomes
from app.profiles import campaigns, profiles
from app.profiles.schemas import GiveAnswer, PlanCampaign, SaveProfile
from app.proposals import proposals
from app.rounds import english, participants, planning, running, sealing
from app.rounds.schemas import ApplyToRound, DeclareDeposit, FileObjection, MakeOfficerKey, NameOfficers
from app.valuations import valuations
from app.valuations.schemas.commands import Complain
from tests.rounds import hall
from tests.support import brokering, demand, jobs, market, registry, secrets, valuing
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

    # --- independence: a valuer takes part, or asks to, and its ties ---

    async def _interest_declared(self, scene: Scene) -> None:
        """The seller's organisation has said that it holds a part of the buyer's."""
        command = DeclareInterest(kind="holding", other=str(scene.buyer.org.id), percent="20")
        scene.ids["declaration_id"] = await independence.declare(scene.seller.actor, command)

    async def _doubted(self, scene: Scene) -> None:
        """A valuer that takes part bears a name the seller's organisation gave as its key person."""
        await self._deal(scene)
        valuer = await self.person("owner", await self.organisation("intermediary"), name="Đỗ Thị Trùng Tên")
        scene.people["valuer"] = valuer
        await independence.admit(scene.operator.actor, scene.ids["deal_id"], valuer.org.id, Capacity.valuer)
        command = DeclareInterest(kind="key_person", other="Đỗ Thị Trùng Tên")
        await independence.declare(scene.seller.actor, command)
        await self.drain()
        scene.ids["finding_id"] = await market.scalar("SELECT id FROM conflict_finding")

    async def _to_consent(self, scene: Scene) -> None:
        """A broker of the seller's side in which the buyer holds a share asks to take part."""
        await self._deal(scene)
        broker = await self.person("owner", await self.organisation("intermediary"))
        command = DeclareInterest(kind="shareholder", other=str(scene.buyer.org.id), percent="20")
        await independence.declare(broker.actor, command)
        try:
            deal_id = scene.ids["deal_id"]
            await independence.admit(scene.operator.actor, deal_id, broker.org.id, Capacity.seller_broker)
        except Conflict:
            scene.ids["finding_id"] = await market.scalar("SELECT id FROM conflict_finding")

    # --- the desk ---

    async def _talked(self, scene: Scene) -> None:
        await self._deal(scene)
        buyer, deal_id = scene.buyer.actor, scene.ids["deal_id"]
        upload = Upload("hop-dong.pdf", market.PDF)
        scene.ids["message_id"] = await messages.send(buyer, deal_id, SendMessage(body="Chào viện"), [upload])
        scene.ids["file_id"] = await market.scalar("SELECT id FROM desk_file ORDER BY id DESC LIMIT 1")
        scene.ids["task_id"] = await todo.add(buyer, deal_id, AddTask(title="Gửi dự thảo", channel=Audience.all))
        note = WriteNote(body="Giá trần 2 tỷ", scope=NoteScope.organisation)
        scene.ids["note_id"] = await notes.write(buyer, deal_id, note)

    async def _task_done(self, scene: Scene) -> None:
        await self._talked(scene)
        await todo.finish(scene.buyer.actor, scene.ids["task_id"])

    async def _colleague(self, scene: Scene) -> None:
        await self._deal(scene)
        scene.people["colleague"] = await self.person("member", scene.buyer.org)

    async def _fed(self, scene: Scene) -> None:
        await self._deal(scene)
        made = await calendars.make_feed(scene.buyer.actor, MakeFeed())
        assert made.address
        scene.ids["token"] = made.address.rsplit("/", 1)[1].removesuffix(".ics")

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

    # --- outcomes: the buyer is asked, thirty days after the deal was closed ---

    async def _outcome_asked(self, scene: Scene) -> None:
        with clock.frozen(clock.now() - timedelta(days=31)):
            await self._deal(scene)
            await deals.close(scene.buyer.actor, scene.ids["deal_id"], CloseDeal(reason_code="price"))
        await outcomes.ask_due()

    # --- agreements and data rooms: a paper of stage 1 open to the buyer, a question that waits ---

    async def _nda_proposed(self, scene: Scene) -> None:
        await self._deal(scene)
        scene.ids["nda_id"] = await secrets.propose(scene.seller.actor, scene.ids["deal_id"])
        said = await secrets.confirmation(scene.buyer.actor, scene.ids["nda_id"])
        scene.ids["sha256"] = said.sha256

    async def _nda_adviser(self, scene: Scene) -> None:
        """Somebody who serves neither party takes part, and has not adhered yet."""
        await self._nda_in_force(scene)
        adviser = await self.person("owner", await self.organisation("intermediary"))
        scene.people |= {"adviser": adviser}
        assert adviser.org
        await deals.join(scene.operator.actor, scene.ids["deal_id"], adviser.org.id, Capacity.adviser)

    async def _nda_in_force(self, scene: Scene) -> None:
        await self._nda_proposed(scene)
        for who in (scene.buyer, scene.seller):
            await secrets.sign(who.actor, scene.ids["nda_id"])

    async def _room(self, scene: Scene) -> None:
        await self._nda_in_force(scene)
        owner, listing_id = scene.seller.actor, scene.ids["listing_id"]
        scene.ids["folder_id"] = await disclosure.add_folder(owner, listing_id, AddFolder(name="Kỹ thuật"))
        scene.ids["document_id"] = await secrets.document(owner, listing_id, download="original")
        scene.ids["grant_id"] = await secrets.grant(owner, listing_id, scene.ids["deal_id"])
        scene.ids["file_id"] = await secrets.listing_file(owner, listing_id)

    async def _asked(self, scene: Scene) -> None:
        await self._room(scene)
        ask = Ask(question="Màng chịu được nước có độ mặn bao nhiêu?")
        scene.ids["question_id"] = await disclosure.ask(scene.buyer.actor, scene.ids["deal_id"], ask)

    async def _answered_question(self, scene: Scene) -> None:
        await self._asked(scene)
        said = Answer(answer="Đến 12 gam muối một lít.")
        await disclosure.answer(scene.seller.actor, scene.ids["question_id"], said)

    async def _nda_template(self, scene: Scene) -> None:
        body = wording.first_versions()[0]
        command = DraftTemplate(kind="one_way", body_vi=body["body_vi"], body_en=body["body_en"])
        scene.ids["template_id"] = await disclosure.draft_template(scene.operator.actor, command)

    async def _nda_template_in_use(self, scene: Scene) -> None:
        await self._nda_template(scene)
        await disclosure.publish_template(scene.operator.actor, scene.ids["template_id"])

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

    # --- public rounds: of the seller's listing; the buyer takes part ---

    async def _planned(self, scene: Scene, kind: str, **changes: Any) -> None:
        await self._published(scene)
        plan = hall.plan(kind, deposit=200, **changes)
        scene.ids["round_id"] = await planning.plan(scene.seller.actor, scene.ids["listing_id"], plan)

    async def _round_draft(self, scene: Scene) -> None:
        await self._planned(scene, "english")

    async def _round_sealed_draft(self, scene: Scene) -> None:
        await self._planned(scene, "sealed")
        scene.people["second"] = await self.person(None, staff=["operator"])
        for who in ("operator", "second"):
            await sealing.make_officer_key(scene.people[who].actor, MakeOfficerKey(passphrase=hall.PASSPHRASE))

    async def _round_announced(self, scene: Scene) -> None:
        await self._round_draft(scene)
        await planning.announce(scene.seller.actor, scene.ids["round_id"], hall.announce())

    async def _round_applied(self, scene: Scene) -> None:
        await self._round_announced(scene)
        scene.ids["entry_id"] = await participants.apply(scene.buyer.actor, scene.ids["round_id"], ApplyToRound())

    async def _round_declared(self, scene: Scene) -> None:
        await self._round_applied(scene)
        paid = DeclareDeposit(evidence="Ngân hàng X, giao dịch 7788")
        await participants.declare_deposit(scene.buyer.actor, scene.ids["round_id"], paid)

    async def _start(self, scene: Scene) -> None:
        round_id = scene.ids["round_id"]
        for bidder in (scene.buyer.actor, await hall.verified()):
            await hall.admit(round_id, bidder, deposit=200)
        await hall.pass_time(round_id, hours=1, seconds=1)
        await running.advance(round_id)

    async def _round_open(self, scene: Scene) -> None:
        await self._round_announced(scene)
        await self._start(scene)

    async def _round_sealed_open(self, scene: Scene) -> None:
        await self._round_sealed_draft(scene)
        officers = NameOfficers(person_ids=[scene.people[w].id for w in ("operator", "second")])
        await planning.name_officers(scene.operator.actor, scene.ids["round_id"], officers)
        await planning.announce(scene.seller.actor, scene.ids["round_id"], hall.announce())
        await self._start(scene)

    async def _round_sealed_closed(self, scene: Scene) -> None:
        await self._round_sealed_open(scene)
        await hall.pass_time(scene.ids["round_id"], hours=3)
        await running.advance(scene.ids["round_id"])

    async def _round_stuck(self, scene: Scene) -> None:
        """It closed while its listing was suspended, which is over."""
        await self._round_open(scene)
        await english.bid(scene.buyer.actor, scene.ids["round_id"], hall.offer(1000))
        await listings.suspend(scene.operator.actor, scene.ids["listing_id"], "Đang kiểm tra lại quyền sở hữu.")
        await hall.pass_time(scene.ids["round_id"], hours=3)
        await running.advance(scene.ids["round_id"])
        await listings.restore(scene.operator.actor, scene.ids["listing_id"])

    async def _round_notice(self, scene: Scene) -> None:
        await self._planned(
            scene, "announcement", intended_org_id=scene.buyer.org.id if scene.buyer.org else None, intended_price=900
        )
        await planning.announce(scene.seller.actor, scene.ids["round_id"], hall.announce(None, None))

    async def _round_objected(self, scene: Scene) -> None:
        await self._round_notice(scene)
        objection = FileObjection(text="Giá dự kiến thấp hơn nhiều so với giá thị trường.")
        scene.ids["objection_id"] = await participants.file_objection(
            scene.wrong.actor, scene.ids["round_id"], objection
        )

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

    # --- brokerage: the seller's broker, and another one ---

    async def _brokers(self, scene: Scene) -> None:
        await self._published(scene)
        for name in ("broker", "other_broker"):
            scene.people[name] = await self.person("owner", await self.organisation("intermediary"))
            await brokering.offering(scene.people[name].actor)
        scene.ids["party_name"] = scene.people["broker"].org.name  # type: ignore[union-attr]

    async def _mandate_proposed(self, scene: Scene) -> None:
        await self._brokers(scene)
        scene.ids["mandate_id"] = await brokering.proposed(scene.broker.actor, scene.seller.actor, swapped=True)
        scene.ids["sha256"] = (await mandates.read(scene.seller.actor, scene.ids["mandate_id"])).sha256

    async def _mandate_active(self, scene: Scene) -> None:
        await self._mandate_proposed(scene)
        for actor in (scene.seller.actor, scene.broker.actor):
            await brokering.sign(actor, scene.ids["mandate_id"])

    async def _ending_asked(self, scene: Scene) -> None:
        await self._mandate_active(scene)
        await mandates.ask_to_end(scene.broker.actor, scene.ids["mandate_id"])

    async def _introduced(self, scene: Scene) -> None:
        await self._mandate_active(scene)
        listing_id = scene.ids["listing_id"]
        scene.ids["introduction_id"] = await brokering.introduced(
            scene.broker.actor, scene.ids["mandate_id"], scene.buyer.actor, listing_id
        )

    async def _introduced_twice(self, scene: Scene) -> None:
        """The address names the later one, of the other broker."""
        await self._introduced(scene)
        other = scene.other_broker.actor
        held = await brokering.active(scene.seller.actor, other)
        scene.ids["introduction_id"] = await brokering.introduced(
            other, held, scene.buyer.actor, scene.ids["listing_id"]
        )

    async def _claimed(self, scene: Scene) -> None:
        await self._introduced_twice(scene)
        command = OpenClaim(reason=brokering.WORDS, evidence=brokering.WORDS)
        introduction_id, file = scene.ids["introduction_id"], evidence.Upload("thu-moi.pdf", market.PDF)
        scene.ids["claim_id"] = await claims.open(scene.other_broker.actor, introduction_id, command, [file])
        of_claim = "SELECT id FROM introduction_claim_file WHERE claim_id = :c"
        scene.ids["file_id"] = await market.scalar(of_claim, c=scene.ids["claim_id"])

    async def _claim_decided(self, scene: Scene) -> None:
        await self._claimed(scene)
        command = DecideClaim(outcome="reject", reason=brokering.WORDS)
        await claims.decide(market.OPERATOR, scene.ids["claim_id"], command)

    async def _claim_appealed(self, scene: Scene) -> None:
        await self._claim_decided(scene)
        await claims.appeal(scene.other_broker.actor, scene.ids["claim_id"], AppealClaim(reason=brokering.WORDS))

    async def _mandated_deal(self, scene: Scene) -> None:
        await self._mandate_active(scene)
        scene.ids["deal_id"] = await market.open_deal(scene.buyer.actor, scene.ids["listing_id"])

    async def _brokered_deal(self, scene: Scene) -> None:
        await self._mandated_deal(scene)
        broker = scene.broker.actor.org_id
        await people.invite(scene.seller.actor, scene.ids["deal_id"], InviteBroker(org_id=broker))

    # --- intermediaries: the seller's own profile; a broker of its own in the deal ---

    async def _provider_draft(self, scene: Scene) -> None:
        scene.ids["provider_id"] = await registry.draft(scene.seller.actor)

    async def _provider_submitted(self, scene: Scene) -> None:
        await self._provider_draft(scene)
        await intermediaries.submit(scene.seller.actor, scene.ids["provider_id"])

    async def _provider_listed(self, scene: Scene) -> None:
        await self._provider_submitted(scene)
        await intermediaries.approve(scene.operator.actor, scene.ids["provider_id"])

    async def _provider_suspended(self, scene: Scene) -> None:
        await self._provider_listed(scene)
        await intermediaries.suspend(scene.operator.actor, scene.ids["provider_id"], "Đang kiểm tra khiếu nại.")

    async def _expert_listed(self, scene: Scene) -> None:
        scene.ids["provider_id"] = await registry.listed(scene.seller.actor, ProviderKind.expert)

    async def _licence_declared(self, scene: Scene) -> None:
        await self._provider_draft(scene)
        owner, provider_id = scene.seller.actor, scene.ids["provider_id"]
        scene.ids["licence_id"] = await licences.declare(
            owner, provider_id, registry.licence("inspection"), "giay-phep.pdf", market.PDF
        )

    async def _contracted(self, scene: Scene) -> None:
        await self._agreed(scene)
        broker = await self.person("owner", await self.organisation("intermediary"))
        scene.people["broker"] = broker
        table = market.Market(scene.seller.actor, scene.buyer.actor, scene.ids["listing_id"], scene.ids["deal_id"])
        await registry.joined(table, broker.actor)
        await registry.sign(table)

    async def _rated(self, scene: Scene) -> None:
        """The broker's words about the seller are public, and the seller's about the broker."""
        await self._contracted(scene)
        deal_id, seller, broker = scene.ids["deal_id"], scene.seller.actor, scene.people["broker"].actor
        await ratings.send(seller, deal_id, registry.marks(broker))
        scene.ids["rating_id"] = await ratings.send(broker, deal_id, registry.marks(seller))

    async def _rating_reported(self, scene: Scene) -> None:
        await self._rated(scene)
        await ratings.report(scene.seller.actor, scene.ids["rating_id"], "Không đúng sự thật.")

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

    # --- valuations: the seller asks for an estimate of its listing; a firm of three does it ---

    async def _valuation(self, scene: Scene, reached: str) -> valuing.Case:
        await self._published(scene)
        firm = await valuing.firm(self.person, self.organisation)
        scene.people |= {"provider": firm.manager, "first": firm.first, "second": firm.second}
        case = valuing.Case(scene.seller.actor, firm, scene.ids["listing_id"])
        await getattr(case, reached)()
        scene.ids |= {"valuation_id": case.id, "version": case.version, "quote_id": await case.quote_id()}
        return case

    async def _valuing(self, scene: Scene) -> None:
        """Somebody offers estimates; nothing is asked yet."""
        await self._published(scene)
        firm = await valuing.firm(self.person, self.organisation)
        scene.people["provider"] = firm.manager

    async def _valuation_requested(self, scene: Scene) -> None:
        await self._valuation(scene, "requested")

    async def _valuation_offered(self, scene: Scene) -> None:
        await self._valuation(scene, "offered")

    async def _valuation_agreed(self, scene: Scene) -> None:
        case = await self._valuation(scene, "agreed")
        scene.ids["document_id"] = await case.attach()

    async def _valuation_undecided(self, scene: Scene) -> None:
        """A person of the firm bears the name of an owner of the technology."""
        case = await self._valuation(scene, "requested")
        owners = UpdateListing.model_validate({"owners": [{"name": case.firm.first.name, "share": "100"}]})
        await listings.update(scene.seller.actor, scene.ids["listing_id"], owners)

    async def _valuation_working(self, scene: Scene) -> None:
        await self._valuation(scene, "working")

    async def _valuation_drafted(self, scene: Scene) -> None:
        await self._valuation(scene, "drafted")

    async def _valuation_in_review(self, scene: Scene) -> None:
        await self._valuation(scene, "in_review")

    async def _valuation_approved(self, scene: Scene) -> None:
        await self._valuation(scene, "approved")

    async def _valuation_reported(self, scene: Scene) -> None:
        await self._valuation(scene, "reported")
        view = await valuations.read(scene.people["first"].actor, scene.ids["valuation_id"])
        scene.ids |= {"report_id": view.reports[0].id, "sha256": view.reports[0].sha256}

    async def _valuation_signed(self, scene: Scene) -> None:
        await self._valuation(scene, "signed")

    async def _valuation_delivered(self, scene: Scene) -> None:
        await self._valuation(scene, "delivered")

    async def _valuation_complained(self, scene: Scene) -> None:
        await self._valuation_delivered(scene)
        words = Complain(words="Dòng tiền năm thứ hai không khớp với số liệu đã gửi.")
        await valuations.complain(scene.seller.actor, scene.ids["valuation_id"], words)

    async def _valuation_shown(self, scene: Scene) -> None:
        await self._valuation_delivered(scene)
        await valuations.show(scene.seller.actor, scene.ids["valuation_id"])


def elsewhere(ids: dict[str, Any]) -> dict[str, Any]:
    """The same address with ids of things that never were."""
    steady = ("step", "year", "version")
    return {k: new_id() if isinstance(v, UUID) else v if k in steady else "never-was" for k, v in ids.items()}

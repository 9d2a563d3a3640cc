"""Load the demo once: everything goes through the verbs people use, only the calendar is turned back."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import wiring
from app.accounts import accounts
from app.accounts.passwords import hasher
from app.deals import deals
from app.deals.schemas import ExpressInterest, ReportContract
from app.demo import brokerage, desk, disclosure, independence, intermediaries, outcomes, papers, valuations
from app.demo import offers as negotiations
from app.demo import rounds as public_rounds
from app.kit import clock
from app.kit.actor import Actor, Role, Staff
from app.listings import listings
from app.listings.schemas import Approve, Content, CreateListing, UpdateListing
from app.needs import needs
from app.needs.schemas import CloseNeed, CreateNeed, UpdateNeed
from app.offers import offers
from app.offers.schemas import DeclineOffer, SendOffer, WithdrawOffer
from app.platform import db, migrate, outbox
from app.profiles import campaigns, profiles
from app.profiles.schemas import PlanCampaign, SaveProfile
from app.proposals import proposals
from app.proposals.schemas import DeclineProposal, SendProposal
from app.settings import ROOT, settings

CONTENT = ROOT / "demo"
PASSWORD = "dung-thu-san-cong-nghe"
SHOWN = (
    ("Trường đại học (bên chào bán)", "lan@uni-songnhue.example"),
    ("Doanh nghiệp (bên mua)", "minh@"),
    ("Đơn vị vận hành", "vanhanh@operator.example"),
    ("Sở KH&CN", "so@department.example"),
)


def _read(name: str) -> Any:
    return json.loads((CONTENT / name).read_text(encoding="utf-8"))


def prepare(console: Console) -> str:
    """Database up, migrated and filled; its address."""
    with console.status("starting the database"):
        url = db.resolve_url()
    with console.status("bringing the database up to date"):
        migrate.upgrade(url)
    asyncio.run(_prepare(url, console))
    return url


async def _prepare(url: str, console: Console) -> None:
    wiring.start(url)
    try:
        await load(console)
    finally:
        await wiring.stop()


def announce(console: Console, host: str, port: int) -> None:
    people = {p["email"] for p in _read("organisations.json")["people"]}
    address = f"http://{host}:{port}"
    console.print(f"\n  santex: {address}", highlight=False)
    console.print(f"  API:    {address}/api/v1/docs", highlight=False)
    if settings().mail_transport == "mailbox":
        console.print(f"  mail:   {address}/mailbox", highlight=False)
    console.print(f"\n  demo sign-ins (password: {PASSWORD})", highlight=False)
    for label, prefix in SHOWN:
        email = next((e for e in sorted(people) if e.startswith(prefix)), prefix)
        console.print(f"    {email:34} {label}", highlight=False)
    console.print("\n  stop with Ctrl-C\n")


# What stands on listings and deals, in the order it is loaded; each is loaded once, as a whole.
LATER: tuple[tuple[str, Callable[[World], Awaitable[None]]], ...] = (
    ("offers", negotiations.load),
    ("intermediaries", intermediaries.load),
    ("independence", independence.load),
    ("brokerage", brokerage.load),
    ("disclosure", disclosure.load),
    ("outcomes", outcomes.load),
    ("desk", desk.load),
    ("rounds", public_rounds.load),
    ("valuations", valuations.load),
)


async def load(console: Console) -> None:
    """Fill an empty exchange; does nothing when it is filled, and carries on where a killed load stopped."""
    content = _read("organisations.json")
    rows = [row for path in sorted((CONTENT / "listings").glob("*.json")) for row in _read(f"listings/{path.name}")]
    scripts = _read("deals.json")
    wanted = _read("needs.json")
    surveyed = _read("profiles.json")
    done = await _done()
    if done >= {"organisations", "listings", "deals", "needs", "profiles", *(name for name, _ in LATER)}:
        return
    with Progress(TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), console=console) as bar:
        world = World()
        task = bar.add_task("organisations and people", total=len(content["people"]))
        await world.people(content, lambda: bar.advance(task))
        if "listings" not in done:
            task = bar.add_task("technologies", total=len(rows))
            await world.listings(rows, lambda: bar.advance(task))
            await world.drafts(rows)
            await _mark("listings")
        else:
            world.published = await listings.known_sources("demo")
        if "deals" not in done:
            task = bar.add_task("deals", total=len(scripts))
            await world.deals(scripts, lambda: bar.advance(task))
            await _mark("deals")
        if "needs" not in done:
            task = bar.add_task("needs", total=len(wanted))
            await world.needs(wanted, lambda: bar.advance(task))
            await _mark("needs")
        if "profiles" not in done:
            task = bar.add_task("enterprise profiles", total=len(surveyed["profiles"]))
            await world.profiles(surveyed, lambda: bar.advance(task))
            await _mark("profiles")
        for name, part in LATER:
            if name not in done:
                task = bar.add_task(name, total=1)
                await part(world)
                await _mark(name)
                bar.advance(task)
        await _mark("organisations")
        task = bar.add_task("search index", total=1)
        await outbox.drain(db.database().url, long=False)
        bar.advance(task)


async def _done() -> set[str]:
    marks = settings().data_dir / "demo.json"
    known = await _fingerprint()
    if not marks.is_file():
        return set()
    kept = json.loads(marks.read_text())
    return set(kept.get(known, []))


async def _fingerprint() -> str:
    """Which database the marks are about: a fresh one starts from nothing."""
    async with db.reading() as session:
        row = await (await session.connection()).exec_driver_sql("SELECT system_identifier FROM pg_control_system()")
        name = await (await session.connection()).exec_driver_sql("SELECT current_database()")
        return f"{row.scalar_one()}/{name.scalar_one()}"


async def _mark(part: str) -> None:
    marks = settings().data_dir / "demo.json"
    key = await _fingerprint()
    kept = json.loads(marks.read_text()) if marks.is_file() else {}
    kept[key] = sorted({*kept.get(key, []), part})
    marks.parent.mkdir(parents=True, exist_ok=True)
    marks.write_text(json.dumps(kept))


def _days_ago(key: str, least: int, most: int) -> datetime:
    """A steady moment in the past for a key, in office hours, so that every load tells the same story."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    pick = random.Random(seed)
    day = clock.now() - timedelta(days=pick.randint(least, most))
    return day.astimezone(clock.VIETNAM).replace(hour=pick.randint(8, 16), minute=pick.randint(0, 59), second=0)


def _office_hours(at: datetime, seed: int) -> datetime:
    """The same day, at some minute between eight and five in Vietnam."""
    return at.astimezone(clock.VIETNAM).replace(hour=8 + seed % 9, minute=seed * 7 % 60, second=0, microsecond=0)


def _this_year(days_ago: int) -> datetime:
    """So many days ago at ten in Vietnam, but no earlier than this year's first working days."""
    today = clock.now().astimezone(clock.VIETNAM).replace(hour=10, minute=0, second=0, microsecond=0)
    first = today.replace(month=1, day=1)
    return min(max(today - timedelta(days=days_ago), first), clock.now())


class World:
    """The people of the demo and what they do."""

    def __init__(self) -> None:
        self.orgs: dict[str, UUID] = {}
        self.actors: dict[str, list[Actor]] = {}
        self.published: dict[str, UUID] = {}
        self.operator = Actor(person_name="Đơn vị vận hành", staff=frozenset({Staff.operator}))

    async def people(self, content: dict[str, Any], tick: Any) -> None:
        admin = Actor(person_name="santex demo", staff=frozenset({Staff.admin, Staff.operator}))
        hashed = await hasher().hash(PASSWORD)
        kinds = {org["key"]: org["kind"] for org in content["organisations"]}
        for org in content["organisations"]:
            values = {k: org.get(k) for k in ("name_vi", "name_en", "about_vi", "about_en", "province", "website")}
            status = "verified" if org.get("verified") or org["kind"] in ("operator", "department") else "registered"
            self.orgs[org["key"]] = await accounts.import_organisation(
                "demo", org["key"], **values, kind=org["kind"], country="VN", is_demo=True, status=status
            )
        for person in content["people"]:
            org_id = self.orgs[person["org"]]
            id_ = await accounts.add_person(
                admin,
                email=person["email"],
                name=person["name"],
                password_hash=hashed,
                org_id=org_id,
                role=Role(person["role"]),
                is_demo=True,
            )
            if person["org"] in ("operator", "department"):
                await accounts.grant_duty(admin, person["email"], Staff(person["org"]))
            staff = frozenset({Staff(person["org"])}) if person["org"] in ("operator", "department") else frozenset()
            actor = Actor(
                person_id=id_,
                org_id=org_id,
                role=Role(person["role"]),
                person_name=person["name"],
                staff=staff,
                org_kind=kinds[person["org"]],
            )
            self.actors.setdefault(person["org"], []).append(actor)
            if person["org"] == "operator":
                self.operator = actor
            tick()

    def binder(self, org: str) -> Actor:
        """Somebody who may bind the organisation."""
        return next(a for a in self.actors[org] if a.can_manage)

    async def listings(self, rows: Iterable[dict[str, Any]], tick: Any) -> None:
        known = await listings.known_sources("demo")
        for row in rows:
            if row["key"] in known:
                self.published[row["key"]] = known[row["key"]]
            else:
                self.published[row["key"]] = await self._publish(row)
            tick()

    async def _publish(self, row: dict[str, Any]) -> UUID:
        owner = self.binder(row["org"])
        content = self._content(row)
        written = _days_ago(row["key"], 20, 330)
        with clock.frozen(written):
            id_ = await listings.create(owner, CreateListing(title_vi=row["title_vi"]))
            await listings.update(owner, id_, content)
            await listings.mark_demo(id_, "demo", row["key"])
        with clock.frozen(written + timedelta(hours=20)):
            await listings.submit(owner, id_)
        pick = random.Random(row["key"])
        scores = {k: pick.choice((3, 3, 4, 4, 5)) for k in ("advantages", "clarity", "cooperation", "language")}
        with clock.frozen(written + timedelta(days=2)):
            await listings.approve(self.operator, id_, Approve(**scores, screening="clear"))
        return id_

    @staticmethod
    def _content(row: dict[str, Any]) -> UpdateListing:
        known = {k: v for k, v in row.items() if k in Content.model_fields}
        return UpdateListing.model_validate(known)

    async def drafts(self, rows: list[dict[str, Any]]) -> None:
        """A few listings in the states before publication, so that every desk has work on it."""
        seeds = [r for r in rows if r["org"] == "uni-songnhue"] or rows
        owner = self.binder("uni-songnhue")
        plans = (("draft", 0), ("submitted", 1), ("submitted", 2), ("changes_requested", 3), ("archived", 4))
        for state, n in plans:
            row = seeds[n % len(seeds)]
            title = f"{row['title_vi'].split(':')[0][:120]} (phiên bản kế tiếp)"
            id_ = await listings.create(owner, CreateListing(title_vi=title))
            content = self._content(row).model_copy(update={"title_vi": title, "title_en": None})
            fields = content.model_fields_set if state != "draft" else {"title_vi", "summary_vi", "field", "priority"}
            partial = UpdateListing.model_validate({k: getattr(content, k) for k in fields})
            await listings.update(owner, id_, partial)
            await listings.mark_demo(id_, None, None)
            if state in ("submitted", "changes_requested"):
                with clock.frozen(clock.now() - timedelta(days=n + 1)):
                    await listings.submit(owner, id_)
            if state == "changes_requested":
                reason = "Bảng so sánh chưa nêu nguồn số liệu. Hãy bổ sung nơi và thời gian đo."
                await listings.request_changes(self.operator, id_, reason)
            if state == "archived":
                await listings.archive(owner, id_)

    async def profiles(self, content: dict[str, Any], tick: Any) -> None:
        """Profiles of this year and the last, and a campaign that is open: those before it are invited."""
        plan, year = content["campaign"], clock.today().year
        opening = _this_year(plan["opened_days_ago"])
        for row in content["profiles"]:
            if _this_year(row["days_ago"]) >= opening:
                await self._campaign(plan, year, opening)
            await self._profile(row, year - row.get("years_back", 0))
            tick()

    async def _campaign(self, plan: dict[str, Any], year: int, opening: datetime) -> None:
        department = self.binder("department")
        if any(c.year == year for c in (await campaigns.calendar(department)).items):
            return
        closes_on = clock.today() + timedelta(days=plan["closes_in_days"])
        with clock.frozen(opening):
            command = PlanCampaign(year=year, section=plan["section"], opens_on=clock.today(), closes_on=closes_on)
            await campaigns.open(department, await campaigns.plan(department, command))

    async def _profile(self, row: dict[str, Any], year: int) -> None:
        owner = self.binder(row["org"])
        if (await profiles.own(owner, year)).status != "draft":
            return
        with clock.frozen(_this_year(row["days_ago"])):
            await profiles.save(owner, year, SaveProfile.model_validate(row))
            if row["do"] == "declare":
                await profiles.declare(owner, year)

    async def deals(self, scripts: list[dict[str, Any]], tick: Any) -> None:
        for n, script in enumerate(scripts):
            await self._deal(n, script)
            tick()

    async def _deal(self, n: int, script: dict[str, Any]) -> None:
        listing_id = self.published.get(script["listing_key"])
        if listing_id is None:
            raise ValueError(f"deal {n}: there is no listing {script['listing_key']!r}")
        view = await listings.read(self.operator, listing_id)
        seller_key = next(k for k, v in self.orgs.items() if v == view.card.org_id)
        sides = {"buyer": self.binder(script["buyer"]), "seller": self.binder(seller_key)}
        at = _office_hours(clock.now() - timedelta(days=script["days_ago"]), n)
        with clock.frozen(at):
            interest = ExpressInterest(message=script["message_vi"], intended_use=script.get("intended_use_vi"))
            deal_id = await deals.express_interest(sides["buyer"], listing_id, interest, is_demo=True)
        steps = script.get("steps", [])
        open_offer: UUID | None = None
        for step in steps:
            later = _office_hours(at + timedelta(days=step.get("after_days", 3)), n + 3 * len(step.get("note_vi", "")))
            at = min(max(later, at + timedelta(hours=1)), clock.now() - timedelta(minutes=5))
            who = sides[step["who"]]
            last = step is steps[-1]
            with clock.frozen(at):
                match step["do"]:
                    case "offer" | "counter":
                        # The newest offer of an open negotiation is still in time today.
                        age = (datetime.now(clock.VIETNAM) - at).days
                        valid = min(180, age + 10) if last else 30
                        command = SendOffer(
                            terms=step["terms"],
                            note=step.get("note_vi"),
                            unlock=step.get("unlock", {}),
                            valid_days=valid,
                        )
                        if step["do"] == "counter" and open_offer:
                            open_offer = await offers.counter(who, open_offer, command)
                        else:
                            open_offer = await offers.send(who, deal_id, command)
                    case "accept" if open_offer:
                        await offers.accept(who, open_offer)
                    case "decline" if open_offer:
                        reason = DeclineOffer(reason_code=step.get("reason", "other"), reason=step.get("note_vi"))
                        await offers.decline(who, open_offer, reason)
                    case "withdraw" if open_offer:
                        await offers.withdraw(
                            who, open_offer, WithdrawOffer(reason_code="other", reason=step.get("note_vi"))
                        )
            if step["do"] == "accept" and n % 2 == 0:
                await self._contract(n, deal_id, sides, at)

    async def _contract(self, n: int, deal_id: UUID, sides: dict[str, Actor], at: datetime) -> None:
        """Report and confirm a signed contract some days after the terms were agreed."""
        signed = min(at + timedelta(days=12), clock.now() - timedelta(minutes=2))
        deal = await deals.read(sides["seller"], deal_id)
        with clock.frozen(signed):
            command = ReportContract(
                number=f"{n + 1:02d}/{signed.year}/HĐCGCN-MH", signed_on=clock.today(), value=deal.agreed_value or 0
            )
            paper = papers.contract(command.number, deal.seller.name_vi, deal.buyer.name_vi)
            await deals.report_contract(sides["seller"], deal_id, command, "hop-dong-minh-hoa.pdf", paper)
            await deals.confirm_contract(sides["buyer"], deal_id)

    async def needs(self, rows: list[dict[str, Any]], tick: Any) -> None:
        """What is looked for: open and blind, ordered by agencies, answered, won, closed, expired, still in writing."""
        known = await needs.known_sources("demo")
        for n, row in enumerate(rows):
            if row["key"] not in known:
                await self._need(n, row)
            tick()
        await needs.expire_due()

    async def _need(self, n: int, row: dict[str, Any]) -> None:
        asker = self.binder(row["org"])
        at = _office_hours(clock.now() - timedelta(days=row["days_ago"]), n)
        fields = {k: v for k, v in row.items() if k in UpdateNeed.model_fields}
        with clock.frozen(at):
            start = CreateNeed(title=row["title"], kind=row.get("kind", "enterprise"), blind=row.get("blind", False))
            need_id = await needs.create(asker, start, is_demo=True)
            deadline = (clock.today() + timedelta(days=row["open_days"])).isoformat()
            await needs.update(asker, need_id, UpdateNeed.model_validate(fields | {"deadline": deadline}))
            await needs.mark_demo(need_id, "demo", row["key"])
            if row.get("state") == "draft":
                return
            await needs.submit(asker, need_id)
        if row.get("state") == "submitted":
            return
        with clock.frozen(at + timedelta(hours=6)):
            await needs.approve(self.operator, need_id)
        for position, answer in enumerate(row.get("proposals", ())):
            with clock.frozen(min(at + timedelta(days=4 + 3 * position), clock.now() - timedelta(hours=2))):
                await self._answer(asker, need_id, answer)
        if "close" in row:
            with clock.frozen(clock.now() - timedelta(days=2)):
                await needs.close(asker, need_id, CloseNeed(reason_code=row["close"], reason=row.get("close_note")))

    async def _answer(self, asker: Actor, need_id: UUID, row: dict[str, Any]) -> None:
        """One proposal of a need, and what the asker says to it a day later."""
        fields = {k: v for k, v in row.items() if k in SendProposal.model_fields and k != "fit"}
        fit = [{"key": key, "answer": answer, "text": text or None} for key, answer, text in row["fit"]]
        if "listing_key" in row:
            fields["listing_id"] = self.published[row["listing_key"]]
        proposer = self.binder(row["org"])
        command = SendProposal.model_validate({"consent": True, **fields, "fit": fit})
        proposal_id = await proposals.send(proposer, need_id, command, is_demo=True)
        with clock.frozen(clock.now() + timedelta(hours=1)):
            match row.get("do"):
                case "shortlist":
                    await proposals.shortlist(asker, proposal_id)
                case "reveal":
                    await proposals.shortlist(asker, proposal_id)
                    await proposals.consent(asker, proposal_id)
                case "decline":
                    said = DeclineProposal(reason_code=row["reason"], reason=row.get("note"))
                    await proposals.decline(asker, proposal_id, said)
                case "accept":
                    await proposals.accept(asker, proposal_id)

"""Organisations and who acts for them: roles, invitations, standing, and two owners leaving at once."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.accounts import accounts
from app.accounts.schemas import Invite
from app.kit import clock
from app.kit.actor import Role
from app.kit.errors import Conflict, Forbidden, NotFound
from app.platform import audit
from app.platform.db import reading
from app.web import signing
from tests.support import browser as pages
from tests.support.people import SYSTEM

OWN = "/account/organisation"


async def roles(org):
    async with reading() as session:
        rows = await session.execute(text("SELECT person_id, role FROM membership WHERE org_id = :o"), {"o": org.id})
    return {r[0]: r[1] for r in rows}


async def invitation_link(mails, drain, email):
    await drain()
    return re.search(r"https://testserver(/invitations/\S+)", mails(email)[0].body)[1]


# --- roles ---


@pytest.mark.parametrize(
    ("actor", "target", "verb", "allowed"),
    [
        ("owner", "member", "make-manager", True),
        ("owner", "manager", "make-owner", True),
        ("manager", "member", "make-owner", False),
        ("owner", "viewer", "make-member", True),
        ("owner", "manager", "make-viewer", True),
        ("owner", "manager", "remove", True),
        ("manager", "member", "make-viewer", True),
        ("manager", "viewer", "make-member", True),
        ("manager", "member", "remove", True),
        ("manager", "member", "make-manager", False),
        ("manager", "manager", "make-member", False),
        ("manager", "owner", "remove", False),
        ("member", "viewer", "make-member", False),
        ("member", "member", "remove", False),
        ("viewer", "member", "remove", False),
    ],
)
async def test_who_may_change_whose_role(make_person, client, actor, target, verb, allowed):
    owner = await make_person(role="owner")
    acting = owner if actor == "owner" else await make_person(role=actor, org=owner.org)
    them = owner if target == "owner" else await make_person(role=target, org=owner.org)
    before = await roles(owner.org)
    browser = await acting.browser()
    answer = await browser.post_form(f"{OWN}/members/{them.id}/{verb}")
    assert answer.status_code == (303 if allowed else 403)
    after = await roles(owner.org)
    if allowed:
        assert after.get(them.id) == (None if verb == "remove" else verb.removeprefix("make-"))
    else:
        assert after == before
        path = f"/api/v1/organisation/members/{them.id}"
        method, url = ("DELETE", path) if verb == "remove" else ("POST", f"{path}/{verb}")
        assert (await client.request(method, url, headers=acting.headers)).status_code == 403


async def test_buttons_are_exactly_what_is_allowed(make_person):
    owner = await make_person(role="owner")
    manager = await make_person(role="manager", org=owner.org)
    member = await make_person(role="member", org=owner.org)

    async def verbs(person):
        page = await (await person.browser()).get(OWN)
        assert page.status_code == 200
        found = [f.action.split("/")[-2:] for f in pages.forms(page) if "/members/" in f.action]
        return {(id_, verb) for id_, verb in found}

    assert await verbs(owner) == {
        (str(manager.id), v) for v in ("make-owner", "make-member", "make-viewer", "remove")
    } | {(str(member.id), v) for v in ("make-manager", "make-viewer", "remove")}  # fmt: skip
    assert await verbs(member) == set()
    offered = await verbs(manager)
    assert offered == {(str(member.id), v) for v in ("make-viewer", "remove")}


async def test_another_organisations_member_is_not_found(make_person, client):
    owner, stranger = await make_person(role="owner"), await make_person(role="member")
    answer = await client.post(f"/api/v1/organisation/members/{stranger.id}/make-manager", headers=owner.headers)
    assert answer.status_code == 404


async def test_the_last_owner_stays(make_person, client):
    owner = await make_person(role="owner")
    for verb in ("make-manager", "make-member", "make-viewer"):
        answer = await client.post(f"/api/v1/organisation/members/{owner.id}/{verb}", headers=owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    gone = await client.delete(f"/api/v1/organisation/members/{owner.id}", headers=owner.headers)
    assert gone.status_code == 409
    assert await roles(owner.org) == {owner.id: "owner"}


async def test_the_last_two_owners_cannot_remove_each_other_at_once(make_person):
    for _ in range(5):
        one = await make_person(role="owner")
        two = await make_person(role="owner", org=one.org)
        results = await asyncio.gather(
            accounts.remove_member(one.actor, two.id),
            accounts.remove_member(two.actor, one.id),
            return_exceptions=True,
        )
        assert sum(r is None for r in results) == 1, results
        assert any(isinstance(r, Conflict | NotFound | Forbidden) for r in results)
        assert list((await roles(one.org)).values()) == ["owner"]
    assert (await audit.verify()).sound


async def test_removal_ends_the_sessions_that_acted_for_it(make_person):
    owner = await make_person(role="owner")
    member = await make_person(role="member", org=owner.org)
    browser = await member.browser()
    await accounts.remove_member(owner.actor, member.id)
    assert (await browser.get("/account")).status_code == 303
    again = await member.browser()
    page = await again.get(OWN)
    assert page.status_code == 200
    assert "Bạn chưa thuộc tổ chức nào" in pages.text(page)
    assert "Cần làm gì?" in pages.text(page)
    assert (await again.get("/account")).status_code == 200


# --- editing ---


async def test_managers_edit_members_read(make_person, client):
    manager = await make_person(role="manager")
    browser = await manager.browser()
    fields = pages.form(await browser.get(OWN), OWN).fields
    new = {"name_vi": "Công ty Đổi Tên", "about_vi": "Làm <b>pin</b>.", "tax_code": "0100109106", "province": "79"}
    assert (await browser.post_form(OWN, fields | new)).status_code == 303
    shown = pages.form(await browser.get(OWN), OWN).fields
    assert {k: shown[k] for k in new} == new
    member = await make_person(role="member", org=manager.org)
    page = await (await member.browser()).get(OWN)
    assert "<b>pin</b>" not in page.text
    assert [f for f in pages.forms(page) if f.action == OWN] == []
    assert (
        await client.patch("/api/v1/organisation", json={"name_vi": "X"}, headers=member.headers)
    ).status_code == 403


async def test_a_wrong_form_keeps_what_was_typed(make_person):
    browser = await (await make_person()).browser()
    sent = {"name_vi": "", "about_vi": "Giữ lại", "website": "ftp://x", "province": "3"}
    answer = await browser.post_form(OWN, sent)
    assert answer.status_code == 422
    fields = pages.form(answer, OWN).fields
    assert (fields["name_vi"], fields["about_vi"], fields["website"]) == ("", "Giữ lại", "ftp://x")
    assert "Địa chỉ web cần bắt đầu bằng https://" in pages.text(answer)


async def test_patch_changes_only_what_is_given(make_person, client):
    owner = await make_person()
    first = {"name_vi": "Tên A", "about_vi": "Giới thiệu", "website": "https://a.example", "tax_code": "0100109106"}
    assert (await client.patch("/api/v1/organisation", json=first, headers=owner.headers)).status_code == 200
    second = await client.patch("/api/v1/organisation", json={"name_en": "A", "website": None}, headers=owner.headers)
    found = second.json()
    assert (found["name_vi"], found["name_en"], found["about_vi"]) == ("Tên A", "A", "Giới thiệu")
    assert (found["website"], found["tax_code"]) == (None, "0100109106")
    for bad in ({"name_vi": None}, {"name_vi": ""}, {"province": 5}, {"tax_code": "1"}, {"website": "javascript:x"}):
        assert (await client.patch("/api/v1/organisation", json=bad, headers=owner.headers)).status_code == 422, bad


async def test_switching_between_ones_organisations(make_person, make_organisation):
    person, stranger = await make_person(role="owner"), await make_organisation()
    second = await make_organisation()
    known = {"email": person.email, "name": "", "password_hash": None}
    await accounts.add_person(SYSTEM, **known, org_id=second.id, role=Role.viewer)
    browser = await person.browser()
    form = pages.form(await browser.get("/account"), "/account/switch")
    assert form.fields["org_id"] == str(second.id)
    assert (await browser.post_form("/account/switch", {"org_id": str(stranger.id)})).status_code == 404
    assert (await browser.post_form("/account/switch", {"org_id": "x"})).status_code == 422
    assert (await browser.submit(form)).status_code == 303
    page = await browser.get(OWN)
    assert second.name in page.text
    assert [f for f in pages.forms(page) if f.action == OWN] == []  # a viewer there


# --- invitations ---


async def test_an_invited_colleague_joins_as_a_member(make_person, drain, mails):
    owner, guest = await make_person(role="owner"), await make_person(role=None)
    browser = await owner.browser()
    capital = guest.email.capitalize()  # an address is the same in any case
    assert (await browser.post_form(f"{OWN}/members", {"email": capital, "role": "owner"})).status_code == 303
    link = await invitation_link(mails, drain, capital)
    theirs = await guest.browser()
    page = await theirs.get(link)
    assert owner.org.name in pages.text(page)
    done = await theirs.submit(pages.form(page, link))
    assert (done.status_code, done.headers["location"]) == (303, OWN)
    assert (await roles(owner.org))[guest.id] == "member"
    assert owner.org.name in (await theirs.get(OWN)).text
    assert (await theirs.get(link)).status_code == 404  # once only
    assert (await theirs.post_form(link)).status_code == 404


async def test_an_invitation_is_for_its_address_only(make_person, client, drain, mails):
    owner, guest, thief = await make_person(), await make_person(role=None), await make_person()
    await accounts.invite(owner.actor, Invite(email=guest.email))
    link = await invitation_link(mails, drain, guest.email)
    stolen = await (await thief.browser()).post_form(link)
    assert stolen.status_code == 403
    assert "địa chỉ email khác" in pages.text(stolen)
    api = await client.post(f"/api/v1{link}/accept", headers=thief.headers)
    assert (api.status_code, api.json()["code"]) == (403, "other_address")
    assert thief.id not in await roles(owner.org)
    assert (await client.post(f"/api/v1{link}/accept", headers=guest.headers)).json() == {"org_id": str(owner.org.id)}


async def test_an_anonymous_guest_is_led_to_sign_in_and_back(make_person, client, drain, mails):
    owner = await make_person()
    await accounts.invite(owner.actor, Invite(email="moi@donvi.example"))
    link = await invitation_link(mails, drain, "moi@donvi.example")
    page = await client.get(link)
    assert page.status_code == 200
    assert f"/sign-in?next={link}" in page.text
    assert (await client.post_form(link)).status_code == 401


async def test_bad_invitations_are_not_found(make_person, client, drain, mails):
    owner, guest = await make_person(), await make_person(role=None)
    id_ = await accounts.invite(owner.actor, Invite(email=guest.email))
    bad = ["x", "x.y", signing.seal("invitation", str(id_), -1), signing.seal("password-reset", str(id_), 600)]
    for token in bad:
        assert (await client.get(f"/invitations/{token}")).status_code == 404, token
        assert (await client.post(f"/api/v1/invitations/{token}/accept", headers=guest.headers)).status_code == 404
    good = signing.seal("invitation", str(id_), 600)
    with clock.frozen(clock.now() + timedelta(days=14, seconds=1)):
        assert (await client.get(f"/api/v1/invitations/{good}")).status_code == 404
    assert guest.id not in await roles(owner.org)


@pytest.mark.parametrize("role", ["member", "viewer", None])
async def test_only_managers_invite(make_person, client, role):
    person = await make_person(role=role)
    answer = await client.post("/api/v1/organisation/members", json={"email": "a@b.example"}, headers=person.headers)
    assert answer.status_code == 403


# --- standing ---


async def test_the_operator_verifies_suspends_and_restores(make_person, make_organisation, client):
    operator, org = await make_person(role=None, staff=["operator"]), await make_organisation(verified=False)
    browser = await operator.browser()
    here = f"/organisations/{org.id}"

    async def status():
        return (await accounts.organisation(operator.actor, org.id)).status

    assert (await browser.post_form(f"{here}/verify")).headers["location"] == here
    assert await status() == "verified"
    short = await browser.post_form(f"{here}/suspend", {"reason": "no"})
    assert (short.status_code, await status()) == (303, "verified")
    assert (await browser.post_form(f"{here}/suspend", {"reason": "Giấy tờ không đúng"})).status_code == 303
    assert await status() == "suspended"
    assert (await browser.post_form(f"{here}/verify")).status_code == 409
    answer = await client.post(f"/api/v1{here}/restore", headers=operator.headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "registered")
    bare = await client.post(f"/api/v1{here}/suspend", json={}, headers=operator.headers)
    assert bare.status_code == 422


@pytest.mark.parametrize("staff", [[], ["department"]])
async def test_nobody_else_changes_a_standing(make_person, make_organisation, client, staff):
    person, org = await make_person(role="owner", staff=staff), await make_organisation(verified=False)
    for action, body in (("verify", None), ("suspend", {"reason": "vì tôi muốn thế"}), ("restore", None)):
        answer = await client.post(f"/api/v1/organisations/{org.id}/{action}", json=body, headers=person.headers)
        assert answer.status_code == 403
        browser = await person.browser()
        page = await browser.post_form(f"/organisations/{org.id}/{action}", body or {})
        assert page.status_code == 403
    anonymous = await client.post(f"/api/v1/organisations/{org.id}/verify")
    assert anonymous.status_code == 401
    assert (await accounts.organisation(person.actor, org.id)).status == "registered"

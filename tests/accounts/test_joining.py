"""Signing up, in and out: cookies, rotation, limits, redirects, and what a form can never give."""

import pytest
from sqlalchemy import text

from app.accounts import accounts, service
from app.accounts.schemas import SignIn
from app.kit.actor import Role
from app.platform.db import reading
from app.web.csrf import SESSION_COOKIE
from tests.support import browser as pages
from tests.support.people import PASSWORD, SYSTEM

NEWCOMER = {
    "name": "Nguyễn Thị Thử",
    "email": "thu@donvi.example",
    "password": PASSWORD,
    "organisation": "Viện Thử nghiệm Ánh sáng",
    "kind": "institute",
    "province": "1",
    "tax_code": "",
}


async def scalar(sql: str, **values: object) -> object:
    async with reading() as session:
        return (await session.execute(text(sql), values)).scalar_one()


async def actor_of(client):
    return await service.resolve_session(client.cookies.get(SESSION_COOKIE) or "", "vi")


async def test_sign_up_makes_an_owner_and_signs_in(client):
    page = await client.get("/sign-up?next=/listings")
    form = pages.form(page, "/sign-up")
    answer = await client.submit(form, **NEWCOMER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/listings")
    actor = await actor_of(client)
    assert (actor.role, actor.org_name, actor.staff) == (Role.owner, "Viện Thử nghiệm Ánh sáng", frozenset())
    assert (await client.get("/account")).status_code == 200


async def test_sign_up_shows_again_what_was_typed_but_never_the_password(client):
    wrong = NEWCOMER | {"email": "khong-phai-email", "kind": "department", "tax_code": "123", "province": "2"}
    answer = await client.post_form("/sign-up", wrong)
    assert answer.status_code == 422
    fields = pages.form(answer, "/sign-up").fields
    assert fields["name"] == NEWCOMER["name"]
    assert fields["email"] == "khong-phai-email"
    assert fields["password"] == ""
    assert PASSWORD not in answer.text
    said = pages.text(answer)
    for sentence in ("Địa chỉ email chưa đúng dạng", "một loại tổ chức", "Mã số thuế chưa đúng", "một tỉnh, thành phố"):
        assert sentence in said
    assert await scalar("SELECT count(*) FROM person") == 0


@pytest.mark.parametrize(
    "password", ["short", "matkhau123", "aaaaaaaaaaaa", "thu@donvi.example", "Nguyen Thi Thu", "x" * 201]
)
async def test_weak_passwords_are_refused(client, password):
    answer = await client.post_form("/sign-up", NEWCOMER | {"password": password})
    assert answer.status_code == 422
    assert await scalar("SELECT count(*) FROM person") == 0


async def test_an_address_signs_up_once_in_any_case(client, open_browser):
    assert (await client.post_form("/sign-up", NEWCOMER)).status_code == 303
    again = await open_browser().post_form("/sign-up", NEWCOMER | {"email": "THU@donvi.example"})
    assert again.status_code == 422
    assert await scalar("SELECT count(*) FROM organisation") == 1


async def test_a_tax_code_belongs_to_one_organisation(client, open_browser):
    first = NEWCOMER | {"tax_code": "0100109106"}
    assert (await client.post_form("/sign-up", first)).status_code == 303
    again = await open_browser().post_form("/sign-up", first | {"email": "khac@donvi.example"})
    assert again.status_code == 422
    assert "Mã số thuế này đã có" in pages.text(again)


@pytest.mark.parametrize("extra", [{"role": "admin"}, {"staff": "admin"}, {"role": "owner"}, {"status": "verified"}])
async def test_no_form_gives_a_role_a_duty_or_a_standing(client, make_person, extra):
    """Whatever is posted beside a form's own fields is not read: on every form that writes about people."""
    answer = await client.post("/api/v1/accounts", json=NEWCOMER | {"province": 1} | extra)
    assert answer.status_code == 201
    member = await make_person(role="member")
    browser = await member.browser()
    sent = [
        ("/account/profile", {"name": "Tên Mới", "locale": "vi"}),
        ("/account/keys", {"name": "khoa"}),
    ]
    for url, fields in sent:
        assert (await browser.post_form(url, fields | extra)).status_code < 400
    assert (await browser.post_form("/account/organisation", {"name_vi": "Đổi tên"} | extra)).status_code == 403
    assert (await client.patch("/api/v1/me", json=extra | {"name": "A"}, headers=member.headers)).status_code == 200
    me = (await client.get("/api/v1/me", headers=member.headers)).json()
    assert (me["role"], me["staff"]) == ("member", [])
    assert await scalar("SELECT count(*) FROM staff_duty") == 0
    assert await scalar("SELECT count(*) FROM organisation WHERE name_vi = :n AND status = 'verified'",
                        n=NEWCOMER["organisation"]) == 0  # fmt: skip


async def test_sign_in_sets_a_strict_cookie(client, make_person):
    person = await make_person()
    page = await client.get("/sign-in?next=/account")
    answer = await client.submit(pages.form(page, "/sign-in"), email=person.email.upper(), password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    parts = {p.strip().lower().partition("=")[0] for p in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite", "path", "max-age"} <= parts
    assert "samesite=lax" in cookie.lower()
    assert "domain" not in parts
    token = client.cookies[SESSION_COOKIE]
    stored = await scalar("SELECT to_jsonb(s)::text FROM user_session s")
    assert token not in stored
    assert token.encode().hex() not in stored


async def test_wrong_password_and_unknown_address_read_the_same(client, make_person):
    person = await make_person()
    known = await client.post_form("/sign-in", {"email": person.email, "password": "khong dung dau nhe"})
    unknown = await client.post_form("/sign-in", {"email": "la@donvi.example", "password": "khong dung dau nhe"})
    assert known.status_code == unknown.status_code == 422
    assert pages.text(known) == pages.text(unknown)
    assert pages.form(known, "/sign-in").fields["email"] == person.email
    assert SESSION_COOKIE not in client.cookies
    api = [
        await client.post("/api/v1/tokens", json={"email": e, "password": "khong dung dau nhe"})
        for e in (person.email, "la@donvi.example")
    ]
    assert [a.status_code for a in api] == [401, 401]
    assert api[0].json() == api[1].json()


async def test_a_disabled_person_cannot_sign_in_and_is_signed_out(make_person, client):
    person = await make_person()
    browser = await person.browser()
    await accounts.disable_person(SYSTEM, person.email)
    assert (await browser.get("/account")).headers["location"].startswith("/sign-in")
    assert (await client.get("/api/v1/me", headers=person.headers)).status_code == 401
    answer = await client.post_form("/sign-in", {"email": person.email, "password": PASSWORD})
    assert answer.status_code == 422


async def test_signing_in_again_rotates_the_session(make_person, open_browser):
    person = await make_person()
    browser = await person.browser()
    old = browser.cookies[SESSION_COOKIE]
    answer = await browser.post_form("/sign-in", {"email": person.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert browser.cookies[SESSION_COOKIE] != old
    assert await service.resolve_session(old, "vi") is None


async def test_a_planted_cookie_is_not_adopted(client, make_person):
    person = await make_person()
    client.cookies.set(SESSION_COOKIE, "planted-by-someone", domain=pages.COOKIE_DOMAIN, path="/")
    assert (await client.post_form("/sign-in", {"email": person.email, "password": PASSWORD})).status_code == 303
    assert client.cookies[SESSION_COOKIE] != "planted-by-someone"


async def test_sign_out_ends_the_session_on_the_server(make_person):
    browser = await (await make_person()).browser()
    token = browser.cookies[SESSION_COOKIE]
    answer = await browser.post_form("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert SESSION_COOKIE not in browser.cookies
    assert await service.resolve_session(token, "vi") is None


async def test_sign_out_everywhere_keeps_this_browser_only(make_person, client):
    person = await make_person()
    here, there = await person.browser(), await person.browser()
    form = pages.form(await here.get("/account"), "/account/sessions/end-others")
    assert (await here.submit(form)).status_code == 303
    assert (await here.get("/account")).status_code == 200
    assert (await there.get("/account")).status_code == 303
    assert (await client.delete("/api/v1/me/sessions", headers=person.headers)).json() == {"ended": 1}
    assert (await here.get("/account")).status_code == 303


async def test_one_session_is_ended_and_only_ones_own(make_person):
    person, other = await make_person(), await make_person()
    here, there = await person.browser(), await person.browser()
    ends = [f for f in pages.forms(await here.get("/account")) if f.action.endswith("/end")]
    assert len(ends) == 1
    strange = await other.browser()
    assert (await strange.post_form(ends[0].action)).status_code == 404
    assert (await there.get("/account")).status_code == 200
    assert (await here.submit(ends[0])).status_code == 303
    assert (await there.get("/account")).status_code == 303


async def test_guessing_is_slowed_by_address_and_by_account(client, make_person):
    person = await make_person()
    attempt = {"email": person.email, "password": "khong dung dau nhe"}
    for _ in range(10):
        assert (await client.post_form("/sign-in", attempt)).status_code == 422
    refused = await client.post_form("/sign-in", attempt | {"password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert SESSION_COOKIE not in client.cookies
    api = await client.post("/api/v1/tokens", json=attempt | {"email": person.email.upper()})
    assert api.status_code == 429


async def test_guessing_many_accounts_from_one_address_is_slowed(client, db):
    for n in range(60):
        command = SignIn(email=f"a{n}@donvi.example", password=PASSWORD)
        with pytest.raises(Exception, match="wrong_credentials"):
            await accounts.sign_in(command, address="203.0.113.5")
    with pytest.raises(Exception, match="too_many_requests"):
        await accounts.sign_in(SignIn(email="b@donvi.example", password=PASSWORD), address="203.0.113.5")


async def test_knowing_the_password_is_never_slowed(client, make_person):
    person = await make_person()
    for n in range(9):
        wrong = await client.post_form("/sign-in", {"email": person.email, "password": f"khong dung {n} lan"})
        assert wrong.status_code == 422
    for _ in range(12):
        token = await accounts.sign_in(SignIn(email=person.email, password=PASSWORD), address="203.0.113.9")
        assert token
    assert (await client.post_form("/sign-in", {"email": person.email, "password": "lai sai roi"})).status_code == 422


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
async def test_next_never_leaves_the_site(client, make_person, target):
    person = await make_person()
    fields = {"email": person.email, "password": PASSWORD, "next": target}
    answer = await client.post_form("/sign-in", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    signed_in = await client.get("/sign-in", params={"next": target})
    assert signed_in.headers["location"] == "/desk"
    language = await client.post("/language", data={"locale": "en", "next": target})
    assert language.headers["location"] == "/"


async def test_a_page_that_needs_an_account_leads_back_to_itself(client, make_person):
    answer = await client.get("/account/organisation?x=1")
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    person = await make_person()
    there = await client.submit(pages.form(page, "/sign-in"), email=person.email, password=PASSWORD)
    assert there.headers["location"] == "/account/organisation?x=1"


async def test_language_is_chosen_by_anyone_and_kept(client, make_person):
    answer = await client.post("/language", data={"locale": "en", "next": "/sign-in"})
    assert answer.headers["location"] == "/sign-in"
    assert "Sign in" in (await client.get("/sign-in")).text
    assert (await client.post("/language", data={"locale": "xx"})).status_code == 303
    foreign = await client.post("/language", data={"locale": "vi"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert "Sign in" in (await client.get("/sign-in")).text


async def test_a_new_browser_speaks_the_persons_language(client, make_person):
    person = await make_person()
    browser = await person.browser()
    assert (await browser.post_form("/account/profile", {"name": "New Name", "locale": "en"})).status_code == 303
    assert "My account" in (await browser.get("/account")).text
    await client.post_form("/sign-in", {"email": person.email, "password": PASSWORD})
    assert "My account" in (await client.get("/account")).text


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome", "Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge", "Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari", "iPhone"),
        ("Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0", "Firefox", "Android"),
        ("curl/8.0", "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
async def test_sessions_are_told_apart_by_browser_and_system(make_person, user_agent, browser, system):
    person = await make_person()
    await accounts.sign_in(SignIn(email=person.email, password=PASSWORD), address="127.0.0.1", user_agent=user_agent)
    found = (await accounts.sessions(person.actor))[0]
    assert (found.browser, found.system) == (browser, system)

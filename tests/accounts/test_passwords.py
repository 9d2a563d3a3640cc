"""Changing and resetting passwords; links that work once, for an hour, for one purpose."""

import asyncio
import re
from datetime import timedelta

import pytest

from app.accounts import accounts, service
from app.accounts.schemas import ResetPassword, SignIn
from app.kit import clock
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id
from app.web import signing
from app.web.csrf import SESSION_COOKIE
from tests.support import browser as pages
from tests.support.people import PASSWORD

NEW = "mot cau khac han cau truoc 77"


async def sign_in(email, password):
    return await accounts.sign_in(SignIn(email=email, password=password), address="198.51.100.7")


async def link_for(client, person, drain, mails):
    answer = await client.post_form("/password/forgot", {"email": person.email})
    assert answer.status_code == 200
    await drain()
    return re.search(r"https://testserver(/password/reset\?token=\S+)", mails(person.email)[0].body)[1]


async def test_reset_by_link_works_once_and_ends_every_session(client, make_person, drain, mails):
    person = await make_person()
    elsewhere = await person.browser()
    link = await link_for(client, person, drain, mails)
    page = await client.get(link)
    assert page.headers["cache-control"] == "no-store"
    form = pages.form(page, "/password/reset")
    weak = await client.submit(form, password="ngan")
    assert weak.status_code == 422
    assert pages.form(weak, "/password/reset").fields["token"] == form.fields["token"]
    done = await client.submit(form, password=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await elsewhere.get("/account")).status_code == 303
    with pytest.raises(Unauthenticated):
        await sign_in(person.email, PASSWORD)
    assert await sign_in(person.email, NEW)
    again = await client.submit(form, password="them mot cau nua cho chac 1")
    assert again.status_code == 404
    assert "Đường dẫn không còn dùng được" in pages.text(again)
    assert await sign_in(person.email, NEW)


async def test_two_uses_of_one_link_at_once_set_one_password(client, make_person, drain, mails):
    person = await make_person()
    token = (await link_for(client, person, drain, mails)).partition("token=")[2]
    commands = [ResetPassword(token=token, password=f"mot cau rieng thu {n} nay") for n in range(4)]
    results = await asyncio.gather(
        *(accounts.reset_password(c, address="198.51.100.7") for c in commands), return_exceptions=True
    )
    assert sum(r is None for r in results) == 1
    assert sum(isinstance(r, NotFound) for r in results) == 3


async def test_unknown_and_known_addresses_get_the_same_answer(client, make_person, drain, mails):
    person = await make_person()
    known = await client.post_form("/password/forgot", {"email": person.email})
    unknown = await client.post_form("/password/forgot", {"email": "la@donvi.example"})
    assert (known.status_code, pages.text(known)) == (unknown.status_code, pages.text(unknown))
    api = [await client.post("/api/v1/password-resets", json={"email": e}) for e in (person.email, "la@donvi.example")]
    assert [(a.status_code, a.content) for a in api] == [(202, b"")] * 2
    await drain()
    assert {m.to for m in mails()} == {person.email}


async def test_asking_again_and_again_is_slowed(client, make_person):
    person = await make_person()
    for _ in range(5):
        assert (await client.post_form("/password/forgot", {"email": person.email})).status_code == 200
    assert (await client.post_form("/password/forgot", {"email": person.email})).status_code == 429
    assert (await client.post_form("/password/forgot", {"email": "khong-phai"})).status_code == 422


async def test_tampered_expired_and_foreign_links_are_refused(client, make_person, drain, mails):
    person = await make_person()
    token = (await link_for(client, person, drain, mails)).partition("token=")[2]
    body, _, signature = token.partition(".")
    reset_id = signing.unseal("password-reset", token)
    flipped = ("B" if signature[0] != "B" else "C") + signature[1:]
    bad = [
        "", ".", "x", "ế.ế", f"{body}.", f"{body}.{flipped}", f"A{body}.{signature}", f"{body}.{signature}.x",
        signing.seal("password-reset", reset_id, -1),
        signing.seal("invitation", reset_id, 3600),
        signing.seal("password-reset", str(new_id()), 3600),
        signing.seal("password-reset", {"a": 1}, 3600),
    ]  # fmt: skip
    for token_ in bad:
        answer = await client.post("/api/v1/password-resets/confirm", json={"token": token_, "password": NEW})
        assert answer.status_code == 404, token_
        assert answer.json()["code"] == "link_expired"
    with clock.frozen(clock.now() + timedelta(hours=1, seconds=1)), pytest.raises(NotFound):
        await accounts.reset_password(ResetPassword(token=token, password=NEW), address="198.51.100.7")
    assert await sign_in(person.email, PASSWORD)


async def test_changing_the_password_asks_for_the_current_one(make_person):
    person = await make_person()
    here, there = await person.browser(), await person.browser()
    wrong = await here.post_form("/account/password", {"current": "khong dung dau nhe", "password": NEW})
    assert wrong.status_code == 422
    assert "Mật khẩu hiện tại chưa đúng" in pages.text(wrong)
    assert NEW not in wrong.text
    weak = await here.post_form("/account/password", {"current": PASSWORD, "password": "ngan"})
    assert weak.status_code == 422
    assert (await here.post_form("/account/password", {"current": PASSWORD, "password": NEW})).status_code == 303
    assert (await here.get("/account")).status_code == 200
    assert await service.resolve_session(there.cookies[SESSION_COOKIE], "vi") is None
    assert await sign_in(person.email, NEW)


async def test_a_session_past_its_end_is_over(make_person):
    person = await make_person()
    token = await sign_in(person.email, PASSWORD)
    with clock.frozen(clock.now() + timedelta(days=13)):
        assert await service.resolve_session(token, "vi") is not None  # seen: renewed for fourteen days
    with clock.frozen(clock.now() + timedelta(days=26)):
        assert await service.resolve_session(token, "vi") is not None
    with clock.frozen(clock.now() + timedelta(days=41)):
        assert await service.resolve_session(token, "vi") is None

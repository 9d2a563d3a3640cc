"""API keys: shown once, bound to scopes, gone when revoked or expired."""

from datetime import timedelta

from sqlalchemy import text

from app.kit import clock
from app.platform.db import reading
from tests.support import browser as pages
from tests.support.people import PASSWORD


async def test_a_key_is_shown_once_and_kept_as_a_hash(make_person, client):
    person = await make_person()
    browser = await person.browser()
    answer = await browser.post_form("/account/keys", {"name": "đồng bộ kho", "days": "30"})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    key = next(w for w in pages.text(answer).split() if w.startswith("stx_") and len(w) > 20)
    assert key not in (await browser.get("/account/keys")).text
    assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})).status_code == 200
    async with reading() as session:
        rows = (await session.execute(text("SELECT to_jsonb(k)::text FROM api_key k"))).scalars().all()
    assert all(key not in row for row in rows)


async def test_a_wrong_form_is_shown_again(make_person):
    browser = await (await make_person()).browser()
    answer = await browser.post_form("/account/keys", {"name": "", "days": "mười", "read_only": "true"})
    assert answer.status_code == 422
    fields = pages.form(answer, "/account/keys").fields
    assert (fields["days"], fields["read_only"]) == ("mười", "true")


async def test_a_read_only_key_writes_nothing(make_person, client):
    person, colleague = await make_person(role="owner"), None
    colleague = await make_person(role="member", org=person.org)
    made = await client.post("/api/v1/me/keys", json={"name": "đọc", "read_only": True}, headers=person.headers)
    assert made.status_code == 201
    reader = person.api(made.json()["key"])
    key_id, them = made.json()["id"], colleague.id
    writes = [
        ("PATCH", "/me", {"name": "Khác"}),
        ("POST", "/me/keys", {"name": "leo thang"}),
        ("DELETE", f"/me/keys/{key_id}", None),
        ("POST", "/me/password", {"current": PASSWORD, "password": "mot cau khac han day 9"}),
        ("DELETE", "/me/sessions", None),
        ("PATCH", "/organisation", {"name_vi": "Khác"}),
        ("POST", "/organisation/members", {"email": "a@donvi.example"}),
        ("POST", f"/organisation/members/{them}/make-viewer", None),
        ("DELETE", f"/organisation/members/{them}", None),
        ("POST", "/invitations/x/accept", None),
    ]
    for method, path, body in writes:
        answer = await reader.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.json()["code"] == "read_only_key"
    for path in ("/me", "/me/keys", "/me/sessions", "/organisation", "/organisation/members"):
        assert (await reader.get(f"/api/v1{path}")).status_code == 200, path
    members = (await reader.get("/api/v1/organisation/members")).json()["items"]
    assert [m["role"] for m in members] == ["owner", "member"]


async def test_a_revoked_key_is_dead_at_once(make_person, client):
    person, other = await make_person(), await make_person()
    key_id = (await client.get("/api/v1/me/keys", headers=person.headers)).json()["items"][0]["id"]
    assert (await client.delete(f"/api/v1/me/keys/{key_id}", headers=other.headers)).status_code == 404
    assert (await client.delete(f"/api/v1/me/keys/{key_id}", headers=person.headers)).status_code == 204
    refused = await client.get("/api/v1/me", headers=person.headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_key_expires_on_its_day(make_person, client):
    person = await make_person()
    made = await client.post("/api/v1/me/keys", json={"name": "ngắn", "days": 1}, headers=person.headers)
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=1, seconds=1)):
        assert (await client.get("/api/v1/me", headers=headers)).status_code == 401


async def test_a_key_by_password_acts_for_the_persons_organisation(make_person, client):
    person = await make_person(role="manager")
    body = {"email": person.email, "password": PASSWORD, "name": "script", "read_only": True}
    made = await client.post("/api/v1/tokens", json=body)
    assert made.status_code == 201
    assert made.json()["scopes"] == ["read"]
    me = (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {made.json()['key']}"})).json()
    assert (me["org_id"], me["role"]) == (str(person.org.id), "manager")
    sessions = (await client.get("/api/v1/me/sessions", headers=person.headers)).json()
    assert sessions["items"] == []  # the check of the password left no session behind


async def test_a_key_loses_its_role_with_the_membership(make_person, client):
    owner = await make_person(role="owner")
    member = await make_person(role="member", org=owner.org)
    gone = await client.delete(f"/api/v1/organisation/members/{member.id}", headers=owner.headers)
    assert gone.status_code == 204
    me = (await client.get("/api/v1/me", headers=member.headers)).json()
    assert (me["org_id"], me["role"]) == (None, None)
    assert (await client.get("/api/v1/organisation", headers=member.headers)).status_code == 404


async def test_garbage_credentials(client, db):
    for value in ("Bearer", "Bearer x", "Bearer stx_", f"Bearer {'a' * 5000}", "Basic eDp5"):
        answer = await client.get("/api/v1/me", headers={"Authorization": value})
        assert answer.status_code == 401, value

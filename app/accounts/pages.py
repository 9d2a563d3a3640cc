"""HTML routes of accounts, and the mailbox of a development machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from markupsafe import Markup, escape
from starlette.responses import Response

from app import reference
from app.accounts import errors
from app.accounts.schemas import (
    OPEN_KINDS,
    ChangePassword,
    CreateKey,
    Invite,
    NewKey,
    Reason,
    RequestReset,
    ResetPassword,
    SignIn,
    SignUp,
    SwitchOrganisation,
    UpdateOrganisation,
    UpdateProfile,
)
from app.accounts.service import accounts, resolve_session
from app.accounts.workflow import ORGANISATION
from app.integrations import mail
from app.kit.actor import Actor
from app.kit.errors import DomainError, NotFound, Unauthenticated
from app.kit.text import LOCALES, Text
from app.settings import settings
from app.web import csrf, forms
from app.web.actor import LOCALE_COOKIE, PageActor, client_address
from app.web.csrf import SESSION_COOKIE
from app.web.templating import local_path, redirect, render, set_cookie

# `router` is what the application includes. `guarded` holds every route whose POST needs the page's own token;
# only the choice of language is outside it (any page may send that, even one kept in a cache).
router = APIRouter()
guarded = APIRouter(dependencies=[Depends(csrf.protect)])

HOME = "/desk"
LOCALE_SECONDS = 365 * 86_400
SECRETS = ("password", "current", "token")
# Pages with a secret in them (a key, a link's token) are kept by nobody, not even the browser's history.
UNKEPT = {"Cache-Control": "no-store"}


async def _typed(request: Request) -> dict[str, Any]:
    """What was typed, to be shown again: texts only, never a password."""
    return {k: v for k, v in (await forms.form_data(request)).items() if isinstance(v, str) and k not in SECRETS}


async def _again(
    request: Request, template: str, error: DomainError, context: Mapping[str, Any], at: str = "email"
) -> Response:
    """The form once more, with what was typed and what to mend. `at`: the field that bears a refusal of the whole."""
    fields = error.fields or {at: error.text}
    status = 422 if isinstance(error, Unauthenticated) else error.status
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    page = {"values": await _typed(request), **context, "errors": fields}
    return await render(request, template, page, status=status, headers=UNKEPT | headers)


def _signed_in(actor: Actor) -> None:
    if actor.anonymous:
        raise Unauthenticated


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=settings().session_cookie_secure, httponly=True, samesite="lax")


# --- joining and signing in ---


async def _start_session(request: Request, command: SignIn, following: str) -> Response:
    token = await accounts.sign_in(
        command,
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
        replaces=request.cookies.get(SESSION_COOKIE),
    )
    response = redirect(following)
    set_cookie(response, SESSION_COOKIE, token, settings().session_days * 86_400)
    _forget(response, csrf.VISITOR_COOKIE)
    if LOCALE_COOKIE not in request.cookies and (actor := await resolve_session(token, "vi")):
        # A browser that has not chosen a language speaks the person's.
        set_cookie(response, LOCALE_COOKIE, (await accounts.me(actor)).locale, LOCALE_SECONDS)
    return response


def _sign_up_page(following: str) -> dict[str, Any]:
    return {"kinds": OPEN_KINDS, "provinces": reference.provinces(), "next": following, "errors": {}, "values": {}}


@guarded.get("/sign-up")
async def sign_up_page(request: Request, actor: PageActor) -> Response:
    following = local_path(request.query_params.get("next"), HOME)
    if not actor.anonymous:
        return redirect(following)
    return await render(request, "accounts/sign_up.html", _sign_up_page(following))


@guarded.post("/sign-up")
async def sign_up(request: Request) -> Response:
    following = local_path((await _typed(request)).get("next"), HOME)
    try:
        command = await forms.parse_form(request, SignUp)
        await accounts.sign_up(command, address=client_address(request))
        entry = SignIn(email=command.email, password=command.password)
        return await _start_session(request, entry, following)
    except DomainError as error:
        page = {k: v for k, v in _sign_up_page(following).items() if k != "values"}
        return await _again(request, "accounts/sign_up.html", error, page)


@guarded.get("/sign-in")
async def sign_in_page(request: Request, actor: PageActor) -> Response:
    following = local_path(request.query_params.get("next"), HOME)
    if not actor.anonymous:
        return redirect(following)
    return await render(request, "accounts/sign_in.html", {"next": following, "errors": {}, "values": {}})


@guarded.post("/sign-in")
async def sign_in(request: Request) -> Response:
    following = local_path((await _typed(request)).get("next"), HOME)
    try:
        return await _start_session(request, await forms.parse_form(request, SignIn), following)
    except DomainError as error:
        return await _again(request, "accounts/sign_in.html", error, {"next": following})


@guarded.post("/sign-out")
async def sign_out(request: Request, actor: PageActor) -> Response:
    if actor.session_id:
        await accounts.sign_out(actor)
    said = Text("Bạn đã đăng xuất.", "You are signed out.")
    response = redirect("/", ("success", said), locale=actor.locale)
    _forget(response, SESSION_COOKIE)
    return response


# --- passwords ---


@guarded.get("/password/forgot")
async def forgot_page(request: Request) -> Response:
    return await render(request, "accounts/forgot.html", {"sent": False, "errors": {}, "values": {}})


@guarded.post("/password/forgot")
async def request_password_reset(request: Request) -> Response:
    """The same page whether or not the address has an account."""
    try:
        command = await forms.parse_form(request, RequestReset)
        await accounts.request_password_reset(command, address=client_address(request))
    except DomainError as error:
        return await _again(request, "accounts/forgot.html", error, {"sent": False})
    return await render(request, "accounts/forgot.html", {"sent": True, "errors": {}, "values": {}})


@guarded.get("/password/reset")
async def reset_page(request: Request, token: str = "") -> Response:
    context = {"token": token, "expired": not token, "errors": {}, "values": {}}
    return await render(request, "accounts/reset.html", context, headers=UNKEPT)


@guarded.post("/password/reset")
async def reset_password(request: Request, actor: PageActor) -> Response:
    token = str((await forms.form_data(request)).get("token", ""))
    try:
        command = await forms.parse_form(request, ResetPassword)
        await accounts.reset_password(command, address=client_address(request))
    except DomainError as error:
        expired = error.code == errors.link_expired().code
        context = {"token": token, "expired": expired}
        return await _again(request, "accounts/reset.html", error, context, at="password")
    said = Text("Đã đặt mật khẩu mới. Bạn hãy đăng nhập.", "The new password is set. Please sign in.")
    return redirect("/sign-in", ("success", said), locale=actor.locale)


# --- oneself ---


async def _account(request: Request, actor: Actor, *, error: DomainError | None = None, part: str = "") -> Response:
    """The account page; `part` names the form that `error` belongs to."""
    me = await accounts.me(actor)
    context: dict[str, Any] = {
        "me": me,
        "sessions": await accounts.sessions(actor),
        "part": part,
        "errors": {},
    }
    if error:
        return await _again(
            request, "accounts/account.html", error, context, at="current" if part == "password" else "name"
        )
    return await render(request, "accounts/account.html", {**context, "values": {}}, headers=UNKEPT)


def _back(actor: Actor, vi: str, en: str, url: str = "/account") -> Response:
    return redirect(url, ("success", Text(vi, en)), locale=actor.locale)


@guarded.get("/account")
async def account_page(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    return await _account(request, actor)


@guarded.post("/account/profile")
async def update_profile(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    try:
        command = await forms.parse_form(request, UpdateProfile)
        await accounts.update_profile(actor, command)
    except DomainError as error:
        return await _account(request, actor, error=error, part="profile")
    said = Text("Đã lưu hồ sơ.", "Profile saved.")
    response = redirect("/account", ("success", said), locale=command.locale)
    set_cookie(response, LOCALE_COOKIE, command.locale, LOCALE_SECONDS)
    return response


@guarded.post("/account/password")
async def change_password(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    try:
        await accounts.change_password(actor, await forms.parse_form(request, ChangePassword))
    except DomainError as error:
        return await _account(request, actor, error=error, part="password")
    return _back(
        actor,
        "Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.",
        "Password changed. Your other sessions have ended.",
    )


@guarded.post("/account/sessions/end-others")
async def sign_out_everywhere(actor: PageActor) -> Response:
    _signed_in(actor)
    await accounts.sign_out_everywhere(actor)
    return _back(actor, "Đã kết thúc các phiên đăng nhập khác.", "Your other sessions have ended.")


@guarded.post("/account/sessions/{session_id}/end")
async def end_session(actor: PageActor, session_id: UUID) -> Response:
    _signed_in(actor)
    await accounts.sign_out(actor, session_id)
    return _back(actor, "Đã kết thúc phiên đăng nhập.", "The session has ended.")


async def _keys(
    request: Request, actor: Actor, *, new_key: NewKey | None = None, error: DomainError | None = None
) -> Response:
    context: dict[str, Any] = {"keys": (await accounts.keys(actor)).items, "new_key": new_key, "errors": {}}
    if error:
        return await _again(request, "accounts/keys.html", error, context, at="name")
    context["values"] = {"days": "90"}
    return await render(request, "accounts/keys.html", context, status=201 if new_key else 200, headers=UNKEPT)


@guarded.get("/account/keys")
async def keys_page(request: Request, actor: PageActor) -> Response:
    return await _keys(request, actor)


@guarded.post("/account/keys")
async def create_key(request: Request, actor: PageActor) -> Response:
    """The answer itself shows the new key, this once: a redirect would have to carry it."""
    _signed_in(actor)
    try:
        key = await accounts.create_key(actor, await forms.parse_form(request, CreateKey))
    except DomainError as error:
        return await _keys(request, actor, error=error)
    return await _keys(request, actor, new_key=key)


@guarded.post("/account/keys/{key_id}/revoke")
async def revoke_key(actor: PageActor, key_id: UUID) -> Response:
    _signed_in(actor)
    await accounts.revoke_key(actor, key_id)
    return _back(actor, "Đã thu hồi khóa.", "The key is revoked.", "/account/keys")


@guarded.post("/account/switch")
async def switch_organisation(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    command = await forms.parse_form(request, SwitchOrganisation)
    await accounts.switch_organisation(actor, command.org_id)
    return _back(actor, "Đã chuyển tổ chức.", "You now act for the other organisation.")


# --- one's organisation ---

OWN = "/account/organisation"


async def _organisation(
    request: Request, actor: Actor, *, error: DomainError | None = None, part: str = ""
) -> Response:
    if actor.org_id is None:
        # Someone whose membership ended, or who was invited and has not accepted yet.
        return await render(request, "accounts/no_organisation.html", {"me": await accounts.me(actor)})
    view, tax_code = await accounts.own_organisation(actor)
    context: dict[str, Any] = {
        "organisation": view,
        "tax_code": tax_code,
        "standing": ORGANISATION.states[view.status],
        "members": (await accounts.members(actor)).items,
        "provinces": reference.provinces(),
        "part": part,
        "errors": {},
    }
    if error:
        return await _again(request, "accounts/organisation.html", error, context)
    return await render(request, "accounts/organisation.html", {**context, "values": {}})


@guarded.get(OWN)
async def organisation_page(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    return await _organisation(request, actor)


@guarded.post(OWN)
async def update_organisation(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    try:
        await accounts.update_organisation(actor, await forms.parse_form(request, UpdateOrganisation))
    except DomainError as error:
        if error.status != 422:
            raise
        return await _organisation(request, actor, error=error, part="organisation")
    return _back(actor, "Đã lưu thông tin tổ chức.", "Organisation saved.", OWN)


@guarded.post(f"{OWN}/members")
async def invite(request: Request, actor: PageActor) -> Response:
    _signed_in(actor)
    try:
        await accounts.invite(actor, await forms.parse_form(request, Invite))
    except DomainError as error:
        if error.status not in (422, 429):
            raise
        return await _organisation(request, actor, error=error, part="invite")
    return _back(actor, "Đã gửi lời mời.", "Invitation sent.", OWN)


def _role_changed(actor: Actor) -> Response:
    return _back(actor, "Đã đổi vai trò.", "Role changed.", OWN)


@guarded.post(f"{OWN}/members/{{person_id}}/make-owner")
async def make_owner(actor: PageActor, person_id: UUID) -> Response:
    await accounts.make_owner(actor, person_id)
    return _role_changed(actor)


@guarded.post(f"{OWN}/members/{{person_id}}/make-manager")
async def make_manager(actor: PageActor, person_id: UUID) -> Response:
    await accounts.make_manager(actor, person_id)
    return _role_changed(actor)


@guarded.post(f"{OWN}/members/{{person_id}}/make-member")
async def make_member(actor: PageActor, person_id: UUID) -> Response:
    await accounts.make_member(actor, person_id)
    return _role_changed(actor)


@guarded.post(f"{OWN}/members/{{person_id}}/make-viewer")
async def make_viewer(actor: PageActor, person_id: UUID) -> Response:
    await accounts.make_viewer(actor, person_id)
    return _role_changed(actor)


@guarded.post(f"{OWN}/members/{{person_id}}/remove")
async def remove_member(actor: PageActor, person_id: UUID) -> Response:
    await accounts.remove_member(actor, person_id)
    return _back(actor, "Đã đưa người này ra khỏi tổ chức.", "The person has left the organisation.", OWN)


# --- invitations ---


async def _invitation(request: Request, token: str, error: DomainError | None = None) -> Response:
    organisation = await accounts.invited_to(token)
    context: dict[str, Any] = {"organisation": organisation, "token": token, "errors": {}, "values": {}}
    if error:
        return await _again(request, "accounts/invitation.html", error, context)
    return await render(request, "accounts/invitation.html", context, headers=UNKEPT)


@guarded.get("/invitations/{token}")
async def invitation_page(request: Request, token: str) -> Response:
    return await _invitation(request, token)


@guarded.post("/invitations/{token}")
async def accept_invitation(request: Request, actor: PageActor, token: str) -> Response:
    _signed_in(actor)
    try:
        org_id = await accounts.accept_invitation(actor, token)
    except DomainError as error:
        if error.code != errors.other_address().code:
            raise
        return await _invitation(request, token, error)
    await accounts.switch_organisation(actor, org_id)
    return _back(actor, "Bạn đã vào tổ chức và đang thay mặt tổ chức này.", "You joined and now act for it.", OWN)


# --- standing (operator) ---


async def _stand(request: Request, actor: Actor, org_id: UUID, action: str) -> Response:
    """Back to the organisation's page, which holds these buttons; a missing reason is said there."""
    page = f"/organisations/{org_id}"
    reason = None
    if ORGANISATION.transitions[action].needs_reason:
        try:
            reason = (await forms.parse_form(request, Reason)).reason
        except DomainError as error:
            said = error.fields.get("reason", error.text)
            return redirect(page, ("error", Text(f"Lý do: {said.vi}", f"Reason: {said.en}")), locale=actor.locale)
    await accounts.change_standing(actor, org_id, action, reason)
    return redirect(page, ("success", Text("Đã ghi nhận.", "Done.")), locale=actor.locale)


@guarded.post("/organisations/{org_id}/verify")
async def verify_organisation(request: Request, actor: PageActor, org_id: UUID) -> Response:
    return await _stand(request, actor, org_id, "verify")


@guarded.post("/organisations/{org_id}/suspend")
async def suspend_organisation(request: Request, actor: PageActor, org_id: UUID) -> Response:
    return await _stand(request, actor, org_id, "suspend")


@guarded.post("/organisations/{org_id}/restore")
async def restore_organisation(request: Request, actor: PageActor, org_id: UUID) -> Response:
    return await _stand(request, actor, org_id, "restore")


# --- language ---


@router.post("/language", dependencies=[Depends(csrf.same_origin_only)])
async def choose_language(request: Request) -> Response:
    typed = await _typed(request)
    response = redirect(local_path(typed.get("next")))
    if typed.get("locale") in LOCALES:
        set_cookie(response, LOCALE_COOKIE, typed["locale"], LOCALE_SECONDS)
    return response


# --- the mailbox of a development machine ---

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def _linked(text: str) -> Markup:
    """Plain text with its web addresses as links; everything is escaped."""
    out, at = [], 0
    for found in _ADDRESS.finditer(text):
        link = escape(found[0])
        out += [str(escape(text[at : found.start()])), f'<a href="{link}">{link}</a>']
        at = found.end()
    return Markup("".join([*out, str(escape(text[at:]))]))  # noqa: S704 - every piece was escaped above


@guarded.get("/mailbox")
async def mailbox_page(request: Request) -> Response:
    """What the offline mail adapter kept. Only where no mail could leave anyway: a development machine."""
    if not settings().development or settings().mail_transport != "mailbox":
        raise NotFound
    kept = await asyncio.to_thread(mail.mailbox().newest)
    mails = [{"to": m.to, "subject": m.subject, "date": m.date, "body": _linked(m.body)} for m in kept]
    return await render(request, "accounts/mailbox.html", {"mails": mails}, headers=UNKEPT)


router.include_router(guarded)

"""JSON routes of accounts. They take API keys only, never a browser's cookie.

Public organisations (`GET /organisations`) are the catalogue's. Choosing which organisation one acts for
(`switch_organisation`) has no route here: it belongs to a browser session, while a key acts for the organisation
it was made for.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.schemas import (
    ChangePassword,
    CreateKey,
    Ended,
    InvitationView,
    Invite,
    Invited,
    IssueKey,
    Joined,
    KeyList,
    Me,
    MemberList,
    NewKey,
    OrganisationView,
    OwnOrganisation,
    PatchOrganisation,
    PatchProfile,
    Reason,
    RequestReset,
    ResetPassword,
    SessionList,
    SignedUp,
    SignUp,
    UpdateOrganisation,
    UpdateProfile,
)
from app.accounts.service import accounts
from app.kit.actor import Actor
from app.web.actor import ApiActor, client_address
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["accounts"], responses=PROBLEMS)


def _done() -> Response:
    return Response(status_code=204)


# --- joining, keys by password, passwords ---


@router.post("/accounts", status_code=201, response_model=SignedUp)
async def api_sign_up(request: Request, command: SignUp) -> Response:
    """A person and their organisation, of which they become the owner."""
    person_id = await accounts.sign_up(command, address=client_address(request))
    return answer(SignedUp(person_id=person_id), 201)


@router.post("/tokens", status_code=201, response_model=NewKey)
async def api_issue_key(request: Request, command: IssueKey) -> Response:
    """E-mail and password in, an API key out; the key is shown this once."""
    return answer(await accounts.create_key_with_password(command, command, address=client_address(request)), 201)


@router.post("/password-resets", status_code=202, response_class=Response)
async def api_request_password_reset(request: Request, command: RequestReset) -> Response:
    """Mail a link if the address has an account; the answer is the same either way."""
    await accounts.request_password_reset(command, address=client_address(request))
    return Response(status_code=202)


@router.post("/password-resets/confirm", status_code=204)
async def api_reset_password(request: Request, command: ResetPassword) -> Response:
    """Set a new password with the token of a mailed link; every session of the person ends."""
    await accounts.reset_password(command, address=client_address(request))
    return _done()


# --- oneself ---


@router.get("/me", response_model=Me)
async def api_me(actor: ApiActor) -> Response:
    """Who the key acts for: person, organisation, role, duties."""
    return answer(await accounts.me(actor))


@router.patch("/me", response_model=Me)
async def api_update_profile(actor: ApiActor, patch: PatchProfile) -> Response:
    """Change the own name or language; what is left out stays."""
    me = await accounts.me(actor)
    current = UpdateProfile(name=me.name, locale=me.locale)
    await accounts.update_profile(actor, current.model_copy(update=patch.model_dump(exclude_unset=True)))
    return answer(await accounts.me(actor))


@router.post("/me/password", status_code=204)
async def api_change_password(actor: ApiActor, command: ChangePassword) -> Response:
    """Every browser session of the person ends; API keys stay."""
    await accounts.change_password(actor, command)
    return _done()


@router.get("/me/sessions", response_model=SessionList)
async def api_list_sessions(actor: ApiActor) -> Response:
    """The own sessions in browsers that have not ended."""
    return answer(SessionList(items=await accounts.sessions(actor)))


@router.delete("/me/sessions", response_model=Ended)
async def api_sign_out_everywhere(actor: ApiActor) -> Response:
    """End every session of one's own; keys stay."""
    return answer(Ended(ended=await accounts.sign_out_everywhere(actor)))


@router.delete("/me/sessions/{session_id}", status_code=204)
async def api_sign_out(actor: ApiActor, session_id: UUID) -> Response:
    """End one session of one's own."""
    await accounts.sign_out(actor, session_id)
    return _done()


@router.get("/me/keys", response_model=KeyList)
async def api_list_keys(actor: ApiActor) -> Response:
    """The own keys: name, scope, last use; never the key itself."""
    return answer(await accounts.keys(actor))


@router.post("/me/keys", status_code=201, response_model=NewKey)
async def api_create_key(actor: ApiActor, command: CreateKey) -> Response:
    """A further key for the same organisation; shown this once."""
    return answer(await accounts.create_key(actor, command), 201)


@router.delete("/me/keys/{key_id}", status_code=204)
async def api_revoke_key(actor: ApiActor, key_id: UUID) -> Response:
    """Revoke a key of one's own; it stops working at once."""
    await accounts.revoke_key(actor, key_id)
    return _done()


# --- one's organisation ---


async def _own(actor: Actor) -> OwnOrganisation:
    view, tax_code = await accounts.own_organisation(actor)
    return OwnOrganisation(**view.model_dump(), tax_code=tax_code)


@router.get("/organisation", response_model=OwnOrganisation)
async def api_own_organisation(actor: ApiActor) -> Response:
    """The organisation the key acts for, with what only its members see."""
    return answer(await _own(actor))


@router.patch("/organisation", response_model=OwnOrganisation)
async def api_update_organisation(actor: ApiActor, patch: PatchOrganisation) -> Response:
    """Change what is said of the own organisation (owner or manager); what is left out stays."""
    current = UpdateOrganisation.model_validate((await _own(actor)).model_dump())
    await accounts.update_organisation(actor, current.model_copy(update=patch.model_dump(exclude_unset=True)))
    return answer(await _own(actor))


@router.get("/organisation/members", response_model=MemberList)
async def api_list_members(actor: ApiActor) -> Response:
    """Members of the own organisation, with their roles."""
    return answer(await accounts.members(actor))


@router.post("/organisation/members", status_code=201, response_model=Invited)
async def api_invite(actor: ApiActor, command: Invite) -> Response:
    """Mail an invitation to join as a member; a manager may raise the role afterwards."""
    return answer(Invited(invitation_id=await accounts.invite(actor, command)), 201)


@router.post("/organisation/members/{person_id}/make-owner", status_code=204)
async def api_make_owner(actor: ApiActor, person_id: UUID) -> Response:
    """Hand ownership to a manager; only an owner may."""
    await accounts.make_owner(actor, person_id)
    return _done()


@router.post("/organisation/members/{person_id}/make-manager", status_code=204)
async def api_make_manager(actor: ApiActor, person_id: UUID) -> Response:
    """Let a member bind the organisation: submit, offer, accept."""
    await accounts.make_manager(actor, person_id)
    return _done()


@router.post("/organisation/members/{person_id}/make-member", status_code=204)
async def api_make_member(actor: ApiActor, person_id: UUID) -> Response:
    """Let someone prepare work without binding the organisation."""
    await accounts.make_member(actor, person_id)
    return _done()


@router.post("/organisation/members/{person_id}/make-viewer", status_code=204)
async def api_make_viewer(actor: ApiActor, person_id: UUID) -> Response:
    """Let someone read only."""
    await accounts.make_viewer(actor, person_id)
    return _done()


@router.delete("/organisation/members/{person_id}", status_code=204)
async def api_remove_member(actor: ApiActor, person_id: UUID) -> Response:
    """Take someone out of the organisation; the last owner stays."""
    await accounts.remove_member(actor, person_id)
    return _done()


@router.get("/invitations/{token}", response_model=InvitationView)
async def api_read_invitation(token: str) -> Response:
    """Who invites, for the holder of the link."""
    return answer(InvitationView(organisation=await accounts.invited_to(token)))


@router.post("/invitations/{token}/accept", response_model=Joined)
async def api_accept_invitation(actor: ApiActor, token: str) -> Response:
    """Join as a member; the invitation must have gone to this person's address."""
    return answer(Joined(org_id=await accounts.accept_invitation(actor, token)))


# --- standing (operator) ---


async def _stand(actor: Actor, org_id: UUID, action: str, reason: str | None = None) -> Response:
    await accounts.change_standing(actor, org_id, action, reason)
    return answer(await accounts.organisation(actor, org_id))


@router.post("/organisations/{org_id}/verify", response_model=OrganisationView)
async def api_verify_organisation(actor: ApiActor, org_id: UUID) -> Response:
    """The operator has checked who the organisation is."""
    return await _stand(actor, org_id, "verify")


@router.post("/organisations/{org_id}/suspend", response_model=OrganisationView)
async def api_suspend_organisation(actor: ApiActor, org_id: UUID, command: Reason) -> Response:
    """Hide an organisation and its listings from the public, with a reason (operator)."""
    return await _stand(actor, org_id, "suspend", command.reason)


@router.post("/organisations/{org_id}/restore", response_model=OrganisationView)
async def api_restore_organisation(actor: ApiActor, org_id: UUID) -> Response:
    """Lift a suspension; the organisation is to be verified again (operator)."""
    return await _stand(actor, org_id, "restore")

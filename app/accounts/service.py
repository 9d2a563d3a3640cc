"""The verbs of accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from app.accounts import errors, passwords, policy, repository
from app.accounts.models import ApiKey, Invitation, Organisation, PasswordReset, Person, UserSession
from app.accounts.schemas import (
    ChangePassword,
    CreateKey,
    Invite,
    KeyList,
    KeyView,
    Me,
    MemberList,
    MemberView,
    NewKey,
    OrganisationKind,
    OrganisationView,
    RequestReset,
    ResetPassword,
    SessionView,
    SignIn,
    SignUp,
    UpdateOrganisation,
    UpdateProfile,
)
from app.accounts.workflow import ORGANISATION
from app.kit import clock
from app.kit.actor import Actor, Role, Staff
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id, parse_id
from app.kit.text import Text, fold, one_line, sort_key
from app.platform import audit, outbox, rates, state
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.web import signing

RESET_SECONDS = 3600
GUESS_SECONDS = 900
INVITATION_DAYS = 14
KEY_PREFIX = "stx_"


async def resolve_session(token: str, locale: str) -> Actor | None:
    """The actor of a session cookie. A visitor's own choice of language beats the stored one only when English."""
    now = clock.now()
    async with reading() as session:
        found = await repository.actor_of_session(session, signing.token_hash(token), now, locale)
    if found is None:
        return None
    actor, stale = found
    if stale and actor.session_id:
        async with unit_of_work() as session:
            expires = now + timedelta(days=settings().session_days)
            await repository.touch_session(session, actor.session_id, now, expires)
    return actor


async def resolve_api_key(token: str, locale: str) -> Actor | None:
    now = clock.now()
    async with reading() as session:
        found = await repository.actor_of_key(session, signing.token_hash(token), now, locale)
    if found is None:
        return None
    actor, key_id, stale = found
    if stale:
        async with unit_of_work() as session:
            await repository.touch_key(session, key_id, now)
    return actor


def _signed_in(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Unauthenticated
    return actor.person_id


class Accounts:
    # --- joining and signing in ---

    async def sign_up(self, command: SignUp, *, address: str) -> UUID:
        """A person and their organisation, of which they become the owner; the person's id."""
        await rates.hit(f"sign-up:{address}", 200, 3600)  # a class or a fair signs up behind one address
        password = command.password.get_secret_value()
        passwords.check(password, command.email, command.name)
        hashed = await passwords.hasher().hash(password)
        now, person_id, org_id = clock.now(), new_id(), new_id()
        async with unit_of_work() as session:
            if await repository.person_by_email(session, command.email):
                raise errors.email_taken()
            await self._tax_code_free(command.tax_code, None)
            added = await repository.add_person(
                session, id=person_id, email=command.email, name=command.name, password_hash=hashed, created_at=now
            )
            if not added:  # the same address signed up between our look and our insert
                raise errors.email_taken()
            await repository.add(
                session,
                Organisation,
                id=org_id,
                name_vi=command.organisation,
                sort_name=sort_key(command.organisation),
                kind=command.kind.value,
                province=command.province,
                tax_code=command.tax_code,
                status=ORGANISATION.initial,
                status_at=now,
                created_at=now,
            )
            await repository.join(session, person_id, org_id, Role.owner, now)
            actor = Actor(person_id=person_id, org_id=org_id, role=Role.owner, person_name=command.name)
            await state.note(session, ORGANISATION, org_id, "register", None, ORGANISATION.initial, actor)
            audit.record(session, actor, "person.sign_up", "person", person_id)
        return person_id

    async def sign_in(self, command: SignIn, *, address: str, user_agent: str = "", replaces: str | None = None) -> str:
        """A fresh session token (the cookie's value). Any session of the cookie it replaces ends."""
        email = command.email.strip().lower()
        await rates.hit(f"sign-in:{address}", 60, GUESS_SECONDS)
        await rates.hit(f"sign-in:{email}", 10, GUESS_SECONDS)
        async with reading() as session:
            person = await repository.person_by_email(session, email)
            member = await repository.first_membership(session, person.id) if person else None
        right, renewed = await passwords.hasher().verify(
            command.password.get_secret_value(), person.password_hash if person and not person.disabled_at else None
        )
        if person is None or not right:
            async with unit_of_work() as session:
                audit.record(session, Actor(), "person.sign_in_refused", "person", person.id if person else None)
            raise errors.wrong_credentials()
        # Only wrong guesses count: who knows the password may come and go as often as they like.
        await rates.forgive(f"sign-in:{address}", GUESS_SECONDS)
        await rates.forgive(f"sign-in:{email}", GUESS_SECONDS, all_of_it=True)
        token, now = signing.new_token(), clock.now()
        async with unit_of_work() as session:
            if renewed:
                (await repository.person(session, person.id)).password_hash = renewed
            if replaces:
                old = await repository.actor_of_session(session, signing.token_hash(replaces), now, None)
                if old and old[0].session_id and old[0].person_id:
                    await repository.end_session(session, old[0].person_id, old[0].session_id)
            await repository.add(
                session,
                UserSession,
                id=new_id(),
                token_hash=signing.token_hash(token),
                person_id=person.id,
                org_id=member.org_id if member else None,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(days=settings().session_days),
                user_agent=one_line(user_agent)[:300],
                address=address,
            )
            actor = Actor(person_id=person.id, org_id=member.org_id if member else None)
            audit.record(session, actor, "person.sign_in", "person", person.id)
        return token

    async def sign_out(self, actor: Actor, session_id: UUID | None = None) -> None:
        """End this session, or another of one's own."""
        person_id = _signed_in(actor)
        target = session_id or actor.session_id
        async with unit_of_work() as session:
            if target is None or not await repository.end_session(session, person_id, target):
                raise NotFound
            audit.record(session, actor, "person.sign_out", "person", person_id)

    async def sign_out_everywhere(self, actor: Actor) -> int:
        """End every session but this one; how many ended."""
        person_id = _signed_in(actor)
        async with unit_of_work() as session:
            ended = await repository.end_sessions(session, person_id, but=actor.session_id)
            audit.record(session, actor, "person.sign_out_everywhere", "person", person_id, {"ended": ended})
        return ended

    # --- passwords ---

    async def request_password_reset(self, command: RequestReset, *, address: str) -> None:
        """Send a link when the address is known; says nothing either way."""
        await rates.hit(f"reset:{address}", 20, 3600)
        await rates.hit(f"reset:{command.email.lower()}", 5, 3600)
        now = clock.now()
        async with unit_of_work() as session:
            person = await repository.person_by_email(session, command.email)
            if person is None or person.disabled_at:
                return
            reset_id = new_id()
            await repository.add(
                session,
                PasswordReset,
                id=reset_id,
                person_id=person.id,
                created_at=now,
                expires_at=now + timedelta(seconds=RESET_SECONDS),
            )
            audit.record(session, Actor(), "person.request_password_reset", "person", person.id)
            outbox.publish(session, "password_reset.requested", reset_id=reset_id)

    @staticmethod
    def reset_token(reset_id: UUID) -> str:
        """The secret of a reset link: made when the mail is written, so that it is stored nowhere."""
        return signing.seal("password-reset", str(reset_id), RESET_SECONDS)

    async def reset_password(self, command: ResetPassword, *, address: str) -> None:
        """Set a new password by a link; ends every session of the person."""
        await rates.hit(f"reset-use:{address}", 30, 3600)
        reset_id = parse_id(str(signing.unseal("password-reset", command.token) or ""))
        if reset_id is None:
            raise errors.link_expired()
        async with reading() as session:
            found = await repository.reset_with_person(session, reset_id)
        if found is None:
            raise errors.link_expired()
        password = command.password.get_secret_value()
        passwords.check(password, found[1].email, found[1].name)
        hashed = await passwords.hasher().hash(password)
        async with unit_of_work() as session:
            person_id = await repository.use_reset(session, reset_id, clock.now())
            if person_id is None:
                raise errors.link_expired()
            (await repository.person(session, person_id)).password_hash = hashed
            await repository.end_sessions(session, person_id)
            audit.record(session, Actor(person_id=person_id), "person.reset_password", "person", person_id)

    async def change_password(self, actor: Actor, command: ChangePassword) -> None:
        person_id = _signed_in(actor)
        await rates.hit(f"change-password:{person_id}", 10, 900)
        async with reading() as session:
            person = await repository.person(session, person_id)
        right, _ = await passwords.hasher().verify(command.current.get_secret_value(), person.password_hash)
        if not right:
            text = Text("Mật khẩu hiện tại chưa đúng.", "The current password is not right.")
            raise Invalid("wrong_password", fields={"current": text})
        password = command.password.get_secret_value()
        passwords.check(password, person.email, person.name)
        hashed = await passwords.hasher().hash(password)
        async with unit_of_work() as session:
            (await repository.person(session, person_id)).password_hash = hashed
            await repository.end_sessions(session, person_id, but=actor.session_id)
            audit.record(session, actor, "person.change_password", "person", person_id)

    # --- oneself ---

    async def me(self, actor: Actor) -> Me:
        person_id = _signed_in(actor)
        async with reading() as session:
            person = await repository.person(session, person_id)
            choices = await repository.choices(session, person_id)
        return Me(
            person_id=person_id,
            name=person.name,
            email=person.email,
            locale=person.locale,
            org_id=actor.org_id,
            role=actor.role,
            staff=sorted(actor.staff),
            organisations=choices,
        )

    async def sessions(self, actor: Actor) -> list[SessionView]:
        async with reading() as session:
            rows = await repository.sessions_of(session, _signed_in(actor), clock.now())
        return [
            SessionView(
                id=r.id,
                created_at=r.created_at,
                last_seen_at=r.last_seen_at,
                user_agent=r.user_agent,
                address=r.address,
                current=r.id == actor.session_id,
            )
            for r in rows
        ]

    async def update_profile(self, actor: Actor, command: UpdateProfile) -> None:
        person_id = _signed_in(actor)
        if not actor.can_write:
            raise Forbidden
        async with unit_of_work() as session:
            person = await repository.person(session, person_id)
            person.name, person.locale = command.name, command.locale
            audit.record(session, actor, "person.update_profile", "person", person_id)

    async def switch_organisation(self, actor: Actor, org_id: UUID) -> None:
        """Act for another of one's organisations, in this browser."""
        person_id = _signed_in(actor)
        async with unit_of_work() as session:
            if org_id not in {c.org_id for c in await repository.choices(session, person_id)}:
                raise NotFound
            rows = await repository.sessions_of(session, person_id, clock.now())
            for row in rows:
                if row.id == actor.session_id:
                    row.org_id = org_id
            audit.record(session, actor, "person.switch_organisation", "organisation", org_id)

    # --- keys ---

    async def create_key(self, actor: Actor, command: CreateKey) -> NewKey:
        """An API key of this person for the organisation acted for; its secret is returned once."""
        person_id = _signed_in(actor)
        if not actor.can_write:
            raise Forbidden
        token, now, key_id = KEY_PREFIX + signing.new_token(), clock.now(), new_id()
        scopes = ["read"] if command.read_only else ["read", "write"]
        expires = now + timedelta(days=command.days) if command.days else None
        async with unit_of_work() as session:
            await repository.add(
                session,
                ApiKey,
                id=key_id,
                token_hash=signing.token_hash(token),
                prefix=token[:10],
                name=command.name,
                person_id=person_id,
                org_id=actor.org_id,
                scopes=scopes,
                created_at=now,
                expires_at=expires,
            )
            audit.record(session, actor, "api_key.create", "api_key", key_id, {"scopes": scopes})
        return NewKey(id=key_id, key=token, scopes=scopes, expires_at=expires)

    async def create_key_with_password(self, sign_in: SignIn, command: CreateKey, *, address: str) -> NewKey:
        """For scripts: the same check as signing in, and a key instead of a session."""
        token = await self.sign_in(sign_in, address=address, user_agent="api")
        actor = await resolve_session(token, "vi")
        if actor is None:
            raise errors.wrong_credentials()
        key = await self.create_key(actor, command)
        await self.sign_out(actor)
        return key

    async def keys(self, actor: Actor) -> KeyList:
        async with reading() as session:
            rows = await repository.keys_of(session, _signed_in(actor))
        return KeyList(items=[KeyView.model_validate(r, from_attributes=True) for r in rows])

    async def revoke_key(self, actor: Actor, key_id: UUID) -> None:
        person_id = _signed_in(actor)
        async with unit_of_work() as session:
            if not await repository.revoke_key(session, person_id, key_id, clock.now()):
                raise NotFound
            audit.record(session, actor, "api_key.revoke", "api_key", key_id)

    # --- organisations ---

    async def organisation(self, actor: Actor, org_id: UUID) -> OrganisationView:
        async with reading() as session:
            row = await repository.organisation(session, org_id)
        if row is None or (row.status == "suspended" and not (actor.is_operator or actor.org_id == org_id)):
            raise NotFound
        view = repository.view(row)
        possible = ORGANISATION.actions_from(row.status)
        view.actions = [t.action for t in policy.standing_actions(actor, possible)]
        return view

    async def directory(
        self, *, kind: str | None, after: tuple[str, UUID] | None, limit: int
    ) -> tuple[list[OrganisationView], tuple[str, UUID] | None]:
        """Organisations in Vietnamese order after a position, and the position to go on from."""
        async with reading() as session:
            rows = await repository.organisation_page(session, kind=kind, after=after, limit=limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        return [repository.view(r) for r in rows[:limit]], (last.sort_name, last.id) if last else None

    async def own_organisation(self, actor: Actor) -> tuple[OrganisationView, str | None]:
        """One's organisation with the tax code, which only its members see."""
        _signed_in(actor)
        if actor.org_id is None:
            raise NotFound
        async with reading() as session:
            row = await repository.organisation(session, actor.org_id)
        if row is None:
            raise NotFound
        return repository.view(row), row.tax_code

    async def update_organisation(self, actor: Actor, command: UpdateOrganisation) -> None:
        _signed_in(actor)
        if actor.org_id is None:
            raise NotFound
        if not policy.may_manage_organisation(actor, actor.org_id):
            raise Forbidden
        async with unit_of_work() as session:
            row = await repository.organisation(session, actor.org_id)
            if row is None:
                raise NotFound
            await self._tax_code_free(command.tax_code, actor.org_id)
            for name, value in command.model_dump().items():
                setattr(row, name, value)
            row.sort_name = sort_key(command.name_vi)
            audit.record(session, actor, "organisation.update", "organisation", actor.org_id)
            outbox.publish(session, "organisation.updated", organisation_id=actor.org_id)

    async def _tax_code_free(self, tax_code: str | None, but: UUID | None) -> None:
        if tax_code is None:
            return
        async with reading() as session:
            taken = await repository.tax_code_taken(session, tax_code, but)
        if taken:
            text = Text(
                "Mã số thuế này đã có tổ chức trên sàn. Hãy nhờ họ mời bạn vào.",
                "An organisation with this tax code is on the exchange already. Ask it to invite you.",
            )
            raise Invalid("tax_code_taken", fields={"tax_code": text})

    async def change_standing(self, actor: Actor, org_id: UUID, action: str, reason: str | None = None) -> None:
        """verify, suspend, restore: the operator's verbs on an organisation."""
        if not policy.may_change_standing(actor, action):
            raise Forbidden if not actor.anonymous else Unauthenticated
        async with unit_of_work() as session:
            await state.transition(session, Organisation, org_id, ORGANISATION, action, actor, reason=reason)

    # --- members ---

    async def members(self, actor: Actor) -> MemberList:
        _signed_in(actor)
        if actor.org_id is None:
            raise NotFound
        async with reading() as session:
            items = await repository.members(session, actor.org_id)
        for item in items:
            if item.person_id != actor.person_id and policy.may_change_role(actor, actor.org_id, item.role):
                item.actions = [*policy.roles_to_give(actor, item.role), "remove"]
        return MemberList(items=items)

    async def invite(self, actor: Actor, command: Invite) -> UUID:
        """Ask a colleague to join as a member; the invitation's id. The link goes by mail."""
        person_id = _signed_in(actor)
        if actor.org_id is None or not policy.may_manage_organisation(actor, actor.org_id):
            raise Forbidden
        await rates.hit(f"invite:{actor.org_id}", 50, 86_400)
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            await repository.add(
                session,
                Invitation,
                id=id_,
                org_id=actor.org_id,
                email=command.email,
                invited_by=person_id,
                created_at=now,
                expires_at=now + timedelta(days=INVITATION_DAYS),
            )
            audit.record(session, actor, "organisation.invite", "organisation", actor.org_id)
            outbox.publish(session, "invitation.created", invitation_id=id_)
        return id_

    @staticmethod
    def invitation_token(invitation_id: UUID) -> str:
        return signing.seal("invitation", str(invitation_id), INVITATION_DAYS * 86_400)

    async def invited_to(self, token: str) -> str:
        """Name of the inviting organisation, for the page that asks to accept."""
        id_ = parse_id(str(signing.unseal("invitation", token) or ""))
        async with reading() as session:
            found = await repository.invitation(session, id_) if id_ else None
        if found is None or found[0].accepted_at or found[0].expires_at < clock.now():
            raise errors.link_expired()
        return found[1]

    async def accept_invitation(self, actor: Actor, token: str) -> UUID:
        """Join the inviting organisation as a member; the signed-in person's address must be the invited one."""
        person_id = _signed_in(actor)
        id_ = parse_id(str(signing.unseal("invitation", token) or ""))
        if id_ is None:
            raise errors.link_expired()
        now = clock.now()
        async with unit_of_work() as session:
            found = await repository.open_invitation(session, id_, now)
            if found is None:
                raise errors.link_expired()
            person = await repository.person(session, person_id)
            if person.email.lower() != found.email.lower():
                raise errors.other_address()
            found.accepted_at = now
            await repository.join(session, person_id, found.org_id, Role.member, now)
            audit.record(session, actor, "organisation.join", "organisation", found.org_id)
            return found.org_id

    async def make_owner(self, actor: Actor, person_id: UUID) -> None:
        """Hand ownership on; only an owner may, and stays one until another owner changes that."""
        await self._set_role(actor, person_id, Role.owner)

    async def make_manager(self, actor: Actor, person_id: UUID) -> None:
        await self._set_role(actor, person_id, Role.manager)

    async def make_member(self, actor: Actor, person_id: UUID) -> None:
        await self._set_role(actor, person_id, Role.member)

    async def make_viewer(self, actor: Actor, person_id: UUID) -> None:
        await self._set_role(actor, person_id, Role.viewer)

    async def remove_member(self, actor: Actor, person_id: UUID) -> None:
        """Take someone out of the organisation; their sessions for it end."""
        await self._set_role(actor, person_id, None)

    async def _set_role(self, actor: Actor, person_id: UUID, role: Role | None) -> None:
        _signed_in(actor)
        if actor.org_id is None:
            raise NotFound
        async with unit_of_work() as session:
            people = await repository.lock_members(session, actor.org_id)
            current = people.get(person_id)
            if current is None:
                raise NotFound
            if not policy.may_change_role(actor, actor.org_id, current):
                raise Forbidden
            if role in (Role.owner, Role.manager) and actor.role is not Role.owner:
                raise Forbidden
            if current is Role.owner and sum(r is Role.owner for r in people.values()) == 1:
                raise errors.last_owner()
            await repository.set_role(session, person_id, actor.org_id, role)
            detail = {"person": str(person_id), "from": current.value, "to": role.value if role else None}
            audit.record(session, actor, "organisation.set_role", "organisation", actor.org_id, detail)

    # --- administration (command line, demo, imports) ---

    async def add_person(
        self,
        admin: Actor,
        *,
        email: str,
        name: str,
        password_hash: str | None,
        org_id: UUID | None = None,
        role: Role = Role.member,
        is_demo: bool = False,
    ) -> UUID:
        """Create a person directly, or return the one with this address; joins `org_id` when given."""
        now = clock.now()
        async with unit_of_work() as session:
            known = await repository.person_by_email(session, email)
            person_id = known.id if known else new_id()
            if known is None:
                await repository.add(
                    session,
                    Person,
                    id=person_id,
                    email=email,
                    name=name,
                    password_hash=password_hash,
                    is_demo=is_demo,
                    created_at=now,
                )
                audit.record(session, admin, "person.create", "person", person_id)
            if org_id:
                await repository.join(session, person_id, org_id, role, now)
                audit.record(session, admin, "organisation.join", "organisation", org_id, {"role": role.value})
        return person_id

    async def create_person(
        self, admin: Actor, *, email: str, name: str, password: str, org_id: UUID | None, role: Role
    ) -> UUID:
        passwords.check(password, email, name)
        hashed = await passwords.hasher().hash(password)
        return await self.add_person(admin, email=email, name=name, password_hash=hashed, org_id=org_id, role=role)

    async def add_organisation(self, admin: Actor, *, name: str, kind: OrganisationKind, province: int | None) -> UUID:
        """Create an organisation directly (command line); verified, since an administrator vouches for it."""
        now, id_ = clock.now(), new_id()
        async with unit_of_work() as session:
            await repository.add(
                session, Organisation, id=id_, name_vi=name, sort_name=sort_key(name), kind=kind.value,
                province=province, status="verified", status_at=now, created_at=now,
            )  # fmt: skip
            await state.note(session, ORGANISATION, id_, "register", None, "verified", admin)
        return id_

    async def list_people(self, limit: int) -> list[tuple[str, str, str | None, str | None]]:
        async with reading() as session:
            return await repository.list_people(session, limit)

    async def list_organisations(self, limit: int) -> list[OrganisationView]:
        async with reading() as session:
            return [repository.view(r) for r in await repository.list_organisations(session, limit)]

    async def set_password(self, admin: Actor, email: str, password: str) -> None:
        async with unit_of_work() as session:
            person = await repository.person_by_email(session, email)
            if person is None:
                raise NotFound
            passwords.check(password, person.email, person.name)
            person.password_hash = await passwords.hasher().hash(password)
            await repository.end_sessions(session, person.id)
            audit.record(session, admin, "person.set_password", "person", person.id)

    async def grant_duty(self, admin: Actor, email: str, duty: Staff) -> None:
        async with unit_of_work() as session:
            person = await repository.person_by_email(session, email)
            if person is None:
                raise NotFound
            await repository.add_duty(session, person.id, duty, clock.now())
            audit.record(session, admin, "person.grant_duty", "person", person.id, {"duty": duty.value})

    async def revoke_duty(self, admin: Actor, email: str, duty: Staff) -> None:
        async with unit_of_work() as session:
            person = await repository.person_by_email(session, email)
            if person is None or not await repository.remove_duty(session, person.id, duty):
                raise NotFound
            audit.record(session, admin, "person.revoke_duty", "person", person.id, {"duty": duty.value})

    async def disable_person(self, admin: Actor, email: str) -> None:
        async with unit_of_work() as session:
            person = await repository.person_by_email(session, email)
            if person is None:
                raise NotFound
            person.disabled_at = clock.now()
            await repository.end_sessions(session, person.id)
            audit.record(session, admin, "person.disable", "person", person.id)

    async def key_for(self, admin: Actor, email: str, command: CreateKey) -> NewKey:
        """A key for a person named by address: `santex token create --user EMAIL`."""
        async with reading() as session:
            person = await repository.person_by_email(session, email)
            member = await repository.first_membership(session, person.id) if person else None
        if person is None:
            raise NotFound
        actor = Actor(person_id=person.id, org_id=member.org_id if member else None, role=Role.owner)
        return await self.create_key(actor, command)

    async def import_organisation(self, source: str, source_id: str, **values: object) -> UUID:
        """Insert or refresh an organisation by its id at a source (imports, demo); our id of it."""
        now = clock.now()
        name = str(values["name_vi"])
        row = {"id": new_id(), "created_at": now, "status": ORGANISATION.initial, "status_at": now}
        async with unit_of_work() as session:
            id_ = await repository.import_organisation(
                session, source, source_id, {**row, "sort_name": sort_key(name), **values}
            )
            outbox.publish(session, "organisation.updated", organisation_id=id_)
        return id_

    async def import_organisations(self, source: str, rows: dict[str, dict[str, object]]) -> dict[str, UUID]:
        """The same for many at once, by their ids at the source; every row names the same columns."""
        now = clock.now()
        filled = {
            source_id: {
                "id": new_id(), "created_at": now, "status": ORGANISATION.initial, "status_at": now,
                "sort_name": sort_key(str(values["name_vi"])), **values,
            }
            for source_id, values in rows.items()
        }  # fmt: skip
        async with unit_of_work() as session:
            known = await repository.known_of_source(session, source, list(rows))
            changed = [
                k.id for source_id, k in known.items() if any(getattr(k, n) != v for n, v in rows[source_id].items())
            ]
            found = await repository.import_organisations(session, source, filled)
            for id_ in changed:
                outbox.publish(session, "organisation.updated", organisation_id=id_)
            new = sorted(id_ for source_id, id_ in found.items() if source_id not in known)
            if new:  # ids made together lie together: one job tells of all of them
                outbox.publish(session, "organisations.imported", first=new[0], last=new[-1])
        return found

    async def contacts(self, org_id: UUID) -> list[tuple[str, str, str]]:
        """(e-mail, name, locale) of those who may bind an organisation: who is written to about its affairs."""
        async with reading() as session:
            return await repository.member_emails(session, org_id)

    async def colleagues(self, org_id: UUID) -> list[MemberView]:
        """Who may work for an organisation (viewers and disabled people left out): to whom a task may be given."""
        async with reading() as session:
            return await repository.colleagues(session, org_id)

    async def contact(self, person_id: UUID) -> tuple[str, str, str] | None:
        """(e-mail, name, locale) of one person, for mail they asked for; None when they may not sign in any more."""
        async with reading() as session:
            return await repository.contact(session, person_id)

    async def operator_contacts(self) -> list[tuple[str, str, str]]:
        """(e-mail, name, locale) of everybody who runs the exchange: who is written to when parties are silent."""
        async with reading() as session:
            return await repository.operator_emails(session)

    async def operators_among(self, person_ids: Iterable[UUID], *, but_org: UUID | None = None) -> set[UUID]:
        """Those of these people who run the exchange now and do not belong to the organisation `but_org`."""
        async with reading() as session:
            return await repository.operators_among(session, person_ids, but_org)

    async def find_organisations(self, text: str, limit: int) -> list[OrganisationView]:
        """Shown organisations in whose name every word of `text` begins a word, marks or not."""
        words = "".join(c if c.isalnum() else " " for c in fold(text)).split()[:8]
        async with reading() as session:
            return [repository.view(r) for r in await repository.find_organisations(session, words, limit)]

    async def organisation_by_tax_code(self, digits: str) -> OrganisationView | None:
        """The shown organisation of this tax code, given as 10 or 13 digits."""
        async with reading() as session:
            row = await repository.organisation_by_tax_code(session, [digits, f"{digits[:10]}-{digits[10:]}"])
        return repository.view(row) if row else None

    async def sweep(self) -> None:
        async with unit_of_work() as session:
            await repository.sweep(session, clock.now())
        await rates.sweep()


accounts = Accounts()

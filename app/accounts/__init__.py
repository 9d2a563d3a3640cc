"""Accounts (tài khoản): people, organisations, memberships and roles, sign-in, sessions, API keys.

A person (người dùng) acts for one organisation (tổ chức) at a time, with the role of the membership (thành viên):
owner (chủ tài khoản), manager (quản lý), member (thành viên), viewer (người xem). Duties on the exchange itself
(operator, Department, administrator) are given by the command line only. Roles are never read from a form: each
change of a role is a verb of its own.

Verbs: sign_up, sign_in, sign_out, sign_out_everywhere, request_password_reset, reset_password, change_password,
update_profile, switch_organisation, update_organisation, invite, accept_invitation, make_owner, make_manager,
make_member, make_viewer, remove_member, create_key, revoke_key; verify, suspend, restore (operator, on
organisations).
"""

from app.accounts.repository import (
    count_organisations,
    members_of,
    organisation_documents,
    organisation_ids,
    organisations_by_id,
    organisations_of_person,
    people_names,
    shown_organisations,
)
from app.accounts.schemas import OPEN_KINDS, OrganisationKind, OrganisationView
from app.accounts.service import Accounts, accounts, resolve_api_key, resolve_session
from app.accounts.workflow import ORGANISATION

__all__ = [
    "OPEN_KINDS",
    "ORGANISATION",
    "Accounts",
    "OrganisationKind",
    "OrganisationView",
    "accounts",
    "count_organisations",
    "members_of",
    "organisation_documents",
    "organisation_ids",
    "organisations_by_id",
    "organisations_of_person",
    "people_names",
    "resolve_api_key",
    "resolve_session",
    "shown_organisations",
]

"""Who acts: one person for one organisation at a time, with the role the membership gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.kit.text import DEFAULT_LOCALE, Text


class Role(StrEnum):
    owner = "owner"
    manager = "manager"
    member = "member"
    viewer = "viewer"

    @property
    def label(self) -> Text:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.owner: Text("Chủ tài khoản", "Owner"),
    Role.manager: Text("Quản lý", "Manager"),
    Role.member: Text("Thành viên", "Member"),
    Role.viewer: Text("Người xem", "Viewer"),
}


class Staff(StrEnum):
    """Duties on the exchange itself; given only by the command line or an administrator, and audited."""

    operator = "operator"
    department = "department"
    admin = "admin"

    @property
    def label(self) -> Text:
        return STAFF_LABELS[self]


STAFF_LABELS = {
    Staff.operator: Text("Đơn vị vận hành", "Operator"),
    Staff.department: Text("Sở KH&CN", "Department"),
    Staff.admin: Text("Quản trị hệ thống", "Administrator"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The facts policies decide on. `scopes` is None for a browser session, a set for an API key."""

    person_id: UUID | None = None
    org_id: UUID | None = None
    role: Role | None = None
    staff: frozenset[Staff] = field(default_factory=frozenset)
    locale: str = DEFAULT_LOCALE
    person_name: str = ""
    org_name: str = ""
    org_kind: str = ""
    session_id: UUID | None = None
    scopes: frozenset[str] | None = None

    @property
    def anonymous(self) -> bool:
        return self.person_id is None

    @property
    def is_operator(self) -> bool:
        return Staff.operator in self.staff or Staff.admin in self.staff

    @property
    def is_department(self) -> bool:
        return Staff.department in self.staff

    @property
    def is_admin(self) -> bool:
        return Staff.admin in self.staff

    @property
    def can_write(self) -> bool:
        return self.scopes is None or "write" in self.scopes

    @property
    def can_edit(self) -> bool:
        """May prepare work for the organisation (drafts, messages)."""
        return self.can_write and self.role in (Role.owner, Role.manager, Role.member)

    @property
    def can_manage(self) -> bool:
        """May bind the organisation (submit, offer, accept)."""
        return self.can_write and self.role in (Role.owner, Role.manager)


ANONYMOUS = Actor()


def system(name: str = "santex") -> Actor:
    """The exchange itself: schedules and imports. Written to the audit log under this name."""
    return Actor(person_name=name, staff=frozenset({Staff.operator}))

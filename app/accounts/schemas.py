"""Commands in, views out; the same objects for JSON and pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field, SecretStr
from stdnum.exceptions import ValidationError as NumberError
from stdnum.vn import mst

from app import reference
from app.kit.actor import Role, Staff
from app.kit.errors import BilingualError
from app.kit.text import nfc, one_line
from app.kit.workflow import Choice, labels


class OrganisationKind(Choice):
    university = "university"
    institute = "institute"
    company = "company"
    cooperative = "cooperative"
    hospital = "hospital"
    agency = "agency"
    individual = "individual"
    intermediary = "intermediary"
    operator = "operator"
    department = "department"


labels(
    OrganisationKind,
    university=("Trường đại học, cao đẳng", "University"),
    institute=("Viện nghiên cứu", "Research institute"),
    company=("Doanh nghiệp", "Company"),
    cooperative=("Hợp tác xã", "Cooperative"),
    hospital=("Bệnh viện, cơ sở y tế", "Hospital"),
    agency=("Sở, ngành, xã, phường", "Public agency"),
    individual=("Cá nhân", "Individual"),
    intermediary=("Tổ chức trung gian", "Intermediary"),
    operator=("Đơn vị vận hành", "Operator"),
    department=("Sở KH&CN", "Department"),
)

# What a visitor may register as; the two offices of the exchange are made by the command line.
OPEN_KINDS = tuple(k for k in OrganisationKind if k not in (OrganisationKind.operator, OrganisationKind.department))


def _line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _clean(value: Any) -> Any:
    return nfc(value).strip() if isinstance(value, str) else value


def _tax_code(value: str | None) -> str | None:
    if not value:
        return None
    compact = value.replace(" ", "")
    if compact.isdigit() and len(compact) == 12:
        return compact  # số định danh cá nhân as tax code (TT 86/2024/TT-BTC), no public check digit
    try:
        return str(mst.format(mst.validate(compact)))
    except NumberError:
        raise BilingualError(
            "Mã số thuế chưa đúng: cần 10 số, 13 số (chi nhánh) hoặc 12 số định danh.",
            "Not a valid tax code: 10 digits, 13 for a branch, or a 12-digit personal number.",
        ) from None


def _web_address(value: str | None) -> str | None:
    if not value:
        return None
    if not value.startswith(("https://", "http://")) or " " in value:
        raise BilingualError("Địa chỉ web cần bắt đầu bằng https://", "A web address starts with https://")
    return value


Line = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_line)]
Words = Annotated[str, Field(max_length=5000), BeforeValidator(_clean)]
TaxCode = Annotated[str | None, BeforeValidator(_line), AfterValidator(_tax_code)]
WebAddress = Annotated[str | None, Field(max_length=300), BeforeValidator(_line), AfterValidator(_web_address)]


def _open_kind(kind: OrganisationKind) -> OrganisationKind:
    if kind not in OPEN_KINDS:
        raise BilingualError("Hãy chọn một loại tổ chức trong danh sách.", "Choose one of the listed kinds.")
    return kind


def _province(code: int | None) -> int | None:
    if code is not None and reference.province_name(code) is None:
        raise BilingualError("Hãy chọn một tỉnh, thành phố trong danh sách.", "Choose one of the listed provinces.")
    return code


ProvinceCode = Annotated[int | None, Field(ge=1, le=99), AfterValidator(_province)]


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SignUp(Command):
    name: Line = Field(description="Full name of the person")
    email: EmailStr
    password: SecretStr
    organisation: Line
    kind: Annotated[OrganisationKind, AfterValidator(_open_kind)]
    province: ProvinceCode = None
    tax_code: TaxCode = None


class SignIn(Command):
    email: Annotated[str, Field(max_length=320), BeforeValidator(_line)]
    password: SecretStr


class RequestReset(Command):
    email: EmailStr


class ResetPassword(Command):
    token: str
    password: SecretStr


class ChangePassword(Command):
    current: SecretStr
    password: SecretStr


class UpdateProfile(Command):
    name: Line
    locale: str = Field("vi", pattern="^(vi|en)$")


class PatchProfile(Command):
    """What is not given stays as it is."""

    name: Line = ""
    locale: str = Field("", pattern="^(vi|en)$")


class UpdateOrganisation(Command):
    name_vi: Line
    name_en: Annotated[str | None, Field(max_length=200), BeforeValidator(_line)] = None
    about_vi: Words | None = None
    about_en: Words | None = None
    website: WebAddress = None
    province: ProvinceCode = None
    tax_code: TaxCode = None


class PatchOrganisation(UpdateOrganisation):
    """What is not given stays as it is; null takes a text away."""

    name_vi: Line = ""


class SwitchOrganisation(Command):
    org_id: UUID


class Invite(Command):
    email: EmailStr


class CreateKey(Command):
    name: Line
    read_only: bool = False
    days: int | None = Field(None, ge=1, le=3650)


class IssueKey(SignIn, CreateKey):
    """For scripts: e-mail and password in, an API key out."""

    name: Line = "api"


class Reason(Command):
    reason: Annotated[str, Field(min_length=5, max_length=1000), BeforeValidator(_clean)]


class OrganisationView(BaseModel):
    """What anyone may know of an organisation."""

    id: UUID
    name_vi: str
    name_en: str | None
    kind: OrganisationKind
    province: int | None
    country: str
    about_vi: str | None = None
    about_en: str | None = None
    website: str | None = None
    status: str
    is_demo: bool
    actions: list[str] = []

    @property
    def verified(self) -> bool:
        return self.status == "verified"

    def name(self, locale: str) -> str:
        return (self.name_en if locale == "en" else None) or self.name_vi

    def about(self, locale: str) -> str | None:
        return (self.about_en if locale == "en" else None) or self.about_vi


class OwnOrganisation(OrganisationView):
    """With what only its members see."""

    tax_code: str | None


class MemberView(BaseModel):
    person_id: UUID
    name: str
    email: str
    role: Role
    since: datetime
    actions: list[str] = []


# What a browser calls itself names its ancestors too: the first that fits, in this order, is the one meant.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "coc_coc": "Cốc Cốc", "Firefox/": "Firefox", "Chrome/": "Chrome",
             "Safari/": "Safari"}  # fmt: skip
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS",
            "Linux": "Linux"}  # fmt: skip


def _named(user_agent: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")


class SessionView(BaseModel):
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str
    current: bool

    @property
    def browser(self) -> str:
        return _named(self.user_agent, _BROWSERS)

    @property
    def system(self) -> str:
        return _named(self.user_agent, _SYSTEMS)


class KeyView(BaseModel):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewKey(BaseModel):
    """`key` is shown once; only its hash is kept."""

    id: UUID
    key: str
    scopes: list[str]
    expires_at: datetime | None


class Choose(BaseModel):
    """An organisation the person may act for."""

    org_id: UUID
    name: str
    role: Role


class Me(BaseModel):
    person_id: UUID
    name: str
    email: str
    locale: str
    org_id: UUID | None
    role: Role | None
    staff: list[Staff]
    organisations: list[Choose]


class MemberList(BaseModel):
    items: list[MemberView]


class KeyList(BaseModel):
    items: list[KeyView]


class SessionList(BaseModel):
    items: list[SessionView]


class SignedUp(BaseModel):
    person_id: UUID


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int


class Invited(BaseModel):
    """The link itself goes to the invited address only."""

    invitation_id: UUID


class InvitationView(BaseModel):
    organisation: str


class Joined(BaseModel):
    org_id: UUID

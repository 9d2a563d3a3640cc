"""Every route of the site, walked by everybody.

One table: a route, the state of things it is tried in, who the right party is, and what each of six visitors is
answered. A route without a row fails, and so does a row without a route.

    stranger   nobody is signed in            right        the party whose business it is
    wrong      the owner of a third company   operator     the duty of running the exchange
    viewer     a viewer of the right party    department   the duty of watching the market

Answers are HTTP statuses; `in` is the way to sign-in (303 to /sign-in). Whoever may not see a thing is told the same,
word for word, as about a thing that never was.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from app.disclosure import wording
from app.kit import clock
from app.kit.ids import new_id
from app.web import csrf, streams
from tests.rounds import hall
from tests.support import brokering, demand, market, registry, secrets, valuing
from tests.support.browser import Browser
from tests.support.people import PASSWORD
from tests.support.routes import routes
from tests.support.scenes import PNG, WEIGHTS, Scene, Stage, elsewhere

HIDDEN = ("401", "404", "in")
VISITORS = ("stranger", "wrong", "viewer", "right", "operator", "department")
REASON = {"reason": "Số liệu cần được kiểm tra lại."}
SCORES = {"advantages": 4, "clarity": 4, "cooperation": 4, "language": 4, "screening": "clear"}
CLOSE = {"reason_code": "price", "reason": "Giá vượt ngân sách."}
CONTRACT = {"number": "01/2026/HĐ", "signed_on": "2026-01-15", "value": "500000000"}
INTEREST = {"message": market.MESSAGE}
OFFER = {"terms": market.TERMS, "valid_days": 14}
OFFER_FORM = {**{f"terms.{k}": str(v) for k, v in market.TERMS.items()}, "valid_days": "14"}
COUNTER = {"terms": market.TERMS | {"upfront": 600_000_000}, "valid_days": 14}
COUNTER_FORM = OFFER_FORM | {"terms.upfront": "600000000"}
RULE = {"needed": "1", "approvers": lambda s: str(s.buyer.id), "from_value": "0", "on_send": "true"}
RULE_JSON = {"needed": 1, "approvers": lambda s: [str(s.buyer.id)], "on_accept": True}
MEMORANDUM = {"summary": "Hai bên cùng thử ở một trạm nước trong ba tháng.", "expires_on": "2027-06-30"}
IN_CONTRACT = {"outcome": "contract_signed"}
ANSWERS_FORM = {"section": "C", "answers.T1.value": "7", "answers.T1.year": lambda s: str(s.ids["year"])}
CAMPAIGN = {"year": 2026, "section": "C", "opens_on": "2026-01-15", "closes_on": "2099-01-15"}
NOT_FOR_US = {"reason_code": "price"}
PDF_FILE = {"file": ("hop-dong.pdf", market.PDF, "application/pdf")}
MESSAGE_FILE = {"files": ("hop-dong.pdf", market.PDF, "application/pdf")}
SAID = {"body": "Chúng tôi gửi bản vẽ kèm theo.", "channel": "all"}
LOOK = {"reason": "Đơn khiếu nại số 12/KN về giá."}
TO_COLLEAGUE = {"person_id": lambda s: str(s.colleague.id)}
A_TASK = {"title": "Gửi dự thảo NDA", "channel": "all"}
PNG_FILE = {"file": ("mau.png", PNG, "image/png")}
SIGN_UP = {
    "name": "Người Mới",
    "email": lambda _: f"moi-{new_id().hex}@thunghiem.example",
    "password": "mot cau that dai 4711",
    "organisation": "Công ty Mới",
    "kind": "company",
}
CALCULATOR = {"method": "present_value"}
SEARCH = {"query": "q=nano", "name": "Màng nano"}
RENAME = {"name": "Màng lọc"}
WEEKLY = {"frequency": "weekly"}
PARENT = {"kind": "parent", "other": "Tổng công ty Chưa Có Trên Sàn"}
DECISION = {"reason": "Đã hỏi hai bên và đối chiếu giấy tờ."}
CONSENT = {"agreed": "true"}
OUTCOME = {"kind": "stopped", "reason_code": "budget_gone"}
NDA = {"kind": "mutual", "purpose": secrets.PURPOSE, "term_months": 24}
NDA_NO = {"reason_code": "rights", "reason": "Phạm vi chưa rõ."}
NDA_TEMPLATE = {
    "kind": "mutual", "body_vi": wording.first_versions()[1]["body_vi"],
    "body_en": wording.first_versions()[1]["body_en"],
}  # fmt: skip
QUOTE = {"fee": 40_000_000, "days": 20, "valid_until": lambda _: str(clock.today())}
TAKEN = {"fee": valuing.FEE}
NOT_NEEDED = {"reason_code": "not_needed"}
COMPLAINT = {"words": "Dòng tiền năm thứ hai không khớp."}
KEPT = {"answer": "keep", "reason": "Số liệu đã được đối chiếu với sổ sách."}
NUMBERED = {"number": "12/2026"}
SIGNED_REPORT = {"sha256": lambda s: s.ids["sha256"], "typed_name": lambda s: s.people["first"].name}
PEOPLE = {"appraisers.0.person_id": lambda s: str(s.people["first"].id)}
PEOPLE_JSON = {"appraisers": lambda s: [{"person_id": str(s.people["first"].id)}]}
ASKED_JSON = {
    "kind": "estimate", "purpose": "contribution", "value_date": lambda _: str(clock.today()),
    "quotes_until": lambda _: str(clock.today()), "providers": lambda s: [str(s.people["provider"].org.id)],
}  # fmt: skip
ASKED = ASKED_JSON | {"providers": lambda s: str(s.people["provider"].org.id)}
BOOKS = {"kind": "financial"}
BOOKS_FILE = {"file": ("so.pdf", valuing.PDF + b"2", "application/pdf")}
COMPARED = {"mode": "licence", "revision": 2}
SECOND, SECOND_JSON = {"revision": "2"}, {"revision": 2}
SHEET_JSON = valuing.sheet(2).model_dump(mode="json", exclude_none=True)
INPUT_REMARK = {"calculation": "income", "body": "Nêu cơ sở của tỷ suất."}
PAPER = {"file": ("quy-trinh.pdf", secrets.PDF, "application/pdf")}
DESCRIBED = {"title": "Quy trình, bản đủ", "stage": 2, "download": "none"}
OPENED = {"deal_id": lambda s: str(s.ids["deal_id"]), "document_id": lambda s: str(s.ids["document_id"])}
INSPECTION = {"reason": "Kiểm tra khiếu nại số 12 về nội dung."}
QUESTION = {"question": "Màng chịu được nước có độ mặn bao nhiêu?"}
REPLY = {"answer": "Đến 12 gam muối một lít."}


def by(who: str) -> dict[str, Any]:
    """What this person types to sign."""
    return {
        "typed_name": lambda s: s.people[who].name,
        "sha256": lambda s: s.ids["sha256"],
    }


ROUND = hall.plan("english", days=10).model_dump(mode="json", exclude_none=True)
ROUND_FORM = {
    **{k: str(v) for k, v in ROUND.items() if k not in ("terms", "steps")},
    **{f"terms.{k}": str(v) for k, v in hall.TERMS.items()}, "terms.territory": "VN",
    "steps.0.since": "0", "steps.0.step": "100",
}  # fmt: skip
OFFICERS = {"person_ids": lambda s: [str(s.people[who].id) for who in ("operator", "second")]}
RESERVE = {"reserve": "2.000", "reserve_basis": hall.BASIS}
PAID = {"evidence": "Ngân hàng X, giao dịch 7788"}
OBJECTION = {"text": "Giá dự kiến thấp hơn nhiều so với giá thị trường."}
REPLY = {"answer": "Giá dựa trên chứng thư thẩm định giá."}
BID_FORM = {"amount": "1.500", "confirmed": "1"}
TURN = {"passphrase": hall.PASSPHRASE}
OFFICER_KEY = {"passphrase": hall.PASSPHRASE, "repeat": hall.PASSPHRASE}
NEW_PASSWORD = {"current": PASSWORD, "password": "mot cau khac han 4712"}

MANDATE_TERMS = brokering.terms().model_dump(mode="json")
MANDATE = {
    "client_org_id": lambda s: str(s.ids["org_id"]),
    "broker_org_id": lambda s: str(s.broker.org.id),
    "terms": MANDATE_TERMS,
}
TERMS_FORM = {
    "side": "seller", "scope.kind": "everything", "starts_on": MANDATE_TERMS["starts_on"],
    "ends_on": MANDATE_TERMS["ends_on"], "notice_days": "30", "tail_days": "90", "attribution_days": "180",
    "commission.tiers.0.percent": "5", "commission.pay": "success", "commission.payer": "client",
}  # fmt: skip
MANDATE_FORM = TERMS_FORM | {"as": "client", "broker_org_id": lambda s: str(s.broker.org.id)}
SIGNED = {"sha256": lambda s: s.ids["sha256"]}
NO_MANDATE = {"reason_code": "terms"}
NO_THANKS = {"reason_code": "not_now"}
INTRODUCE = {
    "mandate_id": lambda s: str(s.ids["mandate_id"]),
    "counterparty_org_id": lambda s: str(s.buyer.org.id),
    "listing_id": lambda s: str(s.ids["listing_id"]),
}
INTRODUCE_FORM = {
    "mandate_id": lambda s: str(s.ids["mandate_id"]),
    "party": lambda s: s.buyer.org.name,
    "subject": lambda s: str(s.ids["listing_id"]),
}
A_HASH = {"report_hash": "a" * 64}
REPORT_FILE = {"files": ("bao-cao.json", b"{}", "application/json")}
RECEIPT = {"receipt": {"payload": {"side": "seller"}, "nonce": "0", "seal": "0"}}
RECEIPT_FORM = {"receipt": '{"payload": {"side": "seller"}, "nonce": "0", "seal": "0"}'}
CLAIM_FORM = {"reason": brokering.WORDS, "evidence": brokering.WORDS}
RULED = {"outcome": "uphold", "reason": brokering.WORDS}
OUR_BROKER = {"org_id": lambda s: str(s.broker.org.id)}
COLLEAGUE = {"person_id": lambda s: str(s.seller.id)}


@dataclass(frozen=True, slots=True)
class Row:
    route: str  # "GET /path"
    answers: str  # one word a visitor, in the order of VISITORS
    state: str = "empty"  # of tests.support.scenes.Stage
    right: str = "seller"
    body: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    values: dict[str, Any] = field(default_factory=dict)  # of places in the address that are no ids
    public: bool = False  # the thing itself may be seen by everybody: a refusal need not hide it

    @property
    def method(self) -> str:
        return self.route.split(" ", 1)[0]

    @property
    def path(self) -> str:
        return self.route.split(" ", 1)[1]

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/v1")

    def __str__(self) -> str:
        return self.route


TABLE = [
    # --- the process and the public's pages ---
    Row("GET /healthz", "200 200 200 200 200 200", public=True),
    Row("GET /readyz", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/openapi.json", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/docs", "200 200 200 200 200 200", public=True),
    Row("GET /", "200 200 200 200 200 200", public=True),
    Row("GET /listings", "200 200 200 200 200 200", public=True),
    Row("GET /organisations", "200 200 200 200 200 200", public=True),
    Row("GET /suggest", "200 200 200 200 200 200", query="?q=mang", public=True),
    Row("GET /ipc", "200 200 200 200 200 200", public=True),
    Row("GET /compare", "200 200 200 200 200 200", public=True),
    Row("GET /about", "200 200 200 200 200 200", public=True),
    Row("GET /data-notes", "200 200 200 200 200 200", public=True),
    Row("GET /feeds/listings.atom", "200 200 200 200 200 200", public=True),
    Row("GET /sitemap.xml", "200 200 200 200 200 200", public=True),
    Row("GET /sitemaps/pages.xml", "200 200 200 200 200 200", public=True),
    Row("GET /robots.txt", "200 200 200 200 200 200", public=True),
    Row("GET /favicon.ico", "308 308 308 308 308 308", public=True),
    Row("GET /statistics/public", "200 200 200 200 200 200", public=True),
    # --- calculators: for everybody, stored nowhere ---
    Row("GET /valuations/calculators", "200 200 200 200 200 200", public=True),
    Row("GET /valuations/calculators/{method}", "200 200 200 200 200 200", values=CALCULATOR, public=True),
    Row(
        "POST /valuations/calculators/{method}",
        "200 200 200 200 200 200",
        values=CALCULATOR,
        body={"discount_rate": "18", "cash_flows": "1 tỷ; 1,2 tỷ"},
        public=True,
    ),
    Row("GET /valuations/first-estimate", "200 200 200 200 200 200", public=True),
    Row("GET /valuations/prices", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/price-bands", "200 200 200 200 200 200", public=True),
    Row("POST /valuations/first-estimate", "200 200 200 200 200 200", body={"spent": "2 tỷ"}, public=True),
    Row("GET /api/v1/valuation-methods", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/valuation-methods/{method}", "200 200 200 200 200 200", values=CALCULATOR, public=True),
    Row(
        "POST /api/v1/valuation-methods/{method}/calculations",
        "200 200 200 200 200 200",
        values=CALCULATOR,
        body={"inputs": {"discount_rate": "0.18", "cash_flows": ["1000"]}},
        public=True,
    ),
    Row("GET /api/v1/valuations/first-estimate", "200 200 200 200 200 200", public=True),
    Row(
        "POST /api/v1/valuations/first-estimate", "200 200 200 200 200 200", body={"spent": 2_000_000_000}, public=True
    ),
    Row("GET /listings/{listing_id}", "200 200 200 200 200 200", "published", public=True),
    Row("GET /organisations/{org_id}", "200 200 200 200 200 200", public=True),
    Row("GET /files/{file_id}", "200 200 200 200 200 200", "published", public=True),
    Row("POST /language", "303 303 303 303 303 303", body={"locale": "en", "next": "/about"}, public=True),
    Row(
        "GET /sitemaps/listings-{number}.xml", "200 200 200 200 200 200", "published", values={"number": 1}, public=True
    ),
    # --- what a program reads without a key ---
    Row("GET /api/v1/reference/rules", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/reference/royalties", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/reference/{name}", "200 200 200 200 200 200", values={"name": "provinces"}, public=True),
    Row("GET /api/v1/listings", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/organisations", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/suggestions", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/ipc", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/home-figures", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/statistics/public", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/listings/{listing_id}", "200 200 200 200 200 200", "published", public=True),
    Row("GET /api/v1/files/{file_id}", "200 200 200 200 200 200", "published", public=True),
    Row("GET /api/v1/organisations/{org_id}", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/organisations/{org_id}/listings", "200 200 200 200 200 200", "published", public=True),
    # --- coming in ---
    Row("GET /sign-up", "200 303 303 303 303 303", public=True),
    Row("GET /sign-in", "200 303 303 303 303 303", public=True),
    Row("GET /password/forgot", "200 200 200 200 200 200", public=True),
    Row("GET /password/reset", "200 200 200 200 200 200", public=True),
    Row("POST /sign-up", "303 303 303 303 303 303", body=SIGN_UP, public=True),
    Row(
        "POST /sign-in",
        "303 303 303 303 303 303",
        body={"email": lambda s: s.seller.email, "password": PASSWORD},
        public=True,
    ),
    Row("POST /password/forgot", "200 200 200 200 200 200", body={"email": lambda s: s.seller.email}, public=True),
    Row(
        "POST /password/reset",
        "in in in in in in",
        "forgotten",
        body={"token": lambda s: s.ids["token"], "password": NEW_PASSWORD["password"]},
        public=True,
    ),
    Row("POST /api/v1/accounts", "201 201 201 201 201 201", body=SIGN_UP, public=True),
    Row(
        "POST /api/v1/tokens",
        "201 201 201 201 201 201",
        body={"email": lambda s: s.seller.email, "password": PASSWORD},
        public=True,
    ),
    Row(
        "POST /api/v1/password-resets", "202 202 202 202 202 202", body={"email": lambda s: s.seller.email}, public=True
    ),
    Row(
        "POST /api/v1/password-resets/confirm",
        "204 204 204 204 204 204",
        "forgotten",
        body={"token": lambda s: s.ids["token"], "password": NEW_PASSWORD["password"]},
        public=True,
    ),
    Row("GET /invitations/{token}", "200 200 200 200 200 200", "invited", "invitee", public=True),
    Row("POST /invitations/{token}", "401 403 403 303 403 403", "invited", "invitee", public=True),
    Row("GET /api/v1/invitations/{token}", "200 200 200 200 200 200", "invited", "invitee", public=True),
    Row("POST /api/v1/invitations/{token}/accept", "401 403 403 200 403 403", "invited", "invitee", public=True),
    # --- oneself: everyone who is signed in ---
    Row("GET /account", "in 200 200 200 200 200"),
    Row("POST /account/profile", "401 303 303 303 303 303", body={"name": "Tên Mới", "locale": "en"}),
    Row("POST /account/password", "401 303 303 303 303 303", body=NEW_PASSWORD),
    Row("POST /account/sessions/end-others", "401 303 303 303 303 303"),
    Row("POST /account/sessions/{session_id}/end", "401 404 404 303 404 404", "session"),
    Row("POST /sign-out", "303 303 303 303 303 303", public=True),
    Row("GET /account/keys", "in 200 200 200 200 200"),
    Row("POST /account/keys", "401 201 201 201 201 201", body={"name": "kho"}),
    Row("POST /account/keys/{key_id}/revoke", "401 404 404 303 404 404", "key"),
    Row("POST /account/switch", "401 404 303 303 404 404", body={"org_id": lambda s: str(s.ids["org_id"])}),
    Row("GET /api/v1/me", "401 200 200 200 200 200"),
    Row("PATCH /api/v1/me", "401 200 200 200 200 200", body={"name": "Tên Mới"}),
    Row("POST /api/v1/me/password", "401 204 204 204 204 204", body=NEW_PASSWORD),
    Row("GET /api/v1/me/sessions", "401 200 200 200 200 200"),
    Row("DELETE /api/v1/me/sessions", "401 200 200 200 200 200"),
    Row("DELETE /api/v1/me/sessions/{session_id}", "401 404 404 204 404 404", "session"),
    Row("GET /api/v1/me/keys", "401 200 200 200 200 200"),
    Row("POST /api/v1/me/keys", "401 201 201 201 201 201", body={"name": "kho"}),
    Row("DELETE /api/v1/me/keys/{key_id}", "401 404 404 204 404 404", "key"),
    Row("GET /mailbox", "200 200 200 200 200 200", public=True),
    # --- one's saved searches: nobody else's, whatever their role or duty; the link in a mail needs no sign-in ---
    Row("GET /account/searches", "in 200 200 200 200 200"),
    Row("GET /account/searches/new", "in 200 200 200 200 200", query="?q=nano"),
    Row("POST /account/searches", "401 303 303 303 303 303", body=SEARCH),
    Row("GET /account/searches/{search_id}", "in 404 404 200 404 404", "saved_search"),
    Row("POST /account/searches/{search_id}/rename", "401 404 404 303 404 404", "saved_search", body=RENAME),
    Row("POST /account/searches/{search_id}/frequency", "401 404 404 303 404 404", "saved_search", body=WEEKLY),
    Row("POST /account/searches/{search_id}/pause", "401 404 404 303 404 404", "saved_search"),
    Row("POST /account/searches/{search_id}/resume", "401 404 404 303 404 404", "saved_search"),
    Row("POST /account/searches/{search_id}/delete", "401 404 404 303 404 404", "saved_search"),
    Row("GET /unsubscribe/{token}", "200 200 200 200 200 200", "saved_search", public=True),
    Row("POST /unsubscribe/{token}", "200 200 200 200 200 200", "saved_search", public=True),
    Row("GET /api/v1/me/searches", "401 200 200 200 200 200"),
    Row("POST /api/v1/me/searches", "401 201 201 201 201 201", body=SEARCH),
    Row("GET /api/v1/me/searches/{search_id}", "401 404 404 200 404 404", "saved_search"),
    Row("GET /api/v1/me/searches/{search_id}/matches", "401 404 404 200 404 404", "saved_search"),
    Row("POST /api/v1/me/searches/{search_id}/seen", "401 404 404 204 404 404", "saved_search"),
    Row("POST /api/v1/me/searches/{search_id}/rename", "401 404 404 200 404 404", "saved_search", body=RENAME),
    Row("POST /api/v1/me/searches/{search_id}/frequency", "401 404 404 200 404 404", "saved_search", body=WEEKLY),
    Row("POST /api/v1/me/searches/{search_id}/pause", "401 404 404 200 404 404", "saved_search"),
    Row("POST /api/v1/me/searches/{search_id}/resume", "401 404 404 200 404 404", "saved_search"),
    Row("DELETE /api/v1/me/searches/{search_id}", "401 404 404 204 404 404", "saved_search"),
    # --- one's organisation ---
    Row("GET /account/organisation", "in 200 200 200 200 200"),
    Row("POST /account/organisation", "401 303 403 303 404 404", body={"name_vi": "Trường Đại học Thử nghiệm"}),
    Row(
        "POST /account/organisation/members", "401 303 403 303 403 403", body={"email": "dong.nghiep@thunghiem.example"}
    ),
    Row("POST /account/organisation/members/{person_id}/make-owner", "401 404 403 303 404 404", "manager"),
    Row("POST /account/organisation/members/{person_id}/make-manager", "401 404 403 303 404 404", "member"),
    Row("POST /account/organisation/members/{person_id}/make-member", "401 404 403 303 404 404", "manager"),
    Row("POST /account/organisation/members/{person_id}/make-viewer", "401 404 403 303 404 404", "member"),
    Row("POST /account/organisation/members/{person_id}/remove", "401 404 403 303 404 404", "member"),
    Row("GET /api/v1/organisation", "401 200 200 200 404 404"),
    Row("PATCH /api/v1/organisation", "401 200 403 200 404 404", body={"name_vi": "Trường Đại học Thử nghiệm"}),
    Row("GET /api/v1/organisation/members", "401 200 200 200 404 404"),
    Row(
        "POST /api/v1/organisation/members", "401 201 403 201 403 403", body={"email": "dong.nghiep@thunghiem.example"}
    ),
    Row("POST /api/v1/organisation/members/{person_id}/make-owner", "401 404 403 204 404 404", "manager"),
    Row("POST /api/v1/organisation/members/{person_id}/make-manager", "401 404 403 204 404 404", "member"),
    Row("POST /api/v1/organisation/members/{person_id}/make-member", "401 404 403 204 404 404", "manager"),
    Row("POST /api/v1/organisation/members/{person_id}/make-viewer", "401 404 403 204 404 404", "member"),
    Row("DELETE /api/v1/organisation/members/{person_id}", "401 404 403 204 404 404", "member"),
    # --- standing of organisations ---
    Row("POST /organisations/{org_id}/verify", "401 403 403 303 303 403", "unverified", "operator", public=True),
    Row(
        "POST /organisations/{org_id}/suspend", "401 403 403 303 303 403", "empty", "operator", body=REASON, public=True
    ),
    Row(
        "POST /organisations/{org_id}/restore",
        "401 403 403 303 303 403",
        "suspended_organisation",
        "operator",
        public=True,
    ),
    Row("POST /api/v1/organisations/{org_id}/verify", "401 403 403 200 200 403", "unverified", "operator", public=True),
    Row(
        "POST /api/v1/organisations/{org_id}/suspend",
        "401 403 403 200 200 403",
        "empty",
        "operator",
        body=REASON,
        public=True,
    ),
    Row(
        "POST /api/v1/organisations/{org_id}/restore",
        "401 403 403 200 200 403",
        "suspended_organisation",
        "operator",
        public=True,
    ),
    # --- listings of one's organisation ---
    Row("GET /my/listings", "in 200 200 200 200 200"),
    Row("GET /listings/new", "in 200 200 200 200 200"),
    Row("POST /listings/new", "401 303 403 303 403 403", body={"title_vi": "Cảm biến độ mặn giá rẻ"}),
    Row("GET /listings/{listing_id}/edit", "in 404 403 303 403 404", "draft"),
    Row("GET /listings/{listing_id}/edit/check", "in 404 403 200 403 404", "draft"),
    Row("GET /listings/{listing_id}/edit/{step}", "in 404 403 200 403 404", "draft"),
    Row(
        "POST /listings/{listing_id}/edit/{step}",
        "401 404 403 303 403 404",
        "draft",
        body={"title_vi": "Màng lọc nano, tên mới"},
    ),
    Row(
        "POST /listings/{listing_id}/edit/{step}/autosave",
        "401 404 403 204 403 404",
        "draft",
        body={"title_vi": "Màng lọc nano, tên mới"},
    ),
    Row("POST /listings/{listing_id}/files", "401 404 403 303 403 404", "draft", files=PNG_FILE),
    Row("POST /listings/{listing_id}/files/{file_id}/remove", "401 404 403 303 403 404", "draft"),
    Row("GET /listings/{listing_id}/versions", "in 404 200 200 200 404", "draft"),
    Row("POST /listings/{listing_id}/submit", "401 404 403 303 403 404", "draft"),
    Row("POST /listings/{listing_id}/take-back", "401 404 403 303 403 403", "submitted"),
    Row("POST /listings/{listing_id}/refresh", "401 403 403 303 403 403", "published", public=True),
    Row("POST /listings/{listing_id}/archive", "401 403 403 303 403 403", "published", public=True),
    Row("POST /listings/{listing_id}/reopen", "401 404 403 303 403 403", "archived"),
    Row("POST /listings/{listing_id}/transfer", "401 403 403 303 303 403", "reserved", public=True),
    # --- the same for programs ---
    Row("GET /api/v1/me/listings", "401 200 200 200 200 200"),
    Row("POST /api/v1/listings", "401 201 403 201 403 403", body={"title_vi": "Cảm biến độ mặn giá rẻ"}),
    Row(
        "PATCH /api/v1/listings/{listing_id}",
        "404 404 403 200 403 404",
        "draft",
        body={"title_vi": "Màng lọc nano, tên mới"},
    ),
    Row("POST /api/v1/listings/{listing_id}/files", "404 404 403 201 403 404", "draft", files=PNG_FILE),
    Row("DELETE /api/v1/listings/{listing_id}/files/{file_id}", "404 404 403 204 403 404", "draft"),
    Row("GET /api/v1/listings/{listing_id}/versions", "404 404 200 200 200 404", "draft"),
    Row("POST /api/v1/listings/{listing_id}/submit", "404 404 403 200 403 404", "draft"),
    Row("POST /api/v1/listings/{listing_id}/take-back", "404 404 403 200 403 403", "submitted"),
    Row("POST /api/v1/listings/{listing_id}/refresh", "401 403 403 204 403 403", "published", public=True),
    Row("POST /api/v1/listings/{listing_id}/archive", "401 403 403 200 403 403", "published", public=True),
    Row("POST /api/v1/listings/{listing_id}/reopen", "404 404 403 200 403 403", "archived"),
    Row("POST /api/v1/listings/{listing_id}/transfer", "401 403 403 200 200 403", "reserved", public=True),
    # --- the review ---
    Row("GET /review", "in 403 403 200 200 403", "submitted", "operator"),
    Row("GET /review/{listing_id}", "in 404 403 200 200 403", "submitted", "operator"),
    Row("GET /api/v1/review/listings", "401 403 403 200 200 403", "submitted", "operator"),
    Row("POST /listings/{listing_id}/approve", "401 403 403 303 303 403", "submitted", "operator", body=SCORES),
    Row("POST /listings/{listing_id}/request-changes", "401 404 403 303 303 403", "submitted", "operator", body=REASON),
    Row(
        "POST /listings/{listing_id}/acknowledge",
        "401 403 403 303 303 403",
        "edited",
        "operator",
        body={"version": "3"},
        public=True,
    ),
    Row(
        "POST /listings/{listing_id}/suspend",
        "401 403 403 303 303 403",
        "published",
        "operator",
        body=REASON,
        public=True,
    ),
    Row("POST /listings/{listing_id}/restore", "401 404 403 303 303 403", "suspended", "operator"),
    Row("POST /api/v1/listings/{listing_id}/approve", "401 403 403 200 200 403", "submitted", "operator", body=SCORES),
    Row(
        "POST /api/v1/listings/{listing_id}/request-changes",
        "404 404 403 200 200 403",
        "submitted",
        "operator",
        body=REASON,
    ),
    Row(
        "POST /api/v1/listings/{listing_id}/acknowledge",
        "401 403 403 204 204 403",
        "edited",
        "operator",
        query="?version=3",
        public=True,
    ),
    Row(
        "POST /api/v1/listings/{listing_id}/suspend",
        "401 403 403 200 200 403",
        "published",
        "operator",
        body=REASON,
        public=True,
    ),
    Row("POST /api/v1/listings/{listing_id}/restore", "404 404 403 200 200 403", "suspended", "operator"),
    # --- deals ---
    Row("GET /desk", "in 200 200 200 200 200", "deal", "buyer"),
    Row("GET /listings/{listing_id}/interest", "in 200 200 200 200 200", "published", "buyer", public=True),
    Row(
        "POST /listings/{listing_id}/interest",
        "401 303 403 303 403 403",
        "published",
        "buyer",
        body=INTEREST,
        public=True,
    ),
    Row("GET /deals/{deal_id}", "in 404 200 200 200 200", "offered", "buyer"),
    Row("GET /deals/{deal_id}/close", "in 404 403 200 403 403", "deal", "buyer"),
    Row("POST /deals/{deal_id}/close", "401 404 403 303 403 403", "deal", "buyer", body=CLOSE),
    Row("GET /deals/{deal_id}/contract", "in 404 403 200 403 403", "agreed", "buyer"),
    Row("POST /deals/{deal_id}/contract", "401 404 403 303 403 403", "agreed", "buyer", body=CONTRACT, files=PDF_FILE),
    Row("POST /deals/{deal_id}/confirm-contract", "401 404 403 303 403 403", "reported"),
    Row("POST /deals/{deal_id}/dispute-contract", "401 404 403 303 403 403", "reported", body=REASON),
    Row("GET /deals/{deal_id}/evidence/{evidence_id}", "in 404 200 200 200 403", "reported"),
    Row(
        "POST /api/v1/listings/{listing_id}/interest",
        "401 201 403 201 403 403",
        "published",
        "buyer",
        body=INTEREST,
        public=True,
    ),
    Row("GET /api/v1/deals", "401 200 200 200 200 200", "deal", "buyer"),
    Row("GET /api/v1/deals/{deal_id}", "404 404 200 200 200 200", "deal", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/timeline", "404 404 200 200 200 200", "deal", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/close", "401 404 403 200 403 403", "deal", "buyer", body=CLOSE),
    Row(
        "POST /api/v1/deals/{deal_id}/report-contract",
        "401 404 403 200 403 403",
        "agreed",
        "buyer",
        body=CONTRACT,
        files=PDF_FILE,
    ),
    Row("POST /api/v1/deals/{deal_id}/confirm-contract", "401 404 403 200 403 403", "reported"),
    Row("POST /api/v1/deals/{deal_id}/dispute-contract", "401 404 403 200 403 403", "reported", body=REASON),
    Row("GET /api/v1/deals/{deal_id}/evidence/{evidence_id}", "404 404 200 200 200 403", "reported"),
    # --- offers: made by the buyer, answered by the seller ---
    Row("GET /deals/{deal_id}/offers/new", "in 404 403 200 403 403", "deal", "buyer"),
    Row("POST /deals/{deal_id}/offers/new", "401 404 403 303 403 403", "deal", "buyer", body=OFFER_FORM),
    Row("GET /offers/{offer_id}/counter", "in 404 403 200 403 404", "offered"),
    Row("POST /offers/{offer_id}/counter", "401 404 403 303 403 404", "offered", body=COUNTER_FORM),
    Row("GET /offers/{offer_id}/accept", "in 404 403 200 403 404", "offered"),
    Row("POST /offers/{offer_id}/accept", "401 404 403 303 403 403", "offered"),
    Row("GET /offers/{offer_id}/decline", "in 404 403 200 403 404", "offered"),
    Row("POST /offers/{offer_id}/decline", "401 404 403 303 403 404", "offered", body=CLOSE),
    Row("POST /offers/{offer_id}/accept-terms", "401 404 403 303 403 404", "offered", body={"terms": "upfront"}),
    Row("GET /offers/{offer_id}/withdraw", "in 404 403 200 403 404", "offered", "buyer"),
    Row("POST /offers/{offer_id}/withdraw", "401 404 403 303 403 404", "offered", "buyer", body=CLOSE),
    Row("GET /api/v1/deals/{deal_id}/offers", "404 404 200 200 200 200", "offered", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/offers", "404 404 403 201 403 403", "deal", "buyer", body=OFFER),
    Row("GET /api/v1/deals/{deal_id}/room", "404 404 200 200 200 200", "offered", "buyer"),
    Row("POST /api/v1/offers/{offer_id}/counter", "404 404 403 201 403 403", "offered", body=COUNTER),
    Row("POST /api/v1/offers/{offer_id}/accept", "404 404 403 200 403 403", "offered"),
    Row("POST /api/v1/offers/{offer_id}/decline", "404 404 403 200 403 403", "offered", body=CLOSE),
    # --- independence: one's own declarations, the statement of a deal, the operator's findings ---
    Row("GET /account/interests", "in 200 200 200 200 200", "interest_declared"),
    Row("GET /account/interests/new", "in 200 403 200 403 403", query="?for=organisation"),
    Row("POST /account/interests", "401 303 403 303 403 403", body=PARENT),
    Row("POST /account/interests/{declaration_id}/end", "401 404 403 303 404 404", "interest_declared"),
    Row("GET /deals/{deal_id}/independence", "in 404 200 200 200 200", "doubted"),
    Row("GET /conflicts", "in 403 403 200 200 403", "doubted", "operator"),
    Row("GET /conflicts/{finding_id}", "in 404 200 200 200 200", "doubted", "valuer"),
    Row("POST /conflicts/{finding_id}/clear", "401 404 403 403 303 403", "doubted", "seller", body=DECISION),
    Row("POST /conflicts/{finding_id}/uphold", "401 404 403 403 303 403", "doubted", "seller", body=DECISION),
    Row("POST /conflicts/{finding_id}/consent", "401 404 403 303 403 403", "to_consent", "buyer", body=CONSENT),
    Row("GET /api/v1/me/interests", "401 200 200 200 200 200", "interest_declared"),
    Row("POST /api/v1/me/interests", "401 201 403 201 403 403", body=PARENT),
    Row("POST /api/v1/me/interests/{declaration_id}/end", "401 404 403 200 404 404", "interest_declared"),
    Row("GET /api/v1/deals/{deal_id}/independence", "401 404 200 200 200 200", "doubted"),
    Row("GET /api/v1/conflicts", "401 403 403 200 200 403", "doubted", "operator"),
    Row("GET /api/v1/conflicts/{finding_id}", "404 404 200 200 200 200", "doubted", "seller"),
    Row("POST /api/v1/conflicts/{finding_id}/clear", "404 404 403 403 200 403", "doubted", "seller", body=DECISION),
    Row("POST /api/v1/conflicts/{finding_id}/uphold", "404 404 403 403 200 403", "doubted", "seller", body=DECISION),
    Row("POST /api/v1/conflicts/{finding_id}/consent", "404 404 403 200 403 403", "to_consent", "buyer", body=CONSENT),
    # --- the desk: the buyer's, who wrote a message with a file, a task for all and a note of its own ---
    Row("GET /desk/calendar", "in 200 200 200 403 403", "deal", "buyer"),
    Row("POST /desk/calendar/feed", "401 200 200 200 403 403", "deal", "buyer", body={"titles": "true"}),
    Row("POST /desk/calendar/feed/revoke", "401 303 303 303 403 403", "fed", "buyer"),
    Row("GET /calendar/{token}.ics", "200 200 200 200 200 200", "fed", "buyer", public=True),
    Row("GET /deals/{deal_id}/calendar.ics", "in 404 200 200 403 403", "deal", "buyer"),
    Row("GET /deals/{deal_id}/messages", "in 404 200 200 200 403", "talked", "buyer"),
    Row("POST /deals/{deal_id}/messages", "401 404 403 303 403 403", "deal", "buyer", body=SAID, files=MESSAGE_FILE),
    Row("POST /deals/{deal_id}/messages/inspect", "401 404 403 200 200 403", "talked", "operator", body=LOOK),
    Row("GET /deals/{deal_id}/messages/files/{file_id}", "in 404 200 200 403 403", "talked", "buyer"),
    Row("POST /messages/{message_id}/retract", "401 404 403 303 403 403", "talked", "buyer"),
    Row("GET /deals/{deal_id}/tasks", "in 404 200 200 403 403", "talked", "buyer"),
    Row("POST /deals/{deal_id}/tasks", "401 404 403 303 403 403", "deal", "buyer", body=A_TASK),
    Row("POST /deals/{deal_id}/tasks/suggested", "401 404 403 303 403 403", "deal", "buyer"),
    Row("GET /tasks/{task_id}/edit", "in 404 403 200 403 403", "talked", "buyer"),
    Row("POST /tasks/{task_id}/edit", "401 404 403 303 403 403", "talked", "buyer", body=A_TASK),
    Row("POST /tasks/{task_id}/finish", "401 404 403 303 403 403", "talked", "buyer"),
    Row("POST /tasks/{task_id}/reopen", "401 404 403 303 403 403", "task_done", "buyer"),
    Row("POST /tasks/{task_id}/drop", "401 404 403 303 403 403", "talked", "buyer"),
    Row("POST /deals/{deal_id}/notes", "401 404 403 303 403 403", "deal", "buyer", body={"body": "Giá trần 2 tỷ"}),
    Row("GET /notes/{note_id}/edit", "in 404 403 200 404 404", "talked", "buyer"),
    Row("POST /notes/{note_id}/edit", "401 404 403 303 404 404", "talked", "buyer", body={"body": "Giá trần 3 tỷ"}),
    Row("POST /notes/{note_id}/remove", "401 404 403 303 404 404", "talked", "buyer"),
    Row("GET /deals/{deal_id}/hand-over", "in 404 403 200 403 403", "colleague", "buyer"),
    Row("POST /deals/{deal_id}/hand-over", "401 404 403 303 403 403", "colleague", "buyer", body=TO_COLLEAGUE),
    Row("GET /api/v1/desk", "401 200 200 200 200 200", "deal", "buyer"),
    Row("GET /api/v1/desk/calendar", "401 200 200 200 403 403", "deal", "buyer"),
    Row("POST /api/v1/desk/calendar/feed", "401 201 201 201 403 403", "deal", "buyer", body={"titles": True}),
    Row("POST /api/v1/desk/calendar/feed/revoke", "401 204 204 204 403 403", "fed", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/calendar.ics", "404 404 200 200 403 403", "deal", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/messages", "404 404 200 200 403 403", "talked", "buyer"),
    Row(
        "POST /api/v1/deals/{deal_id}/messages",
        "401 404 403 201 403 403",
        "deal",
        "buyer",
        body=SAID,
        files=MESSAGE_FILE,
    ),
    Row("POST /api/v1/deals/{deal_id}/messages/read", "401 404 204 204 403 403", "talked", "buyer", body={"seq": 1}),
    Row("POST /api/v1/deals/{deal_id}/messages/inspect", "401 404 403 200 200 403", "talked", "operator", body=LOOK),
    Row("GET /api/v1/deals/{deal_id}/messages/files/{file_id}", "404 404 200 200 403 403", "talked", "buyer"),
    Row("POST /api/v1/messages/{message_id}/retract", "401 404 403 200 403 403", "talked", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/tasks", "404 404 200 200 403 403", "talked", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/tasks", "401 404 403 201 403 403", "deal", "buyer", body=A_TASK),
    Row("POST /api/v1/deals/{deal_id}/tasks/suggested", "401 404 403 200 403 403", "deal", "buyer"),
    Row("POST /api/v1/tasks/{task_id}/edit", "401 404 403 200 403 403", "talked", "buyer", body=A_TASK),
    Row("POST /api/v1/tasks/{task_id}/finish", "401 404 403 200 403 403", "talked", "buyer"),
    Row("POST /api/v1/tasks/{task_id}/reopen", "401 404 403 200 403 403", "task_done", "buyer"),
    Row("POST /api/v1/tasks/{task_id}/drop", "401 404 403 200 403 403", "talked", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/notes", "404 404 200 200 403 403", "talked", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/notes", "401 404 403 201 403 403", "deal", "buyer", body={"body": "Giá trần"}),
    Row("POST /api/v1/notes/{note_id}/edit", "401 404 403 200 404 404", "talked", "buyer", body={"body": "Giá trần"}),
    Row("POST /api/v1/notes/{note_id}/remove", "401 404 403 200 404 404", "talked", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/hand-over", "404 404 200 200 403 403", "colleague", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/hand-over", "401 404 403 200 403 403", "colleague", "buyer", body=TO_COLLEAGUE),
    Row("POST /api/v1/offers/{offer_id}/withdraw", "404 404 403 200 403 403", "offered", "buyer", body=CLOSE),
    Row(
        "POST /api/v1/offers/{offer_id}/accept-terms", "404 404 403 200 403 403", "offered", body={"terms": ["upfront"]}
    ),
    # --- approvals of the buyer's own side: the rest of the world does not know of them ---
    Row("GET /approvals", "in 200 200 200 200 200", "waiting", "buyer"),
    Row("POST /approvals/{approval_id}/approve", "401 404 403 303 404 404", "waiting", "buyer"),
    Row("POST /approvals/{approval_id}/refuse", "401 404 403 303 404 404", "waiting", "buyer", body=REASON),
    Row("POST /approvals/{approval_id}/withdraw", "401 404 403 303 404 404", "waiting", "buyer"),
    Row("GET /account/organisation/approvals", "in 200 200 200 404 404", "waiting", "buyer"),
    Row("POST /account/organisation/approvals", "401 422 403 303 404 404", "waiting", "buyer", body=RULE),
    Row("GET /api/v1/approvals", "401 200 200 200 404 404", "waiting", "buyer"),
    Row("POST /api/v1/approvals/{approval_id}/approve", "401 404 403 200 404 404", "waiting", "buyer", body=REASON),
    Row("POST /api/v1/approvals/{approval_id}/refuse", "401 404 403 200 404 404", "waiting", "buyer", body=REASON),
    Row("POST /api/v1/approvals/{approval_id}/withdraw", "401 404 403 200 404 404", "waiting", "buyer"),
    Row("GET /api/v1/organisation/approvals", "401 200 200 200 404 404", "waiting", "buyer"),
    Row("PUT /api/v1/organisation/approvals", "401 422 403 200 404 404", "waiting", "buyer", body=RULE_JSON),
    # --- memoranda: proposed by the buyer, answered by the seller ---
    Row("GET /deals/{deal_id}/memoranda/new", "in 404 403 200 403 403", "deal", "buyer"),
    Row("POST /deals/{deal_id}/memoranda/new", "401 404 403 303 403 403", "deal", "buyer", body=MEMORANDUM),
    Row("POST /memoranda/{memorandum_id}/confirm", "401 404 403 303 403 404", "memorandum"),
    Row("POST /memoranda/{memorandum_id}/decline", "401 404 403 303 403 404", "memorandum", body=REASON),
    Row("POST /memoranda/{memorandum_id}/withdraw", "401 404 403 303 403 404", "memorandum", "buyer"),
    Row("POST /memoranda/{memorandum_id}/outcome", "401 404 403 303 403 404", "remembered", body=IN_CONTRACT),
    Row("GET /memoranda/{memorandum_id}/file", "in 404 200 200 200 404", "memorandum"),
    Row("GET /memoranda/overdue", "in 403 403 403 200 403", public=True),
    Row("GET /api/v1/deals/{deal_id}/memoranda", "404 404 200 200 200 200", "memorandum"),
    Row(
        "POST /api/v1/deals/{deal_id}/memoranda",
        "404 404 403 201 403 403",
        "deal",
        "buyer",
        body=MEMORANDUM,
        files=PDF_FILE,
    ),
    Row("POST /api/v1/memoranda/{memorandum_id}/confirm", "404 404 403 200 403 404", "memorandum"),
    Row("POST /api/v1/memoranda/{memorandum_id}/decline", "404 404 403 200 403 404", "memorandum", body=REASON),
    Row("POST /api/v1/memoranda/{memorandum_id}/withdraw", "404 404 403 200 403 404", "memorandum", "buyer"),
    Row("POST /api/v1/memoranda/{memorandum_id}/outcome", "404 404 403 200 403 404", "remembered", body=IN_CONTRACT),
    Row("GET /api/v1/memoranda/{memorandum_id}/file", "404 404 200 200 200 404", "memorandum"),
    Row("GET /api/v1/memoranda/overdue", "401 403 403 403 200 403", public=True),
    # --- outcomes: the buyer's question; why deals stop ---
    Row("GET /outcomes", "in 200 200 200 200 200", "outcome_asked", "buyer"),
    Row("GET /outcomes/reasons", "in 200 200 200 200 200", "outcome_asked", "buyer"),
    Row("GET /deals/{deal_id}/outcome", "in 404 200 200 200 403", "outcome_asked", "buyer"),
    Row("POST /deals/{deal_id}/outcome", "401 404 403 303 403 403", "outcome_asked", "buyer", body=OUTCOME),
    Row("GET /api/v1/outcomes", "401 200 200 200 200 200", "outcome_asked", "buyer"),
    Row("GET /api/v1/outcomes/reasons", "401 200 200 200 200 200", "outcome_asked", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/outcome", "401 404 200 200 200 403", "outcome_asked", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/outcome", "401 404 403 201 403 403", "outcome_asked", "buyer", body=OUTCOME),
    # --- matches: of the buyer's need with the seller's listing ---
    Row("GET /needs/{need_id}/matches", "in 403 200 200 200 403", "matched", "buyer", public=True),
    Row("GET /listings/{listing_id}/matches", "in 403 200 200 200 403", "matched", public=True),
    Row("GET /my/matches", "in 200 200 200 200 200", "matched", "buyer"),
    Row("GET /matches/{match_id}", "in 404 200 200 200 404", "matched", "buyer"),
    Row("POST /matches/{match_id}/interest", "401 404 403 303 403 404", "matched", "buyer"),
    Row("POST /matches/{match_id}/dismiss", "401 404 403 303 403 404", "matched", "buyer", body=NOT_FOR_US),
    Row("GET /broker/matches", "in 403 403 200 200 403", "matched", "operator"),
    Row("GET /matching/radar", "in 403 403 200 200 200", "matched", "operator"),
    Row("GET /matching/weights", "in 403 403 200 200 403", right="operator"),
    Row("POST /matching/weights", "401 403 403 303 303 403", right="operator", body=WEIGHTS),
    Row("GET /matching/weights/{version}", "in 403 403 200 200 403", "weights", "operator"),
    Row("POST /matching/weights/{version}/enforce", "401 403 403 303 303 403", "weights", "operator"),
    Row("POST /matching/weights/{version}/discard", "401 403 403 303 303 403", "weights", "operator"),
    Row("GET /api/v1/needs/{need_id}/matches", "401 403 200 200 200 403", "matched", "buyer", public=True),
    Row("GET /api/v1/listings/{listing_id}/matches", "401 403 200 200 200 403", "matched", public=True),
    Row("GET /api/v1/listings/{listing_id}/reasons", "401 403 200 200 200 403", "matched", public=True),
    Row("GET /api/v1/me/matches", "401 200 200 200 200 200", "matched", "buyer"),
    Row("GET /api/v1/matches/{match_id}", "401 404 200 200 200 404", "matched", "buyer"),
    Row("POST /api/v1/matches/{match_id}/interest", "401 404 403 200 403 404", "matched", "buyer"),
    Row("POST /api/v1/matches/{match_id}/dismiss", "401 404 403 200 403 404", "matched", "buyer", body=NOT_FOR_US),
    Row("GET /api/v1/broker/matches", "401 403 403 200 200 403", "matched", "operator"),
    Row("GET /api/v1/matching/radar", "401 403 403 200 200 200", "matched", "operator"),
    Row("GET /api/v1/matching/weights", "401 403 403 200 200 403", right="operator"),
    Row("POST /api/v1/matching/weights", "401 403 403 201 201 403", right="operator", body=WEIGHTS),
    Row("GET /api/v1/matching/weights/{version}", "401 403 403 200 200 403", "weights", "operator"),
    Row("POST /api/v1/matching/weights/{version}/enforce", "401 403 403 200 200 403", "weights", "operator"),
    Row("POST /api/v1/matching/weights/{version}/discard", "401 403 403 200 200 403", "weights", "operator"),
    # --- profiles of enterprises, and the Department's campaigns ---
    Row("GET /account/profile", "in 200 200 200 200 200", right="buyer"),
    Row("GET /account/profile/{year}", "in 200 200 200 404 404", "answered", "buyer"),
    Row("GET /account/profile/{year}/edit/{step}", "in 200 403 200 404 404", "answered", "buyer"),
    Row("POST /account/profile/{year}/edit/{step}", "401 303 403 303 404 404", "answered", "buyer", body=ANSWERS_FORM),
    Row(
        "POST /account/profile/{year}/edit/{step}/autosave",
        "401 204 403 204 404 404",
        "answered",
        "buyer",
        body=ANSWERS_FORM,
    ),
    Row("POST /account/profile/{year}/declare", "401 404 403 303 404 404", "answered", "buyer"),
    Row("POST /account/profile/{year}/reopen", "401 404 403 303 404 404", "declared", "buyer"),
    Row("GET /api/v1/questionnaire", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/organisation/profiles", "401 200 200 200 404 404", "answered", "buyer"),
    Row("GET /api/v1/organisation/profiles/{year}", "401 200 200 200 404 404", "answered", "buyer"),
    Row(
        "PATCH /api/v1/organisation/profiles/{year}",
        "401 200 403 200 404 404",
        "answered",
        "buyer",
        body={"section": "C", "answers": {"T1": {"value": 7}}},
    ),
    Row("POST /api/v1/organisation/profiles/{year}/declare", "401 404 403 200 404 404", "answered", "buyer"),
    Row("POST /api/v1/organisation/profiles/{year}/reopen", "401 404 403 200 404 404", "declared", "buyer"),
    Row("GET /campaigns", "in 403 403 200 200 200", "campaign", "department"),
    Row("POST /campaigns", "401 403 403 303 303 303", "no_campaign", "department", body=CAMPAIGN),
    Row("GET /campaigns/{campaign_id}", "in 404 404 200 200 200", "campaign", "department"),
    Row("POST /campaigns/{campaign_id}/reschedule", "401 404 404 303 303 303", "campaign", "department", body=CAMPAIGN),
    Row(
        "POST /campaigns/{campaign_id}/invite",
        "401 404 404 303 303 303",
        "campaign",
        "department",
        body={"tax_codes": lambda s: s.ids["tax_code"]},
    ),
    Row("POST /campaigns/{campaign_id}/open", "401 404 404 303 303 303", "campaign", "department"),
    Row("POST /campaigns/{campaign_id}/withdraw", "401 404 404 303 303 303", "campaign", "department"),
    Row("POST /campaigns/{campaign_id}/close", "401 404 403 403 303 303", "surveyed", "buyer"),
    Row("GET /campaigns/{campaign_id}/profiles/{profile_id}", "in 404 404 404 200 200", "surveyed", "buyer"),
    Row("GET /campaigns/{campaign_id}/comparison", "in 404 200 200 200 200", "surveyed", "buyer"),
    Row("GET /api/v1/campaigns", "401 403 403 200 200 200", "campaign", "department"),
    Row("POST /api/v1/campaigns", "401 403 403 201 201 201", "no_campaign", "department", body=CAMPAIGN),
    Row("GET /api/v1/campaigns/{campaign_id}", "401 404 200 200 200 200", "surveyed", "buyer"),
    Row(
        "POST /api/v1/campaigns/{campaign_id}/reschedule",
        "401 404 404 200 200 200",
        "campaign",
        "department",
        body=CAMPAIGN,
    ),
    Row(
        "POST /api/v1/campaigns/{campaign_id}/invite",
        "401 404 404 200 200 200",
        "campaign",
        "department",
        body={"tax_codes": lambda s: [s.ids["tax_code"]]},
    ),
    Row("POST /api/v1/campaigns/{campaign_id}/open", "401 404 404 200 200 200", "campaign", "department"),
    Row("POST /api/v1/campaigns/{campaign_id}/withdraw", "401 404 404 200 200 200", "campaign", "department"),
    Row("POST /api/v1/campaigns/{campaign_id}/close", "401 404 403 403 200 200", "surveyed", "buyer"),
    Row("GET /api/v1/campaigns/{campaign_id}/profiles/{profile_id}", "401 404 404 404 200 200", "surveyed", "buyer"),
    Row("GET /api/v1/campaigns/{campaign_id}/comparison", "401 404 200 200 200 200", "surveyed", "buyer"),
    # --- the Department's figures ---
    Row("GET /statistics", "in 403 403 200 200 200", "deal", "department"),
    Row("GET /statistics/deals", "in 403 403 200 200 200", "deal", "department"),
    Row("GET /statistics/listings", "in 403 403 200 200 200", "deal", "department"),
    Row("GET /statistics/patents", "in 403 403 200 200 200", "deal", "department"),
    Row("GET /api/v1/statistics", "401 403 403 200 200 200", "deal", "department"),
    Row("GET /api/v1/statistics/deals", "401 403 403 200 200 200", "deal", "department"),
    Row("GET /api/v1/statistics/listings", "401 403 403 200 200 200", "deal", "department"),
    Row("GET /api/v1/statistics/patents", "401 403 403 200 200 200", "deal", "department"),
    Row(
        "GET /statistics/tables/{name}.csv", "in 403 403 200 200 200", "deal", "department", values={"name": "by_field"}
    ),
    # --- valuations: checking a report ---
    Row("GET /valuations/verify", "200 200 200 200 200 200", public=True),
    Row("GET /valuations/verify/{report_hash}", "200 200 200 200 200 200", values=A_HASH, public=True),
    Row("POST /valuations/verify", "422 422 422 422 422 422", public=True),
    Row("POST /api/v1/valuations/verify", "422 422 422 422 422 422", files=REPORT_FILE, public=True),
]
NEED = {"title": "Giảm muối trong nước cấp, tên mới"}
NEED_FORM = {**NEED, "problem": "Nước nguồn nhiễm mặn vào mùa khô.", "field": "2.7"}
DESCRIPTION = {"description": "Cần giảm độ mặn của nước cấp xuống 0,3 g/l, ngân sách dưới 2 tỷ."}
ENDING = {"reason_code": "no_fit", "reason": "Đều cần nhiều điện."}
LATER = {"deadline": demand.deadline(90).isoformat()}
ANSWER = demand.answering().model_dump(mode="json", exclude_defaults=True)
ANSWER_FORM = {
    "title": ANSWER["title"], "description": ANSWER["description"], "fit.0.key": "must.0", "fit.0.answer": "met",
    "fit.1.key": "must.1", "fit.1.answer": "partly", "consent": "true",
}  # fmt: skip
ATTACH = {"listing_id": lambda scene: str(scene.ids["listing_id"])}
# Needs: the buyer asks, the seller answers; the Department sees what everyone sees.
TABLE += [
    Row("GET /needs", "200 200 200 200 200 200", public=True),
    Row("GET /feeds/needs.atom", "200 200 200 200 200 200", public=True),
    Row("GET /needs/{need_id}", "200 200 200 200 200 200", "need_published", "buyer", public=True),
    Row("GET /my/needs", "in 200 200 200 200 200"),
    Row("GET /needs/new", "in 200 200 200 200 200"),
    Row("POST /needs/new", "401 303 403 303 403 403", right="buyer", body=DESCRIPTION),
    Row("GET /needs/{need_id}/edit/{step}", "in 404 403 200 403 404", "need_draft", "buyer"),
    Row("POST /needs/{need_id}/edit/{step}", "401 404 403 303 403 404", "need_draft", "buyer", body=NEED_FORM),
    Row("POST /needs/{need_id}/edit/{step}/autosave", "401 404 403 204 403 404", "need_draft", "buyer", body=NEED_FORM),
    Row("POST /needs/{need_id}/submit", "401 404 403 303 403 404", "need_draft", "buyer"),
    Row("POST /needs/{need_id}/take-back", "401 404 403 303 403 404", "need_submitted", "buyer"),
    Row("POST /needs/{need_id}/reopen", "401 404 403 303 403 404", "need_withdrawn", "buyer"),
    Row("POST /needs/{need_id}/close", "401 403 403 303 403 403", "need_published", "buyer", body=ENDING, public=True),
    Row("POST /needs/{need_id}/extend", "401 403 403 303 403 403", "need_published", "buyer", body=LATER, public=True),
    Row("POST /needs/{need_id}/withdraw", "401 403 403 303 303 403", "need_published", "buyer", body=REASON,
        public=True),
    Row("GET /needs/review", "in 403 403 200 200 403", "need_submitted", "operator"),
    Row("POST /needs/{need_id}/approve", "401 403 403 303 303 403", "need_submitted", "operator"),
    Row("POST /needs/{need_id}/request-changes", "401 404 404 303 303 404", "need_submitted", "operator", body=REASON),
    Row("POST /needs/{need_id}/reject", "401 404 404 303 303 404", "need_submitted", "operator", body=REASON),
    Row("GET /api/v1/needs", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/needs/{need_id}", "200 200 200 200 200 200", "need_published", "buyer", public=True),
    Row("GET /api/v1/needs/{need_id}/reveals", "401 403 200 200 403 403", "need_published", "buyer", public=True),
    Row("GET /api/v1/me/needs", "401 200 200 200 200 200"),
    Row("GET /api/v1/review/needs", "401 403 403 200 200 403", "need_submitted", "operator"),
    Row("POST /api/v1/needs", "401 201 403 201 403 403", right="buyer", body=DESCRIPTION),
    Row("PATCH /api/v1/needs/{need_id}", "404 404 403 200 403 404", "need_draft", "buyer", body=NEED),
    Row("POST /api/v1/needs/{need_id}/submit", "404 404 403 200 403 404", "need_draft", "buyer"),
    Row("POST /api/v1/needs/{need_id}/take-back", "404 404 403 200 403 404", "need_submitted", "buyer"),
    Row("POST /api/v1/needs/{need_id}/reopen", "404 404 403 200 403 404", "need_withdrawn", "buyer"),
    Row("POST /api/v1/needs/{need_id}/close", "401 403 403 200 403 403", "need_published", "buyer", body=ENDING,
        public=True),
    Row("POST /api/v1/needs/{need_id}/extend", "401 403 403 200 403 403", "need_published", "buyer", body=LATER,
        public=True),
    Row("POST /api/v1/needs/{need_id}/withdraw", "401 403 403 200 200 403", "need_published", "buyer", body=REASON,
        public=True),
    Row("POST /api/v1/needs/{need_id}/approve", "401 403 403 200 200 403", "need_submitted", "operator"),
    Row("POST /api/v1/needs/{need_id}/request-changes", "404 404 404 200 200 404", "need_submitted", "operator",
        body=REASON),
    Row("POST /api/v1/needs/{need_id}/reject", "404 404 404 200 200 404", "need_submitted", "operator", body=REASON),
    # --- proposals ---
    Row("GET /needs/{need_id}/propose", "in 200 403 200 403 403", "need_published", public=True),
    Row("POST /needs/{need_id}/propose", "401 303 403 303 403 403", "need_published", body=ANSWER_FORM, public=True),
    Row("GET /needs/{need_id}/proposals", "in 403 200 200 403 403", "proposed", "buyer", public=True),
    Row("GET /my/proposals", "in 200 200 200 200 200", "proposed"),
    Row("GET /proposals/{proposal_id}", "in 404 200 200 200 404", "proposed"),
    Row("POST /proposals/{proposal_id}/shortlist", "401 404 403 303 403 404", "proposed", "buyer"),
    Row("POST /proposals/{proposal_id}/decline", "401 404 403 303 403 404", "proposed", "buyer", body=CLOSE),
    Row("POST /proposals/{proposal_id}/accept", "401 404 403 303 403 404", "proposed", "buyer"),
    Row("POST /proposals/{proposal_id}/consent", "401 404 403 303 403 404", "proposed", "buyer"),
    Row("POST /proposals/{proposal_id}/withdraw", "401 404 403 303 403 404", "proposed", body=NOT_FOR_US),
    Row("POST /proposals/{proposal_id}/attach-listing", "401 404 403 303 403 404", "proposed", body=ATTACH),
    Row("POST /proposals/{proposal_id}/open-deal", "401 404 403 303 403 404", "chosen", "buyer"),
    Row("POST /api/v1/needs/{need_id}/proposals", "401 201 403 201 403 403", "need_published", body=ANSWER,
        public=True),
    Row("GET /api/v1/needs/{need_id}/proposals", "401 403 200 200 403 403", "proposed", "buyer", public=True),
    Row("GET /api/v1/me/proposals", "401 200 200 200 200 200", "proposed"),
    Row("GET /api/v1/proposals/{proposal_id}", "404 404 200 200 200 404", "proposed"),
    Row("POST /api/v1/proposals/{proposal_id}/shortlist", "404 404 403 200 403 404", "proposed", "buyer"),
    Row("POST /api/v1/proposals/{proposal_id}/decline", "404 404 403 200 403 404", "proposed", "buyer", body=CLOSE),
    Row("POST /api/v1/proposals/{proposal_id}/accept", "404 404 403 200 403 404", "proposed", "buyer"),
    Row("POST /api/v1/proposals/{proposal_id}/consent", "404 404 403 200 403 404", "proposed", "buyer"),
    Row("POST /api/v1/proposals/{proposal_id}/withdraw", "404 404 403 200 403 404", "proposed"),
    Row("POST /api/v1/proposals/{proposal_id}/attach-listing", "404 404 403 200 403 404", "proposed", body=ATTACH),
    Row("POST /api/v1/proposals/{proposal_id}/open-deal", "404 404 403 200 403 404", "chosen", "buyer"),
    # --- brokerage: the seller's mandate of a broker, an introduction of the buyer, a claim of another broker ---
    Row("GET /brokerage", "in 200 200 200 200 303", "introduced", "broker"),
    Row("GET /mandates", "in 200 200 200 200 200", "mandate_active"),
    Row("GET /mandates/new", "in 200 403 200 403 403", "brokers"),
    Row("POST /mandates", "401 303 403 303 403 403", "brokers", body=MANDATE_FORM),
    Row("GET /mandates/{mandate_id}", "in 404 200 200 200 404", "mandate_proposed"),
    Row("GET /mandates/{mandate_id}/counter", "in 404 403 200 403 404", "mandate_proposed"),
    Row("POST /mandates/{mandate_id}/counter", "401 404 403 303 403 404", "mandate_proposed", body=TERMS_FORM),
    Row("POST /mandates/{mandate_id}/sign", "401 404 403 303 403 404", "mandate_proposed", body=SIGNED),
    Row("POST /mandates/{mandate_id}/decline", "401 404 403 303 403 404", "mandate_proposed", body=NO_MANDATE),
    Row("POST /mandates/{mandate_id}/give-notice", "401 404 403 303 403 404", "mandate_active"),
    Row("POST /mandates/{mandate_id}/ask-to-end", "401 404 403 303 403 404", "mandate_active"),
    Row("POST /mandates/{mandate_id}/agree-to-end", "401 404 403 303 403 404", "ending_asked"),
    Row("GET /introductions", "in 200 200 200 200 200", "introduced", "broker"),
    Row("GET /introductions/new", "in 200 403 200 403 403", "mandate_active", "broker"),
    Row("POST /introductions", "401 404 403 303 403 403", "mandate_active", "broker", body=INTRODUCE_FORM),
    Row("GET /introductions/verify", "200 200 200 200 200 200", public=True),
    Row("POST /introductions/verify", "200 200 200 200 200 200", body=RECEIPT_FORM, public=True),
    Row("GET /introductions/{introduction_id}", "in 404 200 200 200 404", "introduced", "buyer"),
    Row("GET /introductions/{introduction_id}/receipt", "in 404 403 200 403 404", "introduced", "broker"),
    Row("POST /introductions/{introduction_id}/accept", "401 404 403 303 403 404", "introduced", "buyer"),
    Row("POST /introductions/{introduction_id}/decline", "401 404 403 303 403 404", "introduced", "buyer",
        body=NO_THANKS),
    Row("GET /introductions/{introduction_id}/claim", "in 404 403 200 403 404", "introduced_twice", "other_broker"),
    Row("POST /introductions/{introduction_id}/claim", "401 404 403 303 403 404", "introduced_twice", "other_broker",
        body=CLAIM_FORM),
    Row("GET /introduction-claims", "in 200 200 200 200 200", "claimed", "other_broker"),
    Row("GET /introduction-claims/{claim_id}", "in 404 404 200 200 404", "claimed", "other_broker"),
    Row("POST /introduction-claims/{claim_id}/files", "401 404 404 303 403 404", "claimed", "broker",
        files=MESSAGE_FILE),
    Row("GET /introduction-claims/{claim_id}/files/{file_id}", "in 404 404 200 200 404", "claimed", "broker"),
    Row("POST /introduction-claims/{claim_id}/answer", "401 404 404 303 403 404", "claimed", "broker",
        body={"answer": brokering.WORDS}),
    Row("POST /introduction-claims/{claim_id}/withdraw", "401 404 404 303 403 404", "claimed", "other_broker"),
    Row("POST /introduction-claims/{claim_id}/appeal", "401 404 404 303 403 404", "claim_decided", "other_broker",
        body={"reason": brokering.WORDS}),
    Row("POST /introduction-claims/{claim_id}/decide", "401 404 404 303 303 404", "claimed", "operator", body=RULED),
    Row("POST /introduction-claims/{claim_id}/decide-appeal", "401 404 404 303 303 404", "claim_appealed", "operator",
        body=RULED),
    Row("GET /brokerage/indicators", "in 403 403 200 200 200", "introduced", "broker"),
    Row("GET /brokerage/indicators/export", "in 403 403 200 200 200", "introduced", "broker"),
    Row("GET /deals/{deal_id}/people", "in 404 200 200 200 200", "brokered_deal"),
    Row("POST /deals/{deal_id}/people/invite", "401 404 403 303 403 403", "mandated_deal", body=OUR_BROKER),
    Row("POST /deals/{deal_id}/people/remove", "401 404 403 303 403 403", "brokered_deal",
        body=OUR_BROKER | {"reason": "Đã xong việc giới thiệu."}),
    Row("GET /api/v1/mandates", "401 200 200 200 200 200", "mandate_active"),
    Row("POST /api/v1/mandates", "401 403 403 201 403 403", "brokers", body=MANDATE),
    Row("GET /api/v1/mandates/{mandate_id}", "404 404 200 200 200 404", "mandate_proposed"),
    Row("POST /api/v1/mandates/{mandate_id}/counter", "401 404 403 200 403 404", "mandate_proposed",
        body={"terms": MANDATE_TERMS}),
    Row("POST /api/v1/mandates/{mandate_id}/sign", "401 404 403 200 403 404", "mandate_proposed", body=SIGNED),
    Row("POST /api/v1/mandates/{mandate_id}/decline", "401 404 403 200 403 404", "mandate_proposed", body=NO_MANDATE),
    Row("POST /api/v1/mandates/{mandate_id}/give-notice", "401 404 403 200 403 404", "mandate_active",
        body={"reason": "Đổi kế hoạch."}),
    Row("POST /api/v1/mandates/{mandate_id}/ask-to-end", "401 404 403 200 403 404", "mandate_active"),
    Row("POST /api/v1/mandates/{mandate_id}/agree-to-end", "401 404 403 200 403 404", "ending_asked"),
    Row("GET /api/v1/introductions", "401 200 200 200 200 200", "introduced", "broker"),
    Row("POST /api/v1/introductions", "401 404 403 201 403 404", "mandate_active", "broker", body=INTRODUCE),
    Row("POST /api/v1/introductions/verify", "200 200 200 200 200 200", body=RECEIPT, public=True),
    Row("GET /api/v1/introductions/{introduction_id}", "404 404 200 200 200 404", "introduced", "buyer"),
    Row("GET /api/v1/introductions/{introduction_id}/receipt", "404 404 403 200 403 404", "introduced", "broker"),
    Row("POST /api/v1/introductions/{introduction_id}/accept", "401 404 403 200 403 404", "introduced", "buyer",
        body=INTEREST),
    Row("POST /api/v1/introductions/{introduction_id}/decline", "401 404 403 200 403 404", "introduced", "buyer",
        body=NO_THANKS),
    Row("POST /api/v1/introductions/{introduction_id}/claim", "401 404 403 201 403 404", "introduced_twice",
        "other_broker", body=CLAIM_FORM),
    Row("GET /api/v1/introduction-claims", "401 200 200 200 200 200", "claimed", "other_broker"),
    Row("GET /api/v1/introduction-claims/{claim_id}", "404 404 404 200 200 404", "claimed", "other_broker"),
    Row("POST /api/v1/introduction-claims/{claim_id}/files", "401 404 404 201 403 404", "claimed", "broker",
        files=MESSAGE_FILE),
    Row("GET /api/v1/introduction-claims/{claim_id}/files/{file_id}", "404 404 404 200 200 404", "claimed", "broker"),
    Row("POST /api/v1/introduction-claims/{claim_id}/answer", "401 404 404 200 403 404", "claimed", "broker",
        body={"answer": brokering.WORDS}),
    Row("POST /api/v1/introduction-claims/{claim_id}/withdraw", "401 404 404 200 403 404", "claimed", "other_broker"),
    Row("POST /api/v1/introduction-claims/{claim_id}/appeal", "401 404 404 200 403 404", "claim_decided",
        "other_broker", body={"reason": brokering.WORDS}),
    Row("POST /api/v1/introduction-claims/{claim_id}/decide", "401 404 404 200 200 404", "claimed", "operator",
        body=RULED),
    Row("POST /api/v1/introduction-claims/{claim_id}/decide-appeal", "401 404 404 200 200 404", "claim_appealed",
        "operator", body=RULED),
    Row("GET /api/v1/brokerage/commissions", "401 200 200 200 200 200", "introduced", "broker"),
    Row("GET /api/v1/brokerage/indicators", "401 403 403 200 200 200", "introduced", "broker"),
    Row("GET /api/v1/deals/{deal_id}/people", "404 404 200 200 200 200", "brokered_deal"),
    Row("POST /api/v1/deals/{deal_id}/people/invite", "401 404 403 200 403 403", "mandated_deal", body=OUR_BROKER),
    Row("POST /api/v1/deals/{deal_id}/people/remove", "401 404 403 200 403 403", "brokered_deal",
        body=OUR_BROKER | {"reason": "Đã xong việc giới thiệu."}),
]  # fmt: skip
PROFILE_FORM = {
    "headline_vi": "Tìm người mua cho công nghệ xử lý nước", "story_vi": registry.PROFILE["story_vi"],
    "services.advice.offered": "true", "services.advice.kind": "hourly", "services.advice.low": "800000",
    "fields": "2.7", "languages": "vi", "availability": "open", "capacity": "3",
}  # fmt: skip
LICENCE = {
    "kind": "business", "number": "12/GCN", "issuer": "Cục Thử nghiệm", "issued_on": "2026-01-15",
    "services": "inspection",
}  # fmt: skip
RATING = {**{k: str(v) for k, v in registry.MARKS.items()}, "ratee_org_id": lambda s: str(s.people["broker"].org.id)}
# Intermediaries: the seller has a profile and a broker; the operator reviews.
TABLE += [
    Row("GET /intermediaries", "200 200 200 200 200 200", public=True),
    Row("GET /experts", "200 200 200 200 200 200", public=True),
    Row("GET /intermediaries/{org_id}", "200 200 200 200 200 200", "provider_listed", public=True),
    Row("GET /experts/{provider_id}", "200 200 200 200 200 200", "expert_listed", public=True),
    Row("GET /intermediaries/review", "in 403 403 200 200 403", "licence_declared", "operator"),
    Row("GET /account/intermediary", "in 200 200 200 200 200", "rated"),
    Row("POST /account/intermediary", "401 303 403 303 403 403", body={"kind": "organisation"}),
    Row("GET /providers/{provider_id}", "404 404 200 200 200 404", "licence_declared"),
    Row("GET /providers/{provider_id}/edit", "in 404 403 200 403 404", "provider_draft"),
    Row("POST /providers/{provider_id}/edit", "401 404 403 303 403 404", "provider_draft", body=PROFILE_FORM),
    Row("POST /providers/{provider_id}/submit", "401 404 403 303 403 404", "provider_draft"),
    Row("POST /providers/{provider_id}/take-back", "401 404 403 303 403 404", "provider_submitted"),
    Row("POST /providers/{provider_id}/unlist", "401 403 403 303 403 403", "provider_listed", public=True),
    Row("POST /providers/{provider_id}/approve", "401 404 403 303 303 404", "provider_submitted", "operator"),
    Row("POST /providers/{provider_id}/request-changes", "401 404 403 303 303 404", "provider_submitted", "operator",
        body=REASON),
    Row("POST /providers/{provider_id}/suspend", "401 403 403 303 303 403", "provider_listed", "operator", body=REASON,
        public=True),
    Row("POST /providers/{provider_id}/restore", "401 404 403 303 303 404", "provider_suspended", "operator"),
    Row("POST /providers/{provider_id}/licences", "401 404 403 303 403 404", "provider_draft", body=LICENCE,
        files=PDF_FILE),
    Row("GET /providers/{provider_id}/licences/{licence_id}/file", "in 404 200 200 200 404", "licence_declared"),
    Row("POST /providers/{provider_id}/licences/{licence_id}/withdraw", "401 404 403 303 403 404",
        "licence_declared"),
    Row("POST /providers/{provider_id}/licences/{licence_id}/check", "401 404 403 303 303 404", "licence_declared",
        "operator"),
    Row("POST /providers/{provider_id}/licences/{licence_id}/refuse", "401 404 403 303 303 404", "licence_declared",
        "operator", body=REASON),
    Row("GET /deals/{deal_id}/ratings", "in 404 200 200 403 403", "contracted"),
    Row("POST /deals/{deal_id}/ratings", "401 404 403 303 403 403", "contracted", body=RATING),
    Row("POST /ratings/{rating_id}/report", "401 403 403 303 403 403", "rated", body=REASON, public=True),
    Row("POST /ratings/{rating_id}/keep", "401 403 403 303 303 403", "rating_reported", "operator", public=True),
    Row("POST /ratings/{rating_id}/hide", "401 403 403 303 303 403", "rated", "operator", body=REASON, public=True),
    Row("GET /api/v1/intermediaries", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/experts", "200 200 200 200 200 200", public=True),
    Row("GET /api/v1/intermediaries/{org_id}", "200 200 200 200 200 200", "provider_listed", public=True),
    Row("GET /api/v1/intermediaries/{org_id}/ratings", "200 200 200 200 200 200", "rated", public=True),
    Row("GET /api/v1/experts/{provider_id}", "200 200 200 200 200 200", "expert_listed", public=True),
    Row("GET /api/v1/review/intermediaries", "401 403 403 200 200 403", "licence_declared", "operator"),
    Row("GET /api/v1/me/providers", "401 200 200 200 200 200"),
    Row("POST /api/v1/providers", "401 201 403 201 403 403", body={"kind": "organisation"}),
    Row("GET /api/v1/providers/{provider_id}", "404 404 200 200 200 404", "licence_declared"),
    Row("PATCH /api/v1/providers/{provider_id}", "404 404 403 200 403 404", "provider_draft", body={"capacity": 2}),
    Row("POST /api/v1/providers/{provider_id}/submit", "404 404 403 200 403 404", "provider_draft"),
    Row("POST /api/v1/providers/{provider_id}/take-back", "404 404 403 200 403 404", "provider_submitted"),
    Row("POST /api/v1/providers/{provider_id}/unlist", "401 403 403 200 403 403", "provider_listed", public=True),
    Row("POST /api/v1/providers/{provider_id}/approve", "404 404 403 200 200 404", "provider_submitted", "operator"),
    Row("POST /api/v1/providers/{provider_id}/request-changes", "404 404 403 200 200 404", "provider_submitted",
        "operator", body=REASON),
    Row("POST /api/v1/providers/{provider_id}/suspend", "401 403 403 200 200 403", "provider_listed", "operator",
        body=REASON, public=True),
    Row("POST /api/v1/providers/{provider_id}/restore", "404 404 403 200 200 404", "provider_suspended", "operator"),
    Row("POST /api/v1/providers/{provider_id}/licences", "404 404 403 201 403 404", "provider_draft", body=LICENCE,
        files=PDF_FILE),
    Row("GET /api/v1/providers/{provider_id}/licences/{licence_id}/file", "401 404 200 200 200 404",
        "licence_declared"),
    Row("POST /api/v1/providers/{provider_id}/licences/{licence_id}/withdraw", "404 404 403 200 403 404",
        "licence_declared"),
    Row("POST /api/v1/providers/{provider_id}/licences/{licence_id}/check", "404 404 403 200 200 404",
        "licence_declared", "operator"),
    Row("POST /api/v1/providers/{provider_id}/licences/{licence_id}/refuse", "404 404 403 200 200 404",
        "licence_declared", "operator", body=REASON),
    Row("GET /api/v1/deals/{deal_id}/ratings", "404 404 200 200 403 403", "contracted"),
    Row("POST /api/v1/deals/{deal_id}/ratings", "404 404 403 201 403 403", "contracted", body=RATING),
    Row("POST /api/v1/ratings/{rating_id}/report", "401 403 403 204 403 403", "rated", body=REASON, public=True),
    Row("POST /api/v1/ratings/{rating_id}/keep", "401 403 403 204 204 403", "rating_reported", "operator",
        public=True),
    Row("POST /api/v1/ratings/{rating_id}/hide", "401 403 403 204 204 403", "rated", "operator", body=REASON,
        public=True),
    # --- agreements: those who take part and the operator read them, the Department their state ---
    Row("GET /deals/{deal_id}/room/nda", "in 404 200 200 200 200", "nda_proposed", "buyer"),
    Row("GET /deals/{deal_id}/ndas/new", "in 404 403 200 403 403", "deal", "buyer"),
    Row("POST /deals/{deal_id}/ndas", "401 404 403 303 403 403", "deal", "buyer", body=NDA),
    Row("GET /ndas/{nda_id}", "in 404 200 200 200 200", "nda_proposed", "buyer"),
    Row("GET /ndas/{nda_id}/text", "in 404 200 200 200 403", "nda_proposed", "buyer"),
    Row("POST /ndas/{nda_id}/sign", "401 404 403 303 403 403", "nda_proposed", "buyer", body=by("buyer")),
    Row("POST /ndas/{nda_id}/adhere", "401 404 403 303 403 403", "nda_adviser", "adviser", body=by("adviser")),
    Row("POST /ndas/{nda_id}/decline", "401 404 403 303 403 403", "nda_proposed", "buyer", body=NDA_NO),
    Row("POST /ndas/{nda_id}/withdraw", "401 404 403 303 403 403", "nda_proposed"),
    Row("POST /ndas/{nda_id}/terminate", "401 404 403 303 403 403", "nda_in_force", "buyer", body=NDA_NO),
    Row("GET /api/v1/deals/{deal_id}/ndas", "404 404 200 200 200 200", "nda_proposed", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/ndas", "401 404 403 201 403 403", "deal", "buyer", body=NDA),
    Row("GET /api/v1/ndas/{nda_id}", "404 404 200 200 200 200", "nda_proposed", "buyer"),
    Row("GET /api/v1/ndas/{nda_id}/verify", "404 404 200 200 200 403", "nda_proposed", "buyer"),
    Row("POST /api/v1/ndas/{nda_id}/sign", "404 404 403 200 403 403", "nda_proposed", "buyer", body=by("buyer")),
    Row("POST /api/v1/ndas/{nda_id}/adhere", "404 404 403 200 403 403", "nda_adviser", "adviser", body=by("adviser")),
    Row("POST /api/v1/ndas/{nda_id}/decline", "404 404 403 200 403 403", "nda_proposed", "buyer", body=NDA_NO),
    Row("POST /api/v1/ndas/{nda_id}/withdraw", "404 404 403 200 403 403", "nda_proposed"),
    Row("POST /api/v1/ndas/{nda_id}/terminate", "404 404 403 200 403 403", "nda_in_force", "buyer", body=NDA_NO),
    # --- their templates: the operator's ---
    Row("GET /nda-templates", "in 403 403 200 200 403", right="operator"),
    Row("GET /nda-templates/new", "in 403 403 200 200 403", right="operator"),
    Row("POST /nda-templates", "401 403 403 303 303 403", right="operator", body=NDA_TEMPLATE),
    Row("GET /nda-templates/{template_id}", "in 403 403 200 200 403", "nda_template", "operator"),
    Row("POST /nda-templates/{template_id}/publish", "401 403 403 303 303 403", "nda_template", "operator"),
    Row("POST /nda-templates/{template_id}/retire", "401 403 403 303 303 403", "nda_template_in_use", "operator"),
    Row("GET /api/v1/nda-templates", "401 403 403 200 200 403", right="operator"),
    Row("POST /api/v1/nda-templates", "401 403 403 201 201 403", right="operator", body=NDA_TEMPLATE),
    Row("GET /api/v1/nda-templates/{template_id}", "401 403 403 200 200 403", "nda_template", "operator"),
    Row("POST /api/v1/nda-templates/{template_id}/publish", "401 403 403 200 200 403", "nda_template", "operator"),
    Row("POST /api/v1/nda-templates/{template_id}/retire", "401 403 403 200 200 403", "nda_template_in_use",
        "operator"),
    # --- the room of a deal: content for its parties, the log for the owner, counts for the Department ---
    Row("GET /deals/{deal_id}/room", "in 404 200 200 200 200", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/fields", "in 404 403 200 403 403", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/files/{file_id}", "in 404 403 200 403 403", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/questions", "in 404 403 200 403 403", "asked", "buyer"),
    Row("POST /deals/{deal_id}/room/questions", "401 404 403 303 403 403", "room", "buyer", body=QUESTION),
    Row("POST /deals/{deal_id}/room/inspect", "401 404 403 303 303 403", "room", "operator", body=INSPECTION),
    Row("GET /deals/{deal_id}/room/documents/{document_id}", "in 404 403 200 403 403", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/documents/{document_id}/alive", "in 404 403 204 403 403", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/documents/{document_id}/pages/{number}", "in 404 403 200 403 403", "room",
        "buyer", values={"number": 1}),
    Row("GET /deals/{deal_id}/room/documents/{document_id}/download", "in 404 403 200 403 403", "room", "buyer"),
    Row("GET /deals/{deal_id}/room/documents/{document_id}/original", "in 404 403 200 403 403", "room", "buyer"),
    Row("POST /room-questions/{question_id}/answer", "401 404 403 303 404 404", "asked", body=REPLY),
    Row("POST /room-questions/{question_id}/publish", "401 404 403 303 404 404", "answered_question", body=QUESTION),
    Row("GET /api/v1/deals/{deal_id}/data-room", "401 404 200 200 200 200", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/figures", "404 404 200 200 200 200", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/fields", "401 404 403 200 403 403", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/files/{file_id}", "401 404 403 200 403 403", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/questions", "401 404 403 200 403 403", "asked", "buyer"),
    Row("POST /api/v1/deals/{deal_id}/room/questions", "401 404 403 201 403 403", "room", "buyer", body=QUESTION),
    Row("POST /api/v1/deals/{deal_id}/room/inspect", "401 404 403 200 200 403", "room", "operator", body=INSPECTION),
    Row("GET /api/v1/deals/{deal_id}/room/documents/{document_id}", "401 404 403 200 403 403", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/documents/{document_id}/alive", "404 404 403 204 403 403", "room", "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/documents/{document_id}/pages/{number}", "401 404 403 200 403 403", "room",
        "buyer", values={"number": 1}),
    Row("GET /api/v1/deals/{deal_id}/room/documents/{document_id}/download", "401 404 403 200 403 403", "room",
        "buyer"),
    Row("GET /api/v1/deals/{deal_id}/room/documents/{document_id}/original", "401 404 403 200 403 403", "room",
        "buyer"),
    Row("POST /api/v1/room-questions/{question_id}/answer", "401 404 403 204 404 404", "asked", body=REPLY),
    Row("POST /api/v1/room-questions/{question_id}/publish", "401 404 403 204 404 404", "answered_question",
        body=QUESTION),
    # --- the owner's room: to everyone else it does not exist; the operator reads its log, the Department counts ---
    Row("GET /listings/{listing_id}/room", "in 404 200 200 404 404", "room"),
    Row("GET /listings/{listing_id}/room/questions", "in 404 200 200 404 404", "asked"),
    Row("GET /listings/{listing_id}/room/log", "in 404 200 200 200 403", "room"),
    Row("GET /listings/{listing_id}/room/log.{form}", "in 404 200 200 200 403", "room", values={"form": "csv"}),
    Row("GET /listings/{listing_id}/room/documents/{document_id}", "in 404 200 200 404 404", "room"),
    Row("POST /listings/{listing_id}/room/folders", "401 404 403 303 404 404", "room", body={"name": "Pháp lý"}),
    Row("POST /listings/{listing_id}/room/folders/{folder_id}/remove", "401 404 403 303 404 404", "room"),
    Row("POST /listings/{listing_id}/room/documents", "401 404 403 303 404 404", "room", files=PAPER),
    Row("POST /listings/{listing_id}/room/documents/{document_id}/replace", "401 404 403 303 404 404", "room",
        files=PAPER),
    Row("POST /listings/{listing_id}/room/documents/{document_id}/describe", "401 404 403 303 404 404", "room",
        body=DESCRIBED),
    Row("POST /listings/{listing_id}/room/documents/{document_id}/remove", "401 404 403 303 404 404", "room"),
    Row("POST /listings/{listing_id}/room/grants", "401 404 403 303 404 404", "room", body=OPENED),
    Row("POST /listings/{listing_id}/room/grants/{grant_id}/revoke", "401 404 403 303 404 404", "room"),
    Row("GET /api/v1/listings/{listing_id}/room", "401 404 200 200 404 404", "room"),
    Row("GET /api/v1/listings/{listing_id}/room/questions", "401 404 200 200 404 404", "asked"),
    Row("GET /api/v1/listings/{listing_id}/room/log", "401 404 200 200 200 403", "room"),
    Row("GET /api/v1/listings/{listing_id}/room/log.{form}", "401 404 200 200 200 403", "room",
        values={"form": "xlsx"}),
    Row("GET /api/v1/listings/{listing_id}/room/documents/{document_id}", "401 404 200 200 404 404", "room"),
    Row("POST /api/v1/listings/{listing_id}/room/folders", "401 404 403 201 404 404", "room", body={"name": "Pháp lý"}),
    Row("POST /api/v1/listings/{listing_id}/room/folders/{folder_id}/remove", "401 404 403 200 404 404", "room"),
    Row("POST /api/v1/listings/{listing_id}/room/documents", "401 404 403 201 404 404", "room", files=PAPER),
    Row("POST /api/v1/listings/{listing_id}/room/documents/{document_id}/replace", "401 404 403 200 404 404", "room",
        files=PAPER),
    Row("POST /api/v1/listings/{listing_id}/room/documents/{document_id}/describe", "401 404 403 200 404 404", "room",
        body=DESCRIBED),
    Row("POST /api/v1/listings/{listing_id}/room/documents/{document_id}/remove", "401 404 403 200 404 404", "room"),
    Row("POST /api/v1/listings/{listing_id}/room/grants", "401 404 403 201 404 404", "room", body=OPENED),
    Row("POST /api/v1/listings/{listing_id}/room/grants/{grant_id}/revoke", "401 404 403 200 404 404", "room"),
    # --- public rounds: everybody reads what was announced ---
    Row("GET /rounds", "200 200 200 200 200 200", "round_announced", public=True),
    Row("GET /my/rounds", "in 200 200 200 200 200", "round_draft"),
    Row("GET /rounds/desk", "in 403 403 403 200 403", "round_declared"),
    Row("GET /listings/{listing_id}/rounds", "200 200 200 200 200 200", "round_draft", public=True),
    Row("GET /listings/{listing_id}/rounds/new", "in 403 403 200 403 403", "published", public=True),
    Row("POST /listings/{listing_id}/rounds/new", "401 403 403 303 403 403", "published", body=ROUND_FORM, public=True),
    Row("GET /rounds/{round_id}", "200 200 200 200 200 200", "round_open", public=True),
    Row("GET /rounds/{round_id}/live", "200 200 200 200 200 200", "round_open", public=True),
    Row("GET /rounds/{round_id}/events", "200 200 200 200 200 200", "round_open", public=True),
    Row("GET /rounds/{round_id}/receipt", "200 200 200 200 200 200", "round_sealed_open", public=True),
    Row("GET /rounds/{round_id}/edit", "in 404 403 200 403 404", "round_draft"),
    Row("POST /rounds/{round_id}/edit", "401 404 403 303 403 404", "round_draft", body=ROUND_FORM),
    Row("GET /rounds/{round_id}/officers", "in 404 403 403 200 404", "round_sealed_draft"),
    Row("POST /rounds/{round_id}/officers", "401 404 403 403 303 404", "round_sealed_draft", body=OFFICERS),
    Row("GET /rounds/{round_id}/announce", "in 404 403 200 403 404", "round_draft"),
    Row("POST /rounds/{round_id}/announce", "401 404 403 303 403 404", "round_draft", body=RESERVE),
    Row("POST /rounds/{round_id}/cancel", "401 403 403 303 303 403", "round_announced", body=REASON, public=True),
    Row("POST /rounds/{round_id}/apply", "401 303 403 303 403 403", "round_announced", "buyer", public=True),
    Row("POST /rounds/{round_id}/withdraw", "401 403 403 303 403 403", "round_applied", "buyer", public=True),
    Row("POST /rounds/{round_id}/deposit", "401 403 403 303 403 403", "round_applied", "buyer", body=PAID, public=True),
    Row("POST /round-entries/{entry_id}/approve", "401 404 404 303 303 404", "round_applied", "operator"),
    Row("POST /round-entries/{entry_id}/reject", "401 404 404 303 303 404", "round_applied", "operator", body=REASON),
    Row("POST /round-entries/{entry_id}/confirm-deposit", "401 404 404 303 303 404", "round_declared", "operator"),
    Row("POST /round-entries/{entry_id}/question-deposit", "401 404 404 303 303 404", "round_declared", "operator",
        body=REASON),
    Row("POST /rounds/{round_id}/objections", "401 303 403 303 403 403", "round_notice", "buyer", body=OBJECTION,
        public=True),
    Row("POST /rounds/{round_id}/objections/{objection_id}/answer", "401 403 403 303 403 403", "round_objected",
        body=REPLY, public=True),
    Row("POST /rounds/{round_id}/bid", "401 403 403 303 403 403", "round_open", "buyer", body=BID_FORM, public=True),
    Row("POST /rounds/{round_id}/seal", "401 403 403 201 403 403", "round_sealed_open", "buyer", body=BID_FORM,
        public=True),
    Row("POST /rounds/{round_id}/take-back", "401 403 403 201 403 403", "round_sealed_open", "buyer", public=True),
    Row("POST /rounds/{round_id}/turn-key", "401 403 403 303 303 403", "round_sealed_closed", "operator", body=TURN,
        public=True),
    Row("POST /rounds/{round_id}/award", "401 403 403 303 303 403", "round_stuck", "operator", public=True),
    Row("GET /account/officer-key", "in 403 403 403 200 403"),
    Row("POST /account/officer-key", "401 403 403 403 303 403", body=OFFICER_KEY),
    Row("GET /api/v1/rounds", "200 200 200 200 200 200", "round_announced", public=True),
    Row("GET /api/v1/rounds/desk", "401 403 403 403 200 403", "round_declared"),
    Row("GET /api/v1/me/rounds", "401 200 200 200 200 200", "round_draft"),
    Row("GET /api/v1/listings/{listing_id}/rounds", "200 200 200 200 200 200", "round_draft", public=True),
    Row("POST /api/v1/listings/{listing_id}/rounds", "401 403 403 201 403 403", "published", body=ROUND, public=True),
    Row("GET /api/v1/rounds/{round_id}", "200 200 200 200 200 200", "round_open", public=True),
    Row("GET /api/v1/rounds/{round_id}/live", "200 200 200 200 200 200", "round_open", public=True),
    Row("GET /api/v1/rounds/{round_id}/envelopes/{sha256}", "200 200 200 200 200 200", "round_sealed_open",
        values={"sha256": "0" * 64}, public=True),
    Row("POST /api/v1/rounds/{round_id}/edit", "404 404 403 200 403 404", "round_draft", body=ROUND),
    Row("POST /api/v1/rounds/{round_id}/officers", "404 404 403 403 200 404", "round_sealed_draft", body=OFFICERS),
    Row("POST /api/v1/rounds/{round_id}/announce", "404 404 403 200 403 404", "round_draft",
        body={"reserve": 2000, "reserve_basis": hall.BASIS}),
    Row("POST /api/v1/rounds/{round_id}/cancel", "401 403 403 200 200 403", "round_announced", body=REASON,
        public=True),
    Row("POST /api/v1/rounds/{round_id}/apply", "401 201 403 201 403 403", "round_announced", "buyer",
        body={"message": "Xin tham gia."}, public=True),
    Row("POST /api/v1/rounds/{round_id}/withdraw", "401 403 403 200 403 403", "round_applied", "buyer", public=True),
    Row("POST /api/v1/rounds/{round_id}/deposit", "401 403 403 200 403 403", "round_applied", "buyer", body=PAID,
        public=True),
    Row("POST /api/v1/round-entries/{entry_id}/approve", "401 404 404 200 200 404", "round_applied", "operator"),
    Row("POST /api/v1/round-entries/{entry_id}/reject", "401 404 404 200 200 404", "round_applied", "operator",
        body=REASON),
    Row("POST /api/v1/round-entries/{entry_id}/confirm-deposit", "401 404 404 200 200 404", "round_declared",
        "operator"),
    Row("POST /api/v1/round-entries/{entry_id}/question-deposit", "401 404 404 200 200 404", "round_declared",
        "operator", body=REASON),
    Row("POST /api/v1/rounds/{round_id}/objections", "401 201 403 201 403 403", "round_notice", "buyer",
        body=OBJECTION, public=True),
    Row("POST /api/v1/rounds/{round_id}/objections/{objection_id}/answer", "401 403 403 200 403 403",
        "round_objected", body=REPLY, public=True),
    Row("POST /api/v1/rounds/{round_id}/bid", "401 403 403 200 403 403", "round_open", "buyer", body={"amount": 1500},
        public=True),
    Row("POST /api/v1/rounds/{round_id}/seal", "401 403 403 201 403 403", "round_sealed_open", "buyer",
        body={"amount": 1500}, public=True),
    Row("POST /api/v1/rounds/{round_id}/take-back", "401 403 403 201 403 403", "round_sealed_open", "buyer",
        public=True),
    Row("POST /api/v1/rounds/{round_id}/turn-key", "401 403 403 200 200 403", "round_sealed_closed", "operator",
        body=TURN, public=True),
    Row("POST /api/v1/rounds/{round_id}/award", "401 403 403 200 200 403", "round_stuck", "operator", public=True),
    Row("GET /api/v1/me/officer-key", "401 403 403 403 200 403"),
    Row("POST /api/v1/me/officer-key", "401 403 403 403 201 403", body=OFFICER_KEY),
    # --- valuation cases ---
    Row("POST /valuations/{valuation_id}/offer", "401 404 403 303 403 404", "valuation_requested", "provider",
        body=QUOTE),
    Row("POST /api/v1/valuations/{valuation_id}/offer", "401 404 403 200 403 404", "valuation_requested", "provider",
        body=QUOTE),
    Row("POST /valuations/{valuation_id}/take-back", "401 404 403 303 403 404", "valuation_offered", "provider"),
    Row("POST /api/v1/valuations/{valuation_id}/take-back", "401 404 403 200 403 404", "valuation_offered", "provider"),
    Row("POST /valuations/{valuation_id}/refuse", "401 404 403 303 403 404", "valuation_requested", "provider",
        body=NOT_FOR_US),
    Row("POST /api/v1/valuations/{valuation_id}/refuse", "401 404 403 200 403 404", "valuation_requested", "provider",
        body=NOT_FOR_US),
    Row("POST /valuations/{valuation_id}/quotes/{quote_id}/accept", "401 404 403 303 403 404", "valuation_offered",
        "seller", body=TAKEN),
    Row("POST /api/v1/valuations/{valuation_id}/quotes/{quote_id}/accept", "401 404 403 200 403 404",
        "valuation_offered", "seller", body=TAKEN),
    Row("POST /valuations/{valuation_id}/quotes/{quote_id}/decline", "401 404 403 303 403 404", "valuation_offered",
        "seller", body=NOT_FOR_US),
    Row("POST /api/v1/valuations/{valuation_id}/quotes/{quote_id}/decline", "401 404 403 200 403 404",
        "valuation_offered", "seller", body=NOT_FOR_US),
    Row("POST /valuations/{valuation_id}/cancel", "401 404 403 303 403 404", "valuation_requested", "seller",
        body=NOT_NEEDED),
    Row("POST /api/v1/valuations/{valuation_id}/cancel", "401 404 403 200 403 404", "valuation_requested", "seller",
        body=NOT_NEEDED),
    Row("POST /valuations/{valuation_id}/deliver", "401 404 403 303 403 404", "valuation_signed", "provider"),
    Row("POST /api/v1/valuations/{valuation_id}/deliver", "401 404 403 200 403 404", "valuation_signed", "provider"),
    Row("POST /valuations/{valuation_id}/receive", "401 404 403 303 403 404", "valuation_delivered", "seller"),
    Row("POST /api/v1/valuations/{valuation_id}/receive", "401 404 403 200 403 404", "valuation_delivered", "seller"),
    Row("POST /valuations/{valuation_id}/complain", "401 404 403 303 403 404", "valuation_delivered", "seller",
        body=COMPLAINT),
    Row("POST /api/v1/valuations/{valuation_id}/complain", "401 404 403 201 403 404", "valuation_delivered", "seller",
        body=COMPLAINT),
    Row("POST /valuations/{valuation_id}/answer-complaint", "401 404 403 303 403 404", "valuation_complained",
        "provider", body=KEPT),
    Row("POST /api/v1/valuations/{valuation_id}/answer-complaint", "401 404 403 200 403 404", "valuation_complained",
        "provider", body=KEPT),
    Row("POST /valuations/{valuation_id}/show", "401 404 403 303 403 404", "valuation_delivered", "seller"),
    Row("POST /api/v1/valuations/{valuation_id}/show", "401 404 403 200 403 404", "valuation_delivered", "seller"),
    Row("POST /valuations/{valuation_id}/hide", "401 404 403 303 403 404", "valuation_shown", "seller"),
    Row("POST /api/v1/valuations/{valuation_id}/hide", "401 404 403 200 403 404", "valuation_shown", "seller"),
    Row("POST /valuations/{valuation_id}/issue", "401 404 403 303 403 404", "valuation_approved", "provider",
        body=NUMBERED),
    Row("POST /api/v1/valuations/{valuation_id}/issue", "401 404 403 200 403 404", "valuation_approved", "provider",
        body=NUMBERED),
    Row("POST /valuations/{valuation_id}/sign", "401 404 403 303 403 404", "valuation_reported", "first",
        body=SIGNED_REPORT),
    Row("POST /api/v1/valuations/{valuation_id}/sign", "401 404 403 200 403 404", "valuation_reported", "first",
        body=SIGNED_REPORT),
    Row("POST /valuations/{valuation_id}/assign", "401 404 403 303 403 404", "valuation_agreed", "provider",
        body=PEOPLE),
    Row("POST /api/v1/valuations/{valuation_id}/assign", "401 404 403 200 403 404", "valuation_agreed", "provider",
        body=PEOPLE_JSON),
    Row("POST /valuations/{valuation_id}/clear", "401 404 403 303 303 404", "valuation_undecided", "operator",
        body=REASON),
    Row("POST /api/v1/valuations/{valuation_id}/clear", "401 404 403 200 200 404", "valuation_undecided", "operator",
        body=REASON),
    Row("GET /my/valuations", "in 200 200 200 200 200"),
    Row("GET /api/v1/me/valuations", "401 200 200 200 200 200"),
    Row("GET /listings/{listing_id}/valuations", "200 200 200 200 200 200", "valuation_shown", public=True),
    Row("GET /api/v1/listings/{listing_id}/valuations", "200 200 200 200 200 200", "valuation_shown", public=True),
    Row("GET /listings/{listing_id}/valuations/new", "in 403 403 200 403 403", "valuing", public=True),
    Row("POST /listings/{listing_id}/valuations/new", "401 403 403 303 403 403", "valuing", body=ASKED, public=True),
    Row("POST /api/v1/listings/{listing_id}/valuations", "401 403 403 201 403 403", "valuing", body=ASKED_JSON,
        public=True),
    Row("GET /valuations/{valuation_id}", "in 404 200 200 200 404", "valuation_offered"),
    Row("GET /valuations/{valuation_id}/evidence", "in 404 404 200 200 404", "valuation_drafted", "first"),
    Row("GET /api/v1/valuations/{valuation_id}/evidence", "401 404 404 200 200 404", "valuation_drafted", "first"),
    Row("POST /valuations/{valuation_id}/sheets/{version}/comparables", "401 404 404 409 403 404", "valuation_drafted",
        "first", body=COMPARED),
    Row("POST /api/v1/valuations/{valuation_id}/sheets/{version}/comparables", "401 404 404 409 403 404",
        "valuation_drafted", "first", body=COMPARED),
    Row("GET /valuations/calibration", "in 403 403 200 200 200", "valuation_delivered", "provider"),
    Row("GET /api/v1/valuations/calibration", "401 403 403 200 200 200", "valuation_delivered", "provider"),
    Row("GET /api/v1/valuations/{valuation_id}", "401 404 200 200 200 404", "valuation_offered"),
    Row("POST /valuations/{valuation_id}/documents", "401 404 403 303 403 404", "valuation_agreed", body=BOOKS,
        files=BOOKS_FILE),
    Row("POST /api/v1/valuations/{valuation_id}/documents", "401 404 403 201 403 404", "valuation_agreed", body=BOOKS,
        files=BOOKS_FILE),
    Row("GET /valuations/{valuation_id}/documents/{document_id}", "in 404 200 200 200 404", "valuation_agreed"),
    Row("GET /api/v1/valuations/{valuation_id}/documents/{document_id}", "401 404 200 200 200 404", "valuation_agreed"),
    Row("POST /valuations/{valuation_id}/sheets", "401 404 403 303 403 404", "valuation_working", "first"),
    Row("POST /api/v1/valuations/{valuation_id}/sheets", "401 404 403 201 403 404", "valuation_working", "first"),
    Row("GET /valuations/{valuation_id}/sheets/{version}", "in 404 404 200 200 404", "valuation_drafted", "first"),
    Row("GET /api/v1/valuations/{valuation_id}/sheets/{version}", "401 404 404 200 200 404", "valuation_drafted",
        "first"),
    Row("POST /valuations/{valuation_id}/sheets/{version}", "401 404 404 303 403 404", "valuation_drafted", "first",
        body=SECOND),
    Row("PUT /api/v1/valuations/{valuation_id}/sheets/{version}", "401 404 404 200 403 404", "valuation_drafted",
        "first", body=SHEET_JSON),
    Row("POST /valuations/{valuation_id}/sheets/{version}/submit", "401 404 404 303 403 404", "valuation_drafted",
        "first", body=SECOND),
    Row("POST /api/v1/valuations/{valuation_id}/sheets/{version}/submit", "401 404 404 200 403 404",
        "valuation_drafted", "first", body=SECOND_JSON),
    Row("POST /valuations/{valuation_id}/sheets/{version}/remarks", "401 404 404 303 403 404", "valuation_in_review",
        "second", body=INPUT_REMARK),
    Row("POST /api/v1/valuations/{valuation_id}/sheets/{version}/remarks", "401 404 404 201 403 404",
        "valuation_in_review", "second", body=INPUT_REMARK),
    Row("POST /valuations/{valuation_id}/sheets/{version}/return", "401 404 404 303 403 404", "valuation_in_review",
        "second", body=REASON),
    Row("POST /api/v1/valuations/{valuation_id}/sheets/{version}/return", "401 404 404 200 403 404",
        "valuation_in_review", "second", body=REASON),
    Row("POST /valuations/{valuation_id}/sheets/{version}/approve", "401 404 404 303 403 404", "valuation_in_review",
        "second"),
    Row("POST /api/v1/valuations/{valuation_id}/sheets/{version}/approve", "401 404 404 200 403 404",
        "valuation_in_review", "second"),
    Row("GET /valuations/{valuation_id}/reports/{report_id}/{format}", "in 404 404 200 200 404", "valuation_reported",
        "first", values={"format": "json"}),
    Row("GET /api/v1/valuations/{valuation_id}/reports/{report_id}/{format}", "401 404 404 200 200 404",
        "valuation_reported", "first", values={"format": "json"}),
]  # fmt: skip
# The same addresses where the thing is not public: a draft, and a listing taken off the catalogue.
HIDDEN_STATES = [
    Row("GET /listings/{listing_id}", "404 404 200 200 200 404", "draft"),
    Row("GET /api/v1/listings/{listing_id}", "404 404 200 200 200 404", "draft"),
    Row("GET /files/{file_id}", "404 404 200 200 200 404", "draft"),
    Row("GET /api/v1/files/{file_id}", "404 404 200 200 200 404", "draft"),
    Row("GET /listings/{listing_id}/interest", "in 404 200 200 200 404", "draft"),
    Row("POST /listings/{listing_id}/interest", "401 404 403 403 403 404", "draft", body=INTEREST),
    Row("GET /listings/{listing_id}", "404 404 200 200 200 200", "suspended"),
    Row("GET /needs/{need_id}", "404 404 200 200 200 404", "need_draft", "buyer"),
    Row("GET /api/v1/needs/{need_id}", "404 404 200 200 200 404", "need_submitted", "buyer"),
    Row("GET /needs/{need_id}/propose", "in 404 404 404 403 404", "need_draft"),
    Row("POST /needs/{need_id}/propose", "401 404 404 404 403 404", "need_draft", body=ANSWER_FORM),
    Row("GET /api/v1/files/{file_id}", "404 404 200 200 200 200", "suspended"),
    Row("GET /intermediaries/{org_id}", "404 404 200 200 200 404", "provider_submitted"),
    Row("GET /api/v1/intermediaries/{org_id}", "404 404 200 200 200 404", "provider_suspended"),
    Row("GET /api/v1/experts/{provider_id}", "404 404 404 404 404 404", "provider_listed"),
    Row("GET /rounds/{round_id}", "404 404 200 200 200 404", "round_draft"),
    Row("GET /api/v1/rounds/{round_id}", "404 404 200 200 200 404", "round_draft"),
    Row("GET /rounds/{round_id}/events", "404 404 404 404 404 404", "round_draft"),
]
ROWS = {row.route: row for row in TABLE}


def test_the_table_is_the_site(app: Any) -> None:
    known = {str(r) for r in routes(app)}
    assert len(ROWS) == len(TABLE), "a route stands twice"
    assert known - ROWS.keys() == set(), "routes without a row"
    assert ROWS.keys() - known == set(), "rows without a route"


@pytest.mark.parametrize("row", TABLE + HIDDEN_STATES, ids=str)
def test_row_is_sensible(row: Row) -> None:
    """What no table may say, whatever the code does."""
    answers = dict(zip(VISITORS, row.answers.split(), strict=True))
    if not row.public:
        assert answers["stranger"] in HIDDEN
        if "_id}" in row.path:
            assert answers["wrong"] in (*HIDDEN, "403"), "the wrong party gets nothing of a private thing"


class Walk:
    """Sends one row as one visitor."""

    def __init__(self, row: Row, scene: Scene, open_browser: Callable[[], Browser]) -> None:
        self.row, self.scene, self.open = row, scene, open_browser

    def person(self, visitor: str) -> Any:
        if visitor == "stranger":
            return None
        if visitor == "right":
            return self.scene.people[self.row.right]
        if visitor == "viewer":
            return self.scene.people["buyer_viewer" if self.row.right == "buyer" else "seller_viewer"]
        return self.scene.people[visitor]

    async def send(self, visitor: str, ids: dict[str, Any] | None = None) -> httpx2.Response:
        row, person = self.row, self.person(visitor)
        url = row.path.format(**(self.scene.ids if ids is None else ids) | row.values) + row.query
        body = {k: v(self.scene) if callable(v) else v for k, v in row.body.items()}
        if row.api:
            client = person.api() if person else self.open()
            if row.files:
                return await client.request(row.method, url, data=body, files=row.files)
            return await client.request(row.method, url, **({"json": body} if body else {}))
        client = await person.browser() if person else self.open()
        if row.method == "GET":
            return await client.get(url)
        return await client.post(url, data={csrf.FIELD: client.csrf_token(), **body}, files=row.files or None)


def said(answer: httpx2.Response) -> str:
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        return "in"
    return str(answer.status_code)


def plain(answer: httpx2.Response) -> str:
    """The answer without what differs from one request to the next: ids, tokens, the address itself."""
    text = answer.text + answer.headers.get("location", "")
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    return text.replace(str(answer.request.url.raw_path.decode()), "HERE")


@pytest.fixture
def stage(
    make_person: Callable[..., Awaitable[Any]],
    make_organisation: Callable[..., Awaitable[Any]],
    drain: Callable[[], Awaitable[None]],
    mails: Callable[..., list[Any]],
) -> Stage:
    return Stage(make_person, make_organisation, drain, mails)


@pytest.fixture(autouse=True)
def _short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live stream ends after a while by itself; the walk does not wait so long."""
    monkeypatch.setattr(streams, "LIFE_SECONDS", 0.02)


def expected(row: Row) -> dict[str, str]:
    return dict(zip(VISITORS, row.answers.split(), strict=True))


async def ask(walk: Walk, visitor: str) -> tuple[str, bool]:
    """One visit: what was said, and whether it was taken. A refusal that hides a thing must look as if it had never
    been there."""
    row, ids = walk.row, walk.scene.ids
    answer = await walk.send(visitor)
    assert answer.status_code < 500, f"{visitor}: {answer.text[:500]}"
    got = said(answer)
    if got in HIDDEN and not row.public and ids.keys() & set(re.findall(r"{(\w+)}", row.path)):
        never = await walk.send(visitor, elsewhere(ids))
        assert (said(never), plain(never)) == (got, plain(answer)), f"{visitor} can tell it is there"
    return got, answer.status_code < 400


WALKED = [*TABLE, *HIDDEN_STATES]
READS = [r for r in WALKED if r.method == "GET"]
VERBS = [r for r in WALKED if r.method != "GET"]


@pytest.mark.parametrize("state", sorted({r.state for r in READS}))
async def test_reading(
    state: str, stage: Stage, open_browser: Callable[[], Browser], subtests: pytest.Subtests
) -> None:
    """Reading leaves a scene as it is, so that one is enough for all that is read in it."""
    scene = await stage.build(state)
    for row in (r for r in READS if r.state == state):
        with subtests.test(str(row)):
            walk = Walk(row, scene, open_browser)
            assert {v: (await ask(walk, v))[0] for v in VISITORS} == expected(row)


@pytest.mark.parametrize("row", VERBS, ids=str)
async def test_verb(row: Row, stage: Stage, open_browser: Callable[[], Browser]) -> None:
    wanted = expected(row)
    # Refusals first: they leave the scene as it is. After a verb that went through, the scene is built anew.
    order = sorted(VISITORS, key=lambda v: wanted[v][0] in "23")
    walk = Walk(row, await stage.build(row.state), open_browser)
    got: dict[str, str] = {}
    for visitor in order:
        got[visitor], taken = await ask(walk, visitor)
        if taken and visitor != order[-1]:
            walk = Walk(row, await stage.build(row.state), open_browser)
    assert got == wanted

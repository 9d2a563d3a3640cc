"""What the pages of a case say beside its view: the asset's facts, the steps, the rules it rests on, who did what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.text import Text
from app.listings import IpKind
from app.valuations.base import APPRAISERS_RULE, COMPLAINT_RULE, VALIDITY_RULE
from app.valuations.schemas.choices import Kind
from app.valuations.schemas.views import ValuationView
from app.valuations.service import valuations
from app.valuations.shapes import amount
from app.valuations.workflow import VALUATION
from app.web import formats

SAID: dict[str, Text] = {
    "request": Text("Đã gửi yêu cầu; các tổ chức được mời sẽ báo giá.", "The request is out; those asked will quote."),
    "offer": Text("Đã gửi báo giá.", "The quote is sent."),
    "take-back": Text("Đã rút báo giá.", "The quote is taken back."),
    "refuse": Text("Đã trả lời là không nhận việc.", "Told that you do not take the work."),
    "accept": Text("Đã chấp nhận báo giá.", "The quote is accepted."),
    "decline": Text("Đã trả lời kèm lý do.", "Declined; they read the reason."),
    "assign": Text("Đã phân công.", "Assigned."),
    "clear": Text("Đã ghi nhận không có xung đột.", "Noted that there is no conflict."),
    "documents": Text("Đã thêm tài liệu.", "The document is added."),
    "cancel": Text("Đã hủy vụ việc; bên kia đọc được lý do.", "Cancelled; the other side reads the reason."),
    "save": Text("Đã lưu bản nháp.", "The draft is saved."),
    "submit": Text("Đã gửi soát xét; từ giờ không sửa được bản này.", "Sent to review; it is not edited any more."),
    "remarks": Text("Đã ghi nhận xét.", "The remark is noted."),
    "return": Text("Đã trả lại kèm lý do.", "Returned with the reason."),
    "approve": Text("Đã duyệt bảng tính.", "The work sheet is approved."),
    "issue": Text("Đã lập báo cáo.", "The report is made."),
    "sign": Text("Đã ghi nhận chữ ký của bạn.", "Your signature is recorded."),
    "deliver": Text("Đã giao báo cáo.", "The report is delivered."),
    "receive": Text("Đã xác nhận nhận báo cáo.", "Receipt confirmed."),
    "complain": Text("Đã gửi khiếu nại.", "The complaint is sent."),
    "answer-complaint": Text("Đã trả lời khiếu nại.", "The complaint is answered."),
    "show": Text("Kết quả được hiện trên trang công nghệ.", "The result is shown on the technology's page."),
    "hide": Text("Đã thôi hiện kết quả.", "The result is shown no more."),
}
_WORDS: dict[str, Text] = {
    "name": Text("Tên", "Name"),
    "reference": Text("Số hồ sơ, bản", "Reference, version"),
    "summary": Text("Tóm tắt", "Summary"),
    "trl": Text("Mức sẵn sàng (TRL)", "Readiness (TRL)"),
    "ipc": Text("Phân loại IPC", "IPC"),
    "rights": Text("Quyền", "Rights"),
    "owners": Text("Chủ sở hữu", "Owners"),
    "request": Text("Yêu cầu định giá", "Valuation asked for"),
}
_TURNS: dict[str, dict[str, Text]] = {
    "requested": {
        "requester": Text("Chờ báo giá; bạn chọn khi có.", "Awaiting quotes; choose when they come."),
        "asked": Text("Bạn được mời báo giá.", "You are asked for a quote."),
    },
    "agreed": {"provider": Text("Hãy phân công người thực hiện.", "Name the people who do the work.")},
    "working": {"provider": Text("Lập bảng tính và gửi soát xét.", "Write the work sheet and send it to review.")},
    "in_review": {"provider": Text("Người thứ hai soát xét bảng tính.", "A second person reviews the work sheet.")},
    "approved": {"provider": Text("Lập báo cáo từ bảng tính đã duyệt.", "Make the report of the approved sheet.")},
    "reported": {"provider": Text("Báo cáo chờ ký.", "The report awaits signatures.")},
    "signed": {"provider": Text("Giao báo cáo cho bên yêu cầu.", "Deliver the report to the requester.")},
    "delivered": {"requester": Text("Báo cáo đã giao cho bạn.", "The report is yours.")},
}


def who(view: ValuationView, locale: str) -> str:
    """Whose turn it is, in a sentence to the reader."""
    side = view.side.value if view.side else ""
    turn = _TURNS.get(view.status, {}).get(side)
    return turn.get(locale) if turn else ""


def _owner(o: dict[str, Any], locale: str) -> str:
    share = o.get("share")
    return f"{o['name']} ({amount(Decimal(str(share)), locale)} %)" if share else str(o["name"])


def asset_facts(view: ValuationView, locale: str) -> list[tuple[str, str]]:
    """What the listing said at the request."""
    a = view.asset
    title = (a.get("title_en") if locale == "en" else None) or a["title_vi"]
    summary = (a.get("summary_en") if locale == "en" else None) or a.get("summary_vi") or ""
    rights = [
        " ".join(
            str(x) for x in (r.get("title_vi") or IpKind(r["kind"]).label.get(locale), r.get("registration_no")) if x
        )
        for r in a.get("rights", [])
    ]
    rows = {
        "name": title, "reference": f"{a['reference']} · {a['version']}", "summary": summary,
        "trl": str(a["trl"]) if a.get("trl") else "", "ipc": ", ".join(a.get("ipc") or []),
        "rights": "; ".join(rights),
        "owners": "; ".join(_owner(o, locale) for o in a.get("owners", [])),
    }  # fmt: skip
    return [(_WORDS[k].get(locale), v) for k, v in rows.items() if v]


def steps_of(view: ValuationView, locale: str) -> list[dict[str, Any]]:
    """The way of a case, and where it is."""
    order = [s for s in VALUATION.states.values() if s.step]
    keys = [s.key for s in order]
    at = keys.index(view.status) if view.status in keys else (len(keys) if view.status == "expired" else 0)
    final = view.status not in keys
    made = []
    for n, s in enumerate(order):
        done = n < at or (n == at and s.key == "delivered")
        step = "done" if done else "refused" if final and n == at else "current" if n == at else "todo"
        made.append({"key": s.key, "label": s.label.get(locale), "state": step})
    return made


def basis(kind: Kind, locale: str) -> list[dict[str, Any]]:
    """The dated rules a case of this kind rests on today, with their document, and whether they were checked."""
    codes = [VALIDITY_RULE, COMPLAINT_RULE] + ([APPRAISERS_RULE] if kind is Kind.appraisal else [])
    found = [reference.rule(code, clock.today()) for code in codes]
    return [
        {
            "text": f"{r.note.get(locale)} {formats.number(int(r.value), locale)}",
            "document": " ".join(x for x in (r.document, r.article) if x),
            "checked": r.checked,
        }
        for r in found
        if r is not None
    ]


async def history_of(actor: Actor, valuation_id: UUID) -> list[dict[str, Any]]:
    """The moves of the case for the timeline, the newest first."""
    changes = await valuations.history(actor, valuation_id)
    made = []
    for c in reversed(changes):
        t = VALUATION.transitions.get(c.action)
        label = t.label if t else _WORDS["request"]
        tone = VALUATION.states[c.to_state].tone
        made.append({"at": c.at, "who": c.actor_name, "text": label, "detail": c.reason or "", "tone": tone})
    return made

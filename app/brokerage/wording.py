"""A mandate in words: the one text both sign and its hash is made from. The same terms, the same text; Vietnamese."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.brokerage.schemas.mandates import CommissionTerms, MandateSide, MandateTerms, Pay, ScopeKind
from app.kit.text import nfc
from app.reference import field_label


@dataclass(frozen=True, slots=True)
class Named:
    """What the text calls the parties and the subjects by."""

    client: str
    broker: str
    subjects: Sequence[str]
    brokers: dict[str, str]  # organisation id -> name, of those who share the commission


def _amount(value: int) -> str:
    return f"{value:,}".replace(",", ".") + " đồng"


def _percent(value: Decimal) -> str:
    return f"{value:f}".replace(".", ",") + " %"


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def _scope(terms: MandateTerms, named: Named) -> str:
    what = "công nghệ" if terms.side is MandateSide.seller else "nhu cầu"
    match terms.scope.kind:
        case ScopeKind.everything:
            return f"mọi {what} của bên ủy nhiệm trên sàn, hiện có và đăng sau này"
        case ScopeKind.fields:
            labels = [field_label(f or "", "vi") or f or "" for f in terms.scope.fields]
            return f"mọi {what} của bên ủy nhiệm trong lĩnh vực: " + "; ".join(labels)
        case ScopeKind.subjects:
            return f"{what} sau đây của bên ủy nhiệm: " + "; ".join(named.subjects)


def commission_lines(terms: CommissionTerms) -> list[str]:
    """How the commission is reckoned, a sentence a line."""
    found, below = [], 0
    for tier in terms.tiers:
        if tier.up_to is None:
            what = "trên giá trị hợp đồng" if below == 0 else f"cho phần trên {_amount(below)}"
        else:
            what = f"cho phần {'đến' if below == 0 else f'trên {_amount(below)} đến'} {_amount(tier.up_to)}"
            below = tier.up_to
        found.append(f"{_percent(tier.percent)} {what}")
    if terms.fixed:
        found.append(f"khoản cố định {_amount(terms.fixed)}")
    if terms.minimum is not None:
        found.append(f"tối thiểu {_amount(terms.minimum)}")
    if terms.maximum is not None:
        found.append(f"tối đa {_amount(terms.maximum)}")
    if terms.pay is Pay.retainer and terms.retainer:
        found.append(f"phí duy trì {_amount(terms.retainer)} mỗi tháng")
    else:
        found.append("chỉ phát sinh khi hợp đồng giữa hai bên giao dịch được ký")
    return found


def text(terms: MandateTerms, named: Named, version: int) -> str:
    """The whole text of a version."""
    side = "chào bán" if terms.side is MandateSide.seller else "mua"
    renew = (
        f"tự gia hạn mỗi lần {terms.renew_months} tháng nếu không bên nào thông báo chấm dứt"
        if terms.renew_months
        else "không tự gia hạn"
    )
    split = [f"{named.brokers[str(s.org_id)]}: {_percent(s.percent)}" for s in terms.commission.split]
    lines = [
        "HỢP ĐỒNG ỦY NHIỆM MÔI GIỚI CÔNG NGHỆ",
        f"Bản số {version}",
        f"1. Bên ủy nhiệm (bên {side}): {named.client}.",
        f"2. Bên môi giới: {named.broker}.",
        f"3. Phạm vi: {_scope(terms, named)}.",
        "4. Tính chất: "
        + ("độc quyền; trong phạm vi và thời hạn này bên ủy nhiệm không ủy nhiệm bên môi giới khác."
           if terms.exclusive else "không độc quyền."),
        f"5. Thời hạn: từ {_day(terms.starts_on)} đến hết {_day(terms.ends_on)}; {renew}.",
        f"6. Chấm dứt trước hạn: thông báo trước {terms.notice_days} ngày, hoặc khi hai bên cùng đồng ý.",
        f"7. Ghi công: giao dịch mở trong {terms.attribution_days} ngày kể từ lời giới thiệu được niêm phong, và không"
        f" muộn hơn {terms.tail_days} ngày sau khi hợp đồng này kết thúc, được ghi công cho bên môi giới.",
        "8. Thù lao: " + "; ".join(commission_lines(terms.commission)) + ".",
        f"9. Người trả thù lao: {terms.commission.payer.label.vi.lower()}.",
        "10. Chia thù lao: " + ("; ".join(split) if split else "bên môi giới hưởng toàn bộ") + ".",
        "11. Bên môi giới không tiết lộ thông tin của bên ủy nhiệm, không tham gia thực hiện hợp đồng giữa hai bên nếu"
        " không được ủy quyền.",
    ]  # fmt: skip
    if terms.duties:
        lines.append(f"12. Nhiệm vụ và điều khoản riêng: {terms.duties}")
    return nfc("\n".join(lines))


def digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()

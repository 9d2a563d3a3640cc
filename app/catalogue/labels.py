"""What the values of each facet are called, in the order they are shown. Computed once a language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from app import reference
from app.accounts import OrganisationKind
from app.deals import LEVEL_LABELS
from app.kit.text import Text
from app.listings import IpKind, PricePolicy, TransferMode

TITLES: dict[str, Text] = {
    "field": Text("Lĩnh vực khoa học", "Field of science"),
    "priority": Text("Lĩnh vực ưu tiên", "Priority field"),
    "trl": Text("Mức sẵn sàng (TRL)", "Readiness (TRL)"),
    "ip": Text("Loại quyền SHTT", "Kind of IP"),
    "mode": Text("Hình thức chuyển giao", "Mode of transfer"),
    "price_policy": Text("Chính sách giá", "Price policy"),
    "owner_kind": Text("Loại đơn vị", "Kind of owner"),
    "province": Text("Tỉnh, thành phố", "Province"),
    "evidence": Text("Bậc chứng cứ đã đạt", "Evidence reached"),
    "ipc": Text("Phân loại sáng chế (IPC)", "Patent class (IPC)"),
    "org": Text("Bên chào bán", "Owner"),
    "refreshed": Text("Xác nhận gần nhất", "Last confirmed"),
    "price": Text("Giá", "Price"),
}
ALL_KINDS = Text("Tất cả", "All")
EVERYTHING = Text("Mọi công nghệ", "Every technology")
ANY_TIME = Text("Bất kỳ lúc nào", "Any time")
WITHIN = Text("trong {n} ngày", "within {n} days")
SORTS: dict[str, Text] = {
    "relevance": Text("Phù hợp nhất", "Most relevant"),
    "newest": Text("Mới nhất", "Newest"),
    "trl": Text("TRL cao nhất", "Highest TRL"),
    "price": Text("Giá thấp trước", "Lowest price"),
    "price_desc": Text("Giá cao trước", "Highest price"),
    "title": Text("Tên A–Z", "Title A–Z"),
}
MATCHED: dict[str, Text] = {
    "title": Text("tiêu đề", "title"),
    "keywords": Text("từ khóa, mã số", "keywords, numbers"),
    "summary": Text("tóm tắt", "summary"),
    "body": Text("nội dung", "text"),
}


_VALUES: dict[str, Callable[[], dict[str, Text | str]]] = {
    "field": lambda: {c: f.name for c, f in reference.fields().items()},
    "priority": lambda: dict(reference.priorities()),
    "trl": lambda: {str(n): f"TRL {n}" for n in range(9, 0, -1)},
    "ip": lambda: {k.value: k.label for k in IpKind},
    "mode": lambda: {m.value: m.label for m in TransferMode},
    "price_policy": lambda: {p.value: p.label for p in PricePolicy},
    "owner_kind": lambda: {k.value: k.label for k in OrganisationKind},
    "evidence": lambda: {str(level.value): text for level, text in LEVEL_LABELS.items()},
    "ipc": lambda: {c: Text(f"{c} · {n.vi}", f"{c} · {n.en}") for c, n in reference.ipc_labels().items()},
    "province": lambda: {str(p.code): p.name for p in reference.provinces()},
}


@lru_cache
def values(facet: str, locale: str) -> dict[str, str]:
    """Slug -> label, in display order."""
    return {slug: t if isinstance(t, str) else t.get(locale) for slug, t in _VALUES[facet]().items()}


def value(facet: str, slug: str, locale: str) -> str:
    return values(facet, locale).get(slug, slug)

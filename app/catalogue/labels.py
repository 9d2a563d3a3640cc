"""What the values of each facet are called, in the order they are shown. Computed once a language."""

from __future__ import annotations

from functools import lru_cache

from app import reference
from app.accounts import OrganisationKind
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
}
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


@lru_cache
def values(facet: str, locale: str) -> dict[str, str]:
    """Slug -> label, in display order."""
    match facet:
        case "field":
            return {c: f.name.get(locale) for c, f in reference.fields().items()}
        case "priority":
            return {c: name.get(locale) for c, name in reference.priorities().items()}
        case "trl":
            return {str(n): f"TRL {n}" for n in range(9, 0, -1)}
        case "ip":
            return {k.value: k.label.get(locale) for k in IpKind}
        case "mode":
            return {m.value: m.label.get(locale) for m in TransferMode}
        case "price_policy":
            return {p.value: p.label.get(locale) for p in PricePolicy}
        case "owner_kind":
            return {k.value: k.label.get(locale) for k in OrganisationKind}
        case "province":
            return {str(p.code): p.name.get(locale) for p in reference.provinces()}
    raise KeyError(facet)


def value(facet: str, slug: str, locale: str) -> str:
    return values(facet, locale).get(slug, slug)

"""Seeded content: listings in Vietnamese and English, rows for an import, searches. The same seed, the same content.

The words are ours and the technologies are invented; what matters is that words repeat as they do in real titles,
so that a search finds a few, or a few hundred, or a few thousand of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app import reference
from app.kit.text import fold
from app.listings.schemas import Content, Exclusivity, IpKind, PricePolicy, RightStatus, RoyaltyBase, TransferMode

SEED = 20261124

THINGS = (
    ("màng lọc nano", "nanofiltration membrane"), ("cảm biến quang", "optical sensor"), ("chất xúc tác", "catalyst"),
    ("điện cực xốp", "porous electrode"), ("bộ nghịch lưu", "inverter"), ("hạt polyme", "polymer bead"),
    ("enzym chịu nhiệt", "heat-stable enzyme"), ("khung mô sinh học", "tissue scaffold"), ("ăng-ten", "antenna"),
    ("nguồn laser", "laser source"), ("đầu dò khí", "gas detector"), ("cơ cấu chấp hành", "actuator"),
    ("bộ pin", "battery pack"), ("bể phản ứng", "reactor"), ("lớp phủ", "coating"), ("hợp kim nhẹ", "light alloy"),
    ("máy sấy", "dryer"), ("máy phân loại", "sorter"), ("tay gắp rô-bốt", "robot gripper"), ("kháng thể", "antibody"),
    ("kit chẩn đoán", "diagnostic kit"), ("chế phẩm vi sinh", "microbial product"), ("giống lúa", "rice variety"),
    ("vật liệu hấp phụ", "adsorbent"), ("màng bao gói", "packaging film"), ("mô hình dự báo", "forecasting model"),
    ("phần mềm giám sát", "monitoring software"), ("thiết bị bay", "drone"), ("bê tông nhẹ", "lightweight concrete"),
    ("bộ trao đổi nhiệt", "heat exchanger"), ("turbin gió nhỏ", "small wind turbine"),
    ("tấm pin mặt trời", "solar panel"),
    ("phân bón chậm tan", "slow-release fertiliser"), ("vắc-xin thú y", "veterinary vaccine"), ("keo dán", "adhesive"),
    ("máy in ba chiều", "3D printer"), ("thuật toán nhận dạng", "recognition algorithm"), ("mạch thu", "receiver chip"),
)  # fmt: skip
QUALITIES = (
    ("chi phí thấp", "low-cost"), ("tự phục hồi", "self-healing"), ("phân hủy sinh học", "biodegradable"),
    ("không dây", "wireless"), ("tự động", "autonomous"), ("trong suốt", "transparent"), ("tái chế được", "recyclable"),
    ("tiết kiệm năng lượng", "energy-saving"), ("thời gian thực", "real-time"), ("chịu mặn", "salt-tolerant"),
    ("không dung môi", "solvent-free"), ("dạng mô-đun", "modular"), ("cầm tay", "portable"),
    ("nhiều lớp", "multilayer"),
    ("đeo được", "wearable"), ("chống ăn mòn", "corrosion-resistant"), ("độ nhạy cao", "high-sensitivity"),
)  # fmt: skip
USES = (
    ("nước thải dệt nhuộm", "textile wastewater"), ("khử mặn nước ngầm", "groundwater desalination"),
    ("tưới tiêu", "irrigation"), ("chẩn đoán ung thư", "cancer diagnosis"), ("kho lạnh", "cold storage"),
    ("kiểm tra cầu đường", "bridge inspection"), ("bao bì thực phẩm", "food packaging"), ("lưới điện", "power grid"),
    ("xe điện", "electric vehicles"), ("nuôi tôm", "shrimp farming"), ("khai khoáng", "mining"),
    ("dệt may", "textiles"),
    ("chế biến thủy sản", "seafood processing"), ("nhà kính", "greenhouses"), ("nhà máy thép", "steel mills"),
    ("quan trắc không khí", "air monitoring"), ("bệnh viện", "hospitals"), ("cảng biển", "sea ports"),
    ("trồng cà phê", "coffee growing"), ("xây dựng", "construction"), ("tái chế nhựa", "plastic recycling"),
    ("hàng không", "aviation"), ("giáo dục", "education"), ("quản lý rừng", "forest management"),
)  # fmt: skip
VERBS = (
    ("giảm", "reduces"), ("tăng", "raises"), ("đo", "measures"), ("tách", "separates"), ("lưu giữ", "stores"),
    ("theo dõi", "monitors"), ("ổn định", "stabilises"), ("thu hồi", "recovers"), ("kéo dài", "extends"),
)  # fmt: skip
MEASURES = (
    ("điện năng tiêu thụ", "power consumption"), ("thời gian xử lý", "treatment time"), ("năng suất", "yield"),
    ("độ chính xác", "accuracy"), ("áp suất vận hành", "operating pressure"), ("tuổi thọ thiết bị", "service life"),
    ("lượng bùn thải", "sludge volume"), ("nhiệt độ bề mặt", "surface temperature"), ("chi phí bảo trì", "upkeep"),
    ("nồng độ kim loại nặng", "heavy metal content"), ("lưu lượng", "flow"), ("độ bền kéo", "tensile strength"),
)  # fmt: skip
PLACES = (
    ("phòng thí nghiệm", "laboratory"), ("dây chuyền thử nghiệm", "pilot line"), ("trang trại", "farm"),
    ("nhà máy đối tác", "partner plant"), ("trạm quan trắc", "monitoring station"), ("tàu cá", "fishing boat"),
)  # fmt: skip
SURNAMES = ("Sông Lam", "Hải Vân", "Bạch Đằng", "Cửu Long", "Trường Sơn", "Ba Vì", "Đồng Nai", "Tam Đảo", "Phú Xuân")
KINDS = (
    ("university", "Đại học Kỹ thuật", "University of Technology"),
    ("institute", "Viện Nghiên cứu ứng dụng", "Institute of Applied Research"),
    ("company", "Công ty Công nghệ", "Technology Company"),
)
IPC = ("A01G", "A23B", "A61K", "B01D", "B01J", "B25J", "B32B", "C02F", "C08L", "C12N", "E04B", "F03D", "F28D", "G01N",
       "G06Q", "G06T", "H01M", "H02J", "H02S", "H04B")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organisation:
    key: str
    kind: str
    name_vi: str
    name_en: str


def organisations(count: int) -> list[Organisation]:
    made = []
    for n in range(count):
        kind, vi, en = KINDS[n % len(KINDS)]
        place = SURNAMES[n % len(SURNAMES)]
        made.append(Organisation(f"bench-{n}", kind, f"{vi} {place} số {n + 1}", f"{place} {en} no. {n + 1}"))
    return made


def _sentence(pick: random.Random, language: int) -> str:
    quality, thing, verb, measure, use, place = (
        pick.choice(words)[language] for words in (QUALITIES, THINGS, VERBS, MEASURES, USES, PLACES)
    )
    n = pick.randint(5, 95)
    if language:
        return f"The {quality} {thing} {verb} {measure} by {n} % in {use}, as shown in a {place}."
    return f"{thing[0].upper()}{thing[1:]} {quality} {verb} {measure} {n} % khi dùng cho {use}, đã thử ở {place}."


def _text(pick: random.Random, language: int, sentences: int) -> str:
    return " ".join(_sentence(pick, language) for _ in range(sentences))


def _title(pick: random.Random, number: int) -> tuple[str, str]:
    thing, quality, use = pick.choice(THINGS), pick.choice(QUALITIES), pick.choice(USES)
    vi = f"{thing[0]} {quality[0]} cho {use[0]} (mẫu {number})"
    return vi[0].upper() + vi[1:], f"{quality[1]} {thing[1]} for {use[1]} (model {number})".capitalize()


def _offer(pick: random.Random) -> dict[str, Any]:
    mode, policy = pick.choice(list(TransferMode)), pick.choice(list(PricePolicy))
    offer: dict[str, Any] = {
        "mode": mode, "price_policy": policy, "exclusivity": pick.choice(list(Exclusivity)),
        "training_days": pick.choice((None, 5, 10)),
    }  # fmt: skip
    if policy in (PricePolicy.fixed, PricePolicy.range):
        offer["price_from"] = pick.randint(50, 4000) * 1_000_000
        offer["price_to"] = offer["price_from"] + pick.randint(0, 900) * 1_000_000
    if policy is PricePolicy.royalty:
        offer |= {"royalty_percent": str(pick.choice((1.5, 2, 3, 5))), "royalty_base": RoyaltyBase.net_sales}
    return offer


def listing(number: int, seed: int = SEED) -> Content:
    """The whole, valid content of generated listing `number`; every third is in English as well."""
    pick = random.Random(f"{seed}/{number}")
    leaves = _leaves()
    title_vi, title_en = _title(pick, number)
    data: dict[str, Any] = {
        "title_vi": title_vi,
        "summary_vi": _text(pick, 0, 2),
        "problem_vi": _text(pick, 0, 2),
        "solution_vi": _text(pick, 0, 4),
        "advantages_vi": "\n".join(f"- {_sentence(pick, 0)}" for _ in range(3)),
        "field": pick.choice(leaves),
        "priority": pick.choice(list(reference.priorities())),
        "ipc": pick.sample(IPC, pick.randint(1, 2)),
        "trl": pick.randint(2, 9),
        "province": pick.choice(reference.provinces()).code,
        "keywords": [pick.choice(words)[0] for words in (THINGS, USES, MEASURES)],
        "rights": [{"kind": pick.choice(list(IpKind)), "office": "VN", "status": pick.choice(_LIVING)}],
        "owners": [{"name": "Chủ sở hữu thử nghiệm", "share": "100"}],
        "offers": [_offer(pick) for _ in range(pick.randint(1, 2))],
    }
    if number % 3 == 0:
        data |= {"title_en": title_en, "summary_en": _text(pick, 1, 2), "solution_en": _text(pick, 1, 4)}
    return Content.model_validate(data)


_LIVING = (RightStatus.pending, RightStatus.granted, RightStatus.unregistered)


def _leaves() -> list[str]:
    fields = reference.fields()
    parents = {f.parent for f in fields.values()}
    return [code for code in fields if code not in parents]


def import_rows(count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Rows as `santex import technologies` reads them: English with a patent, or Vietnamese with both languages."""
    pick = random.Random(f"{seed}/import")
    for n in range(count):
        title_vi, title_en = _title(pick, n)
        row: dict[str, Any] = {
            "id": f"bench-{n:06d}", "title": title_en, "abstract": _text(pick, 1, 8), "owner_type": "company",
            "owner": f"{pick.choice(SURNAMES)} Works {n % 400}", "category": pick.choice(USES)[1],
        }  # fmt: skip
        if n % 4 == 0:
            row |= {"kind": "solution", "lang": "vi", "country": "VN", "title_vi": title_vi,
                    "abstract_vi": _text(pick, 0, 8)}  # fmt: skip
        else:
            row |= {"kind": "patent", "lang": "en", "country": "US", "patent_number": f"US-{7_000_000 + n}-B2",
                    "status": "granted", "ipc": pick.sample(IPC, 2)}  # fmt: skip
        yield row


@dataclass(frozen=True, slots=True)
class Search:
    q: str
    filters: tuple[tuple[str, str], ...] = ()


def searches(count: int = 200, seed: int = SEED) -> list[Search]:
    """The mix people bring: 30 % browse a field, 20 % one word, 30 % two words, 20 % words within a field.

    Half of the words are typed in Vietnamese (every other one without diacritics), half in English.
    """
    pick = random.Random(f"{seed}/searches")
    fields, made = _leaves(), []
    for n in range(count):
        language = n // 10 % 2
        kind = n % 10
        thing, use, quality = (pick.choice(words)[language] for words in (THINGS, USES, QUALITIES))
        text = "" if kind < 3 else thing if kind < 5 else f"{quality} {thing}" if kind < 8 else f"{thing} {use}"
        if n // 20 % 2:
            text = fold(text)
        made.append(Search(text, (("field", pick.choice(fields)),) if kind < 3 or kind >= 8 else ()))
    return made


REAL_WORDS = (
    "sensor", "vaccine", "protein", "yeast", "plant", "laser", "composite", "battery", "radar", "software",
    "navigation",
    "expression vector", "flight simulation", "image processing", "biosensor", "algorithm", "antibody", "propulsion",
    "wireless network", "thermal protection", "quản lý bán hàng", "hoa don dien tu", "phần mềm kế toán", "giáo dục",
    "tri tue nhan tao", "an ninh mạng", "bệnh viện", "chuyen doi so",
)  # fmt: skip
REAL_FILTERS = (
    ("ip", "invention"), ("ip", "software_copyright"), ("mode", "licence"), ("mode", "service"), ("trl", "4"),
    ("price_policy", "free_evaluation"), ("owner_kind", "university"), ("owner_kind", "company"),
)  # fmt: skip


def real_searches(count: int = 200, seed: int = SEED) -> list[Search]:
    """The same mix in words and facets that the real rows hold."""
    pick = random.Random(f"{seed}/real")
    made = []
    for n in range(count):
        kind = n % 10
        text = "" if kind < 3 else pick.choice(REAL_WORDS)
        if 5 <= kind < 8:
            text = f"{text} {pick.choice(REAL_WORDS[:11])}"
        made.append(Search(text, (pick.choice(REAL_FILTERS),) if kind < 3 or kind >= 8 else ()))
    return made

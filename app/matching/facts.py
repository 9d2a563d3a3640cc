"""Needs and listings as scoring reads them: what everyone sees, and what the asker alone adds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app import needs
from app.kit.text import Text
from app.listings import Card, Content
from app.matching.scoring import Criterion, NeedFacts, Requirement, TechFacts, Wanted
from app.matching.textfit import Passage, passage_of
from app.needs import RequirementKind, Whole
from app.reference import Exclusivity, TransferMode, province_name
from search.documents import ListingDocument

NAMES = {
    "terms.mode": Text("Hình thức chuyển giao", "Transfer mode"),
    "terms.exclusivity": Text("Phạm vi quyền", "Rights"),
    "trl": Text("Mức sẵn sàng (TRL)", "Readiness (TRL)"),
    "money": Text("Ngân sách", "Budget"),
    "place": Text("Nơi dùng", "Place"),
    "freshness": Text("Thông tin còn mới", "Freshness"),
    "absorptive": Text("Năng lực tiếp nhận (tự khai)", "Absorptive capacity (as declared)"),
    "banned": Text("Không được dùng", "Not allowed"),
}
ASKED = Text("Điều bắt buộc hoặc mong muốn", "A must-have or wish")
_STORY = ("problem", "solution", "advantages", "applications", "target_users", "limits", "cooperation")


@dataclass(frozen=True, slots=True)
class Asked:
    """A need twice over: `shared` of the gist, `own` of the whole; `names` says what each criterion asks."""

    passage: Passage
    shared: NeedFacts
    own: NeedFacts
    names: Mapping[str, Text]
    measured: Mapping[str, RequirementKind]


def _both(*texts: str | None) -> str:
    return "\n".join(t for t in texts if t)


def gist_texts(need: Whole) -> dict[str, dict[str, str]]:
    """The texts everyone reads, by language and field."""
    c = need.content
    more = [c.problem, c.process, c.constraints, c.tried, c.rights_note]
    names = ("problem", "process", "constraints", "tried", "rights")
    body = [text for text, name in zip(more, names, strict=True) if _open(need, name)]
    body += [r.text for r in c.must_haves]
    if _open(need, "nice_to_haves"):
        body += [r.text for r in c.nice_to_haves]
    if _open(need, "metrics"):
        body += [m.name for m in c.metrics]
    body += [k.text for k in c.criteria]
    own = {"title": c.title or "", "summary": c.summary or "", "keywords": ", ".join(c.keywords), "body": _both(*body)}
    if c.lang == "en":
        return {"en": own}
    other = {"title": c.title_en or "", "summary": c.summary_en or ""}
    return {"vi": own, "en": other} if any(other.values()) else {"vi": own}


def _open(need: Whole, name: str) -> bool:
    return need.tiers.get(name, needs.Tier.matched) is needs.Tier.gist


_MEASURED = (RequirementKind.trl_min, RequirementKind.price_max, RequirementKind.province)


def _requirement(number: int, asked: needs.Requirement) -> Requirement | None:
    code = str(number)
    if asked.kind is RequirementKind.trl_min and asked.trl is not None:
        return Requirement(code, Wanted.MEASURE, least=Decimal(asked.trl))
    if asked.kind is RequirementKind.price_max and asked.amount is not None:
        return Requirement(code, Wanted.MEASURE, most=Decimal(asked.amount))
    if asked.kind is RequirementKind.province and asked.province is not None:
        return Requirement(code, Wanted.MEASURE, least=Decimal(asked.province), most=Decimal(asked.province))
    if asked.kind is RequirementKind.mode and asked.mode:
        return Requirement(code, Wanted.MODE, frozenset({asked.mode.value}))
    if asked.kind is RequirementKind.exclusivity and asked.exclusivity:
        return Requirement(code, Wanted.EXCLUSIVITY, frozenset({asked.exclusivity.value}))
    words = frozenset(asked.keywords) or frozenset({asked.text or ""})
    return Requirement(code, Wanted.WORDS, words - {""})


def _banned(asked: Iterable[needs.Banned]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(f"words:{w}" for w in (b.keywords or [b.text])) for b in asked)


def asked_of(need: Whole, capacity: Mapping[str, float] | None = None) -> Asked:
    """A need made ready for scoring; `capacity`: declared shares by group, for the asker's own reading."""
    c = need.content
    texts = gist_texts(need)
    musts = [_requirement(n, r) for n, r in enumerate(c.must_haves)]
    nices = [_requirement(n + 100, r) for n, r in enumerate(c.nice_to_haves)]
    own = NeedFacts(
        texts=texts, fields=frozenset([c.field] if c.field else []), ipc=frozenset(c.ipc),
        must_haves=tuple(r for r in musts if r), nice_to_haves=tuple(r for r in nices if r), banned=_banned(c.banned),
        trl_min=c.trl_min, trl_max=c.trl_max, budget_low=c.budget_min, budget_high=c.budget_max,
        modes=frozenset(m.value for m in c.modes),
        exclusivity=frozenset({c.exclusivity.value} if c.exclusivity else ()),
        province=c.province, capacity=capacity,
    )  # fmt: skip
    shut: dict[str, dict[str, Any]] = {
        "nice_to_haves": {"nice_to_haves": ()},
        "rights": {"modes": frozenset(), "exclusivity": frozenset()},
        "budget": {"budget_low": None, "budget_high": None},
        "province": {"province": None},
    }
    hidden: dict[str, Any] = {"capacity": None}
    for name, values in shut.items():
        if not _open(need, name):
            hidden |= values
    names = dict(NAMES)
    names |= {f"must.{n}": _said(r) for n, r in enumerate(c.must_haves)}
    names |= {f"nice.{n + 100}": _said(r) for n, r in enumerate(c.nice_to_haves)}
    for combination, b in zip(own.banned, c.banned, strict=True):
        names["banned." + "+".join(sorted(combination))] = Text(b.text, b.text)
    measured = {str(n): r.kind for n, r in enumerate(c.must_haves) if r.kind in _MEASURED}
    measured |= {str(n + 100): r.kind for n, r in enumerate(c.nice_to_haves) if r.kind in _MEASURED}
    passage = passage_of(texts, fields=own.fields, ipc=c.ipc)
    return Asked(passage, replace(own, **hidden), own, names, measured)


def _said(asked: needs.Requirement) -> Text:
    return Text(needs.said(asked, "vi"), needs.said(asked, "en"))


# --- listings ---


def document_passage(d: ListingDocument) -> Passage:
    """The public text of a listing, out of its index document."""
    words = ", ".join(d.keywords)
    texts = {
        "vi": {"title": d.title_vi, "summary": d.summary_vi},
        "en": {"title": d.title_en, "summary": d.summary_en},
    }
    main = "vi" if d.title_vi else "en"
    texts[main] |= {"keywords": words, "body": d.body, "claims": d.claims}
    return passage_of(texts, d.identifiers, [f for f in d.fields if "." in f] or list(d.fields), d.ipc)


def tech_of(card: Card, content: Content, asked: Asked) -> TechFacts:
    """What a listing shows to everyone; `content` is what a visitor who is not signed in reads."""
    texts: dict[str, dict[str, str]] = {"vi": {}, "en": {}}
    main = "en" if card.lang == "en" else "vi"
    texts[main] |= {"title": card.title_vi, "summary": card.summary_vi or "", "keywords": ", ".join(content.keywords)}
    texts["en"] |= {k: v for k, v in (("title", card.title_en), ("summary", card.summary_en)) if v}
    for name in _STORY:
        for language in ("vi", "en"):
            if text := getattr(content, f"{name}_{language}"):
                texts[language][name] = text
    support = {"training"} if any(o.training_days for o in content.offers) else set()
    support |= {"pilot"} if TransferMode.trial in card.modes else set()
    values = {
        RequirementKind.trl_min: card.trl,
        RequirementKind.price_max: card.price_from,
        RequirementKind.province: card.province,
    }
    return TechFacts(
        texts={k: v for k, v in texts.items() if v},
        fields=frozenset([card.field] if card.field else []),
        ipc=frozenset(card.ipc),
        trl=card.trl,
        modes=frozenset(m.value for m in card.modes),
        exclusivity=frozenset(o.exclusivity.value for o in content.offers),
        price_policy=card.price_policy.value if card.price_policy else None,
        price_from=card.price_from,
        price_to=card.price_to,
        province=card.province,
        refreshed_at=card.refreshed_at.date() if card.refreshed_at else None,
        support=frozenset(support),
        measures={code: Decimal(v) for code, kind in asked.measured.items() if (v := values[kind]) is not None},
    )


# --- reasons ---


def _labels(values: Iterable[Any]) -> Text:
    held = list(values)
    return Text(", ".join(v.label.vi for v in held), ", ".join(v.label.en for v in held))


def _evidence(criterion: Criterion, asked: Asked, tech: TechFacts) -> Text | None:
    """The evidence in the words of the interface where scoring writes codes."""
    if criterion.evidence is None:
        return None
    code = criterion.code.partition(".")[2]
    kind = asked.measured.get(code) if criterion.code.startswith(("must.", "nice.")) else None
    if kind is RequirementKind.trl_min:
        return Text(f"TRL {tech.trl}", f"TRL {tech.trl}")
    if kind is RequirementKind.province:
        return province_name(tech.province)
    if kind is RequirementKind.price_max:
        shown = f"{tech.price_from:,}".replace(",", ".")
        return Text(f"Giá từ {shown} ₫", f"Price from {shown} ₫")
    if criterion.evidence.en.startswith("Modes: "):
        return _labels(m for m in TransferMode if m.value in tech.modes)
    if criterion.evidence.en.startswith("Exclusivity: "):
        return _labels(e for e in Exclusivity if e.value in tech.exclusivity)
    return criterion.evidence


def _plain(text: Text | None) -> dict[str, str] | None:
    return {"vi": text.vi, "en": text.en} if text else None


def reasons(criteria: Iterable[Criterion], asked: Asked, tech: TechFacts, *, shared: bool) -> list[dict[str, Any]]:
    """Criteria as they are kept; what rests on the asker's own affairs is left out of the shared reading."""
    return [
        {
            "code": "banned" if c.code.startswith("banned.") else c.code,
            "asked": _plain(asked.names.get(c.code, NAMES.get(c.code.partition(".")[0]))),
            "verdict": c.verdict.value, "hard": c.hard, "evidence": _plain(_evidence(c, asked, tech)),
            "gap": _plain(c.gap),
        }
        for c in criteria
        if not (shared and c.private)
    ]  # fmt: skip

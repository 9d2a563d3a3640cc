"""The typed term sheet (bảng điều khoản): what is agreed on, as a vector of named terms."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from app import reference
from app.kit.errors import BilingualError
from app.kit.money import MAX_AMOUNT
from app.kit.typed import clean, line, plain, rate, whole
from app.kit.workflow import Choice, labels
from app.listings import Exclusivity, RoyaltyBase, TransferMode
from app.offers.overlap import Scope, field_paths, territory_paths


class Improvements(Choice):
    each_owns = "each_owns"
    shared = "shared"
    assign_back = "assign_back"


labels(
    Improvements,
    each_owns=("Bên nào cải tiến bên đó sở hữu", "Each side owns its own"),
    shared=("Hai bên cùng dùng", "Shared"),
    assign_back=("Chuyển lại bên chào bán", "Assigned back to the seller"),
)


class Publication(Choice):
    free = "free"
    after_review = "after_review"
    none = "none"


labels(
    Publication,
    free=("Được công bố", "Free"),
    after_review=("Sau khi bên kia xem trước", "After review"),
    none=("Không công bố", "None"),
)


class GoverningLaw(Choice):
    VN = "VN"
    other = "other"


labels(GoverningLaw, VN=("Pháp luật Việt Nam", "Vietnamese law"), other=("Pháp luật khác", "Another law"))


class Forum(Choice):
    court = "court"
    arbitration_viac = "arbitration_viac"
    other = "other"


labels(
    Forum,
    court=("Tòa án có thẩm quyền", "Competent court"),
    arbitration_viac=("Trọng tài VIAC", "VIAC arbitration"),
    other=("Cơ quan khác", "Another forum"),
)


def _place(code: str) -> str:
    """A country's two letters, WO (everywhere), EP (Europe), or a Vietnamese province ("VN-79")."""
    code = code.strip().upper()
    found = re.fullmatch(r"VN-(\d{1,2})", code)
    if found and reference.province_name(int(found[1])):
        return f"VN-{int(found[1]):02d}"
    if code in {"WO", "EP"} or code in reference.countries():
        return code
    raise BilingualError(
        "Mã nước gồm hai chữ cái (VN, LA); mã tỉnh có dạng VN-79.",
        "A country is two letters (VN, LA); a province reads VN-79.",
    )


def _use(code: str) -> str:
    """A field of use with its classification: "ford:2.7", "vsic:C", "ipc:C02F 3/30"; people may type "2.7", "C02F"."""
    scheme, _, given = (part.strip() for part in code.partition(":"))
    if not given:
        scheme, given = ("ford" if scheme[:1].isdigit() else "ipc"), scheme
    scheme = scheme.lower()
    if scheme == "ford" and given in reference.fields():
        return f"ford:{given}"
    if scheme == "vsic" and given.upper() in reference.industries():
        return f"vsic:{given.upper()}"
    found = re.fullmatch(r"([A-H]\d{2}[A-Z])\s*(?:(\d{1,4})\s*/\s*(\d{2,6}))?", given.upper())
    if scheme == "ipc" and found:
        return f"ipc:{found[1]}" + (f" {int(found[2])}/{found[3]}" if found[2] else "")
    if scheme == "ipc" and given.upper() in reference.ipc_labels():
        return f"ipc:{given.upper()}"
    raise BilingualError(
        "Mã lĩnh vực chưa đúng. Ví dụ: 2.7 (lĩnh vực nghiên cứu), vsic:C (ngành kinh tế), C02F (IPC).",
        "Not a code of a field. For example 2.7 (research), vsic:C (industry), C02F (IPC).",
    )


def _apart(value: Any) -> Any:
    """Every entry of a list, and of the lines and commas inside it: ticked boxes and typed text in one field."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        return value
    return list(dict.fromkeys(part.strip() for v in values for part in re.split(r"[,;\n]", v) if part.strip()))


def _one_of_two(places: list[str]) -> list[str]:
    if "VN" in places and any(p.startswith("VN-") for p in places):
        raise BilingualError(
            "Đã chọn cả nước (VN) thì không chọn thêm tỉnh. Hãy bỏ VN nếu chỉ cấp cho một số tỉnh.",
            "VN is the whole country. Remove it when only some provinces are meant.",
        )
    return list(dict.fromkeys(places))


Places = Annotated[
    list[Annotated[str, AfterValidator(_place)]],
    Field(max_length=60), BeforeValidator(_apart), AfterValidator(_one_of_two),
]  # fmt: skip
Uses = Annotated[
    list[Annotated[str, AfterValidator(_use)]],
    Field(max_length=60), BeforeValidator(_apart), AfterValidator(lambda codes: sorted(set(codes))),
]  # fmt: skip
Amount = Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
OptionalAmount = Annotated[StrictInt | None, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)]
Percent = Annotated[
    Decimal | None, Field(ge=0, le=100, max_digits=6, decimal_places=3), BeforeValidator(rate), AfterValidator(plain)
]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Instalment(Part):
    label: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
    amount: Amount
    due_days: Annotated[int, Field(ge=0, le=36_500)] = 0


class Milestone(Part):
    label: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(line)]
    amount: Amount


class Terms(Part):
    """What is agreed on, as a typed vector. Amounts in whole đồng, rates in %, terms in years or months."""

    mode: TransferMode
    exclusivity: Exclusivity = Exclusivity.non_exclusive
    sublicence: bool = False
    field_of_use: Annotated[str | None, Field(max_length=500), BeforeValidator(line)] = None
    fields: Uses = []
    territory: Places = ["VN"]
    term_years: Annotated[int | None, Field(ge=1, le=99)] = None
    upfront: OptionalAmount = None
    instalments: Annotated[list[Instalment], Field(max_length=20)] = []
    milestones: Annotated[list[Milestone], Field(max_length=20)] = []
    royalty_percent: Percent = None
    royalty_base: RoyaltyBase | None = None
    royalty_floor: OptionalAmount = None
    royalty_cap: OptionalAmount = None
    equity_percent: Percent = None
    goods: Annotated[str | None, Field(max_length=1000), BeforeValidator(clean)] = None
    training_days: Annotated[int | None, Field(ge=0, le=1000)] = None
    improvements: Improvements | None = None
    publication: Publication | None = None
    warranty_months: Annotated[int | None, Field(ge=0, le=600)] = None
    liability_cap: OptionalAmount = None
    penalty_percent: Percent = None
    governing_law: GoverningLaw = GoverningLaw.VN
    forum: Forum | None = None
    conditions: Annotated[str | None, Field(max_length=3000), BeforeValidator(clean)] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mode is TransferMode.assignment:
            self.exclusivity, self.term_years, self.sublicence = Exclusivity.exclusive, None, False
        if self.royalty_percent is not None and self.royalty_base is None:
            raise BilingualError("Hãy chọn căn cứ tính phí kỳ vụ.", "Choose the royalty base.", "royalty_base")
        if self.royalty_floor is not None and self.royalty_cap is not None and self.royalty_cap < self.royalty_floor:
            raise BilingualError("Mức trần phải từ mức sàn trở lên.", "The cap lies below the floor.", "royalty_cap")
        paid = self.upfront or self.instalments or self.milestones or self.royalty_percent or self.equity_percent
        if not paid and not self.goods and self.upfront is None and self.mode is not TransferMode.trial:
            raise BilingualError(
                "Hãy điền ít nhất một khoản: trả trước (có thể là 0), trả dần, mốc, phí kỳ vụ, vốn góp hoặc hàng hóa.",
                "Give at least one payment: upfront (may be 0), instalments, milestones, royalty, equity or goods.",
                "upfront",
            )
        return self

    @property
    def exclusive(self) -> bool:
        """Exclusive and sole grants both keep every other licensee out."""
        return self.exclusivity is not Exclusivity.non_exclusive

    @property
    def value(self) -> int:
        """The sum that is certain or tied to milestones, in đồng; royalties are not guessed."""
        parts = [self.upfront or 0, *(i.amount for i in self.instalments), *(m.amount for m in self.milestones)]
        return sum(parts)

    @property
    def scope(self) -> Scope:
        """What the sheet would grant. Words alone limit nothing: without codes it is every field of use. An
        assignment gives away the right itself, wherever and for whatever."""
        if self.mode is TransferMode.assignment:
            return Scope(True)
        return Scope(self.exclusive, territory_paths(self.territory), field_paths(self.fields))

    def canonical(self) -> dict[str, Any]:
        """As it is stored and hashed; `fields` came later, so that sheets without codes keep their hash."""
        return self.model_dump(mode="json", exclude_none=True, exclude=None if self.fields else {"fields"})

    def hash(self) -> str:
        plain = json.dumps(self.canonical(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

"""Reference (dữ liệu nền): code lists and dated legal rules that the capabilities above look up.

Provinces (tỉnh, thành phố), fields of research (lĩnh vực nghiên cứu, FORD), priority fields (lĩnh vực ưu tiên),
IPC labels (phân loại sáng chế), industries (ngành kinh tế, VSIC), countries (quốc gia), legal rules (quy định pháp
luật) by date, published royalty rates (phí kỳ vụ) by industry.

Functions: provinces, province_name, fields, field_label, field_and_parents, priorities, industries, ipc_labels,
ipc_title, countries, form_choices, rules, rule, royalties, royalty_industries. Words both sides of the market choose
from (TransferMode, Exclusivity) and types that check a typed code against its list (FieldCode, PriorityCode,
IpcSymbol, ProvinceCode). All pure: the files under data/ are read once; country names are CLDR's, through Babel.
"""

from app.reference.choices import Exclusivity, TransferMode
from app.reference.royalties import Royalty, RoyaltySource, royalties, royalty_industries
from app.reference.rules import Rule, rule, rules
from app.reference.tables import (
    Field,
    Province,
    countries,
    field_and_parents,
    field_label,
    fields,
    form_choices,
    industries,
    ipc_labels,
    ipc_title,
    priorities,
    province_name,
    provinces,
)
from app.reference.typed import FieldCode, IpcSymbol, PriorityCode, ProvinceCode, Splitting

__all__ = [
    "Exclusivity",
    "Field",
    "FieldCode",
    "IpcSymbol",
    "PriorityCode",
    "Province",
    "ProvinceCode",
    "Royalty",
    "RoyaltySource",
    "Rule",
    "Splitting",
    "TransferMode",
    "countries",
    "field_and_parents",
    "field_label",
    "fields",
    "form_choices",
    "industries",
    "ipc_labels",
    "ipc_title",
    "priorities",
    "province_name",
    "provinces",
    "royalties",
    "royalty_industries",
    "rule",
    "rules",
]

"""Codes as people type them, checked against the lists: types for commands, refusing with how to mend."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from app.kit.errors import BilingualError
from app.kit.text import one_line
from app.reference.tables import field_label, priorities, province_name


def _field(code: str) -> str:
    if field_label(code, "en") is None:
        raise BilingualError("Hãy chọn một lĩnh vực trong danh sách.", "Choose one of the listed fields.")
    return code


def _priority(code: str) -> str:
    if code not in priorities():
        raise BilingualError("Hãy chọn một lĩnh vực ưu tiên trong danh sách.", "Choose a listed priority field.")
    return code


def _ipc(value: str) -> str:
    """An IPC subclass or a whole symbol ("C02F", "C02F 3/30"), kept in the official writing."""
    found = re.fullmatch(r"([A-H]\d{2}[A-Z])\s*(?:(\d{1,4})\s*/\s*(\d{2,6}))?", value.strip().upper())
    if not found:
        raise BilingualError(
            "Ký hiệu IPC chưa đúng, ví dụ C02F hoặc C02F 3/30.", "Not an IPC symbol, for example C02F or C02F 3/30."
        )
    return found[1] + (f" {int(found[2])}/{found[3]}" if found[2] else "")


def _province(code: int) -> int:
    if province_name(code) is None:
        raise BilingualError("Hãy chọn một tỉnh, thành phố trong danh sách.", "Choose one of the listed provinces.")
    return code


def split(value: Any) -> Any:
    """Comma- or line-separated text becomes a list."""
    if isinstance(value, str):
        value = re.split(r"[,;\n]", value)
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = re.split(r"[,;\n]", value[0])
    if isinstance(value, list):
        return [one_line(v) if isinstance(v, str) else v for v in value if not isinstance(v, str) or v.strip()]
    return value


FieldCode = Annotated[str | None, AfterValidator(lambda v: _field(v) if v else None)]
PriorityCode = Annotated[str | None, AfterValidator(lambda v: _priority(v) if v else None)]
IpcSymbol = Annotated[str, AfterValidator(_ipc)]
ProvinceCode = Annotated[int | None, AfterValidator(lambda v: _province(v) if v else None)]
Splitting = BeforeValidator(split)

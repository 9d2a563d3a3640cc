"""Finding an organisation by what people type: a tax code, or its name as the directory writes it."""

from __future__ import annotations

import re
from uuid import UUID

from app.accounts import accounts
from app.brokerage import errors
from app.kit.text import fold, one_line

SHOWN = 6


async def named(typed: str) -> UUID:
    """The organisation that is meant; Invalid (field `party`) when none is, or several are."""
    words = one_line(typed)
    digits = re.sub(r"\D", "", words)
    if digits and len(digits) in (10, 13) and not re.search(r"[^\d\s.-]", words):
        found = await accounts.organisation_by_tax_code(digits)
        if found is None:
            raise errors.unknown_organisation()
        return found.id
    if len(words) < 3:
        raise errors.unknown_organisation()
    orgs = await accounts.find_organisations(words, SHOWN)
    same = [o for o in orgs if fold(words) in (fold(o.name_vi), fold(o.name_en or ""))]
    if len(same) == 1 or len(orgs) == 1:
        return (same or orgs)[0].id
    if not orgs:
        raise errors.unknown_organisation()
    raise errors.several_organisations("; ".join(o.name_vi for o in orgs))

"""Row -> index document of an organisation: only what anyone may know of it."""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.models import Organisation
from search.documents import OrganisationDocument


def document(row: Organisation, listings: int = 0, fields: Sequence[str] = ()) -> OrganisationDocument:
    """`listings` are counted, and their `fields` said, by the caller above: accounts knows nothing of listings.

    A tax code is not among the identifiers: it is looked up whole, or not at all.
    """
    return OrganisationDocument(
        id=row.id,
        title_vi=row.name_vi,
        title_en=row.name_en or "",
        summary_vi=row.about_vi or "",
        summary_en=row.about_en or "",
        kind=row.kind,
        fields=fields,
        province=str(row.province) if row.province else "",
        verified="yes" if row.status == "verified" else "no",
        listings=listings,
        published_at=row.created_at,
        refreshed_at=row.status_at,
        sort_title=row.sort_name,
    )

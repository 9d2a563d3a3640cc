"""Row -> index document of an organisation: only what anyone may know of it."""

from __future__ import annotations

from app.accounts.models import Organisation
from search.documents import OrganisationDocument


def document(row: Organisation, listings: int = 0) -> OrganisationDocument:
    """`listings` is counted by the caller, which stands above: accounts knows nothing of listings."""
    return OrganisationDocument(
        id=row.id,
        title_vi=row.name_vi,
        title_en=row.name_en or "",
        summary_vi=row.about_vi or "",
        summary_en=row.about_en or "",
        kind=row.kind,
        province=str(row.province) if row.province else "",
        verified="yes" if row.status == "verified" else "no",
        listings=listings,
        published_at=row.created_at,
        refreshed_at=row.status_at,
        sort_title=row.sort_name,
    )

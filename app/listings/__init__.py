"""Listings (công nghệ chào bán): what an organisation offers, and how it comes to be shown.

A listing is three things: the asset (tài sản: IP rights, owners, funding), the offers (phương án chào bán: what may
be bought, at which price policy) and the pitch (bản giới thiệu). Every field has a tier (phạm vi xem): public
(công khai), registered (đã đăng nhập), nda (theo thỏa thuận bảo mật). Text of the nda tier lives in a table of its
own.

Verbs: create, update, attach, detach, submit, take_back, approve, request_changes, acknowledge, refresh, reserve,
release, transfer, suspend, restore, archive, reopen; open_file.
"""

from app.listings.files import safe_name, sniff
from app.listings.repository import (
    cards,
    co_owners,
    documents,
    listing_ids,
    marks,
    offered_by,
    owner_names,
    owners_of,
    paid_by_state,
)
from app.listings.schemas import (
    STORY,
    Card,
    CardList,
    Content,
    FileView,
    IpKind,
    ListingView,
    PricePolicy,
    Right,
    RoyaltyBase,
    SaleOffer,
    Territory,
    Tier,
)
from app.listings.service import Listings, listings
from app.listings.workflow import LISTING, VISIBLE
from app.reference import Exclusivity, TransferMode

__all__ = [
    "LISTING",
    "STORY",
    "VISIBLE",
    "Card",
    "CardList",
    "Content",
    "Exclusivity",
    "FileView",
    "IpKind",
    "ListingView",
    "Listings",
    "PricePolicy",
    "Right",
    "RoyaltyBase",
    "SaleOffer",
    "Territory",
    "Tier",
    "TransferMode",
    "cards",
    "co_owners",
    "documents",
    "listing_ids",
    "listings",
    "marks",
    "offered_by",
    "owner_names",
    "owners_of",
    "paid_by_state",
    "safe_name",
    "sniff",
]

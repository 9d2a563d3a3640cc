"""Atom feed (RFC 4287) and sitemaps (sitemaps.org), written with the standard library's XML writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from app.listings import Card
from app.settings import settings

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
SITEMAP_PAGE = 10_000
PAGES = ("/", "/listings", "/organisations", "/about", "/data-notes", "/api/v1/docs")


def _base() -> str:
    return settings().base_url.rstrip("/")


def _write(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def atom(cards: Sequence[Card], query: str, locale: str, now: datetime) -> bytes:
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")

    def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        element.text = text or None
        return element

    here = f"{_base()}/feeds/listings.atom" + (f"?{query}" if query else "")
    newest = max((c.published_at for c in cards if c.published_at), default=now)
    add(feed, "id", here)
    add(feed, "title", f"{settings().site_name}: " + ("new technologies" if locale == "en" else "công nghệ mới"))
    add(feed, "updated", newest.isoformat())
    add(feed, "link", rel="self", href=here, type="application/atom+xml")
    add(feed, "link", rel="alternate", href=f"{_base()}/listings" + (f"?{query}" if query else ""))
    for card in cards:
        entry = add(feed, "entry")
        add(entry, "id", f"urn:uuid:{card.id}")
        add(entry, "title", card.title(locale))
        add(entry, "link", rel="alternate", href=f"{_base()}{card.url}")
        add(entry, "updated", (card.refreshed_at or card.published_at or now).isoformat())
        if card.published_at:
            add(entry, "published", card.published_at.isoformat())
        add(add(entry, "author"), "name", card.org(locale))
        add(entry, "summary", card.summary(locale))
        for code in card.ipc:
            add(entry, "category", term=code, scheme="https://www.wipo.int/classifications/ipc")
    return _write(feed)


def sitemap_index(shown: int) -> bytes:
    ET.register_namespace("", SITEMAP)
    root = ET.Element(f"{{{SITEMAP}}}sitemapindex")
    pages = max(1, -(-shown // SITEMAP_PAGE))
    for path in ("/sitemaps/pages.xml", *(f"/sitemaps/listings-{n}.xml" for n in range(1, pages + 1))):
        ET.SubElement(ET.SubElement(root, f"{{{SITEMAP}}}sitemap"), f"{{{SITEMAP}}}loc").text = _base() + path
    return _write(root)


def sitemap(rows: Iterable[tuple[str, datetime | None]]) -> bytes:
    ET.register_namespace("", SITEMAP)
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    for path, at in rows:
        url = ET.SubElement(root, f"{{{SITEMAP}}}url")
        ET.SubElement(url, f"{{{SITEMAP}}}loc").text = _base() + path
        if at:
            ET.SubElement(url, f"{{{SITEMAP}}}lastmod").text = at.date().isoformat()
    return _write(root)

"""Entries as an iCalendar file (RFC 5545), written with the `icalendar` package. Pure.

Moments stand in the time of Vietnam with its definition, whole days as dates. A UID stays with its thing for ever;
what is called off is sent as cancelled with a higher sequence, so that it leaves calendars that had it. Words are the
deal's number and what is due: titles, which may be confidential, only for those who asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from app.desk.schemas import Entry
from app.kit.text import Text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
NAME = Text("santex: hạn trong giao dịch", "santex: deadlines of deals")


def _zone() -> Timezone:
    """Vietnam has kept one offset since 1975."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE.key)
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - local by definition of the component
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=7))
    standard.add("tzname", "+07")
    zone.add_component(standard)
    return zone


def _event(entry: Entry, locale: str, *, titles: bool, base_url: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", max(0, int((entry.changed_at - _SINCE).total_seconds())))
    summary = f"{entry.reference}: {entry.label.get(locale)}"
    if titles:
        summary += f" – {entry.title or entry.listing_title}"
    event.add("summary", summary)
    if entry.on is not None:
        event.add("dtstart", entry.on)
        event.add("dtend", entry.on + timedelta(days=1))
    else:
        event.add("dtstart", entry.at.astimezone(ZONE))
    event.add("status", "CONFIRMED" if entry.live else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("url", f"{base_url.rstrip('/')}{entry.path}")
    return event


def document(entries: Iterable[Entry], locale: str, *, titles: bool, base_url: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//santex//deal desk//VI")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME.get(locale))
    calendar.add("x-wr-timezone", ZONE.key)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add_component(_zone())
    for entry in entries:
        calendar.add_component(_event(entry, locale, titles=titles, base_url=base_url))
    return bytes(calendar.to_ical())

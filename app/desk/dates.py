"""Where the dated things of a deal come from: each door offers its own as one SELECT, the desk puts them together.

A source's columns are written in `app/offers/dates.py`. One statement reads them all, however many sources there are,
so that a list costs the same with ten of them as with two.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.disclosure import DATED_GRANTS, DATED_NDAS
from app.kit.text import Text
from app.offers import DATED as OFFERS_DATED
from app.offers import DATED_MEMORANDA
from app.rounds import DATED_ANNOUNCEMENTS, DATED_BIDDING, DATED_OPENINGS

TURN = """
    SELECT id AS deal_id, id AS subject_id, coalesce(turn_until, status_at) AS at,
      turn IS NOT NULL AND turn_until IS NOT NULL AND status IN ('interested','negotiating','agreed') AS live,
      coalesce(turn_since, status_at) AS changed_at, 'all' AS audience, NULL AS title
    FROM deal WHERE turn_until IS NOT NULL OR status <> 'interested'
"""
# A task is due until the end of its day in Vietnam; in a deal that is closed nothing is due any more.
TASKS = """
    SELECT t.deal_id, t.id AS subject_id, (t.due_on + time '23:59') AT TIME ZONE 'Asia/Ho_Chi_Minh' AS at,
      t.status = 'open' AND c.status <> 'closed' AS live,
      CASE WHEN c.status = 'closed' THEN greatest(t.status_at, c.status_at) ELSE t.status_at END AS changed_at,
      CASE t.channel WHEN 'all' THEN 'sides' ELSE t.channel END AS audience, t.title
    FROM desk_task t JOIN deal c ON c.id = t.deal_id WHERE t.due_on IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Source:
    """`whole_day`: the date counts, not the minute. `for_staff`: those who run and watch the exchange see it too."""

    kind: str
    label: Text
    sql: str
    path: str = ""  # after /deals/{id}; one that names {subject} is a path of its own
    whole_day: bool = False
    for_staff: bool = True
    shared: bool = False  # the same subject may stand in several deals

    def path_of(self, deal_id: UUID, subject_id: UUID) -> str:
        return self.path.format(subject=subject_id) if "{subject}" in self.path else f"/deals/{deal_id}{self.path}"

    def uid_of(self, deal_id: UUID, subject_id: UUID) -> str:
        """The lasting name of an entry of a calendar: a round stands once in it for each deal over its listing."""
        name = f"{self.kind}-{subject_id}"
        return f"{name}-{deal_id}@santex" if self.shared else f"{name}@santex"


SOURCES = (
    Source("turn", Text("hạn trả lời", "answer due"), TURN),
    Source("offer", Text("hạn của đề nghị", "offer valid until"), OFFERS_DATED, for_staff=False),
    Source(
        "memorandum",
        Text("hạn của biên bản ghi nhớ", "memorandum ends"),
        DATED_MEMORANDA,
        whole_day=True,
        for_staff=False,
    ),
    Source("nda", Text("hạn của thỏa thuận bảo mật", "NDA ends"), DATED_NDAS, "/room", for_staff=False),
    Source("grant", Text("hạn xem tài liệu", "papers open until"), DATED_GRANTS, "/room", for_staff=False),
    Source("task", Text("hạn của một việc", "task due"), TASKS, "/tasks", whole_day=True, for_staff=False),
    Source(
        "announcement",
        Text("hết hạn niêm yết", "announcement ends"),
        DATED_ANNOUNCEMENTS,
        "/rounds/{subject}",
        shared=True,
    ),
    Source("opening", Text("mở phiên nhận giá", "round opens"), DATED_OPENINGS, "/rounds/{subject}", shared=True),
    Source("bidding", Text("hết hạn trả giá", "bidding ends"), DATED_BIDDING, "/rounds/{subject}", shared=True),
)
BY_KIND = {s.kind: s for s in SOURCES}


def union() -> str:
    """Every source in one; the first columns say which it came from and whether those who run the exchange see it."""
    columns = "x.deal_id, x.subject_id, x.at, x.live, x.changed_at, x.audience, x.title"
    return " UNION ALL ".join(
        f"SELECT '{s.kind}' AS kind, {str(s.for_staff).lower()} AS for_staff, {columns} FROM ({s.sql}) x"  # noqa: S608
        for s in SOURCES
    )

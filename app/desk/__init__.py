"""The deal desk (bàn giao dịch): where the people of a deal keep it moving.

One's deals as a list or a board (bảng) with age, turn and next deadline; messages (trao đổi) to all parties or inside
one side; tasks (việc cần làm) and ready-made lists of them; notes (ghi chú) for oneself or one's organisation; a
calendar (lịch) with a secret address; handing a deal over (bàn giao) to a colleague; the clock of deals that lie still
(giao dịch đứng yên).

Verbs: send, retract, read, inspect (messages); add, add_suggested, edit, finish, reopen, drop, remind (tasks); write,
edit, remove (notes); make_feed, revoke_feed (calendar); hand_over, find_stalls (the desk).
"""

from app.desk.calendars import Calendars, calendars
from app.desk.mailing import Mailing, UnreadMail, unread_mails
from app.desk.messaging import Messages, messages
from app.desk.noting import Notes, notes
from app.desk.service import Desk, desk
from app.desk.tasking import Tasks, todo

__all__ = [
    "Calendars",
    "Desk",
    "Mailing",
    "Messages",
    "Notes",
    "Tasks",
    "UnreadMail",
    "calendars",
    "desk",
    "messages",
    "notes",
    "todo",
    "unread_mails",
]

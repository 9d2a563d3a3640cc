"""Disclosure (cung cấp thông tin mật): the non-disclosure agreement, the data room, questions and answers, the log.

Thỏa thuận bảo mật (NDA) is signed for one deal by its two parties; others who take part adhere (ký tuân thủ) before
they see anything. Phòng dữ liệu (data room) belongs to the owner of a listing: papers in stages, opened to one deal
after another, with a watermark for each reader. Nhật ký (log) holds every look.

Verbs: of agreements: draft_template, publish_template, retire_template, propose_nda, sign_nda, adhere_nda,
decline_nda, withdraw_nda, terminate_nda, expire_due; of rooms: add_folder, remove_folder, add_document,
replace_document, describe_document, remove_document, grant, revoke; of readers: open_document, page, download,
original, fields, inspect; of questions: ask, answer, publish; of the log: export_log.
"""

from app.disclosure.dates import DATED_GRANTS, DATED_NDAS
from app.disclosure.schemas import NdaKind, NdaView
from app.disclosure.service import Disclosure, disclosure
from app.disclosure.workflow import NDA, NDA_TEMPLATE, QUESTION

__all__ = [
    "DATED_GRANTS",
    "DATED_NDAS",
    "NDA",
    "NDA_TEMPLATE",
    "QUESTION",
    "Disclosure",
    "NdaKind",
    "NdaView",
    "disclosure",
]

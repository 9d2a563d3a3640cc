"""Outcomes (kết quả sau giao dịch): what became of a deal, and why deals stop.

Thirty, ninety and a hundred and eighty days after terms were agreed, a contract was signed or a deal was closed, each
party is asked (câu hỏi kết quả). Answers are typed and never changed; a later question may be answered otherwise. An
answer is a statement of one party: it raises no evidence level. Every no in the chain (lần dừng) carries a coded
reason; they are counted by reason and stage for the owner, the operator and, with small counts left out, the
Department.

Verbs: answer; ask_due, expire (schedule); reasons. For statistics: `shown`, the rule of small counts.
"""

from app.outcomes.schemas import Became, PromptView, ReasonFilters, ReasonTable
from app.outcomes.service import Outcomes, outcomes
from app.outcomes.suppression import LEAST, Count, shown
from app.outcomes.workflow import PROMPT

__all__ = [
    "LEAST",
    "PROMPT",
    "Became",
    "Count",
    "Outcomes",
    "PromptView",
    "ReasonFilters",
    "ReasonTable",
    "outcomes",
    "shown",
]

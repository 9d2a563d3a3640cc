"""Statistics (thống kê): the Department's figures.

Every figure states its definition and the evidence level it counts; levels are never added together; every figure is
a door to exactly the rows it counts. It reads all tables, and shows no NDA tier and no terms that were not agreed.

Verbs: report, deals, listings, public.
"""

from app.statistics.service import Statistics, statistics

__all__ = ["Statistics", "statistics"]

"""Profiles (hồ sơ năng lực): what an enterprise says of its technology, by the 26 criteria of Circular 17/2019.

An enterprise keeps one profile (hồ sơ) a year: answers to the questionnaire (bộ câu hỏi) by its groups T, E, O, R, I,
a draft until it is declared (đã khai). A campaign (đợt khảo sát) of the Department asks one sector a year; its close
locks what was declared in it. A sector comparison (so sánh ngành) tells quartiles of at least five enterprises.
Score tables are dated data and none is loaded: until then answers are shown as they were given.

Verbs: save, declare, reopen (the enterprise); plan, reschedule, invite, open, close, withdraw (Department, operator).
For matching: `absorptive(session, org_ids)`.
"""

from app.profiles.repository import Absorption, absorptive
from app.profiles.schemas import CampaignBrief, ProfileView
from app.profiles.service import Profiles, profiles
from app.profiles.survey import Campaigns, campaigns
from app.profiles.workflow import CAMPAIGN, PROFILE

__all__ = [
    "CAMPAIGN",
    "PROFILE",
    "Absorption",
    "CampaignBrief",
    "Campaigns",
    "ProfileView",
    "Profiles",
    "absorptive",
    "campaigns",
    "profiles",
]

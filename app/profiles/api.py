"""JSON routes of profiles and campaigns."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from app.profiles.schemas import (
    CampaignList,
    CampaignView,
    ComparisonView,
    Dates,
    Invited,
    InviteEnterprises,
    PlanCampaign,
    ProfileList,
    ProfileView,
    QuestionnaireView,
    SaveProfile,
)
from app.profiles.service import profiles
from app.profiles.survey import campaigns
from app.web.actor import ApiActor
from app.web.answers import PROBLEMS, answer

router = APIRouter(tags=["profiles"], responses=PROBLEMS)


@router.get("/questionnaire", response_model=QuestionnaireView)
async def api_questionnaire() -> Response:
    """The 26 criteria by group, whether each was checked against the official text, and whether scores are loaded."""
    return answer(profiles.questionnaire())


# --- one's own profile ---


@router.get("/organisation/profiles", response_model=ProfileList)
async def api_own_profiles(actor: ApiActor) -> Response:
    """Your organisation's profiles, and the campaigns that ask for one."""
    return answer(await profiles.years(actor))


@router.get("/organisation/profiles/{year}", response_model=ProfileView)
async def api_own_profile(actor: ApiActor, year: int) -> Response:
    """Your organisation's profile of a year; an empty draft when nothing was saved yet."""
    return answer(await profiles.own(actor, year))


@router.patch("/organisation/profiles/{year}", response_model=ProfileView)
async def api_save_profile(actor: ApiActor, year: int, command: SaveProfile) -> Response:
    """Change what is given: the sector, single answers. Begins the profile when there is none."""
    await profiles.save(actor, year, command)
    return answer(await profiles.own(actor, year))


@router.post("/organisation/profiles/{year}/declare", response_model=ProfileView)
async def api_declare_profile(actor: ApiActor, year: int) -> Response:
    """Stand by the answers; in an open campaign of the sector the Department and the operator may read them."""
    await profiles.declare(actor, year)
    return answer(await profiles.own(actor, year))


@router.post("/organisation/profiles/{year}/reopen", response_model=ProfileView)
async def api_reopen_profile(actor: ApiActor, year: int) -> Response:
    """Back to a draft, unless a campaign has locked it."""
    await profiles.reopen(actor, year)
    return answer(await profiles.own(actor, year))


# --- campaigns ---


@router.get("/campaigns", response_model=CampaignList)
async def api_campaigns(actor: ApiActor) -> Response:
    """Every campaign, for the Department and the operator."""
    return answer(await campaigns.calendar(actor))


@router.post("/campaigns", status_code=201, response_model=CampaignView)
async def api_plan_campaign(actor: ApiActor, command: PlanCampaign) -> Response:
    """Plan a campaign; one a year."""
    id_ = await campaigns.plan(actor, command)
    return answer(await campaigns.read(actor, id_), 201)


@router.get("/campaigns/{campaign_id}", response_model=CampaignView)
async def api_campaign(actor: ApiActor, campaign_id: UUID) -> Response:
    """A campaign; its progress to the Department and the operator only."""
    return answer(await campaigns.read(actor, campaign_id))


@router.post("/campaigns/{campaign_id}/reschedule", response_model=CampaignView)
async def api_reschedule_campaign(actor: ApiActor, campaign_id: UUID, command: Dates) -> Response:
    """Move its dates, while it is planned or open."""
    await campaigns.reschedule(actor, campaign_id, command)
    return answer(await campaigns.read(actor, campaign_id))


@router.post("/campaigns/{campaign_id}/invite", response_model=Invited)
async def api_invite_enterprises(actor: ApiActor, campaign_id: UUID, command: InviteEnterprises) -> Response:
    """Invite enterprises by tax code; says which codes no enterprise here has."""
    return answer(await campaigns.invite(actor, campaign_id, command))


@router.post("/campaigns/{campaign_id}/open", response_model=CampaignView)
async def api_open_campaign(actor: ApiActor, campaign_id: UUID) -> Response:
    """Open it and invite the enterprises of the sector."""
    await campaigns.open(actor, campaign_id)
    return answer(await campaigns.read(actor, campaign_id))


@router.post("/campaigns/{campaign_id}/close", response_model=CampaignView)
async def api_close_campaign(actor: ApiActor, campaign_id: UUID) -> Response:
    """Close it and lock what was declared in it."""
    await campaigns.close(actor, campaign_id)
    return answer(await campaigns.read(actor, campaign_id))


@router.post("/campaigns/{campaign_id}/withdraw", response_model=CampaignView)
async def api_withdraw_campaign(actor: ApiActor, campaign_id: UUID) -> Response:
    """Take it off the calendar before it opens."""
    await campaigns.withdraw(actor, campaign_id)
    return answer(await campaigns.read(actor, campaign_id))


@router.get("/campaigns/{campaign_id}/profiles/{profile_id}", response_model=ProfileView)
async def api_campaign_profile(actor: ApiActor, campaign_id: UUID, profile_id: UUID) -> Response:
    """Answers of a profile that counts in the campaign, for the Department and the operator; the audit log keeps it."""
    return answer(await campaigns.profile(actor, campaign_id, profile_id))


@router.get("/campaigns/{campaign_id}/comparison", response_model=ComparisonView)
async def api_campaign_comparison(actor: ApiActor, campaign_id: UUID) -> Response:
    """Quartiles of the sector, of at least five enterprises each; with your own answers when you take part."""
    return answer(await campaigns.comparison(actor, campaign_id))

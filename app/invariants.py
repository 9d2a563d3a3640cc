"""What must always hold, checked by queries that share nothing with the code that keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform import audit, db

# Each query returns the offending rows' ids; none means that the rule holds.
RULES: dict[str, str] = {
    "owners' shares of a listing add up to 100.00": """
        SELECT listing_id::text FROM listing_owner GROUP BY listing_id HAVING sum(share) <> 100.00""",
    "no exclusive grant meets another grant in place and field": """
        SELECT a.id::text FROM offer a JOIN offer b ON b.listing_id = a.listing_id AND b.id <> a.id
        WHERE a.status = 'accepted' AND a.binding AND a.exclusive AND b.status = 'accepted' AND b.binding
          AND EXISTS (SELECT 1 FROM unnest(a.scope_territory) x, unnest(b.scope_territory) y
            WHERE '' IN (x, y) OR position(x || '.' IN y || '.') = 1 OR position(y || '.' IN x || '.') = 1)
          AND EXISTS (SELECT 1 FROM unnest(a.scope_fields) x, unnest(b.scope_fields) y
            WHERE '' IN (x, y) OR position(x || '.' IN y || '.') = 1 OR position(y || '.' IN x || '.') = 1
              OR split_part(x, '.', 1) <> split_part(y, '.', 1))""",
    "an approved act has the approvals its rule asked for": """
        SELECT r.id::text FROM approval_request r WHERE r.status IN ('executed','failed') AND r.needed >
          (SELECT count(*) FROM approval_vote v WHERE v.request_id = r.id AND v.verdict = 'approve'
           AND v.person_id = ANY (r.approvers))""",
    "a memorandum in force is evidence, and no contract": """
        SELECT m.id::text FROM memorandum m WHERE m.status IN ('confirmed','due','resolved') AND NOT EXISTS
          (SELECT 1 FROM deal_evidence e WHERE e.deal_id = m.deal_id AND e.kind = 'mou' AND e.level = 1
           AND e.sha256 = m.sha256)
        UNION ALL SELECT t.id::text FROM deal_transaction t JOIN deal_evidence e ON e.id = t.evidence_id
        WHERE e.kind <> 'contract'""",
    "a deal has at most one open and one accepted offer": """
        SELECT deal_id::text FROM offer GROUP BY deal_id
        HAVING count(*) FILTER (WHERE status IN ('open','frozen')) > 1
            OR count(*) FILTER (WHERE status = 'accepted') > 1""",
    "an agreed deal names its accepted offer, and only then": """
        SELECT d.id::text FROM deal d LEFT JOIN offer o ON o.id = d.agreed_offer_id
        WHERE (d.status IN ('agreed','contracted') AND (o.id IS NULL OR o.status <> 'accepted' OR o.deal_id <> d.id))
           OR (d.status IN ('interested','negotiating') AND d.agreed_offer_id IS NOT NULL)""",
    "the parties of a deal take part in it, each in its capacity": """
        SELECT d.id::text FROM deal d WHERE (
          SELECT array_agg(p.capacity || ' ' || p.org_id ORDER BY p.capacity) FROM deal_participant p
          WHERE p.deal_id = d.id AND p.until IS NULL AND p.capacity IN ('seller', 'buyer'))
          IS DISTINCT FROM ARRAY['buyer ' || d.buyer_org_id, 'seller ' || d.seller_org_id]""",
    "a deal that holds its listing finds it reserved": """
        SELECT d.id::text FROM deal d JOIN listing l ON l.id = d.listing_id
        WHERE d.holds_listing AND d.status = 'agreed' AND l.status NOT IN ('reserved','transferred','suspended')""",
    "a reserved listing is held by exactly one deal or round": """
        SELECT l.id::text FROM listing l WHERE l.status = 'reserved'
          AND (SELECT count(*) FROM deal d WHERE d.listing_id = l.id AND d.holds_listing)
            + (SELECT count(*) FROM public_round r WHERE r.listing_id = l.id AND r.kind <> 'announcement'
               AND r.status IN ('open','closed','opened')) <> 1""",
    "prices of an auction rise, and the last one stands": """
        SELECT round_id::text FROM (SELECT round_id, price, seq,
          lag(price) OVER (PARTITION BY round_id ORDER BY seq) AS previous,
          lag(seq) OVER (PARTITION BY round_id ORDER BY seq) AS before FROM round_price) p
        WHERE price <= previous OR seq <> coalesce(before, 0) + 1
        UNION ALL SELECT r.id::text FROM public_round r WHERE r.kind = 'english' AND r.price IS DISTINCT FROM
          (SELECT max(p.price) FROM round_price p WHERE p.round_id = r.id)""",
    "the leader of an auction is who bid the standing price": """
        SELECT r.id::text FROM public_round r JOIN round_price p ON p.round_id = r.id AND p.seq = r.seq
        WHERE r.kind = 'english' AND r.leader_id <> p.entry_id""",
    "envelopes are read only after their round was opened": """
        SELECT o.envelope_id::text FROM opened_envelope o JOIN public_round r ON r.id = o.round_id
        WHERE r.status NOT IN ('opened','awarded','unsold','cancelled')""",
    "a round that is over holds no deposit but the winner's": """
        SELECT d.id::text FROM round_deposit d JOIN public_round r ON r.id = d.round_id
        WHERE r.status IN ('awarded','unsold','cancelled') AND d.status <> 'released'
          AND (r.status <> 'awarded' OR d.entry_id <> r.winner_id)""",
    "a contract counts once, and only when confirmed": """
        SELECT e.id::text FROM deal_evidence e
        LEFT JOIN deal_transaction t ON t.evidence_id = e.id AND t.kind = 'completion'
        WHERE e.kind = 'contract' AND (e.status = 'confirmed') <> (t.id IS NOT NULL)""",
    "a reversal is equal and opposite to what it reverses": """
        SELECT r.id::text FROM deal_transaction r JOIN deal_transaction t ON t.id = r.reverses_id
        WHERE r.amount <> -t.amount OR r.currency <> t.currency OR r.deal_id <> t.deal_id""",
    "the evidence level of a deal is backed by confirmed evidence": """
        SELECT d.id::text FROM deal d WHERE d.evidence_level <>
          coalesce((SELECT max(e.level) FROM deal_evidence e WHERE e.deal_id = d.id AND e.status = 'confirmed'), 0)""",
    "the evidence level of a listing is that of its best deal": """
        SELECT l.id::text FROM listing l WHERE l.evidence_level IS DISTINCT FROM
          (SELECT max(d.evidence_level) FROM deal d WHERE d.listing_id = l.id)""",
    "a need has at most one winner, and is closed with it": """
        SELECT n.id::text FROM need n FULL JOIN (SELECT need_id, id FROM proposal WHERE status = 'accepted') p
          ON p.need_id = n.id
        WHERE n.winner_id IS DISTINCT FROM p.id OR (p.id IS NOT NULL AND n.status <> 'closed')""",
    "whoever was let in to a need has the consent of both sides": """
        SELECT r.need_id::text FROM need_reveal r WHERE r.what = 'matched' AND NOT EXISTS
          (SELECT 1 FROM proposal p WHERE p.need_id = r.need_id AND p.org_id = r.org_id
           AND p.asker_consented_at IS NOT NULL AND p.proposer_consented_at IS NOT NULL)""",
    "ratings are published when both are there or their window is over": """
        SELECT p.id::text FROM rating_pair p WHERE (SELECT count(*) FROM rating r WHERE r.pair_id = p.id) NOT IN (1, 2)
          OR (p.status = 'published' AND p.status_at < p.closes_at
              AND (SELECT count(*) FROM rating r WHERE r.pair_id = p.id) <> 2)
          OR (p.status = 'open' AND (SELECT count(*) FROM rating r WHERE r.pair_id = p.id) = 2)""",
    "only those who took part in a deal with a contract rate each other": """
        SELECT r.id::text FROM rating r JOIN rating_pair p ON p.id = r.pair_id JOIN deal d ON d.id = p.deal_id
        WHERE d.evidence_level < 2 OR p.party_org_id NOT IN (d.seller_org_id, d.buyer_org_id)
          OR (r.rater_org_id, r.ratee_org_id) NOT IN
            ((p.provider_org_id, p.party_org_id), (p.party_org_id, p.provider_org_id))
          OR NOT EXISTS (SELECT 1 FROM deal_participant q WHERE q.deal_id = d.id AND q.org_id = p.provider_org_id
            AND q.capacity = p.capacity)""",
    "an active mandate bears both signatures of its newest text": """
        SELECT m.id::text FROM mandate m JOIN mandate_version v ON v.mandate_id = m.id AND v.version = m.version
        WHERE m.status IN ('active', 'ended') AND (SELECT count(*) FROM mandate_signature s
          WHERE s.mandate_id = m.id AND s.version = m.version AND s.sha256 = v.sha256
          AND s.org_id IN (m.client_org_id, m.broker_org_id)) <> 2""",
    "an exclusive mandate for everything stands alone on its side": """
        SELECT a.id::text FROM mandate a JOIN mandate b ON b.client_org_id = a.client_org_id AND b.side = a.side
          AND b.id <> a.id AND b.status = 'active' AND b.starts_on <= a.ends_on AND a.starts_on <= b.ends_on
        WHERE a.status = 'active' AND a.exclusive AND a.terms -> 'scope' ->> 'kind' = 'everything'""",
    "the merit of a deal's side is shared out whole": """
        SELECT deal_id::text FROM attribution GROUP BY deal_id, side HAVING sum(basis_points) <> 10000""",
    "the parts of a commission add up to it": """
        SELECT c.id::text FROM commission c WHERE c.amount <>
          (SELECT coalesce(sum((p ->> 'amount')::bigint), 0) FROM jsonb_array_elements(c.detail -> 'parts') p)""",
    "an introduction has its seal, of its own moment": """
        SELECT i.id::text FROM introduction i LEFT JOIN introduction_seal s ON s.introduction_id = i.id
        WHERE s.sealed_at IS DISTINCT FROM i.sealed_at""",
    "all that has a history stands where it says": """
        SELECT s.id::text FROM (SELECT id, status FROM listing UNION ALL SELECT id, status FROM deal
          UNION ALL SELECT id, status FROM need UNION ALL SELECT id, status FROM proposal
          UNION ALL SELECT id, status FROM approval_request UNION ALL SELECT id, status FROM memorandum
          UNION ALL SELECT id, status FROM offer UNION ALL SELECT id, status FROM enterprise_profile
          UNION ALL SELECT id, status FROM public_round UNION ALL SELECT id, status FROM round_entry
          UNION ALL SELECT id, status FROM round_deposit UNION ALL SELECT id, status FROM profile_campaign
          UNION ALL SELECT id, status FROM match
          UNION ALL SELECT id, status FROM match_side UNION ALL SELECT id, status FROM match_weights
          UNION ALL SELECT id, status FROM provider UNION ALL SELECT id, status FROM provider_licence
          UNION ALL SELECT id, status FROM rating_pair UNION ALL SELECT id, status FROM rating
          UNION ALL SELECT id, status FROM desk_message UNION ALL SELECT id, status FROM desk_task
          UNION ALL SELECT id, status FROM mandate UNION ALL SELECT id, status FROM introduction
          UNION ALL SELECT id, status FROM introduction_claim
          UNION ALL SELECT id, status FROM organisation WHERE source IS NULL) s
        WHERE s.status IS DISTINCT FROM (SELECT c.to_state FROM state_change c WHERE c.subject_id = s.id
          ORDER BY c.id DESC LIMIT 1)""",
    "each move of a history starts where the one before it ended": """
        SELECT subject_id::text FROM (SELECT subject_id, from_state,
          lag(to_state) OVER (PARTITION BY subject_id ORDER BY id) AS previous FROM state_change) c
        WHERE from_state IS DISTINCT FROM previous AND NOT (previous IS NULL AND EXISTS
          (SELECT 1 FROM organisation o WHERE o.id = c.subject_id AND o.source IS NOT NULL))""",
    "every move stands in the audit log": """
        SELECT c.subject_id::text FROM state_change c WHERE NOT EXISTS (SELECT 1 FROM audit_entry a
          WHERE a.subject_id = c.subject_id::text AND a.action = c.workflow || '.' || c.action)""",
    "every listing has its owners, rights and offers in order": """
        SELECT listing_id::text FROM listing_offer GROUP BY listing_id HAVING max(position) <> count(*) - 1
        UNION ALL SELECT listing_id::text FROM listing_right GROUP BY listing_id HAVING max(position) <> count(*) - 1
        UNION ALL
        SELECT listing_id::text FROM listing_owner GROUP BY listing_id HAVING max(position) <> count(*) - 1""",
    "a published listing was reviewed, imported or part of the demo": """
        SELECT l.id::text FROM listing l WHERE l.status IN ('published','reserved','transferred')
          AND NOT EXISTS
            (SELECT 1 FROM state_change c WHERE c.subject_id = l.id AND c.action IN ('approve','import'))""",
    "a figure of a sector rests on five enterprises or more": """
        SELECT c.id::text FROM profile_comparison c
        WHERE c.members < 5 OR c.members <> (SELECT count(*) FROM jsonb_object_keys(c.cohort))""",
    "the messages of a deal are numbered without a gap": """
        SELECT deal_id::text FROM desk_message GROUP BY deal_id HAVING max(seq) <> count(*)""",
    "nobody has read further than was written": """
        SELECT k.deal_id::text FROM desk_mark k WHERE k.seq > coalesce(
          (SELECT max(m.seq) FROM desk_message m WHERE m.deal_id = k.deal_id AND m.channel = k.channel), 0)""",
    "what is kept inside a side was written by that side": """
        SELECT m.id::text FROM desk_message m WHERE m.channel <> 'all' AND NOT EXISTS (SELECT 1 FROM deal_participant p
          WHERE p.deal_id = m.deal_id AND p.org_id = m.org_id AND p.capacity IN (m.channel, m.channel || '_broker'))""",
    "an organisation with members keeps an owner": """
        SELECT org_id::text FROM membership GROUP BY org_id HAVING NOT bool_or(role = 'owner')""",
}


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    holds: bool
    detail: str = ""


async def check() -> list[Finding]:
    """Every rule, and the audit chain."""
    found = []
    async with db.reading() as session:
        connection = await session.connection()
        for name, sql in RULES.items():
            rows = (await connection.exec_driver_sql(sql)).fetchmany(5)
            found.append(Finding(name, not rows, ", ".join(str(r[0]) for r in rows)))
    verdict = await audit.verify()
    found.append(Finding("the audit log is an unbroken chain", verdict.sound, verdict.why))
    return found

"""What public rounds put into calendars and lists of deadlines of the deals over their listing; columns as of offers.

All of it is public, so everybody in those deals reads it.
"""

_ROUNDS = """
    SELECT d.id AS deal_id, r.id AS subject_id, r.{at} AS at, r.status IN ({live}) AND d.status <> 'closed' AS live,
      CASE WHEN d.status = 'closed' THEN greatest(r.status_at, d.status_at) ELSE r.status_at END AS changed_at,
      'all' AS audience, NULL AS title
    FROM public_round r JOIN deal d ON d.listing_id = r.listing_id AND d.opened_at <= r.ends_at
    WHERE r.kind {kind} 'announcement' AND r.announced_at IS NOT NULL
"""
DATED_ANNOUNCEMENTS = _ROUNDS.format(at="ends_at", kind="=", live="'announced'")
DATED_OPENINGS = _ROUNDS.format(at="opens_at", kind="<>", live="'announced'")
DATED_BIDDING = _ROUNDS.format(at="ends_at", kind="<>", live="'announced','open'")

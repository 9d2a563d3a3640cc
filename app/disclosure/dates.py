"""What agreements and data rooms put into calendars and lists of deadlines; the columns are those of offers."""

DATED_NDAS = """
    SELECT deal_id, id AS subject_id, expires_at AS at, status = 'in_force' AS live, status_at AS changed_at,
      'sides' AS audience, NULL AS title
    FROM nda WHERE expires_at IS NOT NULL AND status <> 'expired'
"""
DATED_GRANTS = """
    SELECT deal_id, id AS subject_id, expires_at AS at, revoked_at IS NULL AS live,
      coalesce(revoked_at, g.at) AS changed_at, 'sides' AS audience, NULL AS title
    FROM room_grant g WHERE expires_at IS NOT NULL
"""

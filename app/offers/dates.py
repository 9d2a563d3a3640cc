"""What offers put into calendars and lists of deadlines."""

# Columns of a source of dates: deal_id, subject_id, at, live, changed_at, audience (all | sides | seller | buyer, or
# the id of one organisation as text), title (confidential words, or NULL).
DATED = """
    SELECT deal_id, id AS subject_id, valid_until AS at, status = 'open' AS live, status_at AS changed_at,
      'sides' AS audience, NULL AS title
    FROM offer WHERE status <> 'expired'
"""
# The end of a memorandum is a day; after it each side owes an outcome.
DATED_MEMORANDA = """
    SELECT deal_id, id AS subject_id, (expires_on + time '23:59') AT TIME ZONE 'Asia/Ho_Chi_Minh' AS at,
      status IN ('confirmed', 'due') AS live, status_at AS changed_at, 'sides' AS audience, NULL AS title
    FROM memorandum WHERE expires_on IS NOT NULL AND status <> 'proposed'
"""

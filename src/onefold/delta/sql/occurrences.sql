-- Events or purchases, each with the reason why it is not sent now; no reason: it is.
-- Grain: one row a request object. Columns: occurrences' own, and _held.
-- Reads occurrences (_identifier, row, user, time, hash, _since, _resend), known (_identifier, row,
-- hash, _unsettled), quarantined (_identifier, user, hash), waiting (_identifier of profiles).
-- A row of a large quantity is several objects: it is changed when any of them was sent otherwise.
WITH told AS (
  SELECT "row", min("hash") AS said
  FROM known
  GROUP BY "row"
),

refused AS (
  SELECT DISTINCT _identifier, "user", "hash"
  FROM quarantined
)

SELECT
  o.*,
  CASE
    WHEN NOT k._identifier IS NULL AND k._unsettled AND NOT o._resend THEN 'unsettled'
    WHEN t.said <> o."hash" THEN 'changed'
    WHEN NOT k._identifier IS NULL AND NOT k._unsettled THEN 'sent'
    WHEN o."time" < o._since THEN 'too_old'
    WHEN o."time" > CAST(:as_of AS TIMESTAMPTZ) THEN 'not_yet_due'
    WHEN NOT r._identifier IS NULL THEN 'quarantined'
    WHEN NOT w._identifier IS NULL THEN 'waiting'
  END AS _held
FROM occurrences AS o
LEFT JOIN known AS k ON k._identifier = o._identifier
LEFT JOIN told AS t ON t."row" = o."row"
LEFT JOIN refused AS r
  ON r._identifier = o._identifier AND r."user" = o."user" AND r."hash" = o."hash"
LEFT JOIN waiting AS w ON w._identifier = o."user"

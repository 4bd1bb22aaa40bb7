-- Values that should belong to few people, record by record.
-- Grain: one row a record and value. Columns: semantic, value (normalised), bearer (a number for
-- the first given name and the surname; NULL without a given name).
-- Reads _stitch_matching, _stitch_keys.
WITH bearing AS (
  SELECT
    rid,
    email,
    phone,
    birthdate,
    CASE WHEN given IS NOT NULL
      THEN hash(split_part(given, ' ', 1), coalesce(surname, '')) END AS bearer
  FROM _stitch_matching
)

SELECT 'email' AS semantic, email AS value, bearer FROM bearing WHERE email IS NOT NULL
UNION ALL
SELECT 'phone', phone, bearer FROM bearing WHERE phone IS NOT NULL
UNION ALL
SELECT k.tag, k.value, b.bearer
FROM _stitch_keys AS k
JOIN bearing AS b ON b.rid = k.rid
WHERE starts_with(k.tag, 'fk-')
UNION ALL
SELECT 'birthdate', CAST(birthdate AS VARCHAR), bearer FROM bearing WHERE birthdate IS NOT NULL

-- What became of every person of this run and the last.
-- Grain: one row a person. Columns: person_id, change, previous_ids (whose records it holds).
-- created: no record was known · unchanged: the same records · merged: records of several persons
-- split: one previous person's records are now several persons' · updated: other records of one
-- person · retired: the id is no longer used (aliases say where it leads, if anywhere).
-- Reads _stitch_persons, _stitch_overlaps, _stitch_previous.
WITH before AS (
  SELECT person_id, count(*) AS records FROM _stitch_previous GROUP BY person_id
),

origins AS (
  SELECT
    cluster,
    list(person_id ORDER BY person_id) AS previous_ids,
    sum(records) AS records,
    max(parts) > 1 AS shared
  FROM (
    SELECT *, count(*) OVER (PARTITION BY person_id) AS parts FROM _stitch_overlaps
  ) AS overlapping
  GROUP BY cluster
)

SELECT
  p.person_id,
  CASE
    WHEN o.cluster IS NULL THEN 'created'
    WHEN len(o.previous_ids) > 1 THEN 'merged'
    WHEN o.shared THEN 'split'
    WHEN p.records = o.records AND b.records = o.records THEN 'unchanged'
    ELSE 'updated'
  END AS change,
  coalesce(o.previous_ids, CAST([] AS VARCHAR[])) AS previous_ids
FROM _stitch_persons AS p
LEFT JOIN origins AS o ON o.cluster = p.cluster
LEFT JOIN before AS b ON b.person_id = p.person_id
UNION ALL
SELECT b.person_id, 'retired', CAST([] AS VARCHAR[])
FROM before AS b
ANTI JOIN _stitch_persons AS p ON p.person_id = b.person_id

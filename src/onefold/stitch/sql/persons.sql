-- The person id of every cluster: kept where the matching kept one, else new.
-- Grain: one row a cluster. Columns: cluster, person_id, records, kept (BOOLEAN).
-- A new id is a UUID version 7: the run's instant, then a hash of the run's id and the ordinal of
-- the cluster among the new ones. Nothing of the records is in it.
-- Reads _stitch_labels, _stitch_clean, _stitch_kept (cluster, person_id).
-- Parameters: $run, $as_of_ms (milliseconds since 1970).
WITH clusters AS (
  SELECT l.cluster, min(c.token) AS token, count(*) AS records
  FROM _stitch_labels AS l
  JOIN _stitch_clean AS c ON c.rid = l.rid
  GROUP BY l.cluster
),

numbered AS (
  SELECT
    c.cluster,
    c.records,
    k.person_id,
    md5($run || ':' || row_number() OVER (PARTITION BY k.person_id IS NULL ORDER BY c.token))
      AS digest
  FROM clusters AS c
  LEFT JOIN _stitch_kept AS k ON k.cluster = c.cluster
)

SELECT
  cluster,
  coalesce(
    person_id,
    concat_ws('-',
      left(printf('%012x', $as_of_ms), 8),
      right(printf('%012x', $as_of_ms), 4),
      '7' || substr(digest, 1, 3),
      substr('89ab', 1 + ascii(substr(digest, 4, 1)) % 4, 1) || substr(digest, 5, 3),
      substr(digest, 8, 12)
    )
  ) AS person_id,
  records,
  person_id IS NOT NULL AS kept
FROM numbered

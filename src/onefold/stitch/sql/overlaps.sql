-- Which persons of the last run the records of each cluster had.
-- Grain: one row a cluster and previous person. Columns: cluster, person_id, records, settled (each
-- has only the other), preference (from 0: the greatest overlap first, then the older person),
-- cluster_no, person_no (both from 0, among those not settled).
-- Reads _stitch_labels, _stitch_records, _stitch_clean, _stitch_previous (datasource, pk,
-- person_id).
WITH overlaps AS (
  SELECT l.cluster, p.person_id, count(*) AS records, min(c.token) AS token
  FROM _stitch_previous AS p
  JOIN _stitch_records AS r ON r.datasource = p.datasource AND r.pk = p.pk
  JOIN _stitch_labels AS l ON l.rid = r.rid
  JOIN _stitch_clean AS c ON c.rid = r.rid
  GROUP BY l.cluster, p.person_id
),

counted AS (
  SELECT
    *,
    count(*) OVER (PARTITION BY cluster) = 1 AND count(*) OVER (PARTITION BY person_id) = 1
      AS settled
  FROM overlaps
)

SELECT
  cluster,
  person_id,
  records,
  settled,
  row_number() OVER (PARTITION BY settled ORDER BY records DESC, person_id, token) - 1
    AS preference,
  dense_rank() OVER (PARTITION BY settled ORDER BY cluster) - 1 AS cluster_no,
  dense_rank() OVER (PARTITION BY settled ORDER BY person_id) - 1 AS person_no
FROM counted

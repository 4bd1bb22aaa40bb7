-- Records without a given name join the one person that bears their e-mail address (or phone).
-- Grain: one row a pair. Columns: a (without a name), b (rid). Each unnamed cluster gets at most
-- one person, so that a mailbox never chains the members of a family together.
-- Reads _stitch_clean, _stitch_labels (rid, cluster). :value is the column to go by.
WITH clusters AS (
  SELECT l.cluster, count(c.given) > 0 AS named
  FROM _stitch_labels AS l
  JOIN _stitch_clean AS c ON c.rid = l.rid
  GROUP BY l.cluster
),

bearers AS (
  SELECT c.rid, c.token, c.surname, :value AS value, l.cluster, k.named
  FROM _stitch_clean AS c
  JOIN _stitch_labels AS l ON l.rid = c.rid
  JOIN clusters AS k ON k.cluster = l.cluster
  WHERE :value IS NOT NULL
),

owners AS (
  SELECT value, any_value(cluster) AS cluster, arg_min(rid, token) AS rid,
    list(DISTINCT surname) FILTER (WHERE surname IS NOT NULL) AS surnames
  FROM bearers
  WHERE named
  GROUP BY value
  HAVING min(cluster) = max(cluster)
),

claims AS (
  SELECT b.cluster, b.rid AS a, o.rid AS b, o.cluster AS owner
  FROM bearers AS b
  JOIN owners AS o ON o.value = b.value
  WHERE NOT b.named
    AND (b.surname IS NULL OR o.surnames IS NULL OR list_contains(o.surnames, b.surname))
)

SELECT a, b
FROM claims
QUALIFY min(owner) OVER (PARTITION BY cluster) = max(owner) OVER (PARTITION BY cluster)

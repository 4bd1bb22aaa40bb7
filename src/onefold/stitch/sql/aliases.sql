-- Where the ids of persons that are no more lead to.
-- Grain: one row an old id. Columns: old_person_id, person_id (lives), run, reason (merge: all its
-- records went to one person; split: to several, and most of them to this one).
-- Aliases of earlier runs follow; those that lead to nobody are dropped.
-- Reads _stitch_overlaps, _stitch_persons, _stitch_previous_aliases. Parameter: $run.
WITH lost AS (
  SELECT
    o.person_id AS old_person_id,
    p.person_id,
    $run AS run,
    CASE WHEN count(*) OVER (PARTITION BY o.person_id) > 1 THEN 'split' ELSE 'merge' END AS reason
  FROM _stitch_overlaps AS o
  JOIN _stitch_persons AS p ON p.cluster = o.cluster
  ANTI JOIN _stitch_kept AS living ON living.person_id = o.person_id
  QUALIFY row_number() OVER (PARTITION BY o.person_id ORDER BY o.preference) = 1
)

SELECT old_person_id, person_id, run, reason FROM lost
UNION ALL
SELECT a.old_person_id, coalesce(l.person_id, p.person_id), a.run, a.reason
FROM _stitch_previous_aliases AS a
LEFT JOIN lost AS l ON l.old_person_id = a.person_id
LEFT JOIN _stitch_persons AS p ON p.person_id = a.person_id
WHERE coalesce(l.person_id, p.person_id) IS NOT NULL

-- Clusters that keep a person id of the last run.
-- Grain: one row a cluster. Columns: cluster, person_id.
-- Reads _stitch_overlaps, _stitch_taken (preference: of the overlaps not settled).
SELECT cluster, person_id FROM _stitch_overlaps WHERE settled
UNION ALL
SELECT o.cluster, o.person_id
FROM _stitch_overlaps AS o
JOIN _stitch_taken AS t ON t.preference = o.preference
WHERE NOT o.settled

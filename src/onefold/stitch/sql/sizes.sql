-- Grain: one row. Columns: records, persons, largest (records of a person), supersized (persons
-- with more records than $limit), churned (share of known records whose person id is another).
SELECT
  coalesce(sum(records), 0) AS records,
  count(*) AS persons,
  coalesce(max(records), 0) AS largest,
  count(*) FILTER (WHERE records > $limit) AS supersized,
  coalesce((
    SELECT sum(o.records) FILTER (WHERE p.person_id <> o.person_id) / sum(o.records)
    FROM _stitch_overlaps AS o
    JOIN _stitch_persons AS p ON p.cluster = o.cluster
  ), 0) AS churned
FROM _stitch_persons

-- How often values occur. Grain: one row a value. Columns: semantic, value, records, named (records
-- with a bearer), differ (two of the bearers are different).
-- Reads _stitch_borne, _stitch_matching.
SELECT
  semantic,
  value,
  count(*) AS records,
  count(bearer) AS named,
  min(bearer) <> max(bearer) AS differ
FROM _stitch_borne
GROUP BY semantic, value
UNION ALL
SELECT 'given_name', given, count(*), 0, false
FROM _stitch_matching
WHERE given IS NOT NULL
GROUP BY given
UNION ALL
SELECT 'surname', surname, count(*), 0, false
FROM _stitch_matching
WHERE surname IS NOT NULL
GROUP BY surname

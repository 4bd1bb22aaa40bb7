-- Values that must not link records.
-- Grain: one row a value. Columns: semantic, value (normalised), records, bearers (different names
-- under which it is borne; 0 when nobody counted them), reason (the first that holds).
-- Reads _stitch_crowded, _stitch_placeholders, _stitch_odd_birthdates, _stitch_counted,
-- _stitch_listed (semantic, value, verdict: deny or allow).
-- Parameter: $find (false: only what is denied).
WITH suspects AS (
  SELECT semantic, value, records, 0 AS bearers, 'placeholder' AS reason, 2 AS priority
  FROM _stitch_placeholders
  UNION ALL
  SELECT 'birthdate', value, records, bearers, reason, 2 FROM _stitch_odd_birthdates
  UNION ALL
  SELECT semantic, value, records, bearers, 'borne by too many people', 3 FROM _stitch_crowded
),

bad AS (
  SELECT s.semantic, s.value, s.records, s.bearers, s.reason, s.priority
  FROM suspects AS s
  ANTI JOIN _stitch_listed AS l
    ON l.semantic = s.semantic AND l.value = s.value AND l.verdict = 'allow'
  WHERE $find
  UNION ALL
  SELECT l.semantic, l.value, coalesce(c.records, 0), 0, 'denied by stitch.yaml', 1
  FROM _stitch_listed AS l
  LEFT JOIN _stitch_counted AS c ON c.semantic = l.semantic AND c.value = l.value
  WHERE l.verdict = 'deny'
)

SELECT semantic, value, records, bearers, reason
FROM bad
QUALIFY row_number() OVER (PARTITION BY semantic, value ORDER BY priority) = 1

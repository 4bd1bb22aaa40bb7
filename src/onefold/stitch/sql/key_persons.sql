-- Keys and e-mail addresses that lead to exactly one person.
-- Grain: one row a tag and value. Columns: tag, value (normalised), person_id.
-- Reads _stitch_clean, _stitch_clean_keys, _stitch_labels, _stitch_persons.
SELECT borne.tag, borne.value, any_value(p.person_id) AS person_id
FROM (
  SELECT rid, 'email' AS tag, email AS value FROM _stitch_clean WHERE email IS NOT NULL
  UNION ALL
  SELECT rid, tag, value FROM _stitch_clean_keys WHERE starts_with(tag, 'fk-')
) AS borne
JOIN _stitch_labels AS l ON l.rid = borne.rid
JOIN _stitch_persons AS p ON p.cluster = l.cluster
GROUP BY borne.tag, borne.value
HAVING min(l.cluster) = max(l.cluster)

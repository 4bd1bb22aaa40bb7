-- JSON, kept as its text.
-- In: given(raw VARCHAR, trimmed, never blank). Columns: value VARCHAR; reason VARCHAR.
SELECT
  CASE WHEN json_valid(raw) THEN raw END AS value,
  'not valid JSON' AS reason
FROM given

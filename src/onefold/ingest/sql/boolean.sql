-- A boolean from text.
-- In: given(raw VARCHAR, trimmed, never blank). Columns: value BOOLEAN; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_full_match(raw, '(?i)true|t|yes|y|1') THEN TRUE
    WHEN regexp_full_match(raw, '(?i)false|f|no|n|0') THEN FALSE
  END AS value,
  'not a boolean (true, false, yes, no, 1 or 0)' AS reason
FROM given

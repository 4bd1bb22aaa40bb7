-- A string of at most `:length` characters: as delivered, never cut.
-- In: given(raw VARCHAR, never blank); :length. Columns: value VARCHAR; reason VARCHAR.
SELECT
  CASE WHEN length(raw) <= :length THEN raw END AS value,
  'longer than ' || :length || ' characters' AS reason
FROM given

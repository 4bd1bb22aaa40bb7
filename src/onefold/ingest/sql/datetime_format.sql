-- An instant from text in a strptime format, years 1 to 9999 (four digits where it says %Y).
-- In: given(raw VARCHAR, trimmed, never blank); :format; :digits, a regular expression; :clock,
--   what try_strptime gives; :instant, that made an instant.
-- Columns: value TIMESTAMP WITH TIME ZONE; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_matches(raw, :digits)
      AND year(:clock) BETWEEN 1 AND 9999
      THEN :instant
  END AS value,
  'not a date and time (' || :format || ')' AS reason
FROM given

-- A date from text in a strptime format, years 1 to 9999; a year of four digits is demanded
-- where the format says so, since 01/02/90 in %d/%m/%Y would be the year 90.
-- In: given(raw VARCHAR, trimmed, never blank); :format; :digits, a regular expression.
-- Columns: value DATE; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_matches(raw, :digits)
      AND year(try_strptime(raw, :format)) BETWEEN 1 AND 9999
      THEN CAST(try_strptime(raw, :format) AS DATE)
  END AS value,
  'not a date (' || :format || ')' AS reason
FROM given

-- A date from ISO 8601 text, years 1 to 9999; a time of day is fine when it is midnight.
-- In: given(raw VARCHAR, trimmed, never blank). Columns: value DATE; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_full_match(
      raw, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00(\.0+)?)?Z?)?'
    ) AND left(raw, 4) <> '0000'
      THEN TRY_CAST(left(raw, 10) AS DATE)
  END AS value,
  CASE
    WHEN regexp_full_match(raw, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?')
      THEN 'not a date: it has a time of day'
    ELSE 'not a date (%Y-%m-%d)'
  END AS reason
FROM given

-- An instant from ISO 8601 text, years 1 to 9999; without an offset it is `:local`, its own local
-- time made an instant.
-- In: given(raw VARCHAR, trimmed, never blank); :local, see local_time.sql.
-- Columns: value TIMESTAMP WITH TIME ZONE; reason VARCHAR.
SELECT
  CASE
    WHEN left(raw, 4) = '0000' THEN NULL
    WHEN regexp_full_match(
      raw, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?)?'
    )
      THEN :local
    WHEN regexp_full_match(
      raw,
      '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)? ?(Z|UTC|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)'
    )
      THEN TRY_CAST(
        replace(replace(replace(replace(raw, ',', '.'), ' UTC', 'Z'), ' +', '+'), ' -', '-')
        AS TIMESTAMP WITH TIME ZONE
      )
  END AS value,
  'not a date and time (ISO 8601)' AS reason
FROM given

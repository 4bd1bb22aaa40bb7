-- A whole number of 64 bits from text; `5.0` is one, `5.5`, `1e3` and `0x10` are not.
-- In: given(raw VARCHAR, trimmed, never blank). Columns: value BIGINT; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_full_match(raw, '[+-]?[0-9]+(\.0*)?')
      THEN TRY_CAST(split_part(raw, '.', 1) AS BIGINT)
  END AS value,
  CASE
    WHEN regexp_full_match(raw, '[+-]?[0-9]+(\.0*)?') THEN 'beyond the integers of 64 bits'
    ELSE 'not an integer'
  END AS reason
FROM given

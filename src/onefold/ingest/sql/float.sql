-- A finite number of 64 bits from text; infinities and NaN are refused.
-- In: given(raw VARCHAR, trimmed, never blank). Columns: value DOUBLE; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_full_match(raw, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')
      AND isfinite(TRY_CAST(raw AS DOUBLE))
      THEN TRY_CAST(raw AS DOUBLE)
  END AS value,
  'not a finite number' AS reason
FROM given

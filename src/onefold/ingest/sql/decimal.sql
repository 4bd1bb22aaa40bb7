-- A decimal from text, exact: more digits after the point than the scale are refused, zeros apart.
-- In: given(raw VARCHAR, trimmed, never blank); :scale; :whole, digits before the point. The type
--   of the cast is replaced by the field's.
-- Columns: value DECIMAL; reason VARCHAR.
SELECT
  CASE
    WHEN regexp_full_match(raw, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)')
      AND length(rtrim(split_part(raw, '.', 2), '0')) <= :scale
      THEN TRY_CAST(raw AS DECIMAL(38, 0))
  END AS value,
  CASE
    WHEN NOT regexp_full_match(raw, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)')
      THEN 'not a decimal number'
    WHEN length(rtrim(split_part(raw, '.', 2), '0')) > :scale
      THEN 'more digits after the point than ' || :scale
    ELSE 'more digits before the point than ' || :whole
  END AS reason
FROM given

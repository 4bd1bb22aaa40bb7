-- Birthdates that cannot be, or that stand far above their year and all other days.
-- Grain: one row a birthdate. Columns: value, records, bearers, reason.
-- Reads _stitch_borne. Parameters: $as_of (DATE), $household.
WITH days AS (
  SELECT value, CAST(value AS DATE) AS day, count(*) AS records, count(DISTINCT bearer) AS bearers
  FROM _stitch_borne
  WHERE semantic = 'birthdate'
  GROUP BY value
)

SELECT
  value,
  records,
  bearers,
  CASE
    WHEN day > CAST($as_of AS DATE) THEN 'in the future'
    WHEN day IN (DATE '1900-01-01', DATE '1899-12-31', DATE '0001-01-01', DATE '1800-01-01')
      THEN 'placeholder'
    WHEN bearers > $household + 10 * greatest(
        avg(bearers) OVER (),
        (sum(bearers) OVER (PARTITION BY date_part('year', day)) - bearers) / 365)
      THEN 'far more common than its neighbours'
  END AS reason
FROM days
QUALIFY reason IS NOT NULL

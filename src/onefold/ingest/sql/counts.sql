-- What became of the rows of each delivery.
-- Grain: one row per delivery that held a row. In: staged; fates(_delivery, fate).
-- Columns: _delivery INTEGER; read BIGINT; rejected BIGINT; superseded BIGINT.
SELECT
  found._delivery,
  found.read,
  found.rejected,
  coalesce(outdone.superseded, 0) AS superseded
FROM (
  SELECT _delivery, count(*) AS read, count(_problems) AS rejected FROM staged GROUP BY _delivery
) AS found
LEFT JOIN (
  SELECT _delivery, count(*) AS superseded
  FROM fates
  WHERE fate = 'superseded'
  GROUP BY _delivery
) AS outdone ON found._delivery = outdone._delivery

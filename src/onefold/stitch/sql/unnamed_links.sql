-- Records without a given name that share an e-mail address (or phone).
-- Grain: one row a pair. Columns: a, b (rid). Reads _stitch_clean. :value is the column to go by.
SELECT a, b
FROM (
  SELECT lag(rid) OVER (PARTITION BY :value, surname ORDER BY birthdate, token) AS a, rid AS b
  FROM _stitch_clean
  WHERE given IS NULL AND :value IS NOT NULL
) AS neighbours
WHERE a IS NOT NULL

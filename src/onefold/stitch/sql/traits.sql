-- Birthdates and generations as numbers.
-- Grain: one row a record that has either. Columns: rid, year, month, day, generation (INTEGER).
SELECT
  rid,
  CAST(date_part('year', birthdate) AS INTEGER) AS year,
  CAST(date_part('month', birthdate) AS INTEGER) AS month,
  CAST(date_part('day', birthdate) AS INTEGER) AS day,
  CAST(CASE generation WHEN 'sr' THEN 0 WHEN 'jr' THEN 1 WHEN 'ii' THEN 2 WHEN 'iii' THEN 3
    WHEN 'iv' THEN 4 END AS INTEGER) AS generation
FROM _stitch_clean
WHERE birthdate IS NOT NULL OR generation IS NOT NULL

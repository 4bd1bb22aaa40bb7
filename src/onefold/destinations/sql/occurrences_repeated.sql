-- grain: one row a row id that more than one written row bears
-- in:    written
-- out:   row, agreed (whether all of them say the same of the same profile)
SELECT
  "row",
  count(DISTINCT ("user", "hash")) = 1 AS agreed
FROM written
GROUP BY "row"
HAVING count(*) > 1

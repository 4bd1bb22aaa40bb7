-- grain: one row a request object
-- in:    written; repeated (row, agreed)
-- out:   written's columns, _identifier (the id of the object), part (how many of the quantity)
-- A row that says it twice is sent once. A quantity above :most becomes several objects; the first
-- has the row's own id, the others the id with a number behind it.
WITH once AS (
  SELECT
    written.*,
    row_number() OVER (
      PARTITION BY written."row" ORDER BY written._since, written._person_id
    ) AS turn
  FROM written
  SEMI JOIN repeated ON repeated."row" = written."row" AND repeated.agreed
),

alone AS (
  SELECT
    written.*,
    1 AS turn
  FROM written
  ANTI JOIN repeated ON repeated."row" = written."row"
),

numbered AS (
  SELECT
    sent.*,
    unnest(range(1, CAST((sent.quantity + :most - 1) // :most AS BIGINT) + 1)) AS number
  FROM (
    SELECT * FROM alone
    UNION ALL
    SELECT * FROM once WHERE turn = 1
  ) AS sent
  WHERE strlen(sent.properties) <= :most_bytes
)

SELECT
  *,
  CASE WHEN number = 1 THEN "row" ELSE "row" || '-' || number END AS _identifier,
  CAST(least(:most, quantity - :most * (number - 1)) AS INTEGER) AS part
FROM numbered

SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
WHERE
  (
    "person"."seen" >= CAST('2026-03-02 00:00:00-05:00' AS TIMESTAMPTZ)
    AND "person"."seen" < CAST('2026-03-03 00:00:00-05:00' AS TIMESTAMPTZ)
  )
  OR (
    "person"."seen" >= CAST('2026-03-29 00:00:00-04:00' AS TIMESTAMPTZ)
    AND "person"."seen" < CAST('2026-03-31 00:00:00-04:00' AS TIMESTAMPTZ)
  )
  OR "person"."seen" < CAST('2025-03-30 00:00:00-04:00' AS TIMESTAMPTZ)
  OR "person"."seen" >= CAST('2026-07-04 12:00:00-04:00' AS TIMESTAMPTZ)
  OR "person"."born" = CAST('2000-02-29' AS DATE)
  OR "person"."joined" >= CAST('2026-03-08 00:00:00-05:00' AS TIMESTAMPTZ)
  OR "person"."joined" < CAST('2020-01-02 00:00:00-05:00' AS TIMESTAMPTZ)

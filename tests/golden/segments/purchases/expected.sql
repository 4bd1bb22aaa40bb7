SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
WHERE
  EXISTS(
    SELECT
      1
    FROM "unified_itemized_transactions" AS "r"
    WHERE
      "r"."person_id" = "person"."person_id"
      AND "r"."purchase_brand" = 'shop'
      AND "r"."product_category" IN ('shoes', 'boots')
      AND "r"."order_datetime" >= CAST('2026-02-01 00:00:00+01:00' AS TIMESTAMPTZ)
      AND "r"."order_datetime" < CAST('2026-03-02 00:00:00+01:00' AS TIMESTAMPTZ)
      AND NOT COALESCE("r"."is_return", FALSE)
      AND NOT COALESCE("r"."is_cancellation", FALSE)
  )
  OR EXISTS(
    SELECT
      1
    FROM "unified_itemized_transactions" AS "r"
    WHERE
      "r"."person_id" = "person"."person_id"
      AND "r"."store_id" = 'paris-1'
      AND NOT COALESCE("r"."is_return", FALSE)
      AND NOT COALESCE("r"."is_cancellation", FALSE)
    GROUP BY
      "r"."person_id"
    HAVING
      COUNT(DISTINCT "r"."order_id") >= 2 AND SUM("r"."item_revenue") >= 100
  )

SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
LEFT JOIN "transaction_attributes_extended"
  USING ("person_id")
WHERE
  "transaction_attributes_extended"."lifetime_order_revenue" >= 500
  AND "transaction_attributes_extended"."latest_order_datetime" < CAST('2025-12-01 00:00:00+01:00' AS TIMESTAMPTZ)
  AND (
    EXISTS(
      SELECT
        1
      FROM "segments"."loyalty_members" AS "r"
      WHERE
        "r"."person_id" = "person"."person_id"
    )
    OR EXISTS(
      SELECT
        1
      FROM "lists"."vip_evening" AS "r"
      WHERE
        "r"."person_id" = "person"."person_id"
    )
  )
  AND EXISTS(
    SELECT
      1
    FROM "email_opt_status" AS "r"
    WHERE
      "r"."person_id" = "person"."person_id"
      AND "r"."brand" = 'shop'
      AND "r"."is_email_opted_in"
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM "unified_itemized_transactions" AS "r"
    WHERE
      "r"."person_id" = "person"."person_id"
      AND "r"."product_category" = 'shoes'
      AND "r"."order_datetime" >= CAST('2026-01-30 00:00:00+01:00' AS TIMESTAMPTZ)
      AND "r"."order_datetime" < CAST('2026-03-02 00:00:00+01:00' AS TIMESTAMPTZ)
      AND NOT COALESCE("r"."is_return", FALSE)
      AND NOT COALESCE("r"."is_cancellation", FALSE)
  )

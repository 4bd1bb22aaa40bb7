SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
LEFT JOIN "profile"
  USING ("person_id")
WHERE
  NOT COALESCE(
    "person"."city" = 'Paris'
    OR NOT COALESCE("profile"."tier" IN ('gold', 'silver'), FALSE),
    FALSE
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM "visits" AS "r"
    WHERE
      "r"."person_id" = "person"."person_id"
      AND NOT COALESCE("r"."channel" = 'web', FALSE)
  )

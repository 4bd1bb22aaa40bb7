SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
WHERE
  "person"."city" IS DISTINCT FROM 'Paris'
  AND NOT COALESCE(CONTAINS("person"."city", 'on'), FALSE)
  AND NOT COALESCE("person"."city" IN ('Nice', 'Lille'), FALSE)
  AND NOT COALESCE("person"."age" BETWEEN 18 AND 30, FALSE)
  AND NOT COALESCE("person"."age" < 10, FALSE)
  AND NOT COALESCE("person"."wants_news", FALSE)

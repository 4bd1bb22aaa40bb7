SELECT
  "person"."person_id"
FROM "merged_customers" AS "person"
WHERE
  CONTAINS("person"."note", '50%')
  OR STARTS_WITH("person"."note", 'l''')
  OR ENDS_WITH("person"."note", '_x')
  OR (
    "person"."note" IS NULL OR "person"."note" = ''
  )
  OR "person"."note" = 'VIP'

/* onefold
title: Figures in Braze
description: One row a person, the occupation that most of their records name.
primary_key: person_id
tests:
  not_null: [external_id]
*/
WITH occupations AS (
  SELECT
    person_id,
    mode(occupation ORDER BY occupation) AS occupation,
    count(*) AS records
  FROM figures
  GROUP BY person_id
)
SELECT
  mc.person_id,
  mc.person_id AS external_id,
  mc.given_name AS first_name,
  mc.surname AS last_name,
  mc.birthdate,
  mc.city,
  mc.gender,
  o.occupation,
  o.records
FROM merged_customers AS mc
JOIN occupations AS o USING (person_id)

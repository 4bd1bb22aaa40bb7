/* onefold
title: Loyalty of a customer
description: One row a person with a loyalty card; of several cards, the one with most points.
primary_key: person_id
tests:
  accepted_values: {tier: [bronze, silver, gold]}
*/
WITH ranked AS (
  SELECT
    person_id,
    card_no,
    tier,
    points,
    balance_eur,
    joined_on,
    row_number() OVER (PARTITION BY person_id ORDER BY points DESC, card_no) AS place
  FROM loyalty_members
  WHERE person_id IS NOT NULL
)
SELECT
  person_id,
  card_no,
  tier,
  points,
  balance_eur,
  joined_on
FROM ranked
WHERE place = 1

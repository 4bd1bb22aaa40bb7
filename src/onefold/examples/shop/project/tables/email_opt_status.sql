/* onefold
title: E-mail opt-ins of a customer
description: >-
  One row a person and brand: may we write to the address that we would write to? Consent given
  for another address of the same person does not count.
primary_key: [person_id, brand]
*/
SELECT
  mc.person_id,
  oi.brand,
  max(mc.email) AS email,         -- [pii] The address we would write to
  bool_and(oi.opted_in) AS is_email_opted_in,
  max(oi.changed_at) AS changed_at
FROM merged_customers AS mc
JOIN email_optins AS oi ON lower(trim(oi.email)) = mc.email
GROUP BY mc.person_id, oi.brand

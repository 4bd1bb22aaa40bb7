/* onefold
title: Braze customer attributes
description: One row a person, with everything that Braze may be told of them.
primary_key: person_id
tests:
  not_null: [external_id]
  accepted_values: {gender: [M, F, O, N, P], loyalty_tier: [bronze, silver, gold]}
*/
SELECT
  mc.person_id,
  coalesce(mc.customer, mc.person_id) AS external_id, -- The id Braze already knows; ours only for people it has never seen
  mc.given_name AS first_name,                        -- [pii]
  mc.surname AS last_name,                            -- [pii]
  mc.email,                                           -- [pii] The address we may write to
  mc.phone,                                           -- [pii]
  mc.city,
  mc.country,
  mc.gender,
  nullif(mc.birthdate, DATE '1900-01-01') AS birthdate, -- [pii] The tills write 01/01/1900 for "unknown"
  cl.tier AS loyalty_tier,
  cl.points AS loyalty_points,
  cl.balance_eur AS loyalty_balance,
  cl.joined_on AS member_since,
  ta.lifetime_order_revenue,
  ta.l12m_order_frequency,
  round(CAST(ta.l12m_average_order_value AS DOUBLE), 2) AS l12m_average_order_value,
  ta.latest_order_datetime,
  ta.one_and_done,
  coalesce(ta.l12m_order_revenue, 0) >= :vip_revenue AS is_vip
FROM merged_customers AS mc
LEFT JOIN customer_loyalty AS cl USING (person_id)
LEFT JOIN transaction_attributes_extended AS ta USING (person_id)

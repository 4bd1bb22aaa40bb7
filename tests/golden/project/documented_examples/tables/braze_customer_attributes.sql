/* onefold
primary_key: person_id            # implies unique and not_null
tests:
  not_null: [external_id]
  accepted_values: {gender: [M, F, O, N, P]}
*/
-- tables/braze_customer_attributes.sql
SELECT
  mc.person_id,
  coalesce(mc.customer_no, mc.person_id) AS external_id,   -- the id Braze already knows; ours only for people it has never seen
  mc.given_name AS first_name,
  mc.email,                       -- [pii] The address we may write to
  ta.lifetime_order_revenue
FROM merged_customers mc
LEFT JOIN transaction_attributes_extended ta USING (person_id)

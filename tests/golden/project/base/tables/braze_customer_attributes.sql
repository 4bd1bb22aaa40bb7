/* onefold
primary_key: person_id
*/
SELECT person_id, customer_no AS external_id, given_name AS first_name, email, city, loyalty_tier
FROM merged_customers

SELECT person_id FROM merged_customers WHERE false

-- Whose each row of the day is. For measurement only; no feed reads it.
-- Grain: one row a key of a file (the parts of a key joined by |). Rows without a key are not here.

SELECT 'ecommerce_accounts' AS source, account_id AS key, i AS true_person
FROM account_records
WHERE version = 0 AND account_id IS NOT NULL
UNION ALL
SELECT 'pos_customers', customer_no, i
FROM pos_records
WHERE version = 0 AND customer_no IS NOT NULL
UNION ALL
SELECT 'loyalty_members', card_no, i
FROM member_records
WHERE version = 0 AND card_no IS NOT NULL
UNION ALL
SELECT 'email_optins', concat(email, '|', brand), i
FROM optin_records
WHERE version = 0 AND email IS NOT NULL
UNION ALL
SELECT DISTINCT 'order_items', concat(known_order_id, '|', line), i
FROM item_records
WHERE known_order_id IS NOT NULL;

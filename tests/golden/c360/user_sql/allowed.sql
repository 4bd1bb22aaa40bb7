-- Queries that people may write: each is parsed, bound and run on the small tables of the test.
SELECT person_id, email FROM merged_customers
----
SELECT count(*) AS people, country FROM merged_customers GROUP BY ALL ORDER BY people DESC
----
WITH buyers AS (SELECT person_id FROM unified_transactions WHERE order_revenue > 10)
SELECT mc.person_id, mc.email FROM merged_customers mc JOIN buyers USING (person_id)
----
WITH RECURSIVE days(d) AS (SELECT :today AS d UNION ALL SELECT d - 1 FROM days WHERE d > :today - 3)
SELECT d FROM days
----
-- a CTE may bear the name of the table that it narrows
WITH merged_customers AS (SELECT * FROM merged_customers WHERE email IS NOT NULL)
SELECT * FROM merged_customers
----
SELECT person_id FROM segments.vips UNION SELECT person_id FROM merged_customers
----
SELECT segments.vips.person_id FROM segments.vips
----
SELECT person_id FROM unified_transactions WHERE order_datetime >= now() - INTERVAL 30 DAY
----
SELECT current_date AS day, current_timestamp AS moment, localtimestamp AS local, today() AS again
----
SELECT person_id, order_revenue > :vip_revenue AS vip FROM unified_transactions
----
SELECT person_id, row_number() OVER (PARTITION BY person_id ORDER BY order_datetime) AS nth
FROM unified_transactions
QUALIFY nth = 1
----
SELECT person_id, list(order_id ORDER BY order_datetime) AS orders, arg_max(order_id, order_datetime) AS last
FROM unified_transactions
GROUP BY person_id
----
SELECT * EXCLUDE (email) REPLACE (upper(country) AS country) FROM merged_customers
----
SELECT person_id, tag FROM merged_customers, unnest(['a', 'b']) AS t(tag)
----
SELECT i FROM range(3) AS r(i) UNION ALL SELECT i FROM generate_series(1, 2) AS g(i)
----
SELECT json_extract_string('{"a": 1}', '$.a') AS a, '{"b": 2}' ->> 'b' AS b
----
SELECT list_transform([1, 2], lambda x : x + 1) AS more, {'a': 1}.a AS one, [1, 2, 3][2:] AS tail
----
SELECT regexp_matches(email, '^.+@shop') AS ours, email LIKE '%@%' AS valid, strftime(born, '%d/%m') AS birthday
FROM merged_customers
----
SELECT person_id, CASE WHEN born IS NULL THEN 'unknown' WHEN age(:now, born) < INTERVAL 18 YEAR THEN 'minor' ELSE 'adult' END AS grown
FROM merged_customers
----
SELECT a.person_id FROM merged_customers a WHERE EXISTS (SELECT 1 FROM unified_transactions t WHERE t.person_id = a.person_id)
----
SELECT * FROM (SELECT country, person_id FROM merged_customers) PIVOT (count(person_id) FOR country IN ('FR', 'DE'))
----
FROM merged_customers SELECT person_id LIMIT 1
----
SELECT md5(person_id) AS hashed, hash(person_id) % 10 AS bucket, try_cast(country AS INTEGER) AS n FROM merged_customers
----
(SELECT person_id FROM merged_customers) EXCEPT (SELECT person_id FROM segments.vips)
----
SELECT median(order_revenue) AS middle, quantile_cont(order_revenue, 0.9) AS high FROM unified_transactions
----
SELECT date_trunc('month', order_datetime) AS month, order_datetime AT TIME ZONE 'UTC' AS utc FROM unified_transactions

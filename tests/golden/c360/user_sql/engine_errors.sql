SELECT person_id, loyality_tier FROM merged_customers
--> tables/x.sql:1:19: no column loyality_tier in merged_customers; nearest: loyalty_tier
--> hint: write loyalty_tier
----
SELECT
  mc.person_id,
  mc.loyality_tier AS tier   -- as the shop spells it
FROM merged_customers mc
--> tables/x.sql:3:3: no column loyality_tier in merged_customers; nearest: loyalty_tier
--> hint: write loyalty_tier
----
SELECT person_id
FROM merged_customers mc
JOIN orders o USING (person_id)
WHERE mc.citty = 'Paris' AND o.revenue > 3
--> tables/x.sql:4:7: no column citty in merged_customers; nearest: city
--> hint: write city
----
SELECT mx.person_id FROM merged_customers mc
--> tables/x.sql:1:8: nothing in FROM is called mx
--> hint: use the alias that FROM gives the table
----
-- `city` is there inside, and not outside
WITH people AS (SELECT person_id, upper(city) AS town FROM merged_customers WHERE city > 'A')
SELECT person_id, city FROM people
--> tables/x.sql:3:19: no column city in people
--> hint: onefold show TABLE  lists a table's columns
----
SELECT person_id FROM merged_customers mc JOIN orders o ON mc.person_id = o.person_id
--> tables/x.sql:1:8: Ambiguous reference to column name "person_id" (use: 'mc.person_id' or 'o.person_id')
--> hint: write the table's alias before the column
----
SELECT person_id, sum(revenue) AS revenue, ordered_at FROM orders GROUP BY person_id
--> tables/x.sql:1:44: column "ordered_at" must appear in the GROUP BY clause or must be part of an aggregate function.
--> hint: add the column to GROUP BY, or take any_value(…) of it
----
SELECT city, count(*) AS n
FROM merged_customers
GROUP BY city
HAVING bornn > 3
--> tables/x.sql:4:8: column "bornn" must appear in the GROUP BY clause or be used in an aggregate function
--> hint: add the column to GROUP BY, or take any_value(…) of it
----
SELECT person_id,
       upper(revenue) AS loud
FROM orders
--> tables/x.sql:2:8: No function matches the given name and argument types 'upper(DECIMAL(2,1))'
--> hint: one of the arguments has another type: cast it, such as  CAST(x AS VARCHAR)
----
SELECT person_id + 1 + born AS x FROM merged_customers
--> tables/x.sql:1:8: No function matches the given name and argument types '+(VARCHAR, INTEGER_LITERAL)'
--> hint: one of the arguments has another type: cast it, such as  CAST(x AS VARCHAR)
----
SELECT CAST(city AS INTEGER) AS n FROM merged_customers
--> tables/x.sql:1:13: Could not convert string … to INT32 when casting from source column city
--> hint: a value of a row does not fit: TRY_CAST gives NULL for such values
----
SELECT person_id FROM merged_customers UNION SELECT person_id, city FROM merged_customers
--> tables/x.sql:1: Set operations can only apply to expressions with the same number of result columns
--> hint: both sides of a UNION need the same number of columns
----
SELECT a.person_id FROM merged_customers a JOIN orders b USING (customer)
--> tables/x.sql:1:65: no column customer
--> hint: onefold show TABLE  lists a table's columns
----
SELECT person_id FROM merged_customers WHERE count(*) > 1
--> tables/x.sql:1:46: WHERE clause cannot contain aggregates!
--> hint: onefold show TABLE  lists a table's columns and types
----
SELECT zzzz FROM merged_customers
--> tables/x.sql:1:8: no column zzzz in merged_customers
--> hint: onefold show TABLE  lists a table's columns
----
SELECT count(*) AS n FROM merged_customers WHERE born > :today - 'x'
--> tables/x.sql:1: Could not choose a best candidate function for the function call "-(DATE, STRING_LITERAL)"
--> hint: one of the arguments has another type: cast it, such as  CAST(x AS VARCHAR)

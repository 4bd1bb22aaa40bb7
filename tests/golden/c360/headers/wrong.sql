/* onefold
primary_kee: person_id
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:2:1: unknown key primary_kee; nearest: primary_key
--> hint: keys here: title, description, tags, formerly, primary_key, tests, segments, on_fail
----
/* onefold
primary_key: person_id
tests:
  notnull: [email]
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:4:3: unknown key notnull; nearest: not_null
--> hint: keys here: not_null, unique, accepted_values, relationships
----
/* onefold
tests: {unique_: [email]}
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:2:9: unknown key unique_; nearest: unique
--> hint: keys here: not_null, unique, accepted_values, relationships
----
/* onefold
on_fail: explode
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:2:1: on_fail: Input should be 'stop' or 'warn'
--> hint: keys of a header: docs/reference/standard-tables.md
----
/* onefold
segments: maybe
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:2:1: segments: Input should be a valid boolean
--> hint: keys of a header: docs/reference/standard-tables.md
----
/* onefold
primary_key: [person_id
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:3: the header is no YAML: expected ',' or ']', but got '<stream end>'
--> hint: the comment begins with  /* onefold  and holds  key: value  lines
----
/* onefold
primary_key: a
primary_key: b
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:3: the header is no YAML: found duplicate key "primary_key" with value "b" (original value: "a")
--> hint: the comment begins with  /* onefold  and holds  key: value  lines
----
/* onefold just words */
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql:1: the header holds no keys
--> hint: write  primary_key: person_id
----
/* onefold
tests: {relationships: {email: lists}}
*/
SELECT person_id, gender, email FROM merged_customers
--> tables/x.sql: tests.relationships.email: 'lists' is not table.column
--> hint: write  relationships: {customer_no: merged_customers.customer}
----
/* onefold
primary_key: person_id
*/
SELECT person_id,
  upper(email)
FROM merged_customers
--> tables/x.sql:5:3: a column has no name: UPPER(email)
--> hint: give it one:  … AS name
----
/* onefold
primary_key: person_id
*/
SELECT person_id,
  random() AS dice
FROM merged_customers
--> tables/x.sql:5:3: random is refused: it gives another value at every run, so every run would send changes
--> hint: derive the value from a column: hash(person_id), md5(person_id)
----
-- no header, and no query
--> tables/x.sql:1: there is no SQL in it
--> hint: write one SELECT; WITH and UNION are fine

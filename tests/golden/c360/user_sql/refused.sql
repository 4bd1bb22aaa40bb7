SELECT person_id FROM merged_customers; DROP TABLE merged_customers
--> q.sql:1:41: there is more than one statement
--> hint: write one SELECT; WITH and UNION are fine
----
DELETE FROM merged_customers
--> q.sql:1:1: only SELECT may stand here, and this begins with DELETE
--> hint: write one SELECT; WITH and UNION are fine
----
COPY merged_customers TO '/tmp/out.csv'
--> q.sql:1:1: only SELECT may stand here, and this begins with COPY
--> hint: write one SELECT; WITH and UNION are fine
----
ATTACH '/tmp/other.db'
--> q.sql:1:1: only SELECT may stand here, and this begins with ATTACH
--> hint: write one SELECT; WITH and UNION are fine
----
INSTALL httpfs
--> q.sql:1:1: only SELECT may stand here, and this begins with INSTALL
--> hint: write one SELECT; WITH and UNION are fine
----
PRAGMA database_list
--> q.sql:1:1: only SELECT may stand here, and this begins with PRAGMA
--> hint: write one SELECT; WITH and UNION are fine
----
SET memory_limit = '1TB'
--> q.sql:1:1: only SELECT may stand here, and this begins with SET
--> hint: write one SELECT; WITH and UNION are fine
----
CALL pragma_version()
--> q.sql:1:1: only SELECT may stand here, and this begins with CALL
--> hint: write one SELECT; WITH and UNION are fine
----
VALUES (1)
--> q.sql:1:1: only SELECT may stand here, and this begins with VALUES
--> hint: write one SELECT; WITH and UNION are fine
----
WITH gone AS (DELETE FROM merged_customers RETURNING *) SELECT * FROM gone
--> q.sql:1:15: only SELECT may stand here: nothing may be written
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT 1 AS one INTO other
--> q.sql:1:17: SELECT INTO is refused: the file's name is the table's name
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT * FROM merged_customers FOR UPDATE
--> q.sql:1:32: FOR UPDATE is refused: nothing is locked by reading
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT * FROM read_csv('/etc/passwd')
--> q.sql:1:15: read_csv is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT * FROM '/etc/passwd'
--> q.sql:1:15: "/etc/passwd" is not a table's name
--> hint: write a table of the project: name, or segments.name; files come in as sources
----
SELECT * FROM "data/customers.parquet"
--> q.sql:1:15: "data/customers.parquet" is not a table's name
--> hint: write a table of the project: name, or segments.name; files come in as sources
----
SELECT content FROM read_text('/etc/passwd')
--> q.sql:1:21: read_text is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT * FROM glob('/etc/*')
--> q.sql:1:15: glob is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT * FROM main.read_blob('/etc/passwd')
--> q.sql:1:20: read_blob is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT getenv('HOME') AS home
--> q.sql:1:8: getenv is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT 'HOME'.getenv() AS home
--> q.sql:1:15: getenv is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT system.main.getenv('HOME') AS home
--> q.sql:1:20: getenv is refused: it reaches outside the tables
--> hint: declare a source for the file, then select from the source's table
----
SELECT * FROM duckdb_secrets()
--> q.sql:1:15: duckdb_secrets is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT current_setting('temp_directory') AS folder
--> q.sql:1:8: current_setting is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT getvariable('x') AS x
--> q.sql:1:8: getvariable is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT * FROM query('SELECT 1')
--> q.sql:1:15: query is refused: it runs SQL that is made at run time
--> hint: write the table's name in FROM
----
SELECT * FROM query_table('merged_customers')
--> q.sql:1:15: query_table is refused: it runs SQL that is made at run time
--> hint: write the table's name in FROM
----
SELECT * FROM json_execute_serialized_sql('{}')
--> q.sql:1:15: json_execute_serialized_sql is refused: it runs SQL that is made at run time
--> hint: write the table's name in FROM
----
SELECT * FROM (DESCRIBE merged_customers)
--> q.sql:1: only tables, queries and VALUES may stand in FROM
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT * FROM information_schema.tables
--> q.sql:1:15: information_schema.tables belongs to the engine, not to the data
--> hint: onefold list tables  shows the tables that there are
----
SELECT * FROM pg_catalog.pg_class
--> q.sql:1:15: pg_catalog.pg_class belongs to the engine, not to the data
--> hint: onefold list tables  shows the tables that there are
----
SELECT sql FROM sqlite_master
--> q.sql:1:17: sqlite_master belongs to the engine, not to the data
--> hint: onefold list tables  shows the tables that there are
----
SELECT * FROM duckdb_views
--> q.sql:1:15: duckdb_views belongs to the engine, not to the data
--> hint: onefold list tables  shows the tables that there are
----
SELECT a.b.c.person_id FROM a.b.c
--> q.sql:1:29: a.b.c is not a table's name
--> hint: write a table of the project: name, or segments.name; files come in as sources
----
SELECT person_id,
       random() AS dice
FROM merged_customers
--> q.sql:2:8: random is refused: it gives another value at every run, so every run would send changes
--> hint: derive the value from a column: hash(person_id), md5(person_id)
----
SELECT uuid() AS id FROM merged_customers
--> q.sql:1:8: uuid is refused: it gives another value at every run, so every run would send changes
--> hint: derive the value from a column: hash(person_id), md5(person_id)
----
SELECT gen_random_uuid() AS id
--> q.sql:1:8: uuid is refused: it gives another value at every run, so every run would send changes
--> hint: derive the value from a column: hash(person_id), md5(person_id)
----
SELECT setseed(0.5) AS nothing
--> q.sql:1:8: setseed is refused: it gives another value at every run, so every run would send changes
--> hint: derive the value from a column: hash(person_id), md5(person_id)
----
SELECT * FROM merged_customers USING SAMPLE 10 PERCENT
--> q.sql:1:38: a sample is refused: it gives other rows at every run
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT * FROM merged_customers TABLESAMPLE 10 PERCENT
--> q.sql:1:32: a sample is refused: it gives other rows at every run
--> hint: write one SELECT; WITH and UNION are fine
----
SELECT age(born) AS years FROM merged_customers
--> q.sql:1:8: age is refused: it would read the engine's clock, and a run has one time of its own
--> hint: write :now (an instant) or :today (a date); age(:now, x), :now - INTERVAL 3 DAY
----
SELECT current_time AS clock
--> q.sql:1:8: current_time is refused: it would read the engine's clock, and a run has one time of its own
--> hint: write :now (an instant) or :today (a date); age(:now, x), :now - INTERVAL 3 DAY
----
SELECT "current_timestamp" AS clock
--> q.sql:1:8: current_timestamp is refused: it would read the engine's clock, and a run has one time of its own
--> hint: write :now (an instant) or :today (a date); age(:now, x), :now - INTERVAL 3 DAY
----
SELECT current_user AS me
--> q.sql:1:8: current_user is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT sleep_ms(100000) AS nap
--> q.sql:1:8: sleep_ms is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT nextval('ids') AS id
--> q.sql:1:8: nextval is refused: it belongs to the engine, not to the data
--> hint: leave it out; values of the project come in as :name (vars: in onefold.yaml)
----
SELECT uper(email) AS loud FROM merged_customers
--> q.sql:1:8: uper is not a function that SQL of a project may call; nearest: upper
--> hint: aggregates, windows, text, dates, lists and JSON are; the page standard-tables lists them
----
SELECT person_id, FROM, merged_customers
--> q.sql:1:23: this is no SQL that we can read, near ',': Expected table name
--> hint: a comma, a bracket or a keyword is missing or too many around there
----
SELECT person_id FROM merged_customers WHERE
--> q.sql:1:40: this is no SQL that we can read, near 'WHERE': something is missing after it
--> hint: a comma, a bracket or a keyword is missing or too many around there
----
SELECT 'never closed FROM merged_customers
--> q.sql:1: a quote or a comment is opened and never closed
--> hint: look for a missing ' or " or */
----
SELECT * FROM {{ ref('merged_customers') }}
--> q.sql:1:15: there is no templating in SQL here
--> hint: values come in as :name (vars: in onefold.yaml), tables by their plain names
----
SELECT ? AS value
--> q.sql:1:8: a placeholder has no name
--> hint: write :name, and give it a value under vars: in onefold.yaml
----
SELECT $1 AS value
--> q.sql:1:8: a placeholder has no name
--> hint: write :name, and give it a value under vars: in onefold.yaml

-- optin_records: who may be written to, by mailbox and brand; everybody, every day.
-- Grain: one row a record; email and brand are the key, and a few come twice, the older state last
-- (version 1). `fault`: 1 a month that does not exist, 2 a word for a boolean, 3 no key.

CREATE OR REPLACE TEMP TABLE optin_records AS
WITH branded AS (
  SELECT
    *,
    unnest(
      if(happens('optins', 'second_brand', i), ['Maison Folde', 'Folde Kids'], ['Maison Folde'])
    ) AS brand
  FROM people
  WHERE is_listed
),
numbered AS (
  SELECT
    *,
    i * 2 + (brand = 'Folde Kids')::INTEGER AS r,
    if(getvariable('day') = 1 AND brand = 'Maison Folde', broken, 0) AS fault
  FROM branded
),
versioned AS (
  SELECT
    *,
    unnest(if(happens('optins', 'duplicate', r), [0, 1], [0])) AS version
  FROM numbered
)
SELECT
  i,
  version,
  fault,
  if(fault = 3, NULL, if(happens('optins', 'mail_upper', i), upper(email), email)) AS email,
  brand,
  happens('optins', 'opted_in', r) != (opt_day > 1 OR version = 1) AS is_opted_in,
  CASE
    WHEN version = 1 THEN midnight(1) - 1200 * 86400
    WHEN greatest(opt_day, email_day) > 1 THEN office_hours(greatest(opt_day, email_day), 'changed', i)
    WHEN joined_day > 1 THEN office_hours(joined_day, 'opted', r)
    ELSE midnight(1) - 86400 - whole(0, 1000 * 86400, 'opted', r)
  END AS changed_s
FROM versioned;

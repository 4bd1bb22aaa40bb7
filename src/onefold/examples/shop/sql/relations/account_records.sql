-- account_records: the e-commerce accounts.
-- Grain and columns: as profile_records, and account_id, the key. `fault` says what is broken on
-- day 1: 1 a birth date that does not exist, 2 a word for a number, 3 no key.

CREATE OR REPLACE TEMP TABLE account_records AS
SELECT
  *,
  if(getvariable('day') = 1 AND copy = 0, broken, 0) AS fault,
  if(
    getvariable('day') = 1 AND copy = 0 AND broken = 3, NULL, account_number(i, copy)
  ) AS account_id
FROM profile_records('accounts');

-- pos_records: the customers as the tills know them.
-- Grain and columns: as profile_records; customer_no is the key. `fault` as in account_records.

CREATE OR REPLACE TEMP TABLE pos_records AS
SELECT
  * EXCLUDE (customer_no),
  if(getvariable('day') = 1 AND copy = 0, broken, 0) AS fault,
  if(getvariable('day') = 1 AND copy = 0 AND broken = 3, NULL, customer_no) AS customer_no
FROM profile_records('pos');

-- member_records: the loyalty programme, everybody in it, every day.
-- Grain and columns: as profile_records, and card_no, the key; NULL in the row broken on day 1.

CREATE OR REPLACE TEMP TABLE member_records AS
SELECT
  *,
  if(getvariable('day') = 1 AND broken = 3, NULL, card_number(i)) AS card_no
FROM profile_records('loyalty');

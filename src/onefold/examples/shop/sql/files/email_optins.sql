-- A line of CSV for each mailbox and brand. Reads optin_records.

SELECT
  concat(
    cell(email, ','), ',',
    brand, ',',
    if(fault = 2, 'peut-être', is_opted_in::VARCHAR), ',',
    if(fault = 1, '2026-13-05T10:00:00Z', iso_instant(make_timestamp(changed_s * 1000000))),
    chr(10)
  ) AS line
FROM optin_records;

-- A row for each member. Reads member_records.

SELECT
  card_no,
  given_name AS first_name,
  surname AS last_name,
  email,
  phone,
  born_on AS birth_date,
  postal AS postal_code,
  city,
  country AS country_code,
  CASE
    WHEN chance('tier', i * 64 + tier_day) < 0.60 THEN 'bronze'
    WHEN chance('tier', i * 64 + tier_day) < 0.90 THEN 'silver'
    ELSE 'gold'
  END AS tier,
  (5000 * power(chance('points', i * 64 + tier_day), 3))::INTEGER AS points,
  (whole(0, 6000, 'balance', i * 64 + tier_day) / 100.0)::DECIMAL(10, 2) AS balance_eur,
  make_timestamp(created_s * 1000000)::DATE AS joined_on,
  make_timestamp(updated_s * 1000000) AT TIME ZONE 'UTC' AS updated_at
FROM member_records;

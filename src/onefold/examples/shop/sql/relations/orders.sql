-- orders: what was bought, in the shops and on the web. Day 1 holds three years; a later day holds
-- the orders made on the day before, and the recent ones that were cancelled on it.
-- Grain: one row an order.
-- i, o                    the person, and a number for draws on the order
-- order_id, ordered_s, updated_s, channel, store_id, payment_method, is_cancelled
-- account_id, customer_no, card_no   how the order names its customer: by one of them, or by none

CREATE OR REPLACE TEMP TABLE orders AS
WITH slotted AS (
  SELECT
    i,
    accounts,
    pos_records,
    is_member,
    unnest(
      range(
        if(
          broken = 3 OR happens('orders', 'buyer', i),
          least(60, floor(power(1 - chance('number of orders', i), -0.77))::BIGINT),
          0
        )
      ) || if(
        getvariable('day') > 1 AND happens('orders', 'daily', i * 64 + getvariable('day')), [63], []
      )
    ) AS slot
  FROM people
),
numbered AS (
  SELECT
    *,
    slot = 63 AS is_new,
    if(slot = 63, (i * 64 + 6702719 * getvariable('day')) % 2147483647, i * 64 + slot) AS o
  FROM slotted
),
timed AS (
  SELECT
    *,
    if(
      is_new,
      office_hours(getvariable('day'), 'ordered', o),
      office_hours(
        1 - floor(1095 * power(chance('days since ordered', o), 1.5))::BIGINT, 'ordered', o
      )
    ) AS ordered_s,
    NOT is_new
      AND getvariable('day') > 1
      AND happens('orders', 'cancelled_later', (o * 61 + getvariable('day')) % 2147483647)
      AS may_be_cancelled
  FROM numbered
),
dated AS (
  SELECT
    *,
    may_be_cancelled AND ordered_s > midnight(getvariable('day') - 21) AS is_just_cancelled,
    CASE
      WHEN accounts > 0 AND pos_records > 0 THEN chance('online', o) < 0.5
      WHEN accounts > 0 THEN chance('online', o) < 0.9
      ELSE FALSE
    END AS is_online
  FROM timed
),
signed AS (
  SELECT
    *,
    CASE
      WHEN is_online THEN 'account'
      WHEN happens('orders', 'anonymous', o) THEN 'nobody'
      WHEN is_member AND (pos_records = 0 OR chance('names card', o) < 0.4) THEN 'card'
      WHEN pos_records > 0 THEN 'number'
      ELSE 'nobody'
    END AS named_by
  FROM dated
  WHERE getvariable('day') = 1 OR is_new OR is_just_cancelled
)
SELECT
  i,
  o,
  concat(
    if(is_online, 'W', 'T'),
    strftime(make_timestamp(ordered_s * 1000000), '%y%m%d'),
    lpad(scatter(o, 2147483647)::VARCHAR, 10, '0')
  ) AS order_id,
  if(named_by = 'account', account_number(i, 0), NULL) AS account_id,
  if(
    named_by = 'number',
    customer_number(i, (pos_records > 1 AND chance('names second', o) < 0.3)::INTEGER),
    NULL
  ) AS customer_no,
  if(named_by = 'card', card_number(i), NULL) AS card_no,
  CASE
    WHEN NOT is_online THEN 'store'
    WHEN chance('app', o) < 0.35 THEN 'app'
    ELSE 'web'
  END AS channel,
  if(
    is_online,
    'WEB',
    concat('S', lpad(whole(1, 40, 'home store', i)::VARCHAR, 3, '0'))
  ) AS store_id,
  CASE
    WHEN chance('payment', o) < 0.75 THEN 'card'
    WHEN is_online THEN 'paypal'
    ELSE 'cash'
  END AS payment_method,
  is_just_cancelled OR happens('orders', 'cancelled', o) AS is_cancelled,
  ordered_s,
  if(is_just_cancelled, office_hours(getvariable('day'), 'cancelled', o), ordered_s) AS updated_s
FROM signed;

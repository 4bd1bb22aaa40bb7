-- transaction_attributes_extended: one row per person with at least one order.
-- An order counts when its person is known, something in it was bought, and it is not after :now.
-- Days are days of the project's zone. Windows end with :today and begin after the same day 30 days,
-- 3, 6 or 12 calendar months ago; ly12m is the year before l12m.
-- The columns of windows (l30d_…, l3m_… to lifetime_…) are added by `transaction_attributes.py`: to
-- `sums`, to `brands`, `channels`, `stores` and their counts, and to the last SELECT.
WITH orders AS (
  SELECT
    person_id,
    order_datetime,
    order_revenue,
    order_quantity,
    purchase_brand,
    purchase_channel,
    store_id,
    {
      'at': order_datetime,
      'id': order_id,
      'brand': purchase_brand,
      'channel': purchase_channel,
      'revenue': order_revenue,
      'store': store_id,
      'items': order_quantity
    } AS details,
    row_number() OVER (PARTITION BY person_id ORDER BY order_datetime, datasource, order_id) AS nth,
    CAST(order_datetime AS DATE) > :today - INTERVAL 30 DAY AS l30d,
    CAST(order_datetime AS DATE) > :today - INTERVAL 3 MONTH AS l3m,
    CAST(order_datetime AS DATE) > :today - INTERVAL 6 MONTH AS l6m,
    CAST(order_datetime AS DATE) > :today - INTERVAL 12 MONTH AS l12m,
    CAST(order_datetime AS DATE) > :today - INTERVAL 24 MONTH
      AND CAST(order_datetime AS DATE) <= :today - INTERVAL 12 MONTH AS ly12m,
    TRUE AS lifetime
  FROM unified_transactions
  WHERE person_id IS NOT NULL AND order_datetime <= :now AND order_quantity > 0
),
sums AS (
  SELECT
    person_id,
    any_value(details) FILTER (nth = 1) AS first_order,
    any_value(details) FILTER (nth = 2) AS second_order,
    arg_max(details, nth) AS latest_order
  FROM orders
  GROUP BY person_id
),
brand_counts AS (
  SELECT person_id, purchase_brand AS value
  FROM orders
  WHERE purchase_brand IS NOT NULL
  GROUP BY person_id, purchase_brand
),
brands AS (SELECT person_id FROM brand_counts GROUP BY person_id),
channel_counts AS (
  SELECT person_id, purchase_channel AS value
  FROM orders
  WHERE purchase_channel IS NOT NULL
  GROUP BY person_id, purchase_channel
),
channels AS (SELECT person_id FROM channel_counts GROUP BY person_id),
store_counts AS (
  SELECT person_id, store_id AS value
  FROM orders
  WHERE store_id IS NOT NULL
  GROUP BY person_id, store_id
),
stores AS (SELECT person_id FROM store_counts GROUP BY person_id),
deciles AS (
  SELECT
    person_id,
    ntile(10) OVER (ORDER BY latest_order.at, person_id) AS recency,
    ntile(10) OVER (ORDER BY l12m_order_frequency, person_id) AS frequency,
    ntile(10) OVER (ORDER BY l12m_order_revenue, person_id) AS monetary
  FROM sums
  WHERE l12m_order_frequency > 0
),
facts AS (
  SELECT
    *,
    CAST(first_order.at AS DATE) AS first_day,
    CAST(second_order.at AS DATE) AS second_day,
    CAST(latest_order.at AS DATE) AS latest_day
  FROM sums
  LEFT JOIN brands USING (person_id)
  LEFT JOIN channels USING (person_id)
  LEFT JOIN stores USING (person_id)
  LEFT JOIN deciles USING (person_id)
)
SELECT
  person_id,                                                   -- The person
  first_order.at AS first_order_datetime,                      -- When the first order was placed
  first_order.id AS first_order_id,                            -- The first order
  first_order.brand AS first_order_purchase_brand,             -- Brand of the first order
  first_order.channel AS first_order_purchase_channel,         -- Channel of the first order
  CAST(first_order.revenue AS DECIMAL(18, 2)) AS first_order_revenue, -- Revenue of the first order
  first_order.store AS first_order_store_id,                   -- Shop of the first order
  first_order.items AS first_order_total_items,                -- Pieces in the first order
  second_order.at AS second_order_datetime,                    -- When the second order was placed
  second_order.id AS second_order_id,                          -- The second order
  second_order.brand AS second_order_purchase_brand,           -- Brand of the second order
  second_order.channel AS second_order_purchase_channel,       -- Channel of the second order
  CAST(second_order.revenue AS DECIMAL(18, 2)) AS second_order_revenue, -- Revenue of the second order
  second_order.store AS second_order_store_id,                 -- Shop of the second order
  second_order.items AS second_order_total_items,              -- Pieces in the second order
  latest_order.at AS latest_order_datetime,                    -- When the latest order was placed
  latest_order.id AS latest_order_id,                          -- The latest order
  latest_order.brand AS latest_order_purchase_brand,           -- Brand of the latest order
  latest_order.channel AS latest_order_purchase_channel,       -- Channel of the latest order
  CAST(latest_order.revenue AS DECIMAL(18, 2)) AS latest_order_revenue, -- Revenue of the latest order
  latest_order.store AS latest_order_store_id,                 -- Shop of the latest order
  latest_order.items AS latest_order_total_items,              -- Pieces in the latest order
  date_diff('day', latest_day, :today) AS days_since_latest_order,       -- Days from the latest order to today
  date_diff('day', first_day, latest_day) AS first_to_latest_order_days, -- Days from the first order to the latest
  date_diff('day', first_day, second_day) AS first_to_second_order_days, -- Days from the first order to the second
  lifetime_order_frequency = 1 AS one_and_done,                -- Exactly one order ever
  coalesce(lifetime_purchase_brands, 0) > 1 AS multi_purchase_brand,     -- Bought from more than one brand
  coalesce(lifetime_purchase_channels, 0) > 1 AS multi_purchase_channel, -- Bought in more than one channel
  CASE
    WHEN date_diff('day', first_day, second_day) <= 84 THEN TRUE
    WHEN date_diff('day', first_day, :today) > 84 THEN FALSE
  END AS early_repeat_purchaser,                               -- A second order within 84 days of the first; NULL while that may still come
  recency AS l12m_recency,                                     -- Decile of the latest order among buyers of the last 12 months, 10 is latest
  frequency AS l12m_frequency,                                 -- Decile of l12m_order_frequency, 10 is most
  monetary AS l12m_monetary,                                   -- Decile of l12m_order_revenue, 10 is most
  CAST(recency AS VARCHAR) || CAST(frequency AS VARCHAR) || CAST(monetary AS VARCHAR) AS l12m_rfm_score -- The three deciles side by side, 111 to 101010
FROM facts

-- item_records: the lines of the orders.
-- Grain: one row a line; order_id and line are the key, and a few lines come twice. A returned item
-- is a line of its own, negative, numbered from 51. Broken on day 1: lines without an order_id.

CREATE OR REPLACE TEMP TABLE item_records AS
WITH lined AS (
  SELECT
    *,
    unnest(range(1, 2 + floor(5 * power(chance('lines', o), 3))::BIGINT)) AS item
  FROM orders
),
drawn AS (
  SELECT
    *,
    (o * 8 + item) % 2147483647 AS l,
    pick_early(
      getvariable('products'), 'product', (o * 8 + item) % 2147483647, 2.2
    ) AS product,
    getvariable('day') = 1 AND item = 1 AND i % 10000 = 902 AS is_broken
  FROM lined
),
doubled AS (
  SELECT
    *,
    unnest(
      [item]
      || if(NOT is_cancelled AND happens('orders', 'returned', l), [50 + item], [])
      || if(happens('orders', 'duplicate', l), [item], [])
    ) AS line
  FROM drawn
),
priced AS (
  SELECT
    *,
    line > 50 AS is_return,
    if(line > 50, -1, 1) * (1 + floor(4 * power(chance('quantity', l), 6))::INTEGER) AS quantity,
    product.price_cents::INTEGER AS unit_cents,
    if(happens('orders', 'discounted', l), whole(1, 5, 'discount', l) * 10, 0) AS percent_off
  FROM doubled
)
SELECT
  *,
  quantity * unit_cents AS list_cents,
  quantity * unit_cents * percent_off // 100 AS discount_cents,
  if(is_broken, NULL, order_id) AS known_order_id
FROM priced;

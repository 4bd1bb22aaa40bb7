-- unified_transactions: one row per order, that is per (datasource, order_id).
-- Facts of an order (person, channel, …) are those of its first line, by pk, that has them.
-- A line is bought when it is neither a return nor a cancellation. Sources show these in two ways:
-- as a further line with a negative revenue, or by a mark on the line itself. So net_order_revenue
-- takes off what is negative on marked lines, and never adds what is positive on them.
WITH lines AS (
  SELECT
    * REPLACE (
      coalesce(is_cancellation, FALSE) AS is_cancellation,
      coalesce(is_return, FALSE) AND NOT coalesce(is_cancellation, FALSE) AS is_return,
      coalesce(item_quantity, 1) AS item_quantity
    ),
    NOT coalesce(is_return, FALSE) AND NOT coalesce(is_cancellation, FALSE) AS is_bought
  FROM unified_itemized_transactions
  WHERE order_id IS NOT NULL
),
orders AS (
  SELECT
    datasource,
    order_id,
    arg_min(person_id, pk) AS person_id,
    arg_min(customer_id, pk) AS customer_id,
    min(order_datetime) AS order_datetime,
    arg_min(currency, pk) AS currency,
    arg_min(purchase_brand, pk) AS purchase_brand,
    arg_min(purchase_channel, pk) AS purchase_channel,
    arg_min(digital_channel, pk) AS digital_channel,
    arg_min(store_id, pk) AS store_id,
    arg_min(payment_method, pk) AS payment_method,
    coalesce(sum(item_quantity) FILTER (is_bought), 0) AS order_quantity,
    coalesce(sum(item_revenue) FILTER (is_bought), 0) AS order_revenue,
    coalesce(sum(item_quantity) FILTER (is_return), 0) AS order_returned_quantity,
    coalesce(sum(item_revenue) FILTER (is_return), 0) AS order_returned_revenue,
    coalesce(sum(item_quantity) FILTER (is_cancellation), 0) AS order_canceled_quantity,
    coalesce(sum(item_revenue) FILTER (is_cancellation), 0) AS order_canceled_revenue,
    coalesce(sum(item_revenue) FILTER (NOT is_bought AND item_revenue < 0), 0) AS taken_back,
    sum(item_subtotal) FILTER (is_bought) AS order_subtotal,
    max(order_discount_amount) FILTER (is_bought) AS order_discount_amount,
    sum(item_tax_amount) FILTER (is_bought) AS order_tax_amount,
    max(order_shipping_amount) AS order_shipping_amount,
    sum(item_list_price) FILTER (is_bought) AS order_list_price,
    sum(item_cost) FILTER (is_bought) AS order_cost,
    sum(item_profit) FILTER (is_bought) AS order_profit,
    sum(item_discount_amount) FILTER (is_bought) AS sum_item_discount_amount,
    sum(item_revenue) AS sum_item_revenue
  FROM lines
  GROUP BY datasource, order_id
)
SELECT
  person_id,                          -- The person who ordered; NULL when nobody is known
  datasource,                         -- Source of the order
  order_id,                           -- The order
  customer_id,                        -- The customer as the source names it
  order_datetime,                     -- When it was ordered: the earliest of its lines
  currency,                           -- Currency of the amounts (ISO 4217)
  purchase_brand,                     -- Brand it was bought from
  purchase_channel,                   -- Channel, such as web or store
  digital_channel,                    -- Part of the digital channel, such as app
  store_id,                           -- Shop
  payment_method,                     -- How it was paid
  CAST(order_quantity AS BIGINT) AS order_quantity,                         -- Pieces bought, neither returned nor cancelled
  CAST(order_revenue AS DECIMAL(18, 4)) AS order_revenue,                   -- Revenue of the lines bought
  CAST(order_returned_quantity AS BIGINT) AS order_returned_quantity,       -- Pieces on lines marked as returns, signed as delivered
  CAST(order_returned_revenue AS DECIMAL(18, 4)) AS order_returned_revenue, -- Revenue on lines marked as returns, signed as delivered
  CAST(order_canceled_quantity AS BIGINT) AS order_canceled_quantity,       -- Pieces on lines marked as cancellations, signed as delivered
  CAST(order_canceled_revenue AS DECIMAL(18, 4)) AS order_canceled_revenue, -- Revenue on lines marked as cancellations, signed as delivered
  CAST(order_revenue + taken_back - coalesce(order_discount_amount, 0) AS DECIMAL(18, 4)) AS net_order_revenue, -- Revenue less what was taken back, less the order's discount
  CAST(order_subtotal AS DECIMAL(18, 4)) AS order_subtotal,                 -- Amount before discounts and taxes
  CAST(order_discount_amount AS DECIMAL(18, 4)) AS order_discount_amount,   -- Discount on the whole order: the largest that a line states
  CAST(100 * order_discount_amount / nullif(order_subtotal, 0) AS DECIMAL(18, 4)) AS order_discount_percent, -- That discount in per cent of the subtotal
  CAST(order_tax_amount AS DECIMAL(18, 4)) AS order_tax_amount,             -- Taxes
  CAST(order_shipping_amount AS DECIMAL(18, 4)) AS order_shipping_amount,   -- Shipping
  CAST(order_list_price AS DECIMAL(18, 4)) AS order_list_price,             -- List price of the lines bought
  CAST(order_cost AS DECIMAL(18, 4)) AS order_cost,                         -- What the lines bought cost the brand
  CAST(order_profit AS DECIMAL(18, 4)) AS order_profit,                     -- Revenue less cost of the lines bought
  CAST(sum_item_discount_amount AS DECIMAL(18, 4)) AS sum_item_discount_amount, -- Discounts of the lines bought, added up
  CAST(sum_item_revenue AS DECIMAL(18, 4)) AS sum_item_revenue              -- Revenue of all lines, added up as delivered
FROM orders

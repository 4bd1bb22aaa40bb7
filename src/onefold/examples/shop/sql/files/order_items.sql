-- A row for each line of an order. Reads item_records.

SELECT
  known_order_id AS order_id,
  line::INTEGER AS line,
  account_id,
  customer_no,
  card_no,
  product.product_id AS product_id,
  product.name AS product_name,
  product.category AS product_category,
  product.brand AS brand,
  quantity,
  euros(unit_cents) AS unit_price,
  euros(list_cents) AS item_list_price,
  euros(discount_cents) AS item_discount,
  euros(list_cents - discount_cents) AS item_revenue,
  euros((list_cents - discount_cents) // 6) AS item_tax,
  euros(if(happens('orders', 'voucher', o), 500, 0)) AS order_discount,
  'EUR' AS currency,
  make_timestamp(ordered_s * 1000000) AT TIME ZONE 'UTC' AS order_datetime,
  channel,
  store_id,
  payment_method,
  is_return,
  is_cancelled AS is_cancellation,
  make_timestamp(updated_s * 1000000) AT TIME ZONE 'UTC' AS updated_at
FROM item_records;

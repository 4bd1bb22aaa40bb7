-- Nothing can be returned that was not bought: a returned line stands 50 above the bought one.
SELECT
  returned.order_id,
  returned.line
FROM order_items AS returned
LEFT JOIN order_items AS bought
  ON bought.order_id = returned.order_id AND bought.line = returned.line - 50
WHERE returned.is_return AND bought.order_id IS NULL

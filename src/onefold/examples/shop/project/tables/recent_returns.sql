/* onefold
title: Recent returns
description: One row a person who returned something that they bought in the last 90 days.
primary_key: person_id
*/
SELECT
  person_id,
  count(*) AS returned_items,
  -sum(item_revenue) AS returned_revenue
FROM order_items
WHERE is_return
  AND person_id IS NOT NULL
  AND order_datetime >= :now - INTERVAL '90 days'
GROUP BY person_id

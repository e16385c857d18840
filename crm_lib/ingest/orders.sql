-- One row an order, summed from its lines. Margin is known only where every line's cost is.
SELECT
  order_id,
  MIN(customer_id) AS customer_id,
  MIN(ordered_on) AS ordered_on,
  CASE WHEN COUNT(*) = SUM(CASE WHEN kind = 'refund' THEN 1 ELSE 0 END) THEN 'refund' ELSE 'sale' END AS kind,
  MIN(refund_of) AS refund_of,
  CAST(SUM(amount) AS DECIMAL(18, 2)) AS amount,
  CASE WHEN COUNT(*) = COUNT(cost) THEN CAST(SUM(amount) - SUM(cost) AS DECIMAL(18, 2)) END AS margin,
  CAST(SUM(discount) AS DECIMAL(18, 2)) AS discount,
  CAST(SUM(quantity) AS DECIMAL(18, 3)) AS items,
  COUNT(DISTINCT category) AS categories,
  MIN(channel) AS channel,
  MIN(store) AS store
FROM order_lines
GROUP BY order_id
ORDER BY order_id

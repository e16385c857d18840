-- One row an order, summed from its lines, and one for each day on which money of it was given back: lines of kind
-- 'refund', and negative lines of a later day than the sale or of an order that sold nothing. A negative line of the day
-- of sale lowers the order. Margin is known only where every line's cost is.
SELECT
  l.part_id AS order_id,
  MIN(l.customer_id) AS customer_id,
  MIN(l.ordered_on) AS ordered_on,
  CASE WHEN MAX(l.given_back) = 1 THEN 'refund' ELSE 'sale' END AS kind,
  MIN(l.refund_of) AS refund_of,
  CAST(SUM(l.amount) AS DECIMAL(18, 2)) AS amount,
  CASE WHEN COUNT(*) = COUNT(l.cost) THEN CAST(SUM(l.amount) - SUM(l.cost) AS DECIMAL(18, 2)) END AS margin,
  CAST(SUM(l.discount) AS DECIMAL(18, 2)) AS discount,
  CAST(SUM(l.quantity) AS DECIMAL(18, 3)) AS items,
  COUNT(DISTINCT l.category) AS categories,
  MIN(l.channel) AS channel,
  MIN(l.store) AS store,
  MAX(CASE WHEN l.given_back = 0 AND l.kind <> 'refund' AND l.amount >= 0 THEN l.paid_until END) AS paid_until
FROM (
  SELECT
    r.* REPLACE (
      CASE WHEN r.given_back = 1 THEN COALESCE(r.customer_id, r.of_customer) ELSE r.customer_id END AS customer_id,
      CASE WHEN r.given_back = 1 THEN COALESCE(r.refund_of, r.sale_id) ELSE r.refund_of END AS refund_of,
      CASE WHEN r.given_back = 1 THEN COALESCE(r.channel, r.of_channel) ELSE r.channel END AS channel,
      CASE WHEN r.given_back = 1 THEN COALESCE(r.store, r.of_store) ELSE r.store END AS store
    ),
    CASE
      WHEN r.given_back = 0 OR (r.sale_id IS NULL AND r.ordered_on = r.first_back_on) THEN r.order_id
      ELSE r.order_id || ' / ' || CAST(r.ordered_on AS VARCHAR)
    END AS part_id
  FROM (
    SELECT
      order_lines.*,
      s.sale_id AS sale_id,
      s.first_back_on AS first_back_on,
      s.customer_id AS of_customer,
      s.channel AS of_channel,
      s.store AS of_store,
      CASE
        WHEN s.order_id IS NULL THEN 0
        WHEN order_lines.kind = 'refund' THEN 1
        WHEN order_lines.amount < 0 AND (s.sold_on IS NULL OR order_lines.ordered_on > s.sold_on) THEN 1
        ELSE 0
      END AS given_back
    FROM order_lines
    LEFT JOIN (
      SELECT
        o.order_id AS order_id,
        MIN(CASE WHEN o.kind <> 'refund' AND o.amount > 0 THEN o.order_id END) AS sale_id,
        MIN(CASE WHEN o.kind <> 'refund' AND o.amount > 0 THEN o.ordered_on END) AS sold_on,
        MIN(CASE WHEN o.kind = 'refund' OR o.amount < 0 THEN o.ordered_on END) AS first_back_on,
        MIN(o.customer_id) AS customer_id,
        MIN(o.channel) AS channel,
        MIN(o.store) AS store
      FROM order_lines AS o
      SEMI JOIN (SELECT order_id FROM order_lines WHERE kind = 'refund' OR amount < 0) AS n ON n.order_id = o.order_id
      GROUP BY o.order_id
    ) AS s ON s.order_id = order_lines.order_id
  ) AS r
) AS l
GROUP BY l.part_id
ORDER BY l.part_id

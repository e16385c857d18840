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
    order_lines.* REPLACE (
      CASE WHEN g.order_id IS NULL THEN order_lines.customer_id ELSE COALESCE(order_lines.customer_id, g.customer_id) END
        AS customer_id,
      CASE WHEN g.order_id IS NULL THEN order_lines.refund_of ELSE COALESCE(order_lines.refund_of, g.sale_id) END
        AS refund_of,
      CASE WHEN g.order_id IS NULL THEN order_lines.channel ELSE COALESCE(order_lines.channel, g.channel) END AS channel,
      CASE WHEN g.order_id IS NULL THEN order_lines.store ELSE COALESCE(order_lines.store, g.store) END AS store
    ),
    CASE WHEN g.order_id IS NULL THEN 0 ELSE 1 END AS given_back,
    COALESCE(g.part_id, order_lines.order_id) AS part_id
  FROM order_lines
  LEFT JOIN (
    SELECT
      b.order_id AS order_id,
      b.line_no AS line_no,
      s.sale_id AS sale_id,
      s.customer_id AS customer_id,
      s.channel AS channel,
      s.store AS store,
      CASE
        WHEN s.sale_id IS NULL AND b.ordered_on = s.first_back_on THEN b.order_id
        ELSE b.order_id || ' / ' || CAST(b.ordered_on AS VARCHAR)
      END AS part_id
    FROM (SELECT * FROM order_lines WHERE kind = 'refund' OR amount < 0) AS b
    INNER JOIN (
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
    ) AS s ON s.order_id = b.order_id
    WHERE b.kind = 'refund' OR s.sold_on IS NULL OR b.ordered_on > s.sold_on
  ) AS g ON g.order_id = order_lines.order_id AND g.line_no = order_lines.line_no
) AS l
GROUP BY l.part_id
ORDER BY l.part_id

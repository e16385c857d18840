-- Interactions of the cycle as recorded; of the note only whether there is one. judged: any interaction of the data says how it
-- was answered.
SELECT
    i.interaction_id AS interaction_id,
    i.customer_id AS customer_id,
    CAST(i.happened_at AS DATE) AS day,
    i.channel AS channel,
    i.direction AS direction,
    i.owner AS owner,
    i.strategy AS strategy,
    i.outcome AS outcome,
    i.need AS need,
    CASE WHEN COALESCE(i.note, '') = '' THEN 0 ELSE 1 END AS has_note,
    CASE WHEN (SELECT COUNT(*) FROM interactions AS a WHERE a.outcome IN ('responded', 'converted', 'refused')) > 0
        THEN 1 ELSE 0 END AS judged
FROM interactions AS i
WHERE CAST(i.happened_at AS DATE) >= CAST($start AS DATE)
ORDER BY CAST(i.happened_at AS DATE), i.interaction_id

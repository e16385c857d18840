-- Customers whose last NPS answer in the window is 0 to 6, of those who answered.
SELECT m.operating_class AS operating_class, COUNT(*) AS base, COUNT(CASE WHEN a.nps <= 6 THEN 1 END) AS hits
FROM (
    SELECT
        s.customer_id,
        s.nps,
        ROW_NUMBER() OVER (PARTITION BY s.customer_id ORDER BY s.answered_on DESC, s.survey_id DESC) AS nth
    FROM surveys AS s
    WHERE s.nps IS NOT NULL AND date_diff('day', s.answered_on, CAST($baseline AS DATE)) < $window_days
) AS a
INNER JOIN class_members AS m ON m.customer_id = a.customer_id
WHERE a.nth = 1
GROUP BY m.operating_class

-- Customers by whether they may be contacted, and how many of them can be reached how.
SELECT
    CASE WHEN may_contact THEN 'allowed' WHEN may_contact IS NULL THEN 'unknown' ELSE 'refused' END AS consent,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(COUNT(phone) AS BIGINT) AS with_phone,
    CAST(COUNT(email) AS BIGINT) AS with_email
FROM customers
GROUP BY CASE WHEN may_contact THEN 'allowed' WHEN may_contact IS NULL THEN 'unknown' ELSE 'refused' END

-- Which fields of each customer's record are empty (1) or filled (0), and whether we may contact the customer.
SELECT
    m.customer_id AS customer_id,
    m.operating_class AS operating_class,
    c.may_contact AS may_contact,
    CASE WHEN COALESCE(c.name, '') = '' THEN 1 ELSE 0 END AS name,
    CASE WHEN COALESCE(c.phone, '') = '' THEN 1 ELSE 0 END AS phone,
    CASE WHEN COALESCE(c.email, '') = '' THEN 1 ELSE 0 END AS email,
    CASE WHEN COALESCE(c.gender, '') = '' THEN 1 ELSE 0 END AS gender,
    CASE WHEN c.birth_date IS NULL THEN 1 ELSE 0 END AS birth_date,
    CASE WHEN COALESCE(c.city, '') = '' THEN 1 ELSE 0 END AS city,
    CASE WHEN c.joined_on IS NULL THEN 1 ELSE 0 END AS joined_on,
    CASE WHEN COALESCE(c.join_channel, '') = '' THEN 1 ELSE 0 END AS join_channel,
    CASE WHEN COALESCE(c.tier, '') = '' THEN 1 ELSE 0 END AS tier,
    CASE WHEN COALESCE(c.owner, '') = '' THEN 1 ELSE 0 END AS owner,
    CASE WHEN COALESCE(c.age_band, '') = '' THEN 1 ELSE 0 END AS age_band,
    CASE WHEN COALESCE(c.income_band, '') = '' THEN 1 ELSE 0 END AS income_band,
    CASE WHEN COALESCE(c.company_size, '') = '' THEN 1 ELSE 0 END AS company_size
FROM class_members AS m
LEFT JOIN customers AS c ON c.customer_id = m.customer_id
ORDER BY m.customer_id

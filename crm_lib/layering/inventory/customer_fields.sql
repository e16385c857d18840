-- How many of the merged customers have each field filled.
SELECT
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(COUNT(customers.name) AS BIGINT) AS name,
    CAST(COUNT(customers.phone) AS BIGINT) AS phone,
    CAST(COUNT(customers.email) AS BIGINT) AS email,
    CAST(COUNT(customers.gender) AS BIGINT) AS gender,
    CAST(COUNT(customers.birth_date) AS BIGINT) AS birth_date,
    CAST(COUNT(customers.city) AS BIGINT) AS city,
    CAST(COUNT(customers.joined_on) AS BIGINT) AS joined_on,
    CAST(COUNT(customers.join_channel) AS BIGINT) AS join_channel,
    CAST(COUNT(customers.tier) AS BIGINT) AS tier,
    CAST(COUNT(customers.owner) AS BIGINT) AS owner,
    CAST(COUNT(customers.age_band) AS BIGINT) AS age_band,
    CAST(COUNT(customers.income_band) AS BIGINT) AS income_band,
    CAST(COUNT(customers.company_size) AS BIGINT) AS company_size,
    CAST(COUNT(customers.may_contact) AS BIGINT) AS may_contact
FROM customers

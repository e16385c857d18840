-- Required fields that are filled, over the customers who had joined by the period's last day, as recorded now.
SELECT
    m.group_id,
    p.period,
    CAST(COUNT(*) AS DOUBLE) AS customers,
    CAST(SUM(c.filled) AS DOUBLE) AS filled,
    CAST(COUNT(*) * ($with_name + $with_phone + $with_email + $with_gender + $with_birth_date + $with_city
        + $with_join_channel + $with_tier + $with_owner + $with_age_band + $with_income_band + $with_company_size
        + $with_may_contact) AS DOUBLE) AS fields
FROM (
    SELECT
        customer_id,
        joined_on,
        CASE WHEN name IS NOT NULL THEN $with_name ELSE 0 END
        + CASE WHEN phone IS NOT NULL THEN $with_phone ELSE 0 END
        + CASE WHEN email IS NOT NULL THEN $with_email ELSE 0 END
        + CASE WHEN gender IS NOT NULL THEN $with_gender ELSE 0 END
        + CASE WHEN birth_date IS NOT NULL THEN $with_birth_date ELSE 0 END
        + CASE WHEN city IS NOT NULL THEN $with_city ELSE 0 END
        + CASE WHEN join_channel IS NOT NULL THEN $with_join_channel ELSE 0 END
        + CASE WHEN tier IS NOT NULL THEN $with_tier ELSE 0 END
        + CASE WHEN owner IS NOT NULL THEN $with_owner ELSE 0 END
        + CASE WHEN age_band IS NOT NULL THEN $with_age_band ELSE 0 END
        + CASE WHEN income_band IS NOT NULL THEN $with_income_band ELSE 0 END
        + CASE WHEN company_size IS NOT NULL THEN $with_company_size ELSE 0 END
        + CASE WHEN may_contact IS NOT NULL THEN $with_may_contact ELSE 0 END AS filled
    FROM customers
) AS c
INNER JOIN periods AS p ON c.joined_on IS NULL OR c.joined_on <= p.ends_on
INNER JOIN members AS m ON m.customer_id = CASE WHEN $by_customer = 1 THEN c.customer_id ELSE '' END
GROUP BY m.group_id, p.period

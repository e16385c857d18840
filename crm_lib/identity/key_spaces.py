"""Customer numbers that several sources share though no common key space is declared."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

COLUMNS = ["source", "other", "header", "other_header", "numbers", "shared", "apart"]
_OVERLAP = 0.5  # of the numbers of the source with fewer; under one header any will do
_FEWEST = 10
_PAIRS = """
WITH known AS (
    SELECT source, key_space, customer_key, MIN(customer_id) AS customer_id, MIN(phone) AS phone
    FROM resolved_records WHERE customer_key IS NOT NULL GROUP BY source, key_space, customer_key
)
SELECT a.source, b.source, COUNT(*), COUNT(*) FILTER (a.customer_id <> b.customer_id),
    COUNT(*) FILTER (a.phone <> b.phone), LEAST(ANY_VALUE(n.numbers), ANY_VALUE(m.numbers))
FROM known AS a
JOIN known AS b ON a.customer_key = b.customer_key AND a.source < b.source AND a.key_space <> b.key_space
JOIN (SELECT source, COUNT(*) AS numbers FROM known GROUP BY source) AS n ON n.source = a.source
JOIN (SELECT source, COUNT(*) AS numbers FROM known GROUP BY source) AS m ON m.source = b.source
GROUP BY a.source, b.source ORDER BY a.source, b.source
"""


def shared_keys(connection: duckdb.DuckDBPyConnection, headers: Mapping[str, str]) -> pd.DataFrame:
    """[source, other, header, other_header, numbers, shared, apart]: pairs of sources whose customer numbers are rather
    one set: under one header, or most of the fewer. numbers: of the source with fewer; apart: shared numbers that are
    held for two customers. Numbers whose telephone numbers mostly differ are two sets.
    """
    rows = []
    for source, other, shared, apart, differ, numbers in connection.execute(_PAIRS).fetchall():
        header, other_header = headers.get(source, ""), headers.get(other, "")
        same = header.casefold() == other_header.casefold()
        enough = same or (shared >= _FEWEST and shared >= _OVERLAP * numbers)
        if apart and enough and differ * 2 <= shared:
            rows.append((source, other, header, other_header, numbers, shared, apart))
    return pd.DataFrame(rows, columns=COLUMNS)

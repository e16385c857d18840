"""Which records are compared at all: those that share a blocking key."""

from __future__ import annotations

import duckdb
import pandas as pd

from crm_lib.identity.model import Model
from crm_lib.ingest import sql


def find_blocks(connection: duckdb.DuckDBPyConnection, model: Model, most_pairs: int) -> pd.DataFrame:
    """Rules with their pairs: block, pairs, used (0 < pairs <= most_pairs); of `evidence` and `read_names`.

    Tables: `keyed`, node and block_<rule>; `members`, rule, block, node of keys that more than one row has, of the rules
    in use.
    """
    keys = ", ".join(
        f"CASE WHEN {rule} IS NOT NULL THEN hash({rule}) END AS block_{name}" for name, rule in model.blocks.items()
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE keyed AS SELECT node, {keys} FROM evidence LEFT JOIN read_names USING (given_name)"
    )
    members = " UNION ALL ".join(
        f"SELECT '{name}' AS rule, block_{name} AS block, node FROM keyed SEMI JOIN (SELECT block_{name} FROM keyed"
        f" WHERE block_{name} IS NOT NULL GROUP BY block_{name} HAVING COUNT(*) > 1) USING (block_{name})"
        for name in model.blocks
    )
    connection.execute(f"CREATE OR REPLACE TABLE members AS {members}")
    found = dict(
        connection.execute(
            "SELECT rule, CAST(SUM(n * (n - 1) / 2) AS BIGINT) FROM"
            " (SELECT rule, COUNT(*) AS n FROM members GROUP BY rule, block) GROUP BY rule"
        ).fetchall()
    )
    rows = [(name, found.get(name, 0), 0 < found.get(name, 0) <= most_pairs) for name in model.blocks]
    left_out = ", ".join(sql.string(name) for name, _, used in rows if not used)
    if left_out:
        connection.execute(f"DELETE FROM members WHERE rule IN ({left_out})")
    return pd.DataFrame(rows, columns=["block", "pairs", "used"])


def gather_candidates(connection: duckdb.DuckDBPyConnection) -> int:
    """Table `compared`: evidence and names of the rows that share a key; how many there are."""
    connection.execute(
        "CREATE OR REPLACE TABLE compared AS SELECT e.* EXCLUDE (given_name), r.* EXCLUDE (given_name)"
        " FROM (SELECT * FROM evidence SEMI JOIN members USING (node)) AS e LEFT JOIN read_names AS r USING (given_name)"
    )
    return sql.one(connection, "SELECT COUNT(*) FROM compared")

"""Probabilities of pairs under a fixed model (Fellegi and Sunter 1969): by Splink, and for few rows by one query alike.

Splink's import and its checks of every expression take longer than the pairs of a few thousand records.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

import duckdb

from crm_lib.identity.model import APART, Comparison, Model, splink_settings
from crm_lib.ingest import sql


def score_few(connection: duckdb.DuckDBPyConnection, model: Model, used: Sequence[str], review_at: float) -> None:
    """Table `scored` of `compared` and `members`: node_l, node_r, match_probability (>= review_at), gamma_<comparison>.

    The weight is log2 of the prior odds and of m/u of every level, summed in the model's order.
    """
    columns = [name for name in sql.described(connection, "compared") if name != "node"]
    sides = ", ".join(f"{side}.{name} AS {name}_{side}" for side in "lr" for name in columns)
    gammas = ", ".join(f"{_gamma(part)} AS gamma_{part.column}" for part in model.comparisons)
    weights = " + ".join([_real(_odds(model.prior)), *map(_weight, model.comparisons)])
    connection.execute(
        "CREATE OR REPLACE TABLE pairs AS SELECT DISTINCT l.node AS node_l, r.node AS node_r FROM members AS l"
        " JOIN members AS r ON l.rule = r.rule AND l.block = r.block WHERE l.node < r.node"
    )
    connection.execute(f"""
        CREATE OR REPLACE TABLE scored AS
        WITH sides AS (
            SELECT pairs.*, {sides} FROM pairs JOIN compared AS l ON l.node = node_l JOIN compared AS r ON r.node = node_r
            WHERE {APART}
        ),
        levels AS MATERIALIZED (SELECT node_l, node_r, {gammas} FROM sides),
        weighed AS (SELECT *, {weights} AS weight FROM levels)
        SELECT * EXCLUDE (weight), CASE WHEN weight >= 0 THEN 1.0 / (1.0 + pow(CAST(2 AS DOUBLE), -weight))
            ELSE pow(CAST(2 AS DOUBLE), weight) / (1.0 + pow(CAST(2 AS DOUBLE), weight)) END AS match_probability
        FROM weighed WHERE weight >= {_real(_odds(review_at))}
    """)
    connection.execute("DROP TABLE pairs")


def _gamma(part: Comparison) -> str:
    """Number of the first level that holds, -1 where either side is missing."""
    *levels, _ = part.levels
    cases = " ".join(f"WHEN {level.when} THEN {level.gamma}" for level in levels)
    return f"CASE WHEN {part.present}_l IS NULL OR {part.present}_r IS NULL THEN -1 {cases} ELSE 0 END"


def _weight(part: Comparison) -> str:
    cases = " ".join(f"WHEN {level.gamma} THEN {_real(log2(level.m / level.u))}" for level in part.levels)
    return f"CASE gamma_{part.column} {cases} ELSE {_real(0.0)} END"


def _odds(probability: float) -> float:
    return log2(probability / (1 - probability))


def _real(number: float) -> str:
    return f"CAST({number!r} AS DOUBLE)"


def score_with_splink(
    connection: duckdb.DuckDBPyConnection, model: Model, used: Sequence[str], review_at: float
) -> None:
    """Table `scored` as `score_few` makes it, of `compared` and `keyed`."""
    import logging

    from splink import DuckDBAPI, Linker

    connection.execute("CREATE OR REPLACE TABLE given AS SELECT * FROM compared JOIN keyed USING (node)")
    settings = splink_settings(
        Model(model.kind, model.prior, {name: model.blocks[name] for name in used}, model.comparisons)
    )
    given = DuckDBAPI(connection).register("given")
    linker = Linker(given, settings, log_level=logging.ERROR, validate_settings=False)
    predicted = linker.inference.predict(threshold_match_probability=review_at, warning_mode="never")
    connection.execute(f"CREATE OR REPLACE TABLE scored AS SELECT * FROM {sql.quoted(predicted.physical_name)}")
    connection.execute("DROP TABLE given")
    for name in connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '\\_\\_splink%' ESCAPE '\\'"
    ).fetchall():
        connection.execute(f"DROP TABLE IF EXISTS {sql.quoted(name[0])}")

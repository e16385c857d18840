"""Pairs of records that are probably one customer's, scored by Splink on DuckDB with a fixed model."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np
import pandas as pd

from crm_lib.identity.evidence import make_evidence
from crm_lib.identity.model import MACROS, Model, splink_settings
from crm_lib.ingest import sql

EDGES = ("left", "right", "probability", "join")
_PENDING = 0.998  # of the way from the lower to the upper threshold: a doubtful pair is shown first, but not joined


def probable_pairs(
    connection: duckdb.DuckDBPyConnection, model: Model, join_at: float, review_at: float, most_pairs: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Edges over table `nodes` and the blocking rules.

    Edges: left < right (nodes), probability, join, decided (whatever the names), and a column gamma_<comparison> each. Rules: block, pairs, used;
    a rule that makes more than `most_pairs` pairs is left out.
    """
    evidence = make_evidence(connection, model.kind)
    blocks = _blocks(connection, model, most_pairs)
    used = [name for name, use in zip(blocks["block"], blocks["used"], strict=True) if use]
    if not evidence.rows or not used:
        return _no_edges(model), blocks
    scored = _scored(connection, model, used, review_at)
    edges = connection.execute(_judged(model, scored, join_at, review_at)).df()
    for name in connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '\\_\\_splink%' ESCAPE '\\'"
    ).fetchall():
        connection.execute(f"DROP TABLE IF EXISTS {sql.quoted(name[0])}")
    return edges, blocks


def _no_edges(model: Model) -> pd.DataFrame:
    gammas = {f"gamma_{part.column}": np.empty(0, "int64") for part in model.comparisons}
    plain = {
        "left": np.empty(0, "int64"),
        "right": np.empty(0, "int64"),
        "probability": np.empty(0),
        "join": np.empty(0, bool),
        "decided": np.empty(0, bool),
    }
    return pd.DataFrame(plain | gammas)


def _blocks(connection: duckdb.DuckDBPyConnection, model: Model, most_pairs: int) -> pd.DataFrame:
    """Rules with their pairs; keys that only one row has are blanked, so that Splink does not look at them."""
    keys = ", ".join(f"{rule} AS block_{name}" for name, rule in model.blocks.items())
    connection.execute(f"CREATE OR REPLACE TABLE keyed AS SELECT *, {keys} FROM evidence")
    rows = []
    for name in model.blocks:
        pairs = sql.one(
            connection,
            f"SELECT CAST(SUM(n * (n - 1) / 2) AS BIGINT) FROM (SELECT COUNT(*) AS n FROM keyed"
            f" WHERE block_{name} IS NOT NULL GROUP BY block_{name} HAVING COUNT(*) > 1)",
        )
        rows.append((name, pairs, 0 < pairs <= most_pairs))
    return pd.DataFrame(rows, columns=["block", "pairs", "used"])


def _scored(connection: duckdb.DuckDBPyConnection, model: Model, used: list[str], review_at: float) -> str:
    """Name of Splink's table of pairs at `review_at` and above."""
    import logging

    from splink import DuckDBAPI, Linker

    for head, body in MACROS.items():
        connection.execute(f"CREATE OR REPLACE MACRO {head} AS ({body})")
    settings = splink_settings(
        Model(model.kind, model.prior, {name: model.blocks[name] for name in used}, model.comparisons)
    )
    given = DuckDBAPI(connection).register("keyed")
    linker = Linker(given, settings, log_level=logging.ERROR, validate_settings=False)
    predicted = linker.inference.predict(threshold_match_probability=review_at, warning_mode="never")
    return str(predicted.physical_name)


def _judged(model: Model, scored: str, join_at: float, review_at: float) -> str:
    doubtful = f"({model.where('doubtful')} AND NOT {model.where('agrees')} AND NOT {model.where('decides')})"
    waiting = review_at + (join_at - review_at) * _PENDING
    gammas = ", ".join(f"gamma_{part.column}" for part in model.comparisons)
    return f"""
        SELECT least(node_l, node_r) AS "left", greatest(node_l, node_r) AS "right",
            CASE WHEN {doubtful} THEN least(match_probability, {waiting}) ELSE match_probability END AS probability,
            match_probability >= {join_at} AND NOT {doubtful} AS "join",
            {model.where("decides")} AS decided, {gammas}
        FROM {sql.quoted(scored)} WHERE NOT {model.where("contradicts")} OR {model.where("decides")}
        ORDER BY ALL
    """


def pairs_left_out(blocks: pd.DataFrame) -> Mapping[str, int]:
    """Rule -> pairs, of the rules over the cap."""
    over = blocks[~blocks["used"] & (blocks["pairs"] > 0)]
    return dict(zip(over["block"], over["pairs"].astype(int), strict=True))

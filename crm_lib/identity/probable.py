"""Pairs of records that are probably one customer's, scored with a fixed model."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from crm_lib.identity.blocking import find_blocks, gather_candidates
from crm_lib.identity.evidence import make_evidence
from crm_lib.identity.model import MACROS, Model
from crm_lib.identity.scoring import score_few, score_with_splink

EDGES = ("left", "right", "probability", "join")
FEW = 2_000_000  # rows; more are handed to Splink, whose steps the engine can spill one by one
_PENDING = 0.998  # of the way from the lower to the upper threshold: a doubtful pair is shown first, but not joined


def probable_pairs(
    connection: duckdb.DuckDBPyConnection, model: Model, join_at: float, review_at: float, most_pairs: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Edges over table `nodes` and the blocking rules.

    Edges: left < right (nodes), probability, join, decided (whatever the names), and a column gamma_<comparison> each. Rules: block, pairs, used;
    a rule that makes more than `most_pairs` pairs is left out.
    """
    make_evidence(connection, model.kind)
    blocks = find_blocks(connection, model, most_pairs)
    used = tuple(blocks["block"][blocks["used"]])
    rows = gather_candidates(connection) if used else 0
    connection.execute("DROP TABLE evidence; DROP TABLE read_names")
    if not rows:
        return _no_edges(model), blocks
    for head, body in MACROS.items():
        connection.execute(f"CREATE OR REPLACE MACRO {head} AS ({body})")
    score = score_with_splink if rows > FEW else score_few
    score(connection, model, used, review_at)
    edges = connection.execute(_judged(model, join_at, review_at)).df()
    for name in ("scored", "compared", "members", "keyed"):
        connection.execute(f"DROP TABLE {name}")
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


def _judged(model: Model, join_at: float, review_at: float) -> str:
    doubtful = f"({model.where('doubtful')} AND NOT {model.where('agrees')} AND NOT {model.where('decides')})"
    waiting = review_at + (join_at - review_at) * _PENDING
    gammas = ", ".join(f"gamma_{part.column}" for part in model.comparisons)
    return f"""
        SELECT least(node_l, node_r) AS "left", greatest(node_l, node_r) AS "right",
            CASE WHEN {doubtful} THEN least(match_probability, {waiting}) ELSE match_probability END AS probability,
            match_probability >= {join_at} AND NOT {doubtful} AS "join",
            {model.where("decides")} AS decided, {gammas}
        FROM scored WHERE NOT {model.where("contradicts")} OR {model.where("decides")}
        ORDER BY ALL
    """

"""Means of active customers that fell because more customers came: judged by those who bought in both spans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, label
from crm_lib.review.rows import value
from crm_lib.review.windows import Span, Windows, spans

MEANS = {"purchase_frequency": "purchases", "revenue_per_customer": "net"}
SIDES = {"before": "verdict", "year_ago": "yoy_verdict"}
Z = 1.96
COLUMNS = ["metric", "against", "then", "now", "active_then", "active_now", "customers", "same_then", "same_now"]
COLUMNS += ["low", "high", "verdict"]


def same_customers(engine: Engine, found: Windows, definitions: Definitions, changes: pd.DataFrame) -> pd.DataFrame:
    """One row a mean of the active customers that is worse while their number rose and their sum did not fall: COLUMNS.

    then, now and active_*: the mean and its customers in both spans; same_*: the mean of the `customers` who bought in
    both; low, high: 95% interval of its change. verdict: 'mix' where that does not show them worse, else 'worse'. No row
    where fewer than the smallest base bought in both.
    """
    everyone = changes[changes["group_id"].eq("all") & changes["metric"].isin(list(MEANS))]
    lines = []
    for row in rows(everyone):
        for side, verdict in SIDES.items():
            active, then_mean = getattr(row, f"{side}_base"), getattr(row, side)
            more = row.after_base > active and row.after * row.after_base >= then_mean * active
            if getattr(row, verdict) != "worse" or not more:
                continue
            named = spans(found, row.metric, definitions)
            both = _both(engine, named[side], named["after"])
            if len(both) < max(2, definitions.smallest_base):
                continue
            name = MEANS[row.metric]
            then, now = (both[f"{when}_{name}"].to_numpy("float64") for when in ("then", "now"))
            change = now - then
            half = Z * change.std(ddof=1) / np.sqrt(len(change))
            low, high = change.mean() - half, change.mean() + half
            told = "worse" if high < 0 else "mix"
            counts = (active, row.after_base, len(both))
            lines.append((row.metric, side, then_mean, row.after, *counts, then.mean(), now.mean(), low, high, told))
    return pd.DataFrame(lines, columns=COLUMNS)


def _both(engine: Engine, then: Span, now: Span) -> pd.DataFrame:
    """Purchases and net amount in each span, of the customers with a purchase in both."""
    days = {
        "then_first": then.starts_on,
        "then_last": then.ends_on,
        "now_first": now.starts_on,
        "now_last": now.ends_on,
    }
    parts = []
    for when in ("then", "now"):
        inside = f"CAST(ordered_on AS DATE) BETWEEN CAST(${when}_first AS DATE) AND CAST(${when}_last AS DATE)"
        sale = "kind = 'sale' AND amount > 0"
        parts.append(f"SUM(CASE WHEN {inside} AND {sale} THEN 1 ELSE 0 END) AS {when}_purchases")
        parts.append(f"SUM(CASE WHEN {inside} THEN CAST(amount AS DOUBLE) ELSE 0 END) AS {when}_net")
    query = (
        f"SELECT customer_id, {', '.join(parts)} FROM orders WHERE customer_id IS NOT NULL"  # nosec B608: names of ours
        " GROUP BY customer_id ORDER BY customer_id"
    )
    found = engine.sql(query, **days)
    return found[(found["then_purchases"] > 0) & (found["now_purchases"] > 0)]


def by_mix(changes: pd.DataFrame, same: pd.DataFrame) -> pd.DataFrame:
    """`changes` with the verdicts of `same`."""
    found = changes.copy()
    for row in rows(same):
        here = found["group_id"].eq("all") & found["metric"].eq(row.metric)
        found.loc[here, SIDES[row.against]] = row.verdict
    return found


def mix_words(same: pd.DataFrame) -> list[Message]:
    """What those who bought in both spans did: a sentence for each metric and verdict, a year ago before the other span."""
    return list(_told(same.drop_duplicates(["metric", "verdict"], keep="last")))


def _told(same: pd.DataFrame) -> Iterator[Message]:
    for row in rows(same):
        kind = METRICS[row.metric].kind
        given: dict[str, Any] = {
            "then": value(kind, row.then),
            "now": value(kind, row.now),
            "same_then": value(kind, row.same_then),
            "same_now": value(kind, row.same_now),
            "active_then": Value("int", int(row.active_then)),
            "active_now": Value("int", int(row.active_now)),
            "low": value(kind, row.low),
            "high": value(kind, row.high),
        }
        against = msg(f"review.mix.{row.against}")
        yield msg(
            f"review.same.{row.verdict}", metric=label(row.metric), against=against, n=int(row.customers), **given
        )

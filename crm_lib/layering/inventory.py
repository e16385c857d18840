"""The integration inventory: what came in, what became of each row, how complete, unique and fresh it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.language import Message, literal, msg, term_or_text
from crm_lib.tables import CUSTOMERS, IDENTITY

Inventory = Mapping[str, pd.DataFrame]
OUTCOMES = ("accepted", "duplicates", "quarantined", "non_data")
FRESH_DAYS, STALE_DAYS = 7, 31  # a source is fresh up to the first, to be watched up to the second
CUSTOMER_FIELDS = tuple(dict.fromkeys(c.name for c in (*IDENTITY, *CUSTOMERS.columns) if c.name != "customer_id"))


def source_words(engagement: Engagement) -> dict[str, Message]:
    """Words of each source: its label, else its name."""
    return {s.name: s.label.message if s.label else literal(s.name) for s in engagement.sources}


def account(inventory: Inventory, engagement: Engagement, baseline: date) -> pd.DataFrame:
    """One row a file: the client's words for the source, rows by outcome, amounts, newest record and its age.

    difference is rows_read less everything they became: 0 where nothing was lost. age_days is the days from the
    newest record to the baseline (0 where the file goes beyond it, NaN without a date), freshness its status.
    """
    words, files = source_words(engagement), inventory["files"].reset_index(drop=True)
    newest = pd.to_datetime(files["newest"])
    age = (pd.Timestamp(baseline) - newest).dt.days.clip(lower=0).astype("float64")
    freshness = np.select([age.isna(), age <= FRESH_DAYS, age <= STALE_DAYS], ["unknown", "good", "watch"], "bad")
    return files.assign(
        label=[words.get(name, literal(name)) for name in files["source"]],
        table=[msg(f"table.{name}") for name in files["table"]],
        newest=newest,
        difference=files["rows_read"] - files[list(OUTCOMES)].sum(axis=1),
        accepted_share=files["accepted"] / (files["rows_read"] - files["non_data"]).where(files["rows_read"] > 0),
        age_days=age,
        freshness=freshness,
    )


def rows_by_outcome(files: pd.DataFrame) -> pd.DataFrame:
    """`account` as (label, outcome, rows, share of the source's rows), a row a source and outcome that occurs."""
    sums = files.groupby("source", sort=False)[["rows_read", *OUTCOMES]].sum()
    words = dict(zip(files["source"], files["label"], strict=True))
    present = [name for name in OUTCOMES if sums[name].sum() > 0]
    rows = [
        (words[source], outcome, int(row[outcome]), row[outcome] / row["rows_read"] if row["rows_read"] else np.nan)
        for source, row in sums.iterrows()
        for outcome in present
    ]
    return pd.DataFrame(rows, columns=["label", "outcome", "rows", "share"])


def quarantine(inventory: Inventory, engagement: Engagement) -> pd.DataFrame:
    """One row a (source, file, reason), the most rows first: label, file, reason, rows."""
    words = source_words(engagement)
    rows = inventory["quarantine"].sort_values(
        ["rows", "source", "file", "reason"], ascending=[False, True, True, True], ignore_index=True
    )
    return rows.assign(
        label=[words.get(name, literal(name)) for name in rows["source"]],
        reason=[term_or_text("ingest.reason", name) for name in rows["reason"]],
    )[["label", "file", "reason", "rows"]]


def fields(inventory: Inventory, engagement: Engagement) -> pd.DataFrame:
    """One row a mapped field: label, table, field, header, type, rows, filled, completeness, distinct, uniqueness, invalid."""
    words, rows = source_words(engagement), inventory["columns"].reset_index(drop=True)
    return rows.assign(
        label=[words.get(name, literal(name)) for name in rows["source"]],
        field=[field_words(t, c) for t, c in zip(rows["table"], rows["column"], strict=True)],
        table=[msg(f"table.{name}") for name in rows["table"]],
        completeness=rows["filled"] / rows["rows"].where(rows["rows"] > 0),
        uniqueness=rows["distinct"] / rows["filled"].where(rows["filled"] > 0),
    )


def field_words(table: str, column: str) -> Message:
    """Words of a canonical column, also of those by which a row names its customer."""
    identity = column in {c.name for c in IDENTITY}
    return term_or_text("column.customers" if identity else f"column.{table}", column)


def completeness_grid(field_table: pd.DataFrame) -> pd.DataFrame:
    """Completeness of what describes a customer, by source and field: label, field, completeness, rows."""
    known = field_table[field_table["column"].isin(CUSTOMER_FIELDS)]
    order = known["column"].map({name: i for i, name in enumerate(CUSTOMER_FIELDS)})
    return known.assign(order=order).sort_values(["source", "order"], kind="stable", ignore_index=True)


def standardised(inventory: Inventory, engagement: Engagement) -> pd.DataFrame:
    """One row a (source, column, rule) that changed values, the most first: label, field, rule, changed."""
    words = source_words(engagement)
    tables = {s.name: s.table for s in engagement.sources}
    rows = inventory["standardised"].sort_values(
        ["changed", "source", "column", "rule"], ascending=[False, True, True, True], ignore_index=True
    )
    return rows.assign(
        label=[words.get(name, literal(name)) for name in rows["source"]],
        field=[field_words(tables.get(s, ""), c) for s, c in zip(rows["source"], rows["column"], strict=True)],
        rule=[term_or_text("ingest.rule", name) for name in rows["rule"]],
    )[["label", "field", "rule", "changed"]]

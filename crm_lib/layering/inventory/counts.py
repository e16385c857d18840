"""The integration inventory: what came in, what became of each row, how complete, unique and fresh it is.

Everything is read from the account of ingest (`session.inventory`). Sources are named in the client's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.ingest.readers.not_data import KINDS
from crm_lib.language import Message, literal, msg, term_or_text
from crm_lib.tables import CUSTOMERS, IDENTITY, TABLES

Inventory = Mapping[str, pd.DataFrame]
OUTCOMES = ("accepted", "duplicates", "quarantined", "later", "non_data")
JOINED = ("key", "decision", "phone", "email", "probable", "name")  # rules by which a record joins another
STAGES = ("records", *JOINED, "unnamed", "customers")
_IDENTITY = frozenset(column.name for column in IDENTITY)
FRESH_DAYS, STALE_DAYS = 7, 31  # a source is fresh up to the first, to be watched up to the second
STREAMS = frozenset(
    {"order_lines", "tickets", "interactions", "loyalty", "visits"}
)  # a list or a wave without news is not stale
CUSTOMER_FIELDS = tuple(dict.fromkeys(c.name for c in (*IDENTITY, *CUSTOMERS.columns) if c.name != "customer_id"))


_FOLDER = "raw/"  # ours, not the client's


def as_sent(file: str) -> str:
    """A file's path as the client sent it."""
    return file.removeprefix(_FOLDER)


def sent(inventory: Inventory) -> dict[str, pd.DataFrame]:
    """The inventory with files named as the client sent them."""
    return {
        name: frame.assign(file=objects(map(as_sent, frame["file"]))) if "file" in frame else frame
        for name, frame in inventory.items()
    }


def account(inventory: Inventory, engine: Engine, baseline: date) -> pd.DataFrame:
    """`files` with what a reader asks of each file.

    difference: rows_read less everything they became, 0 where nothing was lost; accepted_share: of the rows that are
    data and not dated later; a column a kind of rows that are no data (ingest.readers.not_data.KINDS); newest_known: the newest record by the baseline (the table's, where the file goes beyond it); age_days: from
    it to the baseline, NaN without a date, for lists and surveys, whose last day says nothing of when they were
    exported, and for a file that another one goes on from; freshness: its status.
    """
    files = inventory["files"].reset_index(drop=True)
    newest = pd.to_datetime(files["newest"])
    by_table = {table: _newest_known(engine, table) for table in dict.fromkeys(files["table"])}
    known = newest.where(newest <= pd.Timestamp(baseline), pd.to_datetime(files["table"].map(by_table)))
    age = (pd.Timestamp(baseline) - known).dt.days.astype("float64")
    age = age.where(files["table"].isin(STREAMS) & ~_followed(inventory, files, newest))
    data = files["rows_read"] - files["non_data"] - files["later"]
    return files.assign(
        **_non_data_kinds(inventory, files),
        newest=newest,
        newest_known=known,
        difference=files["rows_read"] - files[list(OUTCOMES)].sum(axis=1),
        accepted_share=files["accepted"] / data.where(data > 0),
        age_days=age,
        freshness=np.select([age.isna(), age <= FRESH_DAYS, age <= STALE_DAYS], ["unknown", "good", "watch"], "bad"),
    )


def _followed(inventory: Inventory, files: pd.DataFrame, newest: pd.Series) -> pd.Series:
    """Whether another file of the table begins where a file ends: one year's export after the other's; or, before it ends,
    with orders that both deliver."""
    begins, twice = begin_of(inventory, files), inventory.get("twice", pd.DataFrame(columns=["source", "other"]))
    both = {frozenset(pair) for pair in zip(twice["source"], twice["other"], strict=True)}
    overlaps = [
        any(
            frozenset((source, other)) in both and first < since <= last < until
            for other, since, until in zip(files["source"], begins, newest, strict=True)
        )
        for source, first, last in zip(files["source"], begins, newest, strict=True)
    ]
    gap = [
        (begins[files["table"].eq(table) & files["source"].ne(source)] - last).dt.days
        for table, source, last in zip(files["table"], files["source"], newest, strict=True)
    ]
    after = [bool(own.between(1, STALE_DAYS).any()) for own in gap]
    return pd.Series([a or b for a, b in zip(after, overlaps, strict=True)], index=files.index, dtype=bool)


def begin_of(inventory: Inventory, files: pd.DataFrame) -> pd.Series:
    """First day of the events of each file; NaT where it has none."""
    days = inventory.get("days")
    if days is None or days.empty:
        return pd.Series(pd.NaT, index=files.index, dtype="datetime64[ns]")
    first = pd.to_datetime(days.groupby(["source", "file"])["day"].min())
    pairs = pd.MultiIndex.from_frame(files[["source", "file"]])
    return pd.Series(pd.to_datetime(first.reindex(pairs).to_numpy()), index=files.index)


def _non_data_kinds(inventory: Inventory, files: pd.DataFrame) -> dict[str, pd.Series]:
    if "non_data" not in inventory:
        return {}
    counts = inventory["non_data"].groupby(["source", "file", "kind"])["rows"].sum()
    pairs = list(zip(files["source"], files["file"], strict=True))
    return {kind: pd.Series([int(counts.get((*pair, kind), 0)) for pair in pairs]) for kind in KINDS}


def _newest_known(engine: Engine, table: str) -> pd.Timestamp | None:
    """Day of the newest record of a table that the engine shows."""
    event = TABLES[table].event
    if not event or not engine.has(table):
        return None
    return engine.sql(f"SELECT CAST(MAX({event}) AS DATE) AS day FROM {table}")["day"].iloc[0]


def rows_by_outcome(files: pd.DataFrame) -> pd.DataFrame:
    """What was not accepted: one row a source and outcome that occurs anywhere: label, outcome, rows, share of the rows

    read. Where every row was accepted, the accepted rows themselves.
    """
    sums = files.groupby("source", sort=False)[["rows_read", *OUTCOMES]].sum()
    labels = files.drop_duplicates("source").set_index("source")["label"]
    present = [name for name in OUTCOMES[1:] if sums[name].sum() > 0] or ["accepted"]
    rows = [
        (labels[str(source)], outcome, int(row[outcome]), row[outcome] / (row["rows_read"] or np.nan))
        for source, row in sums.iterrows()
        for outcome in present
    ]
    return pd.DataFrame(rows, columns=["label", "outcome", "rows", "share"])


def quarantine(inventory: Inventory) -> pd.DataFrame:
    """One row a (source, file, reason, field), the most rows first: source, label, file, code and reason (its words),

    column and field (its words), rows.
    """
    keys = ["source", "file", "reason", "column"]
    rows = inventory["quarantine"].sort_values(["rows", *keys], ascending=[False, *[True] * 4], ignore_index=True)
    return rows.assign(
        label=_labels(inventory, rows),
        code=rows["reason"],
        reason=_objects(term_or_text("ingest.reason", name) for name in rows["reason"]),
        field=_field_words(rows),
    )[["source", "label", "file", "code", "reason", "column", "field", "rows"]]


def fields(inventory: Inventory) -> pd.DataFrame:
    """`columns` with field (the canonical column in words), given_by (its header, or the constant of every row) and
    uniqueness (distinct / filled)."""
    rows = inventory["columns"].reset_index(drop=True)
    return rows.assign(
        field=_field_words(rows),
        given_by=_given_by(rows),
        uniqueness=rows["distinct"] / rows["filled"].where(rows["filled"] > 0),
    )


def _given_by(rows: pd.DataFrame) -> pd.Series:
    return _objects(
        literal(header) if pd.isna(constant) else msg("layering.constant", value=_constant_words(column, str(constant)))
        for column, header, constant in zip(rows["column"], rows["header"], rows["constant"], strict=True)
    )


def _constant_words(column: str, constant: str) -> Message:
    return term_or_text("channel", constant) if column in ("channel", "join_channel") else literal(constant)


def completeness_grid(field_table: pd.DataFrame) -> pd.DataFrame:
    """Completeness of what describes a customer, by source and field: label, field, completeness, rows."""
    own = (field_table["table"] == "customers") & field_table["column"].isin(CUSTOMER_FIELDS)
    naming = field_table["table"].map(lambda name: TABLES[name].identity) & field_table["column"].isin(_IDENTITY)
    known = field_table[own | naming]
    order = known["column"].map({name: i for i, name in enumerate(CUSTOMER_FIELDS)})
    known = known.assign(order=order).sort_values("order", kind="stable", ignore_index=True)
    return known.assign(field=_objects(field_words("customers", column) for column in known["column"]))


def standardised(inventory: Inventory) -> pd.DataFrame:
    """One row a (source, field, rule) that changed values: label, field, rule, changed."""
    rows = inventory["standardised"].reset_index(drop=True)
    return rows.assign(
        label=_labels(inventory, rows),
        field=_field_words(rows),
        rule=_objects(term_or_text("ingest.rule", name) for name in rows["rule"]),
    )[["label", "field", "rule", "changed"]]


def standardised_by_rule(inventory: Inventory) -> pd.DataFrame:
    """One row a rule that changed values, the most first: rule (its words), changed, count_fields, count_sources."""
    rows = inventory["standardised"]
    keys = rows["source"] + "." + rows["column"]
    groups = rows.assign(keys=keys).groupby("rule")
    table = groups.agg(
        changed=("changed", "sum"), count_fields=("keys", "nunique"), count_sources=("source", "nunique")
    )
    table = table.reset_index().sort_values(["changed", "rule"], ascending=[False, True], ignore_index=True)
    return table.assign(rule=_objects(term_or_text("ingest.rule", name) for name in table["rule"]))


def records_to_customers(inventory: Inventory) -> pd.DataFrame:
    """From records to customers: stage of STAGES, count; records = JOINED + unnamed + customers."""
    totals = inventory["totals"].set_index("name")["value"]
    counts = inventory["merges"].set_index("rule")["records"].to_dict()
    counts |= {name: totals.get(name, 0) for name in ("records", "unnamed", "customers")}
    return pd.DataFrame({"stage": STAGES, "count": [int(counts.get(stage, 0)) for stage in STAGES]})


def source_overlap(inventory: Inventory) -> pd.DataFrame:
    """One row a pair of sources: label, other, customers in both, share of the customers of `label`."""
    known = inventory["records"].dropna(subset=["customer_id"])
    naming = set(known["source"].unique())
    order = [name for name in dict.fromkeys(inventory["files"]["source"]) if name in naming]
    customers, _ = pd.factorize(known["customer_id"])
    held = np.zeros((customers.max(initial=-1) + 1, len(order)), dtype="int64")
    held[customers, known["source"].map({name: i for i, name in enumerate(order)}).to_numpy("int64")] = 1
    both = held.T @ held
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"]
    rows = [
        (labels[one], labels[other], int(both[i, j]), both[i, j] / both[i, i])
        for i, one in enumerate(order)
        for j, other in enumerate(order)
    ]
    return pd.DataFrame(rows, columns=["label", "other", "customers", "share"])


def sources_per_customer(inventory: Inventory) -> pd.DataFrame:
    """How many customers stand in how many sources: sources, customers, share."""
    known = inventory["records"].dropna(subset=["customer_id"])
    counts = known.groupby("customer_id")["source"].nunique().value_counts().sort_index()
    table = counts.rename_axis("sources").reset_index(name="customers")
    return table.assign(share=table["customers"] / max(int(table["customers"].sum()), 1))


def _objects(values: Iterable[Any]) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def _labels(inventory: Inventory, rows: pd.DataFrame) -> pd.Series:
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"]
    return _objects(labels[source] for source in rows["source"])


def _field_words(rows: pd.DataFrame) -> pd.Series:
    """Words of canonical columns; those by which a row names its customer are called as in `customers`."""
    pairs = zip(rows["table"], rows["column"], strict=True)
    return _objects(field_words(table, column) if column else None for table, column in pairs)


def field_words(table: str, column: str) -> Message:
    own = term_or_text(f"column.{table}", column)
    return own if own.id else term_or_text("column.customers", column)

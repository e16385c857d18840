"""Quality by column, as delivered and as kept: complete, in standard form, valid, unique, consistent, timely.

The dimensions are those of DAMA UK (2013); what each share is of, `ingest.account` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.frames import objects
from crm_lib.language import Message, Value, msg
from crm_lib.layering.inventory.counts import STREAMS, Inventory, field_words
from crm_lib.tables import TABLES

DIMENSIONS = ("complete", "standard", "valid", "unique", "consistent", "timely")
# Columns that are rightly empty in some rows: how many are filled says nothing of quality.
OPTIONAL = frozenset(
    {
        ("order_lines", "refund_of"),
        ("order_lines", "discount"),
        ("order_lines", "paid_until"),
        ("customers", "last_login_on"),
        ("tickets", "first_response_at"),
        ("tickets", "closed_at"),
        ("tickets", "csat"),
        ("tickets", "description"),
        ("interactions", "strategy"),
        ("interactions", "need"),
        ("interactions", "note"),
        ("surveys", "comment"),
        ("campaigns", "strategy"),
        ("campaigns", "ends_on"),
        ("campaign_members", "responded_on"),
        ("visits", "kind"),
        ("visits", "status"),
    }
)
COMPARES = 0.5  # share of a dimension's fields that must be known on both sides: four of 23 do not speak for all
LONG = ("source", "table", "column", "dimension", "before", "after", "rows")


def measured(inventory: Inventory) -> pd.DataFrame:
    """LONG: one row a source, column and dimension that applies to it; before and after are shares, NaN where unknown.

    From the account's `quality`; where it has none, from its `columns`. OPTIONAL columns are not judged by completeness,
    lists and waves (no STREAMS) not by their last weeks.
    """
    given = inventory.get("quality")
    long = _from_columns(inventory["columns"]) if given is None or given.empty else _from_quality(inventory, given)
    optional = [pair in OPTIONAL for pair in zip(long["table"], long["column"], strict=True)]
    beside = np.array(optional, dtype=bool) & (long["dimension"] == "complete")
    beside |= ~long["table"].isin(STREAMS) & (long["dimension"] == "timely")
    return long[~beside].reset_index(drop=True)


def _from_quality(inventory: Inventory, given: pd.DataFrame) -> pd.DataFrame:
    rows = inventory["columns"].set_index(["source", "column"])["rows"]
    long = pd.concat([_dimension(given, name) for name in DIMENSIONS], ignore_index=True)
    at = pd.MultiIndex.from_frame(long[["source", "column"]])
    known = rows[~rows.index.duplicated()].reindex(at).fillna(0).to_numpy("int64")
    return long.assign(rows=known)[list(LONG)].dropna(subset=["before", "after"], how="all", ignore_index=True)


def _dimension(quality: pd.DataFrame, name: str) -> pd.DataFrame:
    """All that is kept is in the standard form."""
    unknown = pd.Series(np.nan, quality.index)
    before, after = (quality.get(key, unknown).astype("float64") for key in (f"{name}_before", name))
    after = before.where(before.isna(), 1.0) if name == "standard" else after
    return quality[["source", "table", "column"]].assign(dimension=name, before=before, after=after)


def _from_columns(columns: pd.DataFrame) -> pd.DataFrame:
    """What the counts of the columns tell: cells given and readable, and keys that repeat."""
    filled, given = columns["filled"], columns["filled"] + columns["invalid"]
    alone = [TABLES[t].key == (c,) for t, c in zip(columns["table"], columns["column"], strict=True)]
    repeated = columns["distinct"] / filled.where((filled > 0) & np.array(alone, dtype=bool))
    parts: dict[str, tuple[Any, pd.Series]] = {
        "complete": (np.nan, columns["completeness"]),
        "valid": (filled / given.where(given > 0), (filled / filled.where(filled > 0))),
        "unique": (np.nan, repeated),
    }
    head = columns[["source", "table", "column", "rows"]]
    frames = [head.assign(dimension=name, before=old, after=new) for name, (old, new) in parts.items()]
    return pd.concat(frames, ignore_index=True)[list(LONG)].dropna(subset=["after"], ignore_index=True)


def dimensions(long: pd.DataFrame) -> pd.DataFrame:
    """Mean of each dimension over its columns, weighted by rows: dimension, before, after, fields, of (fields in all).

    Where any column is known on both sides, only such columns: their mean compares. `long` is `measured`.
    """
    rows = []
    for name in DIMENSIONS:
        part = long[(long["dimension"] == name) & (long["rows"] > 0)]
        both = part["before"].notna() & part["after"].notna()
        all = len(part)
        part = part[both] if both.any() else part
        if len(part):
            rows.append((name, _mean(part, "before"), _mean(part, "after"), len(part), all))
    return pd.DataFrame(rows, columns=["dimension", "before", "after", "fields", "of"])


def _mean(part: pd.DataFrame, side: str) -> float:
    known = part.dropna(subset=[side])
    return float(np.average(known[side], weights=known["rows"])) if len(known) else np.nan


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Dimensions that most of their fields have both as delivered and as kept; none where there is but one. `table` is
    `dimensions`."""
    known = table.dropna(subset=["before", "after"])
    known = known[known["fields"] >= known["of"] * COMPARES].reset_index(drop=True)
    return known if len(known) > 1 else known[:0]


def quality_title(table: pd.DataFrame) -> Message:
    """The dimension that gained most, or that none did. `table` is `compared`."""
    gain = table["after"] - table["before"]
    if table.empty or gain.max() < 0.0005:
        return msg("inventory.title.quality_same")
    best = table.iloc[int(gain.argmax())]
    return msg(
        "inventory.title.quality",
        dimension=msg(f"inventory.dimension.{best['dimension']}"),
        before=Value("percent", best["before"]),
        after=Value("percent", best["after"]),
    )


def quality_note(table: pd.DataFrame) -> Message:
    """What the dimensions in the picture are. `table` is `compared`."""
    meant = [msg(f"inventory.dimension.{name}.meant") for name in table["dimension"]]
    return msg(
        "inventory.note.quality", meant=reduce(lambda a, b: msg("inventory.conclusion.joined", first=a, rest=b), meant)
    )


def by_field(long: pd.DataFrame, inventory: Inventory) -> pd.DataFrame:
    """One row a source and column, the weakest first: label, field, a column a dimension as kept and `<dimension>_before`
    as delivered, weakest (the least of those as kept). `long` is `measured`."""
    index = ["source", "table", "column"]
    after = _wide(long, "after", index)
    before = _wide(long, "before", index).add_suffix("_before")
    table = after.join(before)
    table["weakest"] = after.min(axis=1)
    table = table.reset_index().sort_values(["weakest", *index], kind="stable", ignore_index=True)
    labels = inventory["files"].drop_duplicates("source").set_index("source")["label"]
    return table.assign(
        label=objects(labels[source] for source in table["source"]),
        field=objects(map(field_words, table["table"], table["column"])),
    )


def _wide(long: pd.DataFrame, side: str, index: Sequence[str]) -> pd.DataFrame:
    keys = [*index, "dimension"]
    wide = long.drop_duplicates(keys).set_index(keys)[side].unstack()
    return wide.reindex(columns=list(DIMENSIONS)).astype("float64")

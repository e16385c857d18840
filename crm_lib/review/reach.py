"""Whether the records of a table reach back to a day: a span that they begin in the middle of is not measured."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.metrics import METRICS
from crm_lib.tables import TABLES

CONTINUOUS = ("orders", "tickets", "interactions")  # campaigns and surveys come in waves: their first day is no begin
MOST_SILENT_DAYS = 7
ANSWERS = "campaign_response_rate"


def reaches_from(engine: Engine, table: str) -> date | None:
    """The first day on which a span may begin to be covered by `table`; None without a record.

    Up to a week before the first record, as far as the table is silent that long elsewhere too.
    """
    if not engine.has(table):
        return None
    event = TABLES[table].event
    found = engine.sql(f"SELECT DISTINCT CAST({event} AS DATE) AS day FROM {table} WHERE {event} IS NOT NULL")["day"]
    days = pd.to_datetime(found).sort_values(ignore_index=True)
    if not len(days):
        return None
    silent = int(days.diff().dt.days.max() - 1) if len(days) > 1 else 0
    return pd.Timestamp(days[0]).date() - timedelta(days=min(silent, MOST_SILENT_DAYS))


def covered(engine: Engine, measured: pd.DataFrame, response_days: int) -> pd.Series:
    """Of each row of `metrics.kpis`: whether the records of its metric's table reach back to the first day; of answers,
    whether any is on record by the time that the span's messages had to be answered."""
    tables = measured["metric"].map(lambda name: METRICS[name].needs[0])
    first = {name: reaches_from(engine, name) for name in sorted(set(tables)) if name in CONTINUOUS}
    begins = pd.to_datetime(tables.map({name: day for name, day in first.items() if day}))
    found = begins.isna() | (measured["starts_on"] >= begins)
    answers = measured["metric"].eq(ANSWERS)
    if not answers.any() or not engine.has("campaign_members"):
        return found
    query = "SELECT MIN(responded_on) AS day FROM campaign_members WHERE responded_on IS NOT NULL"
    first_answer = pd.to_datetime(engine.sql(query)["day"]).iloc[0]
    due = measured["ends_on"] + timedelta(days=response_days)
    return found & ~(answers & (pd.isna(first_answer) | (due < first_answer)))

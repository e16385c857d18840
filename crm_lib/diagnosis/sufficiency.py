"""What the data allow: which tables are there, and which metrics cannot be given, each in a sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import NOT_DELIVERED
from crm_lib.diagnosis.measured import YEAR, Measured
from crm_lib.diagnosis.unmeasured import unmeasured
from crm_lib.diagnosis.words import sentences
from crm_lib.engine import Engine
from crm_lib.frames import rows as rows_of
from crm_lib.language import Message, Value, local, msg
from crm_lib.metrics import METRICS, intervals
from crm_lib.tables import TABLES


def tables(engine: Engine) -> pd.DataFrame:
    """[table, rows, first, last, there]: every canonical table with its rows and days; rows 0 where it is absent. Tables of
    some trades only where they are there."""
    there = [table for table in TABLES.values() if table.name in engine.tables]
    parts = [
        f"SELECT '{t.name}' AS name, COUNT(*) AS n, CAST(MIN({t.event}) AS DATE) AS first_on, CAST(MAX({t.event}) AS DATE) AS last_on FROM {t.name}"
        for t in there
    ]
    found = engine.sql(" UNION ALL ".join(parts)).set_index("name") if parts else pd.DataFrame()
    known: dict[Any, Any] = {"n": {}, "first_on": {}, "last_on": {}} | found.to_dict()
    rows = [
        {
            "table": name,
            "rows": known["n"].get(name, 0),
            "first": known["first_on"].get(name, pd.NaT),
            "last": known["last_on"].get(name, pd.NaT),
            "there": name in known["n"],
        }
        for name, table in TABLES.items()
        if name in known["n"] or not table.of_some_trades
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "first", "last", "there"])


def orders_note(engine: Engine) -> Message | None:
    """What the orders are: purchases, on which rates rest, and what is none; None where all are purchases."""
    if not engine.has("orders"):
        return None
    counts = engine.sql(
        "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN kind = 'sale' AND amount > 0 THEN 1 ELSE 0 END), 0) AS purchases,"
        " COALESCE(SUM(CASE WHEN kind = 'refund' THEN 1 ELSE 0 END), 0) AS refunds FROM orders"
    ).iloc[0]
    n, purchases, refunds = (int(counts[name]) for name in ("n", "purchases", "refunds"))
    if purchases == n:
        return None
    args = {"n": n, "purchases": purchases, "refunds": refunds, "nothing": n - purchases - refunds}
    return msg("diagnosis.note.orders", **args)


def missing(measured: Measured) -> list[Message]:
    """Sentences: a table that is not there and the metrics it takes away; metrics without a month that can be
    measured; metrics that rest on too few."""
    return [
        *_tables_missing(measured.engine),
        *_not_delivered(measured.engine),
        *_days_only(measured),
        *_fields_missing(measured),
        *_unmeasured(measured),
        *_late(measured),
        *_ratings_of_tickets(measured),
        *_few(measured),
    ]


def _fields_missing(measured: Measured) -> list[Message]:
    fields = Value("list", [msg(f"column.customers.{field}") for field in measured.empty_fields])
    return [msg("diagnosis.missing.fields", fields=fields)] if measured.empty_fields else []


def _tables_missing(engine: Engine) -> list[Message]:
    found = []
    for table in dict.fromkeys(name for metric in METRICS.values() for name in metric.needs):
        if not engine.has(table):
            names = [metrics.label(m.name) for m in METRICS.values() if table in m.needs]
            found.append(msg("diagnosis.missing.table", table=msg(f"table.{table}"), metrics=Value("list", names)))
    return found


def _not_delivered(engine: Engine) -> list[Message]:
    """Tables that are there without the column that says what to count."""
    return [
        msg(f"diagnosis.text.{said}", n=engine.count(table))
        for table, said in NOT_DELIVERED.items()
        if engine.has(table) and not metrics.delivered(engine, table)
    ]


def _days_only(measured: Measured) -> list[Message]:
    """That complaints have days without a time, where they are closed at all."""
    if not measured.engine.has("tickets") or not metrics.whole_days(measured.engine, "closed_at"):
        return []
    return [msg("diagnosis.missing.days_only", promised=Value("hours", measured.definitions.complaint_close_hours))]


def _unmeasured(measured: Measured) -> list[Message]:
    empty = measured.trends[measured.trends["value"].isna()]
    return [unmeasured(measured, name) for name in empty["metric"]]


def _ratings_of_tickets(measured: Measured) -> list[Message]:
    """Where no survey asks for satisfaction, the year's ratings of tickets: of the service given, not of the client."""
    engine = measured.engine
    asked = engine.has("surveys") and engine.fact("SELECT COUNT(csat) AS n FROM surveys")["n"].iloc[0]
    if asked or not engine.has("tickets"):
        return []
    sums = engine.sql(
        "SELECT CAST(COUNT(csat) AS DOUBLE) AS n, CAST(COALESCE(SUM(csat), 0) AS DOUBLE) AS x,"
        " CAST(COALESCE(SUM(csat * csat), 0) AS DOUBLE) AS xx FROM tickets WHERE CAST(opened_at AS DATE) > $since",
        since=measured.baseline - timedelta(days=YEAR),
    ).iloc[0]
    if sums["n"] < measured.smallest_base:
        return []
    low, high = (float(side) for side in intervals.mean(sums["x"], sums["xx"], sums["n"]))
    rated = Value("ratio", float(sums["x"] / sums["n"]), int(sums["n"]), max(low, 1.0), min(high, 5.0), "tickets.csat")
    return [msg("diagnosis.missing.ratings_of_tickets", rated=rated)]


def _late(measured: Measured) -> list[Message]:
    """Sources that begin after others of their table, and what cannot be compared across that day."""
    found = []
    hidden = {name: measured.late_source(name) for name in measured.trends["metric"]}
    for row in rows_of(measured.late):
        told = [
            metrics.label(name) for name, late in hidden.items() if late is not None and late["source"] == row.source
        ]
        if told:
            days: dict[str, Any] = {"first": Value("date", row.first_on), "since": Value("date", row.since)}
            share, table = Value("percent", row.share), msg(f"table.{row.table}")
            of: dict[str, Any] = {
                "source": local(row.label),
                "table": table,
                "share": share,
                "metrics": Value("list", told),
            }
            found.append(msg("diagnosis.missing.late_source", **of, **days))
    return found


def _few(measured: Measured) -> list[Message]:
    rows = measured.trends[measured.trends["value"].notna() & ~measured.trends["enough"].astype(bool)]
    least = Value("int", measured.smallest_base)
    return [
        msg("diagnosis.missing.few", metric=metrics.label(row["metric"]), n=Value("int", int(row["base"])), least=least)
        for _, row in rows.iterrows()
    ]


def history(measured: Measured) -> Message:
    """How many whole months there are, whether season can be told from trend, and what 'the last year' stands for."""
    months = metrics.months(measured.first_day, measured.baseline)["period"]
    if months.empty:
        return msg("diagnosis.history.none")
    span = metrics.months_words(months.iloc[0], months.iloc[-1])
    said = msg("diagnosis.history.short" if len(months) < 24 else "diagnosis.history.long", n=len(months), span=span)
    return sentences(said, _reach(measured)) or said


def _reach(measured: Measured) -> Message | None:
    """Where the data do not go back a year."""
    days = (measured.baseline - measured.first_day).days + 1
    if days >= YEAR:
        return None
    return msg("diagnosis.history.reach", first=Value("date", measured.first_day), days=Value("days", days))

"""Measure metrics over periods and groups: the one place where the SQL files' sums become values and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd

from crm_lib.engagement import CompleteField, Definitions
from crm_lib.engine import Engine
from crm_lib.language import Value
from crm_lib.metrics import intervals
from crm_lib.metrics.cover import longest_usual_term_days, says_cover
from crm_lib.metrics.definitions import BY_COVER, METRICS, Metric
from crm_lib.metrics.purchase_days import derive_due_days, derive_purchase_days
from crm_lib.tables import TABLES

FOLDER = Path(__file__).parent
TYPES = {
    "metric": "str",
    "group_id": "str",
    "period": "str",
    "starts_on": "datetime64[us]",
    "ends_on": "datetime64[us]",
    "value": "float64",
    "numerator": "float64",
    "denominator": "float64",
    "base": "int64",
    "low": "float64",
    "high": "float64",
}
COLUMNS = list(TYPES)
PROFILE_FIELDS = get_args(CompleteField)
UNSEEN = 3  # days with a row to be expected before the first: as many are missing by chance in 5 % of cases (Poisson)
PACE_DAYS = 91
OF_DAYS = frozenset({"new_customers", "repurchase", "churn"})  # queries of purchase_days
ANSWERS = "CASE WHEN outcome IN ('responded', 'converted', 'refused') THEN 1 END"  # reached or not is no answer
COUNTED_BY = {"tickets": "kind", "campaign_members": "responded_on", "interactions": ANSWERS}


def kpis(
    engine: Engine,
    periods: pd.DataFrame,
    definitions: Definitions,
    groups: pd.DataFrame | None = None,
    names: Sequence[str] | None = None,
    whole: bool = False,
    of_stores: bool = False,
) -> pd.DataFrame:
    """Every metric, group and period: [metric, group_id, period, starts_on, ends_on, value, numerator, denominator,
    base, low, high], in the order of METRICS, groups, periods.

    Without `groups` [group_id, customer_id] there is the one group 'all', which also has the orders, tickets and
    answers that belong to no known customer; with `whole` it comes before the groups. Metrics whose tables have no data, or not the
    column they count by (`measurable`), are left out. Value and interval are NaN, with base 0, where nothing was counted, where a window has not passed yet, or where the data do not
    reach; a total that is covered by the data and has nothing to count is 0. `of_stores`: the groups' customer_id is a store
    that answers to surveys name ('' where they name none); only metrics of surveys can be measured so.
    """
    chosen = [m for m in METRICS.values() if (names is None or m.name in names) and measurable(engine, m)]
    group_ids = ["all"] if groups is None or whole else []
    group_ids += [] if groups is None else [id for id in dict.fromkeys(groups["group_id"]) if id not in group_ids]
    if not chosen or not group_ids or periods.empty:
        return _frame([], periods, [])
    query = {m.name: _query(engine, m) for m in chosen}
    queries = set(query.values())
    many, known = len(queries) > 2, known_day(engine)
    register_periods(engine, periods, many, definitions.active_window_days)
    if OF_DAYS & queries:
        derive_purchase_days(engine)
    if queries & set(BY_COVER.values()):
        derive_due_days(engine)
    (engine.hold if many else engine.register)("members", _members(engine, groups, whole))
    settings = (
        _settings(definitions, known)
        | _fields(engine, definitions)
        | {"by_customer": 2 if of_stores else int(groups is not None)}
    )
    bounds = _bounds(engine, chosen, known)
    cells = {cell: i for i, cell in enumerate((g, p) for g in group_ids for p in periods["period"])}
    sums = {
        name: _spread(engine.run(FOLDER / f"{name}.sql", **settings), cells) for name in dict.fromkeys(query.values())
    }
    starts, ends = (np.tile(_days(periods[name]), len(group_ids)) for name in ("starts_on", "ends_on"))
    measured = [_measured(m, sums[query[m.name]], _covered(m, starts, ends, definitions, bounds)) for m in chosen]
    return _frame(measured, periods, group_ids)


def _query(engine: Engine, metric: Metric) -> str:
    """The stem of the SQL file that gives a metric."""
    return BY_COVER[metric.name] if metric.name in BY_COVER and says_cover(engine) else metric.query


def measurable(engine: Engine, metric: Metric) -> bool:
    """Whether there are data for a metric: its tables, and in them any value of the column that it counts by."""
    return engine.has(*metric.needs) and all(delivered(engine, table) for table in metric.needs)


def delivered(engine: Engine, table: str) -> bool:
    """Whether tickets say what they are, campaign lists who answered, interactions how they were answered: without one value
    nothing was counted, which is not the same as none. True of other tables."""
    column = COUNTED_BY.get(table)
    return column is None or bool(engine.fact(f"SELECT COUNT({column}) AS n FROM {table}")["n"].iloc[0])


def whole_days(engine: Engine, column: str) -> bool:
    """Whether complaints are recorded by the day only: no time of day in any opened_at, or in any `column` of them."""
    times = [
        f"SUM(CASE WHEN epoch({name}) <> epoch(CAST(CAST({name} AS DATE) AS TIMESTAMP)) THEN 1 ELSE 0 END)"
        for name in ("opened_at", column)
    ]
    query = (
        f"SELECT COUNT({column}) AS n, {times[0]} AS opened, {times[1]} AS other FROM tickets WHERE kind = 'complaint'"
    )
    row = engine.fact(query).iloc[0]
    return bool(row["n"] and (not row["opened"] or not row["other"]))


def register_periods(engine: Engine, periods: pd.DataFrame, hold: bool = False, days_before: int = 0) -> None:
    """Make `periods` readable as the relation of that name, its days as DATE; `hold` it for several queries.

    `period_days` has a row for each day of a period and the `days_before` it: rows of days find their periods by
    equality, where comparing them with the ends of each period costs several times as much.
    """
    put = engine.hold if hold else engine.register
    starts, ends = (_days(pd.to_datetime(periods[name])) for name in ("starts_on", "ends_on"))
    dates = {"starts_on": starts.astype(object), "ends_on": ends.astype(object)}
    put("periods", pd.DataFrame({"period": periods["period"].to_numpy(object), **dates}))
    spans = [np.arange(first - days_before, last + 1) for first, last in zip(starts, ends, strict=True)]
    each, days = [len(span) for span in spans], np.concatenate([*spans, starts[:0]])
    columns = {"period": periods["period"].to_numpy(object), "starts_on": dates["starts_on"]}
    repeated = {name: np.repeat(values, each) for name, values in columns.items()}
    put("period_days", pd.DataFrame({**repeated, "day": days.astype(object)}))


def as_value(row: Any) -> Value:
    """Value of a row of `kpis` (or of any with its columns): base, interval and a name of its own."""
    metric = METRICS[row.metric]
    low, high = (None if pd.isna(bound) else float(bound) for bound in (row.low, row.high))
    base = None if metric.estimate == "total" else int(row.base)
    name = f"{row.metric}.{row.group_id}.{row.period}"
    return Value(metric.kind, None if pd.isna(row.value) else float(row.value), base, low, high, name)


def _spread(found: pd.DataFrame, cells: dict[tuple[str, str], int]) -> dict[str, np.ndarray]:
    """Columns of a query's result over all cells, 0 where the query had no row."""
    at = [cells[cell] for cell in zip(found["group_id"], found["period"], strict=True)]
    spread = {}
    for name in found.columns.drop(["group_id", "period"]):
        spread[name] = np.zeros(len(cells))
        spread[name][at] = found[name].to_numpy(dtype=float, na_value=0.0)
    return spread


def _measured(metric: Metric, sums: dict[str, np.ndarray], covered: np.ndarray) -> dict[str, Any]:
    """Columns of one metric over the cells of groups and periods."""
    x = sums[metric.numerator]
    n = sums[metric.denominator] if metric.denominator else np.ones(len(x))
    base = sums[metric.base or metric.denominator or metric.numerator]
    missing = ~covered | (n == 0) | ((metric.estimate != "total") & (base == 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {"value": x / n, "numerator": x, "denominator": n}
    found["low"], found["high"] = _interval(metric, x, n, [sums[name] for name in metric.squares])
    found = {name: np.where(missing, np.nan, values) for name, values in found.items()}
    return {"metric": metric.name, "base": np.where(missing, 0, base).astype(np.int64), **found}


def _frame(measured: list[dict[str, Any]], periods: pd.DataFrame, group_ids: list[str]) -> pd.DataFrame:
    """Frame of COLUMNS from each metric's columns; the cells are groups x periods."""
    times, each = len(measured) * len(group_ids), len(group_ids) * len(periods)
    columns: dict[str, Any] = {
        "metric": np.repeat(np.array([part["metric"] for part in measured], dtype=object), each),
        "group_id": np.tile(np.repeat(np.array(group_ids, dtype=object), len(periods)), len(measured)),
    }
    columns |= {name: np.tile(periods[name].to_numpy(), times) for name in ("period", "starts_on", "ends_on")}
    for name in ("value", "numerator", "denominator", "base", "low", "high"):
        columns[name] = np.concatenate([part[name] for part in measured]) if measured else np.empty(0)
    return pd.DataFrame(columns)[COLUMNS].astype(TYPES)


def _interval(metric: Metric, x: np.ndarray, n: np.ndarray, squares: list[np.ndarray]) -> tuple[Any, Any]:
    if metric.estimate == "proportion":
        return intervals.wilson(x, n)
    if metric.estimate == "mean":
        low, high = intervals.mean(x, squares[0], n)
        return np.maximum(low, metric.least), np.minimum(high, metric.most)
    if metric.estimate == "ratio" and squares:
        return intervals.ratio(x, n, *squares)
    return np.full(len(x), np.nan), np.full(len(x), np.nan)


def _covered(
    metric: Metric, starts: np.ndarray, ends: np.ndarray, definitions: Definitions, bounds: dict[str, Any]
) -> np.ndarray:
    """Which cells the metric can be measured in: inside the data, history long enough, window passed."""
    begin, known = bounds[metric.needs[0]], np.datetime64(bounds["known"])
    first = begin and begin.day
    covered = starts <= known
    if metric.name == "refund_rate":
        covered &= bounds["refunds"] > 0
    if first is not None:
        covered &= ends >= np.datetime64(first)
        if metric.estimate == "total" or metric.counted == "customers":
            covered &= -(starts - np.datetime64(first)).astype("int64") * begin.pace < UNSEEN
    if metric.name in ("churn_rate", "new_customers") and first is not None:
        covered &= starts - definitions.active_window_days >= np.datetime64(first)
    if metric.name == "churn_rate":
        covered &= starts + definitions.churn_window_days - 1 <= known
    if metric.name == "active_customers" and bounds["term_days"] and first is not None:
        covered &= ends - bounds["term_days"] + 1 >= np.datetime64(first)
    if metric.name == "repurchase_rate":
        covered &= ends + definitions.repurchase_window_days <= known
    return covered


def _bounds(engine: Engine, chosen: Sequence[Metric], known: date) -> dict[str, Any]:
    """Begin of each needed table (None where a row has no day of its own), the last known day, refund orders, days of a
    long term."""
    tables = list(dict.fromkeys(table for metric in chosen for table in metric.needs))
    days: dict[str, Any] = {table: None if table == "customers" else _begin(engine, table, known) for table in tables}
    refunds = engine.fact("SELECT COUNT(*) AS n FROM orders WHERE kind = 'refund'")["n"].iloc[0]
    term_days = longest_usual_term_days(engine) if says_cover(engine) else 0
    return {**days, "refunds": int(refunds), "known": known, "term_days": term_days}


class Begin(NamedTuple):
    """Since when a table tells what is counted, and the share of days with a row then."""

    day: date
    pace: float


def _begin(engine: Engine, table: str, known: date) -> Begin | None:
    """Complaints begin with the first of them, where the tickets before it are so many days that some were to be
    expected: they come from a source, or a way to name them, that began then."""
    day = first_day(engine, table)
    if day is None:
        return None
    if table == "tickets":
        own = "kind = 'complaint'"
        query = f"SELECT CAST(MIN(opened_at) AS DATE) AS day FROM tickets WHERE {own}"
        first = _day(engine.fact(query)["day"].iloc[0])
        if first is not None:
            found = _from(engine, table, own, first, known)
            return found if (first - day).days * found.pace >= UNSEEN else found._replace(day=day)
    return _from(engine, table, "TRUE", day, known)


def _from(engine: Engine, table: str, where: str, day: date, known: date) -> Begin:
    """The pace is that of the first PACE_DAYS: what becomes more frequent later says nothing of the begin."""
    event = f"CAST({TABLES[table].event} AS DATE)"
    until = min(day + timedelta(days=PACE_DAYS - 1), known)
    query = f"SELECT COUNT(DISTINCT {event}) AS n FROM {table} WHERE {where} AND {event} <= DATE '{until}'"
    return Begin(day, float(engine.fact(query)["n"].iloc[0]) / max((until - day).days + 1, 1))


def first_day(engine: Engine, table: str) -> date | None:
    """Day of the first record of a table; None without one."""
    query = f"SELECT CAST(MIN({TABLES[table].event}) AS DATE) AS day FROM {table}"
    return _day(engine.fact(query)["day"].iloc[0])


def known_day(engine: Engine) -> date:
    """The last day that is known: the engine's, or that of the last record where the engine has none."""
    if engine.known_until:
        return engine.known_until
    events = [(t.name, t.event) for t in TABLES.values() if t.event and t.name in engine.tables]
    days = [
        _day(engine.fact(f"SELECT CAST(MAX({event}) AS DATE) AS d FROM {name}")["d"].iloc[0]) for name, event in events
    ]
    return max((day for day in days if day is not None), default=date(1970, 1, 1))


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def delivered_fields(engine: Engine, definitions: Definitions) -> tuple[CompleteField, ...]:
    """Of the fields that a record has to have, those that any record has: the others were not delivered."""
    required = definitions.complete_fields
    if not engine.has("customers") or not required:
        return ()
    counted = ", ".join(f"COUNT({name}) AS {name}" for name in required)
    counts = engine.fact(f"SELECT {counted} FROM customers").iloc[0]
    return tuple(name for name in required if counts[name])


def _fields(engine: Engine, definitions: Definitions) -> dict[str, Any]:
    """Which fields count as required: of those declared, the ones that any record has, or all where none has."""
    required = delivered_fields(engine, definitions) or definitions.complete_fields
    return {f"with_{field}": int(field in required) for field in PROFILE_FIELDS}


def _settings(definitions: Definitions, known: date) -> dict[str, Any]:
    return {
        "active_days": definitions.active_window_days,
        "churn_days": definitions.churn_window_days,
        "repurchase_days": definitions.repurchase_window_days,
        "response_days": definitions.response_window_days,
        "first_response_seconds": definitions.complaint_response_minutes * 60,
        "closing_seconds": definitions.complaint_close_hours * 3600,
        "known": known,
    }


def _members(engine: Engine, groups: pd.DataFrame | None, whole: bool) -> pd.DataFrame:
    """Relation `members`; group 'all' has every customer, and '' for what belongs to none.

    Where nothing is counted by customer ($by_customer = 0) everything belongs to ''.
    """
    if groups is None:
        return pd.DataFrame({"group_id": ["all"], "customer_id": [""]})
    own = groups[["group_id", "customer_id"]].drop_duplicates()
    return pd.concat([_everyone(engine), own[own["group_id"] != "all"]], ignore_index=True) if whole else own


def _everyone(engine: Engine) -> pd.DataFrame:
    holders = [
        t.name for t in TABLES.values() if "customer_id" in t.names and t.name in engine.tables and not t.derived
    ]
    holders += ["orders"] if engine.has("orders") else []
    union = " UNION ".join(f"SELECT customer_id FROM {name} WHERE customer_id IS NOT NULL" for name in holders)
    return engine.fact(f"SELECT 'all' AS group_id, a.customer_id FROM ({union} UNION SELECT '') AS a")


def _days(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")

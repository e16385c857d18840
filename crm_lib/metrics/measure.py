"""Measure metrics over periods and groups: the one place where the SQL files' sums become values and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from crm_lib.engagement import CompleteField, Definitions
from crm_lib.engine import Engine
from crm_lib.language import Value
from crm_lib.metrics import intervals
from crm_lib.metrics.definitions import METRICS, Metric
from crm_lib.tables import TABLES

FOLDER = Path(__file__).parent
COLUMNS = [
    "metric",
    "group_id",
    "period",
    "starts_on",
    "ends_on",
    "value",
    "numerator",
    "denominator",
    "base",
    "low",
    "high",
]
PROFILE_FIELDS = get_args(CompleteField)


def kpis(
    engine: Engine,
    periods: pd.DataFrame,
    definitions: Definitions,
    groups: pd.DataFrame | None = None,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Every metric, group and period: [metric, group_id, period, starts_on, ends_on, value, numerator, denominator,
    base, low, high], in the order of METRICS, groups, periods.

    Without `groups` [group_id, customer_id] there is the one group 'all', which also has the orders, tickets and
    answers that belong to no known customer. Metrics whose tables have no data are left out. Value and interval
    are NaN, with base 0, where nothing was counted, where a window has not passed yet, or where the data do not
    reach; a total that is covered by the data and has nothing to count is 0.
    """
    chosen = [m for m in METRICS.values() if (names is None or m.name in names) and engine.has(*m.needs)]
    group_ids = ["all"] if groups is None else list(dict.fromkeys(groups["group_id"]))
    grid = pd.MultiIndex.from_product([group_ids, periods["period"]], names=["group_id", "period"])
    if not chosen or not len(grid):
        return _typed(pd.DataFrame(columns=COLUMNS))
    engine.register("periods", _with_dates(periods))
    engine.register("members", _members(engine, groups))
    settings, bounds = _settings(engine, definitions), _bounds(engine, chosen)
    sums = {
        query: engine.run(FOLDER / f"{query}.sql", **settings).set_index(["group_id", "period"]).reindex(grid)
        for query in dict.fromkeys(m.query for m in chosen)
    }
    dated = grid.to_frame(index=False).merge(periods[["period", "starts_on", "ends_on"]], on="period", how="left")
    return _typed(pd.concat([_measured(m, sums[m.query], dated, definitions, bounds) for m in chosen]))


def as_value(row: Any) -> Value:
    """Value of a row of `kpis` (or of any with its columns): base, interval and a name of its own."""
    metric = METRICS[row.metric]
    low, high = (None if pd.isna(bound) else float(bound) for bound in (row.low, row.high))
    base = None if metric.estimate == "total" else int(row.base)
    name = f"{row.metric}.{row.group_id}.{row.period}"
    return Value(metric.kind, None if pd.isna(row.value) else float(row.value), base, low, high, name)


def _measured(
    metric: Metric, sums: pd.DataFrame, dated: pd.DataFrame, definitions: Definitions, bounds: dict[str, Any]
) -> pd.DataFrame:
    """Rows of one metric over the grid of groups and periods."""
    summed = sums.fillna(0.0).reset_index(drop=True)
    x = summed[metric.numerator].to_numpy(dtype=float)
    n = summed[metric.denominator].to_numpy(dtype=float) if metric.denominator else np.ones(len(x))
    base = summed[metric.base or metric.denominator or metric.numerator].to_numpy(dtype=float)
    squares = [summed[name].to_numpy(dtype=float) for name in metric.squares]
    missing = ~_covered(metric, dated, definitions, bounds) | ((n == 0) | ((metric.estimate != "total") & (base == 0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(missing, np.nan, x / n)
    low, high = (np.where(missing, np.nan, bound) for bound in _interval(metric, x, n, squares))
    counts = {"numerator": np.where(missing, np.nan, x), "denominator": np.where(missing, np.nan, n)}
    base = np.where(missing, 0, base).astype(np.int64)
    return dated.assign(metric=metric.name, value=value, **counts, base=base, low=low, high=high)[COLUMNS]


def _interval(metric: Metric, x: np.ndarray, n: np.ndarray, squares: list[np.ndarray]) -> tuple[Any, Any]:
    if metric.estimate == "proportion":
        return intervals.wilson(x, n)
    if metric.estimate == "mean":
        return intervals.mean(x, squares[0], n)
    if metric.estimate == "ratio" and squares:
        return intervals.ratio(x, n, *squares)
    return np.full(len(x), np.nan), np.full(len(x), np.nan)


def _covered(metric: Metric, dated: pd.DataFrame, definitions: Definitions, bounds: dict[str, Any]) -> np.ndarray:
    """Which periods the metric can be measured in: inside the data, history long enough, window passed."""
    first, known = bounds[metric.needs[0]], pd.Timestamp(bounds["known"])
    starts, ends = dated["starts_on"], dated["ends_on"]
    covered = starts <= known
    if metric.name == "refund_rate":
        covered &= bounds["refunds_recorded"]
    if first is not None:
        covered &= ends >= pd.Timestamp(first)
    if metric.name in ("churn_rate", "new_customers") and first is not None:
        covered &= starts - pd.Timedelta(days=definitions.active_window_days) >= pd.Timestamp(first)
    if metric.name == "churn_rate":
        covered &= starts + pd.Timedelta(days=definitions.churn_window_days - 1) <= known
    if metric.name == "repurchase_rate":
        covered &= ends + pd.Timedelta(days=definitions.repurchase_window_days) <= known
    return covered.to_numpy(dtype=bool)


def _bounds(engine: Engine, chosen: Sequence[Metric]) -> dict[str, Any]:
    """First day of each needed table, and the last day that is known."""
    tables = list(dict.fromkeys(table for metric in chosen for table in metric.needs))
    bounds: dict[str, Any] = {"known": known_day(engine)}
    for table in tables:
        event = TABLES[table].event if table != "customers" else ""
        query = f"SELECT CAST(MIN({event}) AS DATE) AS first_on FROM {table}" if event else ""
        bounds[table] = _day(engine.sql(query)["first_on"].iloc[0]) if query else None
    refunds = "SELECT COUNT(*) AS n FROM orders WHERE kind = 'refund'"
    bounds["refunds_recorded"] = "orders" in tables and int(engine.sql(refunds)["n"].iloc[0]) > 0
    return bounds


def known_day(engine: Engine) -> date:
    """The last day that is known: the engine's, or that of the last record where the engine has none."""
    if engine.known_until:
        return engine.known_until
    events = [(t.name, t.event) for t in TABLES.values() if t.event and t.name in engine.tables]
    days = [
        _day(engine.sql(f"SELECT CAST(MAX({event}) AS DATE) AS d FROM {name}")["d"].iloc[0]) for name, event in events
    ]
    return max((day for day in days if day is not None), default=date(1970, 1, 1))


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _settings(engine: Engine, definitions: Definitions) -> dict[str, Any]:
    settings: dict[str, Any] = {f"with_{field}": int(field in definitions.complete_fields) for field in PROFILE_FIELDS}
    return settings | {
        "active_days": definitions.active_window_days,
        "churn_days": definitions.churn_window_days,
        "repurchase_days": definitions.repurchase_window_days,
        "response_days": definitions.response_window_days,
        "first_response_seconds": definitions.complaint_response_minutes * 60,
        "closing_seconds": definitions.complaint_close_hours * 3600,
        "known": known_day(engine),
    }


def _members(engine: Engine, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Relation `members`; group 'all' has every customer, and '' for what belongs to none."""
    if groups is not None:
        return groups[["group_id", "customer_id"]].drop_duplicates()
    holders = [
        t.name for t in TABLES.values() if "customer_id" in t.names and t.name in engine.tables and not t.derived
    ]
    holders += ["orders"] if engine.has("orders") else []
    union = " UNION ".join(f"SELECT customer_id FROM {name} WHERE customer_id IS NOT NULL" for name in holders)
    return engine.sql(f"SELECT 'all' AS group_id, a.customer_id FROM ({union} UNION SELECT '') AS a")


def _with_dates(periods: pd.DataFrame) -> pd.DataFrame:
    """Dates as DATE, not TIMESTAMP."""
    dates = {name: pd.to_datetime(periods[name]).dt.date.astype(object) for name in ("starts_on", "ends_on")}
    return pd.DataFrame({"period": periods["period"].astype(object), **dates})


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    kinds = {"metric": "str", "group_id": "str", "period": "str", "base": "int64"}
    days = {"starts_on": "datetime64[us]", "ends_on": "datetime64[us]"}
    numbers = dict.fromkeys(("value", "numerator", "denominator", "low", "high"), "float64")
    return frame.astype(kinds | days | numbers).reset_index(drop=True)

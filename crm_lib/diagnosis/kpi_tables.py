"""The monthly KPI tables, and the trends in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.trend import PACE_MONTHS
from crm_lib.diagnosis.words import cell, difference, difference_kind, level, metric_label, span
from crm_lib.engagement import Definitions
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS

PARTS: Mapping[str, tuple[str, ...]] = {
    "purchases": (
        "active_customers",
        "new_customers",
        "orders",
        "revenue",
        "average_order_value",
        "purchase_frequency",
        "items_per_order",
        "revenue_per_customer",
    ),
    "loyalty": ("repurchase_rate", "churn_rate", "refund_rate", "campaign_response_rate", "profile_completeness"),
    "service": (
        "complaints",
        "complaint_first_response_rate",
        "complaint_close_rate",
        "complaint_close_hours",
        "nps",
        "csat",
        "contact_response_rate",
        "need_conversion_rate",
    ),
}


def kpi_table(measured: Measured, part: str) -> pd.DataFrame:
    """A month a row, a metric a column (with <metric>_low, _high, _base); metrics without any value are left out."""
    shown = measured.months.tail(measured.shown)["period"]
    own = measured.kpis[measured.kpis["metric"].isin(PARTS[part]) & measured.kpis["period"].isin(shown)]
    own = own[own.groupby("metric")["value"].transform("count") > 0]
    wide = {"period": shown.reset_index(drop=True)}
    for name in (name for name in PARTS[part] if name in set(own["metric"])):
        rows = own[own["metric"] == name].set_index("period").reindex(shown)
        wide[name] = rows["value"].reset_index(drop=True)
        if METRICS[name].estimate != "total":
            wide |= {f"{name}_{side}": rows[side].reset_index(drop=True) for side in ("low", "high", "base")}
    return pd.DataFrame(wide)


def kpi_columns(table: pd.DataFrame) -> list[tuple[str, Message, str, dict]]:
    """(name, label, kind, options) of the table's columns; intervals and bases are for the workbook only."""
    found: list[tuple[str, Message, str, dict]] = [("period", msg("diagnosis.col.period"), "month", {})]
    for name in (name for name in table.columns if name in METRICS):
        label, kind = metrics.label(name), METRICS[name].kind
        if f"{name}_low" not in table:
            found.append((name, label, kind, {}))
            continue
        bounds = {side: f"{name}_{side}" for side in ("low", "high", "base")}
        found.append((name, label, kind, bounds))
        for side, column in bounds.items():
            said = msg(f"diagnosis.bound.{side}", metric=label)
            found.append((column, said, "int" if side == "base" else kind, {"hidden": True}))
    return found


def trend_table(measured: Measured) -> pd.DataFrame:
    """[metric, now, base, months, before, compared, change, pace (Messages but base), trend: better, worse, flat,
    unknown]."""
    rows = [_trend_row(row) for _, row in measured.trends.iterrows() if not pd.isna(row["value"])]
    columns = ["metric", "now", "base", "months", "before", "compared", "change", "pace", "trend"]
    return pd.DataFrame(rows, columns=columns)


def _trend_row(row: pd.Series) -> dict[str, object]:
    compared = bool(row["compared"])
    none = msg("diagnosis.none")
    return {
        "metric": metric_label(row["metric"]),
        "now": cell(level(row)),
        "base": None if METRICS[row["metric"]].estimate == "total" else row["base"],
        "months": span(row),
        "before": cell(level(row, "before_")) if compared else none,
        "compared": span(row, "before_") if compared else none,
        "change": cell(difference(row), sign=True) if compared else none,
        "pace": none if pd.isna(row["slope"]) else cell(_pace(row), sign=True),
        "trend": row["trend"],
    }


def _pace(row: pd.Series) -> Value:
    kind = difference_kind(row["metric"])
    return Value("float" if kind == "int" else kind, row["slope"], None, row["slope_low"], row["slope_high"])


def trend_note(measured: Measured) -> Message:
    """How the trends were judged."""
    return msg("diagnosis.note.trend", pace=Value("int", PACE_MONTHS), least=Value("int", measured.smallest_base))


def definitions(measured: Measured) -> list[tuple[Message, Message]]:
    """(metric, definition) of every metric in the report, then of the report's own measures."""
    settings: Definitions = measured.definitions
    used = [name for name in METRICS if name in set(measured.kpis["metric"])]
    own = {
        "key": msg("diagnosis.definition.key.text", top=Value("percent", measured.engagement.layering.top_share)),
        "affected": msg("diagnosis.definition.affected.text"),
        "trend": msg("diagnosis.definition.trend.text", least=Value("int", measured.smallest_base)),
        "pace": msg("diagnosis.definition.pace.text", pace=Value("int", PACE_MONTHS)),
        "since": msg("diagnosis.definition.since.text"),
        "part": msg("diagnosis.definition.part.text"),
    }
    if any(target.group.startswith("class:") for target in measured.engagement.targets):
        own["class"] = msg("diagnosis.definition.class.text")
    said = [(msg(f"diagnosis.definition.{name}"), text) for name, text in own.items()]
    return [(metrics.label(name), metrics.definition(name, settings, measured.engine)) for name in used] + said

"""The charts' tables, and their titles: the conclusion that the data allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import Check
from crm_lib.diagnosis.checks import label as rule_label
from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.pain_points import Diagnosis
from crm_lib.diagnosis.reasons import ALL_OF_IT, best, parts_words, whole_of
from crm_lib.diagnosis.rules_profile import emptiest
from crm_lib.diagnosis.since import point_words, since_mark, watched_until
from crm_lib.diagnosis.unmeasured import unmeasured
from crm_lib.diagnosis.words import dimension_label, level, metric_label, part_label, sentences, span
from crm_lib.language import Message, Value, msg, term_or_text
from crm_lib.metrics import METRICS


def line(measured: Measured, metric: str) -> pd.DataFrame:
    """[period, series, value, low, high, base]: the months shown, and where there are any the same months a year before."""
    own = measured.series(metric)
    now = own.assign(series="this_year")[["period", "series", "value", "low", "high", "base"]]
    known = measured.kpis[measured.kpis["metric"] == metric]
    past = known.assign(
        period=[_year_later(period) for period in known["period"]], series="year_before", low=np.nan, high=np.nan
    )
    past = past[past["period"].isin(own.loc[own["value"].notna(), "period"]) & past["value"].notna()]
    return pd.concat([now, past[now.columns]], ignore_index=True)


def drawable(measured: Measured, metric: str) -> bool:
    """Whether any of the months shown has a value."""
    return bool(measured.series(metric)["value"].notna().any())


def line_note(measured: Measured, metric: str) -> Message | None:
    """What a point stands for where the metric looks ahead, and why the line ends before the last month shown."""
    return sentences(point_words(measured.definitions, metric), _line_end(measured, metric))


def _line_end(measured: Measured, metric: str) -> Message | None:
    own = measured.series(metric)
    known = own.loc[own["value"].notna(), "period"]
    if known.empty or known.iloc[-1] == own["period"].iloc[-1]:
        return None
    return msg("diagnosis.note.open_window", last=Value("month", known.iloc[-1]))


def line_parts(measured: Measured, metric: str) -> dict[str, Any]:
    """What a line chart of the metric is made of, but for its name and marks: title, frame, columns, axes, note."""
    kind = METRICS[metric].kind
    return {
        "title": line_title(measured, metric),
        "frame": line(measured, metric),
        "spec": f"period:month series:term@diagnosis.series value:{kind} low:{kind}! high:{kind}! base:int!",
        "x": "period",
        "y": "value",
        "series": "series",
        "low": "low",
        "high": "high",
        "y_label": msg("diagnosis.axis.active") if metric == "active_customers" else metrics.label(metric),
        "note": line_note(measured, metric),
    }


def _year_later(period: str) -> str:
    return f"{int(period[:4]) + 1}{period[4:]}"


def line_title(measured: Measured, metric: str) -> Message:
    """What the line shows: better, worse or no proven change against the months compared with; or the level only."""
    row = measured.trend(metric)
    if row is None or pd.isna(row["value"]):
        return msg("diagnosis.text.no_data") if row is None else unmeasured(measured, metric)
    args: dict[str, Value | Message] = {"metric": metric_label(metric), "value": level(row), "span": span(row)}
    if not row["compared"]:
        return msg("diagnosis.chart.level", **args)
    args |= {"before": level(row, "before_"), "before_span": span(row, "before_")}
    if row["trend"] == "unknown":
        return msg("diagnosis.chart.few", **args)
    if row["trend"] == "flat" and row["since"]:
        until, since = watched_until(measured.definitions, metric, row["since"]), Value("month", row["since"])
        if until is not None:
            return msg("since.flat", **args, since=since, until=Value("date", until))
        return msg("diagnosis.chart.flat_since", **args, since=since)
    if row["trend"] == "flat":
        return msg("diagnosis.chart.flat", **args)
    return msg("diagnosis.chart.up" if row["change"] > 0 else "diagnosis.chart.down", **args)


def since_marks(measured: Measured, metric: str) -> list[tuple[str, str, Message]]:
    """(axis, at, label) of the month from which the level is new, and when that came about; [] without one."""
    row = measured.trend(metric)
    if row is None or not row["since"]:
        return []
    return [("x", row["since"], since_mark(measured.definitions, metric, row["since"]))]


def pain_chart(found: Diagnosis, most: int) -> pd.DataFrame:
    """[pain_point (Message), revenue, customers]: those with a revenue, the largest first."""
    rows = [(rule_label(p.rule), p.revenue, p.customers) for p in found.points if p.revenue]
    frame = pd.DataFrame(rows, columns=["pain_point", "revenue", "customers"])
    return frame.sort_values("revenue", ascending=False, kind="stable").head(most).reset_index(drop=True)


def pain_title(found: Diagnosis, measured: Measured) -> Message:
    """The pain point that touches most revenue."""
    with_revenue = [point for point in found.points if point.revenue]
    if not with_revenue:
        return msg("diagnosis.chart.pain_none", n=Value("int", len(found.points)))
    largest = max(with_revenue, key=lambda point: (point.revenue or 0, -point.rank))
    share = (largest.revenue or 0) / measured.revenue_year if measured.revenue_year > 0 else None
    return msg(
        "diagnosis.chart.pain",
        rule=rule_label(largest.rule),
        revenue=Value("money_short", largest.revenue),
        share=Value("percent", share),
    )


def reason_check(found: Diagnosis) -> Check | None:
    """The first pain point whose change was taken apart by the customers' dimensions, one with a named part first."""
    order = {point.rule: point.rank for point in found.points}
    taken = [c for c in found.checks if c.rule in order and len(c.reasons) and c.rule != "complaints_rise"]
    taken.sort(key=lambda c: (best(c.reasons) is None, order[c.rule]))
    return taken[0] if taken else None


def reason_chart(measured: Measured, check: Check | None) -> pd.DataFrame:
    """[part (Message), contribution, before, after, share]: the parts of the dimension that explains most."""
    columns = ["part", "contribution", "contribution_share", "before", "after", "share"]
    if check is None:
        return pd.DataFrame(columns=columns)
    top = best(check.reasons)
    dimension = check.reasons["dimension"].iloc[0] if top is None else top["dimension"]
    rows = check.reasons[check.reasons["dimension"] == dimension]
    found = rows.rename(columns={"value_before": "before", "value": "after"})
    labels = [
        part_label(measured.engagement, dimension, part) if part else msg("diagnosis.other") for part in found["part"]
    ]
    return found.assign(part=pd.Series(labels, index=found.index, dtype=object))[columns].reset_index(drop=True)


def reason_metric(check: Check | None) -> str:
    """The metric that a rule's reasons take apart."""
    names = {
        "churn_rise": "churn_rate",
        "repurchase_fall": "repurchase_rate",
        "active_fall": "active_customers",
        "new_fall": "new_customers",
        "refunds_rise": "refund_rate",
        "nps_low": "nps",
        "csat_low": "csat",
    }
    return names[check.rule] if check else "churn_rate"


def reason_kinds(check: Check | None) -> tuple[str, str, str]:
    """Column kinds of `reason_chart`: of a level, and of a contribution; and the column of the base, of rates only."""
    metric = METRICS[reason_metric(check)]
    kind = "float" if metric.kind == "int" else metric.kind  # means a month
    return kind, "points" if kind == "percent" else kind, "" if metric.estimate == "total" else "base:int "


def reason_note(measured: Measured) -> Message:
    return msg("diagnosis.note.named", least=measured.smallest_base)


def reason_title(measured: Measured, check: Check | None) -> Message:
    if check is None:
        return msg("diagnosis.text.nothing_apart")
    metric, top = metrics.label(reason_metric(check)), best(check.reasons)
    if top is None:
        return msg(
            "diagnosis.chart.reason_even", metric=metric, dimension=dimension_label(check.reasons["dimension"].iloc[0])
        )
    more = top["contribution_share"] > ALL_OF_IT
    return msg(
        "diagnosis.chart.reason_more" if more else "diagnosis.chart.reason",
        metric=metric,
        dimension=dimension_label(top["dimension"]),
        part=parts_words(measured, top),
        share=Value("percent", float(top["contribution_share"])),
        own=Value("percent", float(top["share"])),
        whole=whole_of(reason_metric(check)),
    )


def profile_grid(measured: Measured) -> pd.DataFrame:
    """[field (Message), join_channel (Message), share, customers]: required fields filled, by join channel."""
    people = measured.customers[measured.customers["has_profile"] == 1]
    channel = people["join_channel"].fillna("")
    rows: list[dict[str, Any]] = []
    fields = measured.definitions.complete_fields
    for field in fields if len(measured.empty_fields) < len(fields) else ():
        filled = people[f"has_{field}"].groupby(channel, sort=True).agg(["mean", "size"])
        rows += [
            {
                "field": msg(f"column.customers.{field}"),
                "join_channel": term_or_text("channel", str(name)),
                "share": mean,
                "customers": int(size),
            }
            for name, mean, size in filled.itertuples()
        ]
    return pd.DataFrame(rows, columns=["field", "join_channel", "share", "customers"])


def profile_title(measured: Measured) -> Message:
    people, empty = measured.customers[measured.customers["has_profile"] == 1], measured.empty_fields
    given = [field for field in measured.definitions.complete_fields if field not in empty]
    if people.empty or not given:
        return msg("diagnosis.check.no_profile")
    worst = min(given, key=lambda field: (people[f"has_{field}"].mean(), field))
    return msg(
        "diagnosis.chart.profile_empty" if empty else "diagnosis.chart.profile",
        value=measured.completeness,
        field=emptiest(people, worst, given),
        absent=Value("list", [msg(f"column.customers.{field}") for field in empty]),
        share=Value("percent", float(people[f"has_{worst}"].mean())),
    )


def complaint_reasons(measured: Measured) -> pd.DataFrame:
    """[reason (Message), complaints, share, cumulative]: of the latest months, the most frequent first."""
    columns = ["reason", "complaints", "share", "cumulative"]
    row = measured.trend("complaints")
    if row is None:
        return pd.DataFrame(columns=columns)
    cells = measured.complaint_cells
    cells = cells[cells["period"].between(row["from_period"], row["to_period"])]
    counts = cells.groupby("reason")["complaints"].sum().reset_index()
    counts = counts.sort_values(["complaints", "reason"], ascending=[False, True])
    share = counts["complaints"] / counts["complaints"].sum()
    reasons = [part_label(measured.engagement, "reason", r) if r else msg("common.not_known") for r in counts["reason"]]
    return counts.assign(
        reason=pd.Series(reasons, index=counts.index, dtype=object), share=share, cumulative=share.cumsum()
    )[columns].reset_index(drop=True)


def complaint_title(measured: Measured) -> Message:
    row, found = measured.trend("complaints"), complaint_reasons(measured)
    if row is None or found.empty:
        if measured.engine.has("tickets") and not metrics.delivered(measured.engine, "tickets"):
            return msg("diagnosis.text.no_ticket_kind", n=measured.engine.count("tickets"))
        return msg(f"diagnosis.text.no{'_recent' if measured.engine.has('tickets') else ''}_complaints")
    top, total = found.iloc[0], int(found["complaints"].sum())
    args = {"span": span(row), "total": Value("int", total), "reason": top["reason"]}
    if total < measured.smallest_base:
        return msg("diagnosis.chart.complaints_few", **args)
    return msg("diagnosis.chart.complaints", share=Value("percent", float(top["share"])), **args)


def complaint_months(measured: Measured) -> pd.DataFrame:
    """[period, reason (Message), complaints]: by month, the three most frequent reasons of the months shown and the rest."""
    cells = measured.complaint_cells
    cells = cells[cells["period"].isin(measured.months.tail(measured.shown)["period"])]
    sizes = cells.groupby("reason")["complaints"].sum().reset_index()
    top = sizes[sizes["reason"].ne("")].sort_values(["complaints", "reason"], ascending=[False, True]).head(3)["reason"]
    shown = cells.assign(reason=cells["reason"].where(cells["reason"].isin(list(top)), ""))
    found = shown.groupby(["period", "reason"])["complaints"].sum().reset_index()
    place = {reason: i for i, reason in enumerate([*top, ""])}
    found = found.assign(_place=found["reason"].map(place)).sort_values(["_place", "period"])
    labels = [part_label(measured.engagement, "reason", r) if r else msg("diagnosis.other") for r in found["reason"]]
    return found.assign(reason=pd.Series(labels, index=found.index, dtype=object))[
        ["period", "reason", "complaints"]
    ].reset_index(drop=True)


def pareto(measured: Measured) -> pd.DataFrame:
    """[customer_share, revenue_share]: cumulative, the last year's buyers from the largest on."""
    spent = np.sort(measured.buyers["revenue_year"].to_numpy(float))[::-1]
    if spent.sum() <= 0:
        return pd.DataFrame({"customer_share": [], "revenue_share": []}, dtype="float64")
    at = np.unique(np.linspace(1, len(spent), min(len(spent), 100)).round().astype(int))
    at = np.union1d(at, [len(measured.key_customers)])
    shares = np.cumsum(spent)[at - 1] / spent.sum()
    return pd.DataFrame({"customer_share": at / len(spent), "revenue_share": shares})


def pareto_title(measured: Measured) -> Message:
    key, share, part = measured.key_customers, measured.engagement.layering.top_share, measured.key_share
    if part is None:
        return msg("diagnosis.chart.pareto_none")
    return msg(
        "diagnosis.chart.pareto", top=Value("percent", share), n=Value("int", len(key)), share=Value("percent", part)
    )


def pareto_marks(measured: Measured) -> list[tuple[str, float, Message]]:
    """At the key customers, whose number is rounded up, so that the line is read where the title was."""
    share, buyers = measured.engagement.layering.top_share, len(measured.buyers)
    at = len(measured.key_customers) / buyers if buyers else share
    return [("x", at, msg("diagnosis.mark.top", top=Value("percent", share)))]


def reason_table(measured: Measured, check: Check | None) -> pd.DataFrame:
    """[dimension, part (Messages), share, base, before, after, contribution, contribution_share, named]: all dimensions.

    Levels of rates on fewer than the smallest base are blank; totals have no base.
    """
    columns = ["dimension", "part", "share", "base", "before", "after", "contribution", "contribution_share", "named"]
    if check is None:
        return pd.DataFrame(columns=columns)
    total = METRICS[reason_metric(check)].estimate == "total"
    rows = [
        {
            "dimension": dimension_label(row["dimension"]),
            "part": part_label(measured.engagement, row["dimension"], row["part"])
            if row["part"]
            else msg("diagnosis.other"),
            "share": row["share"],
            "base": np.nan if total else round(row["base"]),
            "before": row["value_before"] if total or row["base_before"] >= measured.smallest_base else np.nan,
            "after": row["value"] if total or row["base"] >= measured.smallest_base else np.nan,
            "contribution": row["contribution"],
            "contribution_share": row["contribution_share"],
            "named": bool(row["named"]),
        }
        for _, row in check.reasons.iterrows()
    ]
    return pd.DataFrame(rows, columns=columns)


def reason_rows(check: Check | None, most: int = 24) -> int:
    """How many rows of `reason_table` to print: whole dimensions, at most `most` rows, but all with a named part."""
    if check is None:
        return most
    ends = check.reasons.groupby("dimension", sort=False).size().cumsum()
    named = check.reasons.loc[check.reasons["named"].astype(bool), "dimension"].nunique()
    inside = int((ends <= most).sum())
    return int(ends.iloc[max(inside, named, 1) - 1]) if len(ends) else most


def reason_table_title(check: Check | None) -> Message:
    return msg("diagnosis.table.reasons", metric=metrics.label(reason_metric(check)))


def complaint_months_title(measured: Measured) -> Message:
    """The change of the monthly number, and since when."""
    row = measured.trend("complaints")
    if row is None:
        return msg("diagnosis.text.no_complaints")
    if not row["since"]:
        return line_title(measured, "complaints")
    args: dict[str, Value | Message] = {"before": level(row, "before_"), "value": level(row), "span": span(row)}
    args |= {"before_span": span(row, "before_"), "month": Value("month", row["since"])}
    return msg("diagnosis.chart.complaint_months", **args)

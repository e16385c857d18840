"""Why a figure strays from its path: the part of the customers or complaints that weighs most, and the work not done.

The change of a ratio between two spans is the sum over parts of share_new x (value_new - V) - share_old x
(value_old - V), V the old value of the whole and share the part of the denominator (Kitagawa 1955, the mix counted
with the part that grows). A total's change is the sum of its parts' changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.metrics import METRICS
from crm_lib.metrics.apart import others_now, own_change, rates_apart, sum_variances, totals_apart
from crm_lib.metrics.asked_stores import ASKED_STORE
from crm_lib.metrics.association import ACCEPTED, two_shares
from crm_lib.metrics.not_stated import named_parts
from crm_lib.metrics.parts import NAMELESS, NEWCOMERS, NO_CUSTOMER, large
from crm_lib.metrics.pool import MONTHS, last_enough, series_of
from crm_lib.metrics.targets import WRITTEN

_SQL = Path(__file__).parent
_TICKETS = {
    "complaints": ("complaints", ""),
    "complaint_first_response_rate": ("answered_in_time", "answerable"),
    "complaint_close_rate": ("closed_in_time", "closable"),
}
_OF_CUSTOMERS = frozenset({("orders",), ("customers",), ("surveys",), ("interactions",), ("campaign_members",)})
_OF_RECORDS = ("join_channel", "customer_type")
REACH_DAYS = 365 + 31
HOME_STORE = "main_store"  # where a customer buys
LEAST_PART = 0.1  # of the deviation, for a part to be named as its reason
LEAST_STANDING = 0.5  # of what is missing from the target, for a part that stood low already
COLUMNS = [
    "target_id",
    "metric",
    "dimension",
    "part",
    "before",
    "now",
    "base",
    "share",
    "contribution",
    "change",
    "p",
    "p_own",
]


def contributions(
    engine: Engine, engagement: Engagement, readings: pd.DataFrame, groups: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """What each part contributes to a target's change from the months of the baseline to those of its level.

    Of targets that are not on track; dimensions join_channel, customer_type, main_channel, main_store and main_salesperson
    of the customers (where or from whom most of their purchases before the measured month were; of scores of all
    customers the store that answers name stands in for main_store), for complaints store, channel, team and reason of the
    ticket. Not the
    class: it was formed by what customers did before, so each class would move by itself. Every month divides the
    customers by the same rule, so that its NEWCOMERS are held against those of the baseline's months. Columns:
    target_id, metric, dimension, part (NAMELESS where not stated, NO_CUSTOMER what belongs to none), before, now (the
    part's own value), base (now), share (of the denominator now; of a total, before),
    contribution, change (of all parts together), p (that the part changed as the others of its dimension did), p_own (that it did not change).
    Numerators and denominators are summed over months as levels are; of a total, the mean a month. Targets in the order
    of `readings`.
    """
    behind = readings[readings["status"].isin(["bad", "watch"])]
    parts = [_of_tickets(engine, engagement, row, as_of) for row in rows(behind) if row.metric in _TICKETS]
    others = behind[[METRICS[name].needs in _OF_CUSTOMERS for name in behind["metric"]]]
    if len(others):
        parts.append(_of_customers(engine, engagement, others, groups))
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    place = {id: i for i, id in enumerate(readings["target_id"])}
    both = _contribution(pd.concat(found, ignore_index=True))
    return both.sort_values("target_id", key=lambda ids: ids.map(place), kind="stable", ignore_index=True)


def measurable(engagement: Engagement, metric: str) -> pd.DataFrame:
    """The months before the baseline that could be measured on its day."""
    settings, baseline = engagement.definitions, pd.Timestamp(engagement.cycle.baseline)
    months = metrics.months(engagement.cycle.baseline - timedelta(days=REACH_DAYS), engagement.cycle.baseline)
    passed = {
        "repurchase_rate": months["ends_on"] + timedelta(days=settings.repurchase_window_days),
        "churn_rate": months["starts_on"] + timedelta(days=settings.churn_window_days - 1),
        "campaign_response_rate": months["ends_on"] + timedelta(days=settings.response_window_days),
    }.get(metric, months["ends_on"])
    found = months[passed <= baseline]
    return found if len(found) else months.tail(1)


def _spans(engagement: Engagement, row: Any, known: pd.DataFrame) -> pd.DataFrame:
    """span (old, new), period, starts_on, ends_on, months of one target: its level's periods, and those of its baseline:
    the last that carry enough, as phase 1 pools them, of `known`, the metrics by month."""
    new = metrics.cycle_periods(row.starts_on.date(), row.ends_on.date())
    old = measurable(engagement, row.metric)
    mine = known[(known["metric"] == row.metric) & (known["group_id"] == row.group_id)]
    series = series_of(old[["period"]].merge(mine, on="period", how="left"))
    last = last_enough(row.metric, series, engagement.definitions.smallest_base)
    old = old.iloc[: last + 1].tail(MONTHS) if last >= 0 else old.tail(MONTHS)
    if METRICS[row.metric].counted == "stock":
        new, old = new.tail(1), old.tail(1)
    both = pd.concat([old.assign(span="old", months=len(old)), new.assign(span="new", months=len(new))])
    names = both["starts_on"].astype("str") + " " + both["ends_on"].astype("str")
    return both.assign(period=names, target_id=row.target_id, metric=row.metric, group=row.group_id)


def _by_month(engine: Engine, engagement: Engagement, behind: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """metrics.kpis of the targets by month of the year before the baseline."""
    months = metrics.months(engagement.cycle.baseline - timedelta(days=REACH_DAYS), engagement.cycle.baseline)
    of_all = behind["group_id"] == "all"
    whole, parts = (sorted(set(behind.loc[of, "metric"])) for of in (of_all, ~of_all))
    own = groups[groups["group_id"].isin(behind["group_id"])]
    found = [
        metrics.kpis(engine, months, engagement.definitions, of, names)
        for of, names in ((None, whole), (own, parts))
        if names
    ]
    return pd.concat(found, ignore_index=True)


def _of_customers(engine: Engine, engagement: Engagement, behind: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """The periods of all targets' spans, those of one first day in one go: a group for each target's customers and part."""
    monthly = _by_month(engine, engagement, behind, groups)
    wanted = pd.concat([_spans(engagement, row, monthly) for row in rows(behind)], ignore_index=True)
    query = "SELECT customer_id FROM customers UNION SELECT customer_id FROM orders WHERE customer_id IS NOT NULL"
    everyone = engine.fact(f"SELECT e.customer_id FROM ({query}) AS e ORDER BY e.customer_id")
    starts = sorted(set(wanted["starts_on"]))
    homes = [engine.run(_SQL / "homes.sql", first=day.date()).assign(starts_on=day) for day in starts]
    known = _of_named(pd.concat(homes, ignore_index=True))
    dimensions = sorted(known["dimension"].unique())
    measured, parts = [], []
    for day in starts:
        mine = known.loc[known["starts_on"] == day, ["customer_id", "dimension", "part"]]
        mine = pd.concat([mine, *_newcomers(mine, everyone, dimensions)], ignore_index=True)
        of_day = _of_periods(engine, engagement, wanted[wanted["starts_on"] == day], groups, mine)
        measured.append(of_day[0].assign(starts_on=day))
        parts.append(of_day[1].assign(starts_on=day))
    return _placed(pd.concat(measured, ignore_index=True), pd.concat(parts, ignore_index=True), wanted)


def _of_periods(
    engine: Engine, engagement: Engagement, wanted: pd.DataFrame, groups: pd.DataFrame, homes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """metrics.kpis of periods that begin on one day, by the customers' homes on that day, and what each group_id is:
    group, dimension, part."""
    own = pd.concat([_within(homes, groups, group) for group in wanted["group"].unique()], ignore_index=True)
    own["group_id"] = own.groupby(["group", "dimension", "part"], sort=False).ngroup().astype("str")
    periods = wanted[["period", "starts_on", "ends_on"]].drop_duplicates("period", ignore_index=True)
    names, of_all = sorted(set(wanted["metric"])), wanted["group"].eq("all").any()
    measured = metrics.kpis(engine, periods, engagement.definitions, own, names, whole=bool(of_all))
    parts = own.drop_duplicates("group_id")[["group_id", "group", "dimension", "part"]]
    asked = metrics.asked_stores(engine)
    rated = sorted({n for n in wanted.loc[wanted["group"].eq("all"), "metric"] if METRICS[n].needs == ("surveys",)})
    if rated and len(asked):
        theirs = asked.assign(group="all", dimension=ASKED_STORE, customer_id=asked["store"])
        theirs["group_id"] = f"{ASKED_STORE}=" + theirs["part"]
        more = metrics.kpis(engine, periods, engagement.definitions, theirs, rated, of_stores=True)
        home = parts.loc[parts["dimension"].eq(HOME_STORE) & parts["group"].eq("all"), "group_id"]
        measured = measured[~(measured["metric"].isin(rated) & measured["group_id"].isin(home))]
        measured = pd.concat([measured, more], ignore_index=True)
        parts = pd.concat([parts, theirs.drop_duplicates("group_id")[parts.columns]], ignore_index=True)
    return measured, parts


def _placed(measured: pd.DataFrame, parts: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """Rows of _PARTS of the metrics of all days."""
    keys = ["target_id", "metric", "group", "span", "period", "months"]
    again = np.array([METRICS[name].counted == "customers" for name in measured["metric"]], dtype=bool)
    measured = measured.assign(variance=sum_variances(measured), again=again).fillna({"numerator": 0, "denominator": 0})
    found = measured.merge(parts, on=["starts_on", "group_id"])
    found = pd.concat([found, _no_customer(measured[measured["group_id"] == "all"], found)], ignore_index=True)
    found = found.merge(wanted[keys], on=["metric", "group", "period"])
    total = found["metric"].map(lambda name: METRICS[name].estimate == "total").astype(bool)
    found["numerator"] = found["numerator"].where(~total, found["numerator"] / found["months"])
    found["variance"] = found["variance"].where(~total, found["variance"] / found["months"] ** 2)
    same = found["again"].astype(bool)
    found["variance"] *= found["months"].where(same, 1.0)  # months of the same customers are fully dependent
    found["base"] = found["base"].where(~same, found["base"] / found["months"])
    return found[_PARTS]


def _no_customer(whole: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """What is in the whole and in no part of a dimension, as a part of it."""
    keys, sums = ["metric", "period", "again"], ["numerator", "denominator", "base", "variance"]
    known = parts[parts["group"] == "all"].groupby([*keys, "dimension"], as_index=False)[sums].sum()
    both = known.merge(whole[[*keys, *sums]], on=keys, suffixes=("", "_whole"))
    for name in sums:
        both[name] = (both.pop(f"{name}_whole") - both[name]).clip(lower=None if name in sums[:2] else 0)
    some = both[["numerator", "denominator"]].abs().max(axis=1) > 1e-6
    return both[some].assign(group="all", part=NO_CUSTOMER)


def _of_named(found: pd.DataFrame) -> pd.DataFrame:
    """`found` with '' for parts that are nameless, of the dimensions in which any part has a name."""
    found = found.assign(part=named_parts(found["part"]))
    return found[found.groupby("dimension")["part"].transform("max") != ""]


def _newcomers(homes: pd.DataFrame, everyone: pd.DataFrame, dimensions: Sequence[str]) -> list[pd.DataFrame]:
    """The customers without a home in a dimension are a part of it, so that the parts make up the whole: where they buy,
    those who have not bought before; how they joined, those of whom there is no record."""
    found = []
    for dimension in dimensions:
        known = homes.loc[homes["dimension"] == dimension, "customer_id"]
        rest = everyone[~everyone["customer_id"].isin(known)]
        found.append(rest.assign(dimension=dimension, part=NAMELESS if dimension in _OF_RECORDS else NEWCOMERS))
    return found


def _within(homes: pd.DataFrame, groups: pd.DataFrame, group: str) -> pd.DataFrame:
    """dimension, part, customer_id of a target's own customers."""
    if group != "all":
        homes = homes[homes["customer_id"].isin(groups.loc[groups["group_id"] == group, "customer_id"])]
    return homes.assign(group=group)


_PARTS = ["target_id", "metric", "span", "dimension", "part", "numerator", "denominator", "base", "variance"]


def _of_tickets(engine: Engine, engagement: Engagement, row: Any, as_of: date) -> pd.DataFrame:
    if row.group_id != "all":
        return pd.DataFrame(columns=_PARTS)
    nobody = pd.DataFrame(columns=["group_id", "customer_id"])
    spans = _spans(engagement, row, _by_month(engine, engagement, pd.DataFrame([row._asdict()]), nobody))
    old, new = (spans[spans["span"] == name] for name in ("old", "new"))
    settings = engagement.definitions
    found = engine.run(
        _SQL / "ticket_parts.sql",
        new_from=new["starts_on"].min().date(),
        new_to=new["ends_on"].max().date(),
        old_from=old["starts_on"].min().date(),
        old_to=old["ends_on"].max().date(),
        known=as_of,
        first_response_seconds=settings.complaint_response_minutes * 60,
        closing_seconds=settings.complaint_close_hours * 3600,
    )
    found = _of_named(found)
    top, bottom = _TICKETS[row.metric]
    frame = found.assign(numerator=found[top], denominator=found[bottom] if bottom else 1.0)
    frame = frame.assign(base=frame["denominator"] if bottom else frame["numerator"])
    hits, cases = frame["numerator"] + 1, frame["denominator"] + 2  # Agresti and Caffo 2000
    frame["variance"] = frame["denominator"] * hits / cases * (1 - hits / cases) if bottom else frame["numerator"]
    if not bottom:
        months = frame["span"].map({"old": len(old), "new": len(new)}).astype("float64")
        frame["numerator"] /= months
        frame["variance"] /= months**2
    return frame.assign(target_id=row.target_id, metric=row.metric)[_PARTS]


def _contribution(frame: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS from numerators and denominators of both spans by target, dimension and part."""
    keys = ["target_id", "metric", "dimension", "part"]
    names = ["numerator", "denominator", "base", "variance"]
    sums = frame.groupby([*keys, "span"])[names].sum()
    wide = pd.DataFrame(sums.unstack("span"))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([names, ["old", "new"]])).fillna(0.0)
    total = np.array([METRICS[name].estimate == "total" for name in wide.index.get_level_values("metric")], dtype=bool)
    top, bottom = (wide[name].to_numpy(dtype=float) for name in ("numerator", "denominator"))
    whole = wide[["numerator", "denominator"]].groupby(level=["target_id", "dimension"]).transform("sum")
    all_top, all_bottom = (whole[name].to_numpy(dtype=float) for name in ("numerator", "denominator"))
    with np.errstate(divide="ignore", invalid="ignore"):
        values, weights = top / bottom, bottom / all_bottom
        gaps = np.nan_to_num(values - (all_top / all_bottom)[:, :1]) * np.nan_to_num(weights)
        shares = np.where(total, top[:, 0] / all_top[:, 0], weights[:, 1])
    values = np.where(total[:, None], top, values)
    contribution = np.where(total, top[:, 1] - top[:, 0], gaps[:, 1] - gaps[:, 0])
    found = wide.index.to_frame(index=False).assign(before=values[:, 0], now=values[:, 1], share=shares)
    found = found.assign(base=wide["base"]["new"].to_numpy(), contribution=contribution)
    found["change"] = found.groupby(["target_id", "dimension"])["contribution"].transform("sum")
    doubt, one = wide["variance"].to_numpy(dtype=float), found["target_id"] + "\x1f" + found["dimension"]
    old, new = ((top[:, i], bottom[:, i], doubt[:, i]) for i in (0, 1))
    by_total = totals_apart(one, (old[0], old[2]), (new[0], new[2]))
    p_own = own_change(total, old, new)
    found = found.assign(p=np.where(total, by_total, rates_apart(one, old, new)))
    return found.assign(p_own=np.where(found["before"].isna(), found["p"], p_own))[COLUMNS]


def main_reasons(contributions: pd.DataFrame, readings: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """The part of each target that weighs against it most beyond its share, of those with a base of `smallest`.

    A part that contributes what its share of the whole would is no reason, nor is one that makes up less than a tenth
    of the target's deviation, nor one whose own figure did not get worse, nor one that by chance could have changed as
    the others of its dimension did (Bonferroni over its parts of that base) or not at all (over the target's), nor one without a name, nor newcomers where
    nothing is known of those before. None where no part got worse. Columns of `contributions`; of equal weight the
    first by dimension and part.
    """
    part = contributions["part"]
    told = ~part.isin([NAMELESS, NO_CUSTOMER]) & ~(part.eq(NEWCOMERS) & contributions["before"].isna())
    return _heaviest(contributions[told], readings, smallest)


def without_name(contributions: pd.DataFrame, readings: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """By the same measure the heaviest part of each target of which nobody wrote down what it is."""
    return _heaviest(contributions[contributions["part"] == NAMELESS], readings, smallest)


def standing(
    contributions: pd.DataFrame, readings: pd.DataFrame, explained: Sequence[str], smallest: int
) -> pd.DataFrame:
    """Of targets without a reason (`explained` have one): the part whose rate stands below that of its dimension's others
    beyond chance (Bonferroni over the target's parts), as it did before, and without which LEAST_STANDING of what is
    missing from the target would not be. Columns of `contributions` and `rest` (the rate of the others); one a target."""
    rates = contributions["metric"].map(lambda name: METRICS[name].estimate == "proportion").astype(bool)
    found = contributions[rates & ~contributions["target_id"].isin(explained)]
    found = found.assign(rest=others_now(found))
    sign = found["metric"].map(lambda name: 1.0 if METRICS[name].better == "up" else -1.0).astype("float64")
    now, before, rest, share, n = (found[name].astype("float64") for name in ("now", "before", "rest", "share", "base"))
    looked = large(found, smallest) & ~found["part"].isin([NAMELESS, NO_CUSTOMER, NEWCOMERS]) & (share > 0)
    tested = looked.groupby(found["target_id"]).transform("sum")
    others = n / share.where(share > 0) - n
    _, _, p = two_shares(*(values.to_numpy(float) for values in (now * n, n, rest * others, others)))
    aims = readings.set_index("target_id")
    missing = found["target_id"].map((aims["target"] - aims["value"]).astype("float64").abs()).astype("float64")
    pull = share * sign * (rest - now)
    low = looked & (pull > 0) & (sign * (rest - before) > 0) & (pull >= LEAST_STANDING * missing)
    found = found.assign(pull=pull)[low & (np.nan_to_num(p, nan=1.0) * tested < ACCEPTED)]
    found = found.sort_values(["target_id", "pull", "dimension", "part"], ascending=[True, False, True, True])
    return found.drop_duplicates("target_id").drop(columns="pull").reset_index(drop=True)


def got_worse(contributions: pd.DataFrame, smallest: int) -> pd.Series:
    """Which parts of at least `smallest` weigh against their target, and whose own figure got worse by as much as is
    written; a part that was not there before has none. What is nearly the whole is no part."""
    sign = contributions["metric"].map(lambda name: 1.0 if METRICS[name].better == "up" else -1.0).astype("float64")
    least = (
        contributions["metric"].map(lambda name: WRITTEN if METRICS[name].kind == "percent" else 1e-9).astype("float64")
    )
    step = (contributions["now"].astype("float64") - contributions["before"].astype("float64")) * sign
    own = contributions["contribution"].astype("float64") * sign
    return large(contributions, smallest) & (own < -least) & ((step < -least) | contributions["before"].isna())


def parts_handoff(
    contributions: pd.DataFrame, reasons: pd.DataFrame, nameless: pd.DataFrame, low: pd.DataFrame
) -> pd.DataFrame:
    """The contributions as handoff `target_parts`; `role`: 'cause' of a target's main reason, 'nameless' of its heaviest
    part without a name, 'standing' of `standing`, else ''."""
    keys = ["target_id", "dimension", "part"]
    marked = [
        frame[keys].assign(role=role) for frame, role in ((reasons, "cause"), (nameless, "nameless"), (low, "standing"))
    ]
    roles = pd.concat(marked, ignore_index=True).astype(dict.fromkeys([*keys, "role"], "str"))
    found = contributions.drop(columns="p_own").astype(dict.fromkeys(keys, "str")).merge(roles, on=keys, how="left")
    return found.assign(role=found["role"].fillna(""), base=found["base"].round().astype("int64"))


def _heaviest(contributions: pd.DataFrame, readings: pd.DataFrame, smallest: int) -> pd.DataFrame:
    sign = contributions["metric"].map(lambda name: 1.0 if METRICS[name].better == "up" else -1.0).astype("float64")
    beyond = contributions["contribution"].astype("float64") - contributions["share"].astype("float64").fillna(
        0
    ) * contributions["change"].astype("float64")
    deviations = readings.set_index("target_id")["deviation"].astype("float64").abs()
    least = contributions["target_id"].map(deviations).astype("float64") * LEAST_PART
    told = (contributions["base"] >= smallest) & (contributions["part"] != NO_CUSTOMER)
    tested = told.groupby(contributions["target_id"]).transform("sum")
    of_dimension = told.groupby([contributions["target_id"], contributions["dimension"]]).transform("sum")
    distinct = contributions["p"].astype("float64") * of_dimension < ACCEPTED
    distinct &= contributions["p_own"].astype("float64") * tested < ACCEPTED
    ranked = contributions.assign(weight=beyond * sign)
    ranked = ranked[(ranked["weight"] <= -least.clip(lower=1e-12)) & got_worse(contributions, smallest) & distinct]
    ranked = ranked.sort_values(["target_id", "weight", "dimension", "part"])
    return ranked.drop_duplicates("target_id").drop(columns="weight").reset_index(drop=True)


def execution_gap(engagement: Engagement, target_group: str, done: pd.DataFrame, plan: pd.DataFrame) -> tuple[int, int]:
    """Contacts done and planned (due tasks) of the strategies for the target's class, without those that complaints of
    any class set off; of all for other groups."""
    name = target_group.removeprefix("class:")
    ids = (
        set(plan.loc[plan["operating_class"].eq(name), "strategy"])
        if target_group.startswith("class:")
        else set(plan["strategy"])
    )
    if target_group.startswith("class:"):
        ids -= {one.id for one in engagement.strategies if one.trigger == "complaint_closed"}
    mine = done[done["strategy"].isin(ids)]
    return int(mine["done"].sum()), int(mine["planned"].sum())

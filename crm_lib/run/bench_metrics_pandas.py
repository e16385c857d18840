"""The same in pandas: what an analyst writes in a notebook."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.run import bench_metrics as bench


def plain(folder: Path) -> dict[str, pd.DataFrame]:
    columns = ["customer_id", "ordered_on", "kind", "amount"]
    orders = pd.read_parquet(folder / "orders.parquet", columns=columns)
    orders["amount"] = orders["amount"].astype("float64")
    orders["ordered_on"] = pd.to_datetime(orders["ordered_on"])
    orders["sale"] = orders["kind"].eq("sale") & orders["amount"].gt(0)
    people = pd.read_parquet(folder / "customers.parquet", columns=["customer_id", "joined_on"])
    people["joined_on"] = pd.to_datetime(people["joined_on"])
    now, before = (_layers(orders, people, pd.Timestamp(day)) for day in (bench.AS_OF, bench.BEFORE))
    moved = now.merge(
        before[["customer_id", "operating_class", "monetary"]], on="customer_id", how="left", suffixes=("", "_then")
    )
    moved["before"] = moved["operating_class_then"].fillna("new")
    matrix = moved.groupby(["before", "operating_class"]).agg(
        customers=("customer_id", "size"), revenue=("monetary_then", "sum")
    )
    matrix = matrix.reset_index().rename(columns={"operating_class": "after"})
    return {"layers": now, "moved": matrix, "kpis": _kpis(orders), "cohorts": _cohorts(orders)}


def _layers(orders: pd.DataFrame, people: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    known = orders[orders["customer_id"].notna() & (orders["ordered_on"] <= day)]
    start, recent = day - timedelta(days=364), day - timedelta(days=89)
    half, earlier = day - timedelta(days=181), day - timedelta(days=363)
    on, ids, sale = known["ordered_on"], known["customer_id"], known["sale"]
    joined = people[people["joined_on"] <= day].set_index("customer_id")["joined_on"]
    frame = pd.DataFrame(index=pd.Index(sorted(set(ids) | set(joined.index)), name="customer_id"))
    frame["joined_on"] = joined
    sales = known[sale].groupby("customer_id")["ordered_on"]
    frame["first_on"], frame["last_on"] = sales.min(), sales.max()
    frame["recency_days"] = (day - frame["last_on"]).dt.days
    frame["frequency"] = known[sale & (on >= start)].groupby("customer_id").size()
    frame["monetary"] = known[on >= start].groupby("customer_id")["amount"].sum()
    frame[["frequency", "monetary"]] = frame[["frequency", "monetary"]].fillna(0)
    recently = known[sale & (on >= recent)].groupby("customer_id").size().reindex(frame.index).fillna(0)
    last = known[on >= half].groupby("customer_id")["amount"].sum().reindex(frame.index).fillna(0).round(2)
    past = (
        known[(on < half) & (on >= earlier)]
        .groupby("customer_id")["amount"]
        .sum()
        .reindex(frame.index)
        .fillna(0)
        .round(2)
    )
    frame["monetary"] = frame["monetary"].round(2)
    seen = (day - frame["first_on"].where(frame["first_on"].isna() | (frame["first_on"] >= start), start)).dt.days + 1
    frame["activity"] = (recently + 1) / (1 + frame["frequency"] * 90 / seen.clip(lower=90))
    size = last.abs() + past.abs()
    frame["growth"] = ((last - past) / size.where(size > 0)).where(frame["first_on"] < half)
    buyers = frame["frequency"] > 0
    for name, values in (("r", -frame["recency_days"]), ("f", frame["frequency"]), ("m", frame["monetary"])):
        below = values[buyers].rank(method="min") - 1
        frame[f"{name}_score"] = (1 + 5 * below // buyers.sum()).reindex(frame.index).fillna(1).astype(int)
    ranks = [_rank(frame[name], frame.loc[buyers, name]) for name in ("activity", "growth")]
    frame["potential"] = pd.concat(ranks, axis=1).mean(axis=1)
    high_value = (frame["monetary"] >= _cut(frame.loc[buyers, "monetary"], 0.2)) & (frame["monetary"] > 0)
    high_potential = frame["potential"] >= _cut(frame.loc[buyers, "potential"], 0.4)
    names = ["maintain", "cross_sell", "nurture", "activate"]
    frame["quadrant"] = np.array(names, dtype=object)[2 * (~high_value).to_numpy() + (~high_potential).to_numpy()]
    since = frame["last_on"].fillna(frame["joined_on"])
    dormant = since.isna() | (since <= day - timedelta(days=180))
    frame["operating_class"] = np.select(
        [dormant, high_value, high_potential], ["dormant", "core", "potential"], "ordinary"
    )
    return frame.reset_index()


def _rank(values: pd.Series, base: pd.Series) -> pd.Series:
    known = np.sort(base.dropna().to_numpy())
    both = np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")
    return pd.Series(both / (2 * len(known)), values.index).where(values.notna())


def _cut(values: pd.Series, share: float) -> float:
    known = np.sort(values.dropna().to_numpy())
    return float(known[-int(np.ceil(round(share * len(known), 9)))])


def _kpis(orders: pd.DataFrame) -> pd.DataFrame:
    first, last = (pd.Timestamp(day) for day in bench.MONTHS)
    inside = orders[orders["ordered_on"].between(first, last)]
    month, sold = inside["ordered_on"].dt.to_period("M"), inside[inside["sale"]]
    sold_month = sold["ordered_on"].dt.to_period("M")
    days = orders.loc[orders["sale"] & orders["customer_id"].notna(), ["customer_id", "ordered_on"]].drop_duplicates()
    days = days.sort_values(["customer_id", "ordered_on"])
    days["next_on"] = days.groupby("customer_id")["ordered_on"].shift(-1)
    days["month"] = days["ordered_on"].dt.to_period("M")
    begun = days.drop_duplicates("customer_id")["month"].value_counts()
    firsts = days.drop_duplicates(["customer_id", "month"])
    gross = sold.groupby(sold_month)["amount"].sum()
    table = pd.DataFrame({"orders": sold.groupby(sold_month).size(), "revenue": inside.groupby(month)["amount"].sum()})
    table["active_customers"] = sold.groupby(sold_month)["customer_id"].nunique()
    table["average_order_value"] = gross / table["orders"]
    refunds = inside[inside["kind"] == "refund"]
    table["refund_rate"] = -refunds.groupby(refunds["ordered_on"].dt.to_period("M"))["amount"].sum() / gross
    table["new_customers"] = begun.reindex(table.index)
    again = (firsts["next_on"] - firsts["ordered_on"]).dt.days <= 90
    table["repurchase_rate"] = again.groupby(firsts["month"]).mean().reindex(table.index)
    table["churn_rate"] = [_churn(days, period.start_time) for period in table.index]
    return table.rename_axis("month").reset_index()


def _churn(days: pd.DataFrame, start: pd.Timestamp) -> float:
    near = days[days["ordered_on"].between(start - timedelta(days=90), start + timedelta(days=89))]
    before = near.loc[near["ordered_on"] < start, "customer_id"].unique()
    after = near.loc[near["ordered_on"] >= start, "customer_id"].unique()
    return float((~pd.Index(before).isin(after)).mean())


def _cohorts(orders: pd.DataFrame) -> pd.DataFrame:
    bought = orders[orders["sale"] & orders["customer_id"].notna()]
    month = bought["ordered_on"].dt.year * 12 + bought["ordered_on"].dt.month - 1
    months = pd.DataFrame({"customer_id": bought["customer_id"], "month": month}).drop_duplicates()
    first = months.groupby("customer_id")["month"].min().rename("cohort")
    months = months.join(first, on="customer_id")
    months["age_months"] = months["month"] - months["cohort"]
    active = months.groupby(["cohort", "age_months"]).size().rename("active")
    known = orders.loc[orders["customer_id"].notna(), ["customer_id", "ordered_on", "amount"]].join(
        first, on="customer_id", how="inner"
    )
    known["age_months"] = known["ordered_on"].dt.year * 12 + known["ordered_on"].dt.month - 1 - known["cohort"]
    paid = known[known["age_months"] >= 0].groupby(["cohort", "age_months"])["amount"].sum().rename("revenue")
    return paid.to_frame().join(active).fillna({"active": 0}).reset_index()

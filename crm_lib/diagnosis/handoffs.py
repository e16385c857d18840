"""What phase 1 leaves for the others; schemas in crm_lib/handoff.py."""

from __future__ import annotations

import json

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.diagnosis.pain_points import Diagnosis
from crm_lib.diagnosis.rules_goods import left_buyers
from crm_lib.diagnosis.rules_key_customers import leaving
from crm_lib.diagnosis.rules_renewals import not_renewed
from crm_lib.diagnosis.rules_visits import away_holders


def kpi_baseline(measured: Measured) -> pd.DataFrame:
    """The pooled level of every metric that has one, of all customers and of the targets' groups."""
    both = pd.concat([measured.trends, measured.group_trends], ignore_index=True)
    known = both[both["value"].notna()]
    return known[["metric", "group_id", "value", "low", "high", "base"]].reset_index(drop=True)


def pain_points(found: Diagnosis) -> pd.DataFrame:
    rows = [
        {
            "rank": point.rank,
            "pain_point": point.rule,
            "severity": point.severity,
            "customers": point.customers,
            "revenue_per_year": point.revenue,
            "message": json.dumps(point.headline.to_json(), ensure_ascii=False, sort_keys=True),
            "action": json.dumps(point.action.to_json(), ensure_ascii=False, sort_keys=True),
        }
        for point in found.points
    ]
    names = ["rank", "pain_point", "severity", "customers", "revenue_per_year", "message", "action"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"rank": "int64", "customers": "Int64", "revenue_per_year": "float64"})


def key_customer_list(measured: Measured, found: Diagnosis) -> pd.DataFrame:
    """[pain_point, customer_id, spent] of the customers that findings on key customers, renewals, absent holders and goods
    that fall count. `spent` as they count it."""
    rules = {point.rule for point in found.points}
    parts = [
        _listed("key_leaving", leaving(measured), "spent"),
        _listed("key_uncontacted", measured.key_customers.query("contacts_recent == 0"), "revenue_year"),
    ]
    if "goods_fall" in rules:
        parts.append(_listed("goods_fall", left_buyers(measured), "spent"))
    for rule in ("renewal_falls", "renewal_falls_apart"):
        if rule in rules:
            parts.append(_listed(rule, not_renewed(measured, rule), "amount"))
    if "absent_holders" in rules:
        away = away_holders(measured, found.check("absent_holders"))
        parts.append(_listed("absent_holders", away, "revenue_year"))
    every = pd.concat([part for part in parts if part["pain_point"].isin(rules).any()] or [parts[0].iloc[:0]])
    return every.sort_values(["pain_point", "spent", "customer_id"], ascending=[True, False, True], ignore_index=True)


def _listed(rule: str, customers: pd.DataFrame, spent: str) -> pd.DataFrame:
    frame = customers[["customer_id"]].assign(pain_point=rule, spent=customers[spent].astype("float64"))
    return frame[["pain_point", "customer_id", "spent"]]


def target_list(found: pd.DataFrame) -> pd.DataFrame:
    """Targets with their baselines; NaN where phase 1 cannot measure the group."""
    names = {"low": "baseline_low", "high": "baseline_high", "goal": "target"}
    columns = ["target_id", "metric", "group_id", "baseline", "low", "high", "goal", "due"]
    return found[columns].rename(columns=names).astype({"baseline": "float64", "target": "float64"})


def scope_list(measured: Measured) -> pd.DataFrame:
    return measured.members[["group_id", "customer_id"]].reset_index(drop=True)

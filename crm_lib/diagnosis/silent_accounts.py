"""A business with few key customers counts them one by one: who is silent for longer than ever, and what that costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, few, limit
from crm_lib.diagnosis.measured import FOLDER, YEAR, Measured, top
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.words import span
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import capped_by_cover

FEWEST_PAUSES = 3  # between purchase days; with fewer, 'longer than ever' says nothing
LATE = 1.5  # times the own rhythm, as in monitoring
LEAST_SILENT = 0.10  # of the key customers
COLUMNS = ["customer_id", "key", "silent_days", "rhythm_days", "longest_days", "spent_before", "spent_now", "change"]


def few_accounts(measured: Measured) -> bool:
    """Whether the key customers are too few for a share with an interval, so that each is looked at."""
    return measured.engine.has("orders") and 0 < len(_key(measured)) < measured.smallest_base


def silent_accounts(measured: Measured) -> pd.DataFrame:
    """COLUMNS of every customer who is silent for longer than any pause before and LATE times the own rhythm, or who
    left within a churn window, within a year (silence begins with the end of cover where that is later); key customers first, then by what they spent. Net revenue in the months that the trend
    of revenue compares; NaN where it compares none. Empty unless `few_accounts`."""
    if not few_accounts(measured):
        return pd.DataFrame(columns=COLUMNS)
    found = measured.engine.run(FOLDER / "pauses.sql", known=measured.baseline)
    ids, silent = found["customer_id"], found["silent_days"]
    found["silent_days"] = capped_by_cover(measured.engine, ids, silent, measured.baseline)
    late = found["silent_days"] > LATE * found["rhythm_days"]
    longer = (found["purchase_days"] > FEWEST_PAUSES) & (found["silent_days"] > found["longest_days"]) & late
    window = measured.definitions.churn_window_days
    left = found["silent_days"].between(window, 2 * window)
    found = found[(longer | left) & (found["silent_days"] <= YEAR)].merge(
        _spent(measured), on="customer_id", how="left"
    )
    found = found.assign(
        key=found["customer_id"].isin(_key(measured)["customer_id"]), change=found["spent_now"] - found["spent_before"]
    )
    order = ["key", "spent_before", "customer_id"]
    return found.sort_values(order, ascending=[False, False, True])[COLUMNS].reset_index(drop=True)


def _key(measured: Measured) -> pd.DataFrame:
    return top(measured.customers, "spend_now", measured.engagement.layering.top_share)


def _spent(measured: Measured) -> pd.DataFrame:
    """[customer_id, spent_before, spent_now] in the two spans of months that the trend of revenue compares."""
    row = measured.trend("revenue")
    own = measured.customers[["customer_id"]].assign(spent_before=np.nan, spent_now=np.nan)
    if row is None or not row["compared"]:
        return own
    days = measured.months.set_index("period")
    sides = {}
    for name, prefix in (("spent_before", "before_"), ("spent_now", "")):
        first, last = days.loc[row[f"{prefix}from_period"]], days.loc[row[f"{prefix}to_period"]]
        spent = measured.engine.sql(
            "SELECT customer_id, CAST(SUM(amount) AS DOUBLE) AS spent FROM orders "
            "WHERE customer_id IS NOT NULL AND ordered_on >= $first AND ordered_on <= $last "
            "GROUP BY customer_id ORDER BY customer_id",
            first=first["starts_on"],
            last=last["ends_on"],
        )
        sides[name] = own["customer_id"].map(spent.set_index("customer_id")["spent"]).fillna(0.0)
    return own.assign(**sides)


def census(measured: Measured) -> Check:
    """Of few key customers, those silent for longer than ever; a count of all, which needs no interval."""
    key = _key(measured)
    share, window = measured.engagement.layering.top_share, measured.definitions.churn_window_days
    args = {"top": Value("percent", share), "window": Value("days", window)}
    said = limit("key_leaving_few", share=Value("percent", LEAST_SILENT), **args)
    if not few_accounts(measured):
        return few("key_leaving", said, len(key), measured.smallest_base)
    silent = silent_accounts(measured)
    own = silent[silent["key"].astype(bool)]
    counted = {"lost": Value("int", len(own), name="key_customers.silent"), "n": Value("int", len(key))}
    figure = msg("diagnosis.check.silent", **counted)
    if not len(own) or len(own) < LEAST_SILENT * len(key):
        return Check("key_leaving", "clear", figure, said)
    revenue = float(key.loc[key["customer_id"].isin(own["customer_id"]), "spend_now"].sum())
    pain = PainPoint(
        rule="key_leaving",
        headline=msg("diagnosis.finding.key_leaving_few", revenue=Value("money", revenue), **counted, **args),
        evidence=silent_words(measured),
        action=action(measured, "key_leaving"),
        basis=msg("diagnosis.basis.key_leaving_few"),
        customers=len(own),
        revenue=revenue,
        worse=True,
    )
    return Check("key_leaving", "found", figure, said, pain)


def silent_words(measured: Measured) -> Message | None:
    """What all silent accounts, key or not, do to the change of revenue; None where there is nothing to say."""
    row, silent = measured.trend("revenue"), silent_accounts(measured)
    if row is None or not row["compared"] or silent.empty:
        return None
    change = float(row["change"] * row["months"])
    lost = float(silent["change"].sum())
    return msg(
        "diagnosis.silent.change",
        n=Value("int", len(silent)),
        span=span(row),
        before_span=span(row, "before_"),
        before=Value("money", float(silent["spent_before"].sum())),
        now=Value("money", float(silent["spent_now"].sum())),
        lost=Value("money", lost),
        change=Value("money", change),
        rest=Value("money", change - lost),
    )


def silent_title(measured: Measured) -> Message:
    silent = silent_accounts(measured)
    return msg(
        "diagnosis.silent.title",
        n=Value("int", len(silent)),
        key=Value("int", int(silent["key"].astype(bool).sum())),
        before=Value("money_short", float(silent["spent_before"].sum())),
    )

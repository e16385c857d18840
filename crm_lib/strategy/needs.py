"""Needs and pain points of each class, read from the data: shares of the class's customers beside all customers'."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.engine import Engine
from crm_lib.metrics import first_day
from crm_lib.metrics.not_stated import named_parts
from crm_lib.strategy.categories import lapsed
from crm_lib.strategy.queries import HALF_YEAR_DAYS, run
from crm_lib.strategy.shares import count, with_interval

NEEDS = (
    "discount",  # more than half of the orders with a discount
    "small_basket",  # orders more often than the middle customer, and smaller
    "one_category",  # two orders or more, all in one category
    "few_orders",  # fewer than two orders in half a year
    "lapsed_category",  # no longer buys the category that most have left
    "late",  # silent beyond the own rhythm
    "complained",
    "detractor",
    "incomplete",  # a required field is empty
    "not_contacted",  # no contact from us within the active window
)
LEAST_GAP = 0.02  # beyond all customers' share: less is nothing to serve a class by, however sure
MOST_OVERALL = 0.8  # of all customers: what nearly everyone does tells no class from the others
# What a class's own rule brings about is no need of it.
BY_RULE = {"dormant": frozenset({"few_orders", "late", "lapsed_category"})}


def needs(engine: Engine, engagement: Engagement, customers: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Rows class x need, classes and needs in their fixed order, needs that no data speak of left out.

    Columns: operating_class, need, hits, base, share, low, high, overall (share of all customers, without the classes
    whose rule brings the need about), gap (share - overall), detail (the reason, field or category that stands out; '' without), by_rule: brought about by the rule of
    the class (BY_RULE), notable: base >= smallest_base, the whole interval above all customers' share and the share by LEAST_GAP, not by_rule, all customers' share below MOST_OVERALL.
    """
    parts = [_of_customers(engine, customers, engagement), _of_contacts(engine, customers, engagement)]
    parts += [
        _of_lines(engine, engagement, categories),
        _of_tickets(engine, customers, engagement),
        _of_surveys(engine, engagement),
    ]
    found = pd.concat([_NONE, *(part for part in parts if len(part))], ignore_index=True)
    found = found[found.groupby("need")["base"].transform("sum") > 0].reset_index(drop=True)
    found["detail"] = found["detail"].astype("object").where(found["detail"].notna(), "")
    return _compared(found, engagement.definitions.smallest_base)


_NONE = pd.DataFrame(
    {
        **dict.fromkeys(("operating_class", "need", "detail"), pd.Series(dtype="str")),
        **dict.fromkeys(("hits", "base"), pd.Series(dtype="int64")),
        **dict.fromkeys(("all_hits", "all_base"), pd.Series(dtype="float64")),
    }
)


def _compared(found: pd.DataFrame, smallest: int) -> pd.DataFrame:
    by_rule = _by_rule(found)
    for part in ("hits", "base"):
        total = found[part].mask(by_rule, 0).groupby(found["need"]).transform("sum")
        found[f"all_{part}"] = found[f"all_{part}"].astype("float64").fillna(total)
    frame = with_interval(found)
    overall = (found["all_hits"] / found["all_base"].replace(0, np.nan)).astype("float64")
    frame = frame.assign(overall=overall, gap=frame["share"] - overall)
    frame["by_rule"] = by_rule
    beyond = (frame["low"] > frame["overall"]) & (frame["gap"] >= LEAST_GAP) & (frame["overall"] < MOST_OVERALL)
    frame["notable"] = (frame["base"] >= smallest) & beyond & ~frame["by_rule"]
    frame["_class"] = frame["operating_class"].map({name: i for i, name in enumerate(OPERATING_CLASSES)})
    frame["_need"] = frame["need"].map({name: i for i, name in enumerate(NEEDS)})
    frame = frame.sort_values(["_class", "_need"], ignore_index=True)
    columns = ["operating_class", "need", "hits", "base", "share", "low", "high", "overall", "gap", "detail"]
    return frame[[*columns, "by_rule", "notable"]]


def _by_rule(frame: pd.DataFrame) -> pd.Series:
    pairs = zip(frame["operating_class"], frame["need"], strict=True)
    return pd.Series([need in BY_RULE.get(name, ()) for name, need in pairs], frame.index, dtype="bool")


def left_out(need: str) -> list[str]:
    """Classes whose own rule brings the need about: all customers' share is without them."""
    return [name for name, needs in BY_RULE.items() if need in needs]


def _of_customers(engine: Engine, customers: pd.DataFrame, engagement: Engagement) -> pd.DataFrame:
    whole = pd.Series(_reaches_back(engine, engagement, HALF_YEAR_DAYS), index=customers.index)
    bought = customers["frequency"].fillna(0) > 0
    basket = customers["monetary"] / customers["frequency"].where(bought)
    small = (customers["frequency"] > customers.loc[bought, "frequency"].median()) & (basket < basket.median())
    priced = customers["priced_orders"] > 0
    parts = [
        count(customers, priced, customers["discounted_orders"] * 2 > customers["priced_orders"]).assign(
            need="discount"
        ),
        count(customers, bought, small).assign(need="small_basket"),
        count(customers, whole, customers["half_year_orders"] < 2).assign(need="few_orders"),
        count(customers, customers["own_rhythm"], customers["beyond"]).assign(need="late"),
        _incomplete(customers),
    ]
    return pd.concat(parts, ignore_index=True)


def _reaches_back(engine: Engine, engagement: Engagement, days: int) -> bool:
    """Whether orders are on record for so many days up to the baseline."""
    first = first_day(engine, "orders")
    return first is not None and first <= engagement.cycle.baseline - timedelta(days=days - 1)


def _incomplete(customers: pd.DataFrame) -> pd.DataFrame:
    """`detail` is the field that most of the class lack."""
    fields = [str(name) for name in customers.columns if str(name).startswith("no_")]
    everyone = pd.Series(bool(fields), index=customers.index)
    found = count(customers, everyone, customers[fields].sum(axis=1) > 0).assign(need="incomplete")
    if not fields or not len(found):
        return found
    missing = customers.groupby("operating_class")[fields].sum()
    worst = missing.idxmax(axis=1).astype("str").str.removeprefix("no_").where(missing.max(axis=1) > 0, "")
    return found.assign(detail=found["operating_class"].map(worst))


def _of_contacts(engine: Engine, customers: pd.DataFrame, engagement: Engagement) -> pd.DataFrame:
    """Nothing where our interactions are not recorded over the whole window: who is not in it may have been contacted."""
    window = engagement.definitions.active_window_days
    if not contacts_recorded(engine, engagement):
        return pd.DataFrame()
    late = customers["last_contact_days"].astype("float64").fillna(np.inf) >= window
    return count(customers, customers["reachable"], late).assign(need="not_contacted")


def contacts_recorded(engine: Engine, engagement: Engagement) -> bool:
    """Whether interactions that we began are on record since before the active window that ends with the baseline."""
    if not engine.has("interactions"):
        return False
    first = engine.sql("SELECT MIN(CAST(happened_at AS DATE)) AS day FROM interactions WHERE direction = 'out'")
    day, baseline = first["day"].iloc[0], pd.Timestamp(engagement.cycle.baseline)
    return not pd.isna(day) and (baseline - pd.Timestamp(day)).days >= engagement.definitions.active_window_days


def _of_lines(engine: Engine, engagement: Engagement, categories: pd.DataFrame) -> pd.DataFrame:
    if not engine.has("order_lines"):
        return pd.DataFrame()
    single = run(engine, engagement, "category_counts").assign(need="one_category")
    return pd.concat([single, lapsed(categories)], ignore_index=True)


def _of_tickets(engine: Engine, customers: pd.DataFrame, engagement: Engagement) -> pd.DataFrame:
    if not engine.has("tickets"):
        return pd.DataFrame()
    hits = run(engine, engagement, "complainers").set_index("operating_class")["hits"]
    reasons = run(engine, engagement, "complaints")
    reasons = reasons[named_parts(reasons["reason"]) != ""].sort_values(
        ["complaints", "reason"], ascending=[False, True]
    )
    first = reasons.drop_duplicates("operating_class").set_index("operating_class")["reason"]
    found = customers.groupby("operating_class", as_index=False).size().rename(columns={"size": "base"})
    found["hits"] = found["operating_class"].map(hits).fillna(0).astype("int64")
    return found.assign(detail=found["operating_class"].map(first), need="complained")


def _of_surveys(engine: Engine, engagement: Engagement) -> pd.DataFrame:
    return run(engine, engagement, "detractors").assign(need="detractor") if engine.has("surveys") else pd.DataFrame()

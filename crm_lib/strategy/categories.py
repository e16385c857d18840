"""What each class buys: categories with their share of its spending, its change, and the classes' leaning (TGI)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib.engagement import OPERATING_CLASSES, Engagement
from crm_lib.engine import Engine
from crm_lib.metrics import first_day
from crm_lib.metrics.carriage import goods_only
from crm_lib.metrics.not_stated import named_parts
from crm_lib.strategy.queries import HALF_YEAR_DAYS, run

_NO_CATEGORIES = pd.DataFrame(
    {
        "operating_class": pd.Series(dtype="str"),
        "category": pd.Series(dtype="str"),
        **{
            name: pd.Series(dtype="float64")
            for name in ("recent_amount", "earlier_amount", "recent_buyers", "earlier_buyers", "lapsed_buyers")
        },
    }
)


def categories(engine: Engine, engagement: Engagement) -> pd.DataFrame:
    """Money and buyers of each category by class (see categories.sql); `whole`: whether the lines reach back over the
    earlier half-year, without which nobody can be said to have left a category in it."""
    frame = run(engine, engagement, "categories") if engine.has("order_lines") else _NO_CATEGORIES
    frame = goods_only(frame, "category")
    first = first_day(engine, "order_lines") if engine.has("order_lines") else None
    oldest = engagement.cycle.baseline - timedelta(days=2 * HALF_YEAR_DAYS - 1)
    return frame.assign(whole=first is not None and first <= oldest)


def preferences(engagement: Engagement, frame: pd.DataFrame) -> pd.DataFrame:
    """Categories of each class (`frame` as `categories` gives it), greatest share of its spending first.

    Columns: operating_class, category, buyers, amount (last half-year), share of the class's spending, change (of the
    share against the half-year before, NaN where the lines do not reach back over it), index (share / share among all classes x 100, the TGI; NaN
    below smallest_base buyers). A class with fewer recent buyers than smallest_base is shown with what it bought in the
    half-year before (`silent`).
    """
    silent = frame.groupby("operating_class")["recent_buyers"].transform("max") < engagement.definitions.smallest_base
    amount = frame["recent_amount"].where(~silent, frame["earlier_amount"])
    buyers = frame["recent_buyers"].where(~silent, frame["earlier_buyers"])
    share = _part(amount, frame["operating_class"])
    change = (share - _part(frame["earlier_amount"], frame["operating_class"])).where(~silent & frame["whole"])
    among_all = amount.groupby(frame["category"]).transform("sum") / amount.sum() if amount.sum() else amount * np.nan
    index = (share / among_all * 100).where(buyers >= engagement.definitions.smallest_base)
    found = frame[["operating_class", "category"]].assign(
        buyers=buyers, amount=amount, share=share, change=change, index=index, silent=silent
    )
    found = found[found["amount"] > 0]
    order = found["operating_class"].map({name: i for i, name in enumerate(OPERATING_CLASSES)})
    found = found.assign(_class=order)
    found = found.sort_values(["_class", "share", "category"], ascending=[True, False, True], ignore_index=True)
    return found.drop(columns="_class")


def _part(amount: pd.Series, by: pd.Series) -> pd.Series:
    total = amount.groupby(by).transform("sum")
    return amount / total.where(total > 0)


def lapsed(frame: pd.DataFrame) -> pd.DataFrame:
    """Each class's category with the most buyers of the earlier half-year who left it."""
    rows = frame[frame["whole"].astype("bool") & (frame["lapsed_buyers"] > 0) & (named_parts(frame["category"]) != "")]
    rows = rows.sort_values(["operating_class", "lapsed_buyers", "category"], ascending=[True, False, True])
    rows = rows.groupby("operating_class", as_index=False).head(1)
    compared = frame[frame["operating_class"].ne("dormant")]  # who bought nothing for long has left every category
    of_category = compared.groupby("category")[["lapsed_buyers", "earlier_buyers"]].sum()
    return pd.DataFrame(
        {
            "operating_class": rows["operating_class"],
            "base": rows["earlier_buyers"],
            "hits": rows["lapsed_buyers"],
            "all_base": rows["category"].map(of_category["earlier_buyers"]),
            "all_hits": rows["category"].map(of_category["lapsed_buyers"]),
            "detail": rows["category"],
            "need": "lapsed_category",
        }
    )

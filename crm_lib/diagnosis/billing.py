"""Months without a sale between months with many: a business that is billed by the term."""

from __future__ import annotations

import pandas as pd

from crm_lib.diagnosis.measured import Measured
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.term_billing import billed_by_term

A_MONTH = ("active_customers", "new_customers", "orders", "revenue")  # whose mean a month such months make meaningless


def months_of_sale(measured: Measured) -> pd.DataFrame:
    """[period, orders, active_customers, revenue] of the months from the first to the last with an order."""
    names = ["orders", "active_customers", "revenue"]
    kpis = measured.kpis[measured.kpis["metric"].isin(names)]
    wide = kpis.pivot_table(index="period", columns="metric", values="value", sort=True).reindex(columns=names)
    sold = wide.index[wide["orders"].fillna(0) > 0]
    return (wide.loc[sold[0] : sold[-1]] if len(sold) else wide.iloc[:0]).reset_index()


def by_term(measured: Measured) -> bool:
    """Whether a large part of the months between sales have none, though sales came back after them."""
    found = months_of_sale(measured)
    return billed_by_term(found.index[found["orders"] > 0])


def term_warning(measured: Measured) -> list[Message]:
    """That figures a month average nothing and much, with those of the months with sales; [] elsewhere."""
    if not by_term(measured):
        return []
    found = months_of_sale(measured)
    sold = found[found["orders"] > 0]
    runs = int((found["orders"].gt(0) & ~found["orders"].shift(fill_value=0).gt(0)).sum())
    return [
        msg(
            "billing.warning",
            empty=len(found) - len(sold),
            n=len(found),
            first=Value("month", found["period"].iloc[0]),
            last=Value("month", found["period"].iloc[-1]),
            runs=runs,
            every=Value("float", len(found) / runs),
            sold=len(sold),
            active=Value("int", round(float(sold["active_customers"].mean())), name="active_customers.months_of_sale"),
            revenue=Value("money_short", float(sold["revenue"].mean()), name="revenue.months_of_sale"),
        )
    ]

"""Customers made by a script whose probabilities of leaving are known."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.layering.layers import layer

DAY = date(2026, 3, 31)
START = date(2025, 1, 1)
WINDOW = 90
DEFINITIONS = Definitions(churn_window_days=WINDOW, repurchase_window_days=WINDOW, active_window_days=WINDOW)
SETTINGS = Layering(window_days=365)


def orders_of(rows):
    """Orders table of (customer, day, amount); a negative amount is a refund."""
    amounts = np.array([row[2] for row in rows], dtype="float64")
    return pd.DataFrame(
        {
            "order_id": pd.Series([f"o{i:07d}" for i in range(len(rows))], dtype=object),
            "customer_id": pd.Series([row[0] for row in rows], dtype=object),
            "ordered_on": pd.to_datetime([row[1] for row in rows]),
            "kind": pd.Series(["sale" if amount >= 0 else "refund" for amount in amounts], dtype=object),
            "amount": amounts,
            "channel": pd.Series([row[3] if len(row) > 3 else "store" for row in rows], dtype=object),
        }
    )


def poisson_shop(n, seed, mean_rate=0.012, shape=1.2):
    """(orders, rate by customer): purchases at random at a rate of each customer's own, one a day at most.

    The truth: whoever buys with probability p a day stays away for w days with probability (1 - p) ** w.
    """
    random = np.random.default_rng(seed)
    rates = np.clip(random.gamma(shape, mean_rate / shape, n), 1e-4, 0.5)
    days = (DAY - START).days + 1
    who, when = np.nonzero(random.random((n, days)) < rates[:, None])
    amounts = random.gamma(3, 40, len(who)).round(2) + 0.01
    orders = pd.DataFrame(
        {
            "order_id": pd.Series([f"o{i:07d}" for i in range(len(who))], dtype=object),
            "customer_id": pd.Series([f"c{i:06d}" for i in who], dtype=object),
            "ordered_on": pd.Timestamp(START) + pd.to_timedelta(when, unit="D"),
            "kind": "sale",
            "amount": amounts,
            "channel": "store",
        }
    ).astype({"kind": object, "channel": object})
    return orders, pd.Series(rates, index=[f"c{i:06d}" for i in range(n)])


def opened(orders, more=None, until=DAY):
    return connect_frames({"orders": orders, **(more or {})}, until)


def layered(engine, day=DAY, definitions=DEFINITIONS):
    return layer(engine, day, SETTINGS, definitions)


def back(days):
    return DAY - timedelta(days=days)

"""Who is silent beyond the own rhythm: one rule for the report on layers, the lists of whom to contact, and alerts."""

from __future__ import annotations

import pandas as pd

PURCHASE_DAYS = 3  # from which a customer has a rhythm: two gaps
TIMES = 2.0  # of the customer's own mean gap
SHORTEST_DAYS = 14  # who buys several times a week is not silent after a few days


def has_rhythm(purchase_days: pd.Series) -> pd.Series:
    return purchase_days.fillna(0) >= PURCHASE_DAYS


def longest_silence_days(gap_days: pd.Series) -> pd.Series:
    """Days without a purchase up to which a customer with so long a mean gap is within the own rhythm."""
    return (TIMES * gap_days.astype("float64")).clip(lower=SHORTEST_DAYS)


def beyond_rhythm(purchase_days: pd.Series, gap_days: pd.Series, silent_days: pd.Series) -> pd.Series:
    """gap_days: mean days between own purchase days; silent_days: since the last one, or since the end of cover."""
    return has_rhythm(purchase_days) & (silent_days.astype("float64") > longest_silence_days(gap_days))

"""Shares of customers with Wilson's interval, beside the share of all customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.metrics.intervals import wilson


def with_interval(frame: pd.DataFrame, hits: str = "hits", base: str = "base") -> pd.DataFrame:
    """The frame with share, low and high of `hits` of `base`; NaN where the base is 0."""
    low, high = wilson(frame[hits].to_numpy(dtype=float), frame[base].to_numpy(dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = frame[hits].to_numpy(dtype=float) / frame[base].to_numpy(dtype=float)
    return frame.assign(share=share, low=low, high=high)


def count(frame: pd.DataFrame, counted: pd.Series, hit: pd.Series) -> pd.DataFrame:
    """base (rows where `counted`) and hits (of these, where `hit`) of each operating class."""
    flags = pd.DataFrame({"operating_class": frame["operating_class"], "base": counted, "hits": counted & hit})
    return flags.groupby("operating_class", as_index=False).sum().astype({"base": "int64", "hits": "int64"})

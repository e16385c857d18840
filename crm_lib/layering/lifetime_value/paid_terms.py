"""What customers whose payments cover a time bring a month: what they paid over the time that it pays for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.layering.layers import Layers, value_of
from crm_lib.layering.lifetime_value.retention import DAYS_A_MONTH
from crm_lib.metrics.cover import silent_days

_PAID = Path(__file__).with_name("paid.sql")


def with_terms(engine: Engine, frame: pd.DataFrame, layers: Layers) -> pd.DataFrame:
    """`frame` (customer_id, last_on, first_on) with silent_days (since the last purchase or, if later, the end of cover),
    covered (whether what was paid for still runs), paid_months (from the first purchase to the end of cover, one at
    least) and paid_value (all that was paid, the first purchase too, on the value axis); the last two NaN where no
    payment says until when it pays.
    """
    until = _of(frame, layers.customers["customer_id"], layers.customers["covered_until"])
    frame = frame.assign(
        silent_days=silent_days(frame["last_on"], until, layers.as_of),
        covered=until >= pd.Timestamp(layers.as_of),
        paid_months=np.nan,
        paid_value=np.nan,
    )
    if not layers.says_cover:
        return frame
    paid = engine.run(_PAID, as_of=layers.as_of)
    values = _of(frame, paid["customer_id"], value_of(paid, layers.axis))
    ends = until.where(until >= pd.Timestamp(layers.as_of), pd.Timestamp(layers.as_of))
    months = ((ends - frame["first_on"]).dt.days + 1) / DAYS_A_MONTH
    known = until.notna()
    return frame.assign(paid_months=months.clip(lower=1).where(known), paid_value=values.clip(lower=0).where(known))


def _of(frame: pd.DataFrame, ids: pd.Series, values: pd.Series) -> pd.Series:
    """`values` of `ids`, in the rows of `frame`."""
    return pd.Series(values.set_axis(pd.Index(ids)).reindex(frame["customer_id"]).to_numpy(), frame.index)

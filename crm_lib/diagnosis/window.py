"""Whether the window after which a customer counts as lost is shorter than customers usually stay away."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from crm_lib.diagnosis.billing import by_term
from crm_lib.diagnosis.measured import Measured
from crm_lib.language import Finding, Value, msg
from crm_lib.metrics import rhythm, says_cover

_GAPS = Path(__file__).with_name("gaps.sql")
_REACHED = 0.8  # share of customers whose mean gap the proposed window holds
_STEP = 30  # days


def short_window(measured: Measured) -> Finding | None:
    """Where most customers with a rhythm of their own buy at longer gaps than the window, who comes back in time counts as
    lost. Of terms paid for, gaps say nothing."""
    engine, window = measured.engine, measured.definitions.churn_window_days
    if not engine.has("orders") or says_cover(engine) or by_term(measured):
        return None
    found = engine.run(_GAPS, purchase_days=rhythm.PURCHASE_DAYS)
    gaps, customers = found["gap_days"].to_numpy("float64"), found["customers"].to_numpy("int64")
    n = int(customers.sum())
    longer = int(customers[gaps > window].sum())
    if n < measured.smallest_base or 2 * longer <= n:
        return None
    part = np.cumsum(customers) / n
    median, reached = (float(gaps[np.searchsorted(part, share)]) for share in (0.5, _REACHED))
    return Finding(
        msg(
            "diagnosis.summary.window",
            window=Value("days", window),
            median=Value("days", round(median)),
            n=Value("int", n),
        ),
        msg("diagnosis.summary.window_why", share=Value("percent", longer / n, base=n)),
        msg("diagnosis.summary.window_action", proposed=Value("days", _STEP * math.ceil(reached / _STEP))),
        "medium",
    )

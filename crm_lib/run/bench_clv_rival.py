"""A rival's side of `tasks.py bench clv`, run by the rival's own interpreter, without crm_lib: WAY FILE SECONDS."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from typing import Any

import pandas as pd


def clvkit(frame: pd.DataFrame) -> tuple[list[float], list[float]]:
    """As its guide does it: a CustomerBase, BGNBD and GammaGamma with their defaults."""
    from clvkit.clv import BGNBD, GammaGamma
    from clvkit.customer_base import CustomerBase

    base = CustomerBase(
        frame.assign(monetary_value=frame["monetary_value"].where(frame["frequency"] > 0)),
        time_unit="W",
        observation_period_end=pd.Timestamp("2026-01-01"),
        has_monetary=True,
        on_negative="net",
    )
    bought, spent = BGNBD().fit(base), GammaGamma().fit(base)
    return [*bought.params_, bought.log_likelihood_], [spent.p, spent.q, spent.gamma]


def lifetimes(frame: pd.DataFrame) -> tuple[list[float], list[float]]:
    """As its documentation does it, without a penalty."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    bought = BetaGeoFitter(penalizer_coef=0.0).fit(frame["frequency"], frame["recency"], frame["T"])
    repeat = frame[(frame["frequency"] > 0) & (frame["monetary_value"] > 0)]
    spent = GammaGammaFitter(penalizer_coef=0.0).fit(repeat["frequency"], repeat["monetary_value"])
    return [*bought.params_], [*spent.params_]  # its likelihood is that of scaled times


def main(way: str, path: str, limit: int) -> None:
    """Fit the customers of a file; print seconds, peak memory and parameters as JSON, or that it was stopped."""
    fit: Any = {"clvkit": clvkit, "lifetimes": lifetimes}[way]
    frame = pd.read_parquet(path)
    fit(frame.head(1000))  # imports are no part of a fit
    signal.signal(signal.SIGALRM, lambda *_: _stop(limit))
    signal.alarm(limit)
    began, used = time.perf_counter(), time.process_time()
    bought, spent = fit(frame)
    cost = {"seconds": round(time.perf_counter() - began, 3), "cpu": round(time.process_time() - used, 3)}
    signal.alarm(0)
    rss = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    told = {"bg_nbd": [round(float(v), 5) for v in bought], "gamma_gamma": [round(float(v), 5) for v in spent]}
    print(json.dumps({**cost, "rss_mb": rss, **told}))


def _stop(limit: int) -> None:
    print(json.dumps({"seconds": limit, "stopped": True}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

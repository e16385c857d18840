"""What the chapter shows, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.frames import objects
from crm_lib.language import msg, term_or_text
from crm_lib.layering.lifetime_value.estimate import KINDS
from crm_lib.layering.lifetime_value.fitting import Fit
from crm_lib.layering.lifetime_value.worth import Worth
from crm_lib.metrics.masked import masked_customer

BANDS = 10


def alive_bands(found: Worth) -> pd.DataFrame:
    """Buyers and their value by probability of still buying: from, to, band (words), customers, share, clv."""
    edges = np.linspace(0, 1, BANDS + 1)
    place = np.clip((found.customers["p_alive"].to_numpy("float64") * BANDS).astype("int64"), 0, BANDS - 1)
    counts = np.bincount(place, minlength=BANDS)
    band = [msg("lifetime.band", low=round(low * 100), high=round((low + 1 / BANDS) * 100)) for low in edges[:-1]]
    return pd.DataFrame(
        {
            "band": objects(band),
            "from": edges[:-1],
            "to": edges[1:],
            "customers": counts,
            "share": counts / max(len(place), 1),
            "clv": np.bincount(place, found.customers["clv"], minlength=BANDS),
        }
    )


def top_customers(found: Worth, rows: int = 20) -> pd.DataFrame:
    """The most valuable, their numbers masked; of equal values the first by customer_id."""
    best = found.customers.sort_values(["clv", "customer_id"], ascending=[False, True]).head(rows)
    silent = best["age_days"] - best["recency_days"]
    return best.assign(
        rank=np.arange(1, len(best) + 1),
        customer=[masked_customer(id) for id in best["customer_id"]],
        silent_days=silent,
        purchases=best["repeats"] + 1,
    ).drop(columns="customer_id")


def fits(found: Worth) -> pd.DataFrame:
    """One row a parameter of each model: model, parameter, value, low, high, log_likelihood, used."""
    rows: list[tuple[object, ...]] = []
    if found.made:
        for kind in KINDS:
            fit = found.made.fits[kind]
            used = found.stands and kind == found.made.kind
            for name, value in zip(fit.names, fit.parameters, strict=True):
                rows.append((kind, name, value, *_bounds(fit, name), fit.log_likelihood, used))
    if found.spent and found.spent.model:
        fit = found.spent.model
        for name, value in zip(fit.names, fit.parameters, strict=True):
            rows.append(("gamma_gamma", name, value, *_bounds(fit, name), fit.log_likelihood, found.stands))
    return pd.DataFrame(rows, columns=["model", "parameter", "value", "low", "high", "log_likelihood", "used"])


def _bounds(fit: Fit, name: str) -> tuple[float, float]:
    return (np.nan, np.nan) if name in fit.at_boundary else fit.interval(name)


def errors(found: Worth) -> pd.DataFrame:
    """The forecast and the plain repetition of what came before, against what came: total, error, mae."""
    past = found.holdout
    if past is None:
        return pd.DataFrame(columns=["way", "purchases", "actual", "error", "mae"])
    rows = [
        ("model", past.forecast, past.actual, past.error, past.mae),
        ("naive", past.naive, past.actual, past.naive_error, past.naive_mae),
    ]
    return pd.DataFrame(rows, columns=["way", "purchases", "actual", "error", "mae"])


def weeks_long(found: Worth) -> pd.DataFrame:
    """`holdout.weeks`, empty where there is none."""
    return found.holdout.weeks if found.holdout else pd.DataFrame(columns=["week", "starts_on", "actual", "forecast"])


def curve(found: Worth) -> pd.DataFrame:
    """`survival.curve` with its columns named for what they count: unbroken, the share without a long silence so far."""
    return _named(found.survival.curve)


def channel_curves(found: Worth) -> pd.DataFrame:
    """`survival.channels` with the channel in words."""
    return _in_words(found.survival.channels)


def channel_tests(found: Worth) -> pd.DataFrame:
    """`survival.tests` with the channel in words."""
    return _in_words(found.survival.tests)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"retained": "unbroken", "lost": "fell_silent"})


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    return _named(table).assign(channel=objects(term_or_text("channel", name) for name in table["join_channel"]))

"""The stage that each customer has reached, by the customer's own rhythm of purchase.

Gaps between purchase days are gamma distributed with a shape that all share and a rate of each customer's own, which is
gamma distributed among similar customers (those of one purchase channel): Platzer and Reutterer 2016. What a customer's
gaps say is so drawn to what similar customers' say, the more the fewer gaps there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_lib.engine import Engine
from crm_lib.frames import objects
from crm_lib.language import Message, Value, msg
from crm_lib.layering.threads import one_thread
from crm_lib.metrics.cover import covered_until, silent_days

STAGES = ("prospect", "new", "growing", "mature", "declining", "dormant", "lost")
ASKED = ("prospect", "lost", "dormant", "declining", "new", "growing", "mature")  # the first that holds
LATE, SILENT, GONE = 0.2, 0.05, 0.01  # so few gaps are as long as the silence: declining, dormant, lost
SETTLED = 4  # purchase days from which a customer counts as mature
PACE = 1.0  # standard deviations by which repeats of the later half differ from the earlier's
FEWEST = 30  # customers with a gap in a channel that is a group of its own
_PURCHASES = Path(__file__).parent / "churn" / "purchases.sql"


class Rhythm(NamedTuple):
    """Gaps ~ Gamma(shape, rate), rate ~ Gamma(alpha, beta); `repeaters` customers have a gap."""

    shape: float
    alpha: float
    beta: float
    repeaters: int


@dataclass(frozen=True)
class Lifecycle:
    """`customers`: customer_id, stage, purchases, recency_days (as in RFM), longer_share (of the customer's gaps that would be
    longer than the silence; NaN without a purchase), usual_days (median gap that is expected). `rhythms` by channel;
    '' is everybody's, and that of channels with fewer than `FEWEST` repeaters.
    """

    customers: pd.DataFrame
    rhythms: dict[str, Rhythm]
    as_of: date
    with_cover: int = 0  # customers whose payments say until when they pay


def lifecycle(engine: Engine, customers: pd.DataFrame, as_of: date, dormant_days: int) -> Lifecycle:
    """Stage of every customer of `customers` (customer_id) at the end of `as_of`, in their order.

    Where fewer than `FEWEST` bought twice there is no rhythm to compare with: purchases then come by chance, so many
    that `SILENT` of the gaps are longer than `dormant_days`. Whose payments cover a time are silent from its end on, and
    compared with that chance whatever their rhythm: they bought at its ends, so gaps tell when, not whether.
    """
    found = engine.run(_PURCHASES, cut=as_of, since=date(1900, 1, 1))
    until = covered_until(engine, found["customer_id"], as_of)
    found["silent_days"] = silent_days(found["last_on"], until, as_of)
    found["span_days"] = (found["last_on"] - found["first_on"]).dt.days
    found["channel"] = found["channel"].astype(object).where(found["channel"].notna(), "")
    with one_thread():
        rhythms = _rhythms(found)
    longer, usual = _against_window(found, dormant_days)
    if rhythms:
        by_rhythm, usual = _against_rhythm(found, rhythms)
        longer = np.where(until.notna(), longer, by_rhythm)
    found = found.assign(longer_share=longer, usual_days=usual)
    kept = ["customer_id", "purchases", "gaps", "early_repeats", "silent_days", "longer_share", "usual_days"]
    frame = customers[["customer_id"]].merge(found[kept], on="customer_id", how="left")
    frame = frame.rename(columns={"silent_days": "recency_days"})
    frame["stage"] = stage(frame)
    return Lifecycle(frame.drop(columns=["gaps", "early_repeats"]), rhythms, as_of, int(until.notna().sum()))


def stage(frame: pd.DataFrame) -> np.ndarray:
    """The first that holds, in the order of `ASKED`.

    `frame`: gaps (between purchase days), early_repeats (in the first half since the first purchase), longer_share.
    """
    gaps = frame["gaps"].to_numpy("float64")
    longer = frame["longer_share"].to_numpy("float64")
    pace = (gaps - 2 * frame["early_repeats"].to_numpy("float64")) / np.sqrt(np.maximum(gaps, 1.0))
    rules = [
        np.isnan(gaps),
        longer < GONE,
        longer < SILENT,
        (longer < LATE) | (pace < -PACE),
        gaps == 0,
        (gaps + 1 < SETTLED) | (pace > PACE),
    ]
    return np.select(rules, ASKED[:-1], ASKED[-1]).astype(object)


def _rhythms(found: pd.DataFrame) -> dict[str, Rhythm]:
    repeating = found[found["gaps"] > 0]
    if len(repeating) < FEWEST:
        return {}
    shape = _evenness(repeating)
    groups = {"": repeating} | {
        str(name): part for name, part in repeating.groupby("channel") if name and len(part) >= FEWEST
    }
    return {name: Rhythm(shape, *_spread(part, shape), len(part)) for name, part in groups.items()}


def _evenness(repeating: pd.DataFrame) -> float:
    """Shape of the gaps: 1 / squared coefficient of variation within customers, pooled; 1 (chance) where not known."""
    several = repeating[repeating["gaps"] > 1]
    gaps, total = several["gaps"].to_numpy("float64"), several["span_days"].to_numpy("float64")
    squares = several["gap_squares"].to_numpy("float64") - total**2 / np.maximum(gaps, 1)
    if len(several) < FEWEST or squares.sum() <= 0:
        return 1.0
    # E[sum (g - mean)^2] = (n - 1) m^2 / k and E[total^2] = n m^2 (n + 1/k): both sums over customers
    ratio = squares.sum() / ((gaps - 1) * (total / gaps) ** 2).sum()
    mean_gaps = float(np.average(gaps, weights=(gaps - 1) * (total / gaps) ** 2))
    return float(np.clip((1 - ratio / mean_gaps) / ratio, 0.2, 20.0))


def _spread(repeating: pd.DataFrame, shape: float) -> tuple[float, float]:
    """alpha and beta by maximum likelihood of each customer's sum of gaps given their number."""
    from scipy.optimize import minimize
    from scipy.special import gammaln

    cases = repeating.groupby(["gaps", "span_days"], as_index=False).size()
    n, total, weight = (cases[name].to_numpy("float64") for name in ("gaps", "span_days", "size"))
    mean = total.dot(weight) / n.dot(weight)

    def loss(at: np.ndarray) -> float:
        alpha, beta = np.exp(np.clip(at, -6, 12))
        each = (
            gammaln(alpha + shape * n)
            - gammaln(alpha)
            + alpha * np.log(beta)
            - (alpha + shape * n) * np.log(beta + total)
        )
        return float(-(each * weight).sum() / weight.sum())

    found = minimize(loss, np.log([2.0, 2.0 * mean / shape]), method="L-BFGS-B")
    alpha, beta = np.exp(np.clip(found.x, -6, 12))
    return float(alpha), float(beta)


def _against_rhythm(found: pd.DataFrame, rhythms: dict[str, Rhythm]) -> tuple[np.ndarray, np.ndarray]:
    """Share of gaps longer than the silence, and the median gap.

    Given n gaps that sum to T, the next gap over itself + beta + T is Beta(shape, alpha + shape n).
    """
    from scipy.special import betainc, betaincinv

    each = [rhythms.get(channel, rhythms[""]) for channel in found["channel"]]
    shape, alpha, beta = (np.array([getattr(one, name) for one in each]) for name in ("shape", "alpha", "beta"))
    known_days = beta + found["span_days"].to_numpy("float64")
    after = alpha + shape * found["gaps"].to_numpy("float64")
    silence = found["silent_days"].to_numpy("float64")
    middle = betaincinv(shape, after, 0.5)
    return 1 - betainc(shape, after, silence / (silence + known_days)), known_days * middle / (1 - middle)


def _against_window(found: pd.DataFrame, dormant_days: int) -> tuple[np.ndarray, np.ndarray]:
    rate = -np.log(SILENT) / dormant_days
    silence = found["silent_days"].to_numpy("float64")
    return np.exp(-rate * silence), np.full(len(found), np.log(2) / rate)


def stages_by_class(found: Lifecycle, classes: pd.DataFrame) -> pd.DataFrame:
    """One row a class and stage: operating_class, stage, customers, share (of the class)."""
    frame = found.customers.merge(classes[["customer_id", "operating_class"]], on="customer_id")
    counts = frame.groupby(["operating_class", "stage"]).size()
    present = [name for name in ("core", "potential", "ordinary", "dormant") if name in set(frame["operating_class"])]
    full = pd.MultiIndex.from_product([present, STAGES], names=["operating_class", "stage"])
    table = counts.reindex(full, fill_value=0).rename("customers").reset_index()
    return table.assign(share=table["customers"] / table.groupby("operating_class")["customers"].transform("sum"))


def stage_table(found: Lifecycle, customers: pd.DataFrame) -> pd.DataFrame:
    """One row a stage, in the order of asking: stage, step (place in the order of asking), rule (words), customers, share, revenue (of the window), median_recency_days."""
    frame = found.customers[["customer_id", "stage", "recency_days"]].merge(
        customers[["customer_id", "monetary"]], on="customer_id"
    )
    grouped = frame.groupby("stage")
    table = pd.DataFrame({"stage": STAGES}).set_index("stage")
    table["customers"] = grouped.size().reindex(STAGES, fill_value=0)
    table["revenue"] = grouped["monetary"].sum().reindex(STAGES).fillna(0.0)
    table["median_recency_days"] = grouped["recency_days"].median().reindex(STAGES)
    table = table.reset_index()
    table["step"] = [ASKED.index(name) + 1 for name in STAGES]
    table["rule"] = objects(rule_words(name) for name in STAGES)
    table["share"] = table["customers"] / max(len(frame), 1)
    return table.sort_values("step", ignore_index=True)


def rule_words(stage: str) -> Message:
    limits = {"late": LATE, "silent": SILENT, "gone": GONE}
    return msg(
        f"churn.stage_rule.{stage}",
        settled=SETTLED,
        **{name: Value("percent", 1 - value) for name, value in limits.items()},
    )


def method_words(found: Lifecycle) -> Message:
    """What the stages rest on: everybody's rhythm, or the window where there is none; and the end of cover."""
    words = _rhythm_words(found)
    return msg("churn.rhythm.covered", rhythm=words, n=found.with_cover) if found.with_cover else words


def _rhythm_words(found: Lifecycle) -> Message:
    if not found.rhythms:
        return msg("churn.rhythm.none", needed=FEWEST)
    rhythm = found.rhythms[""]
    usual = found.customers.loc[found.customers["purchases"] > 1, "usual_days"]
    low, middle, high = (Value("days", round(float(usual.quantile(at)))) for at in (0.25, 0.5, 0.75))
    return msg(
        "churn.rhythm",
        n=rhythm.repeaters,
        middle=middle,
        low=low,
        high=high,
        shape=Value("ratio", rhythm.shape),
        groups=max(len(found.rhythms) - 1, 1),
    )


def stages_title(table: pd.DataFrame) -> Message:
    """`table` is `stage_table`: who is silent for longer than nearly all of their own gaps, and what they brought."""
    rows = table.set_index("stage")
    bought = rows.drop(index="prospect")
    late = rows.loc[["dormant", "lost"]]
    revenue = bought["revenue"].sum()
    return msg(
        "churn.title.stages" if revenue > 0 else "churn.title.stages_plain",
        n=int(late["customers"].sum()),
        buyers=int(bought["customers"].sum()),
        part=Value("percent", 1 - SILENT),
        share=Value("percent", late["revenue"].sum() / revenue if revenue > 0 else None),
    )

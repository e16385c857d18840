"""What each campaign of the cycle caused: those it was sent to against those held out by lot, whoever answered.

Intention to treat: everyone stays in the arm that was drawn, whether the message was read or not.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import nan
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.review.bought import bought
from crm_lib.review.intervals import Estimate, needed_per_arm, newcombe, proportion, welch
from crm_lib.review.rows import records
from crm_lib.review.windows import SHORTEST_DAYS, Windows

Verdict = Literal["works", "harms", "none", "few", "early", "no_holdout", "unlike"]
VERDICTS: tuple[Verdict, ...] = ("works", "harms", "none", "few", "early", "no_holdout", "unlike")
BEYOND_99 = 2.5758293035489 / 1.959963984540054  # of the half-width of a 95 % interval, for one of 99 %
PRE_DAYS = 90  # purchases of so many days before sending show whether the arms were alike
_FOLDER = Path(__file__).parent
_ESTIMATES = ("treated_rate", "held_rate", "effect", "pre_gap", "pre_spend_gap", "spend_effect", "incremental_revenue")
COLUMNS = [
    "campaign_id",
    "campaign",
    "strategy",
    "sent_on",
    "days",
    "treated",
    "held",
    *(f"{name}{part}" for name in _ESTIMATES for part in ("", "_low", "_high")),
    "treated_spend",
    "held_spend",
    "incremental_buyers",
    "cost",
    "alike",
    "needed",
    "verdict",
]


def campaign_effects(
    engine: Engine, engagement: Engagement, found: Windows, smallest_effect: float = 0.05
) -> pd.DataFrame:
    """One row a campaign sent in the cycle; columns COLUMNS, in the order of sending.

    effect: share with a purchase within `days` of sending, treated minus held out (Newcombe); spend_effect: net
    revenue a customer, treated minus held out (Welch); incremental_revenue = spend_effect x treated. pre_gap and
    pre_spend_gap are the same differences in the PRE_DAYS before sending: `alike` unless one is beyond its 99 % interval.
    needed: customers in each arm to see `smallest_effect` with 80 % power. Empty without campaigns.
    """
    if not engine.has("campaign_members"):
        return pd.DataFrame(columns=COLUMNS)
    members = engine.run(_FOLDER / "arms.sql", first=found.start, last=found.last)
    members["sent_on"] = pd.to_datetime(members["sent_on"]).dt.date
    members = _judged(members, found.last, engagement.definitions.repurchase_window_days)
    named = _named(engine, engagement)
    members = members.merge(_purchases(engine, members), on=["campaign_id", "customer_id"], how="left")
    rows = [
        _row(part, named.get(str(id), {}), engagement.definitions.smallest_base, smallest_effect)
        | {"campaign_id": id, "campaign": named.get(str(id), {}).get("name", id)}
        for id, part in members.groupby("campaign_id")
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["sent_on", "campaign_id"], ignore_index=True)


def _judged(members: pd.DataFrame, last: date, window: int) -> pd.DataFrame:
    """Members with `days`: those whose window has passed; where it has for nobody of a campaign, all, with fewer days.

    The day of sending does not depend on the arm, so leaving out the latest does not favour one.
    """
    days = pd.Series([min(window, (last - day).days) for day in members["sent_on"]], members.index, dtype="int64")
    by_campaign = days.groupby(members["campaign_id"])
    full = by_campaign.transform("max") == window
    kept = ~full | (days == window)
    return members.assign(days=days.where(full, by_campaign.transform("min")))[kept].reset_index(drop=True)


def _named(engine: Engine, engagement: Engagement) -> dict[str, dict[str, Any]]:
    """campaign -> name, strategy (its own word, else by the strategies' prefixes), cost."""
    named = records(engine.run(_FOLDER / "campaigns.sql"))
    prefixes = [(s.campaign_prefix, s.id) for s in engagement.strategies if s.campaign_prefix]
    for row in named:
        by_prefix = (id for prefix, id in prefixes if row["campaign_id"].startswith(prefix))
        row["strategy"] = row["strategy"] or next(by_prefix, "")
    return {row["campaign_id"]: row for row in named}


def _purchases(engine: Engine, members: pd.DataFrame) -> pd.DataFrame:
    """[campaign_id, customer_id, purchases, revenue, pre_purchases, pre_revenue]."""
    spans = {
        "": (
            [day + timedelta(days=1) for day in members["sent_on"]],
            [day + timedelta(days=int(n)) for day, n in zip(members["sent_on"], members["days"], strict=True)],
        ),
        "pre_": (
            [day - timedelta(days=PRE_DAYS) for day in members["sent_on"]],
            [day - timedelta(days=1) for day in members["sent_on"]],
        ),
    }
    frame = members[["campaign_id", "customer_id"]]
    for prefix, (starts, ends) in spans.items():
        listed = frame[["campaign_id", "customer_id"]].rename(columns={"campaign_id": "unit"})
        found = bought(engine, listed.assign(starts_on=starts, ends_on=ends))
        found = found.rename(
            columns={"unit": "campaign_id", "purchases": f"{prefix}purchases", "revenue": f"{prefix}revenue"}
        )
        frame = frame.merge(found, on=["campaign_id", "customer_id"], how="left")
    return frame


def _row(members: pd.DataFrame, named: dict[str, Any], smallest: int, smallest_effect: float) -> dict[str, Any]:
    held = members[members["arm"] == "holdout"]
    treated = members[members["arm"] != "holdout"]
    days = int(members["days"].iloc[0])
    estimates = _estimates(treated, held)
    effect, spend = estimates["effect"], estimates["spend_effect"]
    row: dict[str, Any] = {"strategy": named.get("strategy", ""), "sent_on": members["sent_on"].min(), "days": days}
    row |= {"treated": len(treated), "held": len(held), "cost": named.get("cost", nan)}
    for name, part in estimates.items():
        row |= {name: part.value, f"{name}_low": part.low, f"{name}_high": part.high}
    row |= {"treated_spend": treated["revenue"].mean(), "held_spend": held["revenue"].mean()}
    row["incremental_buyers"] = effect.value * len(treated)
    row["alike"] = _alike(estimates["pre_gap"], estimates["pre_spend_gap"]) if len(held) else None
    row["needed"] = needed_per_arm(estimates["held_rate"].value, smallest_effect)
    row["verdict"] = verdict(effect, len(treated), len(held), days, smallest, row["alike"] is not False)
    row |= {f"incremental_revenue{part}": value for part, value in _parts(spend.scaled(len(treated)))}
    return row


def _parts(estimate: Estimate) -> list[tuple[str, float]]:
    return [("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)]


def _estimates(treated: pd.DataFrame, held: pd.DataFrame) -> dict[str, Estimate]:
    n1, n2 = len(treated), len(held)
    x1, x2 = (int((part["purchases"] > 0).sum()) for part in (treated, held))
    pre1, pre2 = (int((part["pre_purchases"] > 0).sum()) for part in (treated, held))
    return {
        "treated_rate": proportion(x1, n1),
        "held_rate": proportion(x2, n2),
        "effect": newcombe(x1, n1, x2, n2),
        "pre_gap": newcombe(pre1, n1, pre2, n2),
        "pre_spend_gap": welch(treated["pre_revenue"].to_numpy(), held["pre_revenue"].to_numpy()),
        "spend_effect": welch(treated["revenue"].to_numpy(), held["revenue"].to_numpy()),
    }


def _alike(*gaps: Estimate) -> bool:
    """Whether no gap is beyond its 99 % interval: at 95 %, one in ten good draws would be refused."""
    return not any(_beyond(gap) for gap in gaps)


def _beyond(gap: Estimate) -> bool:
    half = gap.value - gap.low if gap.value > 0 else gap.high - gap.value
    return gap.known and abs(gap.value) > half * BEYOND_99


def verdict(effect: Estimate, treated: int, held: int, days: int, smallest: int, alike: bool) -> Verdict:
    """What may be said: no effect is claimed unless the interval lies on one side of zero."""
    if held == 0:
        return "no_holdout"
    if days < SHORTEST_DAYS:
        return "early"
    if min(treated, held) < smallest:
        return "few"
    if not alike:
        return "unlike"
    return {1: "works", -1: "harms"}.get(effect.sign, "none")  # type: ignore[return-value]

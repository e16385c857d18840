"""What each campaign of the cycle caused: those it was sent to against those held out by lot, whoever answered.

Intention to treat: everyone stays in the arm that was drawn, whether the message was read or not.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import nan
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from crm_lib.engagement import Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.review.bought import bought
from crm_lib.review.intervals import Estimate, needed_per_arm, newcombe, proportion, welch
from crm_lib.review.rows import records
from crm_lib.review.windows import SHORTEST_DAYS, Windows

Verdict = Literal["works", "harms", "none", "few", "early", "no_holdout", "unlike"]
VERDICTS: tuple[Verdict, ...] = ("works", "harms", "none", "few", "early", "no_holdout", "unlike")
BEYOND_99 = 2.5758293035489 / 1.959963984540054  # of the half-width of a 95 % interval, for one of 99 %
SECOND_LOOK = 2.2414027276049 / 1.959963984540054  # the same for 97.5 %, of two looks (Bonferroni)
MARGIN_KNOWN = 0.9  # share of revenue from which on margin stands for it, as in the layers
EARLIER_DAYS = 365  # before the cycle in which campaigns with a holdout are told beside it
PRE_DAYS = 90  # purchases of so many days before sending show whether the arms were alike
_FOLDER = Path(__file__).parent
_ESTIMATES = ("treated_rate", "held_rate", "effect", "pre_gap", "pre_spend_gap", "spend_effect", "incremental_revenue")
MONEY = tuple(f"incremental_{of}{end}" for of in ("revenue", "margin") for end in ("", "_low", "_high"))
COLUMNS = [
    "campaign_id",
    "campaign",
    "strategy",
    "sent_on",
    "days",
    "window",
    "treated",
    "held",
    *(f"{name}{part}" for name in _ESTIMATES for part in ("", "_low", "_high")),
    "treated_spend",
    "held_spend",
    *MONEY[3:],
    "incremental_buyers",
    "cost",
    "alike",
    "needed",
    "verdict",
    "long_window",
    "long_effect",
    "long_effect_low",
    "long_effect_high",
]


def campaign_effects(
    engine: Engine, engagement: Engagement, found: Windows, smallest_effect: float = 0.05
) -> pd.DataFrame:
    """One row a campaign sent in the cycle; columns COLUMNS, in the order of sending.

    window: days to the campaign's own end, else `default_window`; days: of it that are seen. long_effect: the same
    difference within long_window (the repurchase window), which says whether an effect lasts; NaN where that is not
    longer or has not passed. It is a second look and changes no verdict (see `shown_later`).
    effect: share with a purchase within `days` of sending, treated minus held out (Newcombe); spend_effect: net
    revenue a customer, treated minus held out (Welch); incremental_revenue = spend_effect x treated, incremental_margin
    the same of margin, NaN unless it is known for MARGIN_KNOWN of the revenue since the cycle's start. pre_gap and
    pre_spend_gap are the same differences in the PRE_DAYS before sending: `alike` unless one is beyond its 99 % interval.
    needed: customers in each arm to see `smallest_effect` with 80 % power. Empty without campaigns.
    """
    if not engine.has("campaign_members"):
        return pd.DataFrame(columns=COLUMNS)
    members = engine.run(_FOLDER / "arms.sql", first=found.start, last=found.last)
    members["sent_on"] = pd.to_datetime(members["sent_on"]).dt.date
    named, sent = _named(engine, engagement), members
    members = _judged(members, found.last, _windows(members, named, engagement.definitions))
    frame = _rows(engine, members, named, engagement, smallest_effect, _margin_rate(engine, found))
    lasting = _lasting(engine, sent, found.last, engagement.definitions.repurchase_window_days)
    longer = frame.assign(**{name: frame["campaign_id"].map(values) for name, values in lasting.items()})
    beyond = longer["long_window"] > longer["window"]
    frame[list(lasting)] = longer[list(lasting)].astype("float64").where(beyond)
    return frame.sort_values(["sent_on", "campaign_id"], ignore_index=True)


def earlier_trials(
    engine: Engine, engagement: Engagement, found: Windows, smallest_effect: float = 0.05
) -> pd.DataFrame:
    """The same of campaigns with a holdout that were sent in the EARLIER_DAYS before the cycle: what is known from tests."""
    before = Windows(found.baseline, found.start - timedelta(days=EARLIER_DAYS), found.last)
    frame = campaign_effects(engine, engagement, before, smallest_effect)
    sent = [day < found.start for day in frame["sent_on"]]
    return frame[pd.Series(sent, frame.index, dtype=bool) & (frame["held"] > 0)].reset_index(drop=True)


def later_look(row: dict[str, Any]) -> Estimate:
    """The difference within the long window with its 97.5 % interval, since it is the second look."""
    value, low, high = (row[f"long_effect{end}"] for end in ("", "_low", "_high"))
    return Estimate(value, value - (value - low) * SECOND_LOOK, value + (high - value) * SECOND_LOOK)


def shown_later(row: dict[str, Any]) -> bool:
    """Whether the second look shows a difference that the campaign's own window does not: a hint, no result."""
    return row["verdict"] == "none" and later_look(row).sign != 0


def _margin_rate(engine: Engine, found: Windows) -> float:
    """Margin of the revenue since the start whose margin is known; NaN where that is less than MARGIN_KNOWN of it."""
    sums = engine.sql(
        "SELECT SUM(amount) AS revenue, SUM(CASE WHEN margin IS NOT NULL THEN amount END) AS known, SUM(margin) AS margin"
        " FROM orders WHERE ordered_on BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)",
        first=found.start,
        last=found.last,
    ).astype("float64")
    revenue, known, margin = (float(sums[name].iloc[0]) for name in ("revenue", "known", "margin"))
    return margin / known if known > 0 and known >= MARGIN_KNOWN * revenue else nan


def _rows(
    engine: Engine,
    members: pd.DataFrame,
    named: dict[str, dict[str, Any]],
    engagement: Engagement,
    smallest: float,
    margin_rate: float,
) -> pd.DataFrame:
    members = members.merge(_purchases(engine, members), on=["campaign_id", "customer_id"], how="left")
    rest = members["revenue"] - members["margin_revenue"]  # at the mean margin, as the layers count it
    members["margin"] = members["margin"] + rest * margin_rate
    rows = [
        _row(part, named.get(str(id), {}), engagement.definitions.smallest_base, smallest)
        | {"campaign_id": id, "campaign": named.get(str(id), {}).get("name", id)}
        for id, part in members.groupby("campaign_id")
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def default_window(definitions: Definitions) -> int:
    """Days in which a campaign without an end of its own is judged: response_window_days where the engagement or its
    preset states it, else a third of the repurchase window, and no less than the default response window."""
    stated = "response_window_days" in definitions.model_fields_set
    third = 0 if stated else definitions.repurchase_window_days // 3
    return max(definitions.response_window_days, third)


def _windows(members: pd.DataFrame, named: dict[str, dict[str, Any]], definitions: Definitions) -> pd.Series:
    """Days from each campaign's first sending to its end, for each member."""
    first = members.groupby("campaign_id")["sent_on"].min()
    days = {}
    for id, day in first.items():
        end = named.get(str(id), {}).get("ends_on")
        own = 0 if end is None or pd.isna(end) else (pd.Timestamp(end).date() - day).days
        days[id] = own if own >= SHORTEST_DAYS else default_window(definitions)
    return members["campaign_id"].map(days).astype("int64")


def _lasting(engine: Engine, sent: pd.DataFrame, last: date, window: int) -> dict[str, dict[str, float]]:
    """long_window, long_effect, long_effect_low, long_effect_high -> campaign -> value, where the window has passed."""
    whole = _judged(sent, last, pd.Series(window, sent.index))
    whole = whole[whole["days"] == window].reset_index(drop=True)
    lasting: dict[str, dict[str, float]] = {
        f"long_{name}": {} for name in ("window", "effect", "effect_low", "effect_high")
    }
    if not len(whole):
        return lasting
    bought_later = _bought(engine, whole, *_after(whole))
    whole = whole.merge(bought_later, on=["campaign_id", "customer_id"], how="left")
    for id, part in whole.groupby("campaign_id"):
        held = part["arm"] == "holdout"
        effect = _difference(part[~held], part[held], "purchases")
        for name, one in zip(lasting, (float(window), effect.value, effect.low, effect.high), strict=True):
            lasting[name][str(id)] = one
    return lasting


def _judged(members: pd.DataFrame, last: date, window: pd.Series) -> pd.DataFrame:
    """Members with `days`: those whose window has passed; where it has for nobody of a campaign, all, with fewer days.

    The day of sending does not depend on the arm, so leaving out the latest does not favour one.
    """
    seen = pd.Series([(last - day).days for day in members["sent_on"]], members.index, dtype="int64")
    days = seen.where(seen < window, window)
    by_campaign = days.groupby(members["campaign_id"])
    full = by_campaign.transform("max") == window
    kept = ~full | (days == window)
    found = members.assign(days=days.where(full, by_campaign.transform("min")), window=window)
    return found[kept].reset_index(drop=True)


def _named(engine: Engine, engagement: Engagement) -> dict[str, dict[str, Any]]:
    """campaign -> name, strategy (its own word, else by the strategies' prefixes), cost."""
    named = records(engine.run(_FOLDER / "campaigns.sql"))
    prefixes = [(s.campaign_prefix, s.id) for s in engagement.strategies if s.campaign_prefix]
    for row in named:
        by_prefix = (id for prefix, id in prefixes if row["campaign_id"].startswith(prefix))
        row["strategy"] = row["strategy"] or next(by_prefix, "")
    return {row["campaign_id"]: row for row in named}


def _purchases(engine: Engine, members: pd.DataFrame) -> pd.DataFrame:
    """[campaign_id, customer_id, purchases, revenue, margin, margin_revenue, pre_purchases, pre_revenue]."""
    before = [day - timedelta(days=PRE_DAYS) for day in members["sent_on"]]
    eve = [day - timedelta(days=1) for day in members["sent_on"]]
    earlier = _bought(engine, members, before, eve)
    earlier = earlier.rename(columns={"purchases": "pre_purchases", "revenue": "pre_revenue"})
    earlier = earlier[["campaign_id", "customer_id", "pre_purchases", "pre_revenue"]]
    return _bought(engine, members, *_after(members)).merge(earlier, on=["campaign_id", "customer_id"], how="left")


def _after(members: pd.DataFrame) -> tuple[list[date], list[date]]:
    """First and last of the `days` days after sending."""
    ends = [day + timedelta(days=int(n)) for day, n in zip(members["sent_on"], members["days"], strict=True)]
    return [day + timedelta(days=1) for day in members["sent_on"]], ends


def _bought(engine: Engine, members: pd.DataFrame, starts: list[date], ends: list[date]) -> pd.DataFrame:
    """[campaign_id, customer_id, purchases, revenue, margin, margin_revenue] from `starts` to `ends`, of every member."""
    keys = members[["campaign_id", "customer_id"]]
    listed = keys.rename(columns={"campaign_id": "unit"}).assign(starts_on=starts, ends_on=ends)
    found = bought(engine, listed).rename(columns={"unit": "campaign_id"})
    return keys.merge(found, on=["campaign_id", "customer_id"], how="left")


def _row(members: pd.DataFrame, named: dict[str, Any], smallest: int, smallest_effect: float) -> dict[str, Any]:
    held = members[members["arm"] == "holdout"]
    treated = members[members["arm"] != "holdout"]
    days = int(members["days"].iloc[0])
    estimates = _estimates(treated, held)
    effect, spend = estimates["effect"], estimates["spend_effect"]
    row: dict[str, Any] = {"strategy": named.get("strategy", ""), "sent_on": members["sent_on"].min(), "days": days}
    row["window"] = int(members["window"].iloc[0])
    row |= {"treated": len(treated), "held": len(held), "cost": named.get("cost", nan)}
    for name, part in estimates.items():
        row |= {name: part.value, f"{name}_low": part.low, f"{name}_high": part.high}
    row |= {"treated_spend": treated["revenue"].mean(), "held_spend": held["revenue"].mean()}
    row["incremental_buyers"] = effect.value * len(treated)
    row["alike"] = _alike(estimates["pre_gap"], estimates["pre_spend_gap"]) if len(held) else None
    row["needed"] = needed_per_arm(estimates["held_rate"].value, smallest_effect)
    row["verdict"] = verdict(effect, len(treated), len(held), days, smallest, row["alike"] is not False)
    known = bool(members["margin"].notna().all())
    margin = welch(treated["margin"].to_numpy(), held["margin"].to_numpy()) if known else Estimate()
    for name, part in (("revenue", spend), ("margin", margin)):
        row |= {f"incremental_{name}{end}": value for end, value in _parts(part.scaled(len(treated)))}
    return row


SHOWN: tuple[Verdict, ...] = ("works", "harms")  # verdicts under which a difference of spend may be called incremental


Paying = Literal["pays", "open", "loses", "no_cost"]
PAYING: tuple[Paying, ...] = ("pays", "open", "loses", "no_cost")


def brought(row: dict[str, Any]) -> tuple[str, Estimate]:
    """'margin' or, where that is not known, 'revenue', and how much of it a row of campaigns or strategies brought."""
    of = "margin" if row["incremental_margin"] == row["incremental_margin"] else "revenue"
    return of, Estimate(*(row[f"incremental_{of}{end}"] for end in ("", "_low", "_high")))


def paying(row: dict[str, Any]) -> Paying:
    """Whether what came in lies above the cost, below it, or neither, with its whole interval."""
    _, gain = brought(row)
    cost = cost_of(row)
    if cost is None or cost != cost:
        return "no_cost"
    return "loses" if gain.high < cost else "pays" if gain.low > cost else "open"


def cost_of(row: dict[str, Any]) -> Any:
    """Cost of what was tested: of a strategy, that of its campaigns with a holdout."""
    return row.get("tested_cost", row["cost"])


def _parts(estimate: Estimate) -> list[tuple[str, float]]:
    return [("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)]


def _estimates(treated: pd.DataFrame, held: pd.DataFrame) -> dict[str, Estimate]:
    n1, n2 = len(treated), len(held)
    x1, x2 = (int((part["purchases"] > 0).sum()) for part in (treated, held))
    return {
        "treated_rate": proportion(x1, n1),
        "held_rate": proportion(x2, n2),
        "effect": _difference(treated, held, "purchases"),
        "pre_gap": _difference(treated, held, "pre_purchases"),
        "pre_spend_gap": welch(treated["pre_revenue"].to_numpy(), held["pre_revenue"].to_numpy()),
        "spend_effect": welch(treated["revenue"].to_numpy(), held["revenue"].to_numpy()),
    }


def _difference(treated: pd.DataFrame, held: pd.DataFrame, name: str) -> Estimate:
    """Share with a purchase, treated minus held out."""
    buyers = [int((part[name] > 0).sum()) for part in (treated, held)]
    return newcombe(buyers[0], len(treated), buyers[1], len(held))


def _alike(*gaps: Estimate) -> bool:
    """Whether no gap is beyond its 99 % interval: at 95 %, one in ten good draws would be refused."""
    return not any(_beyond(gap) for gap in gaps)


def _beyond(gap: Estimate, times: float = BEYOND_99) -> bool:
    half = gap.value - gap.low if gap.value > 0 else gap.high - gap.value
    return gap.known and abs(gap.value) > half * times


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

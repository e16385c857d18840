"""What each campaign's trial says: days seen of its window, and those with a holdout as findings, whatever they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.frames import objects
from crm_lib.language import Finding, Message, Value, msg
from crm_lib.review.cells import signed, with_intervals
from crm_lib.review.effects import MONEY, SHOWN, brought, cost_of, later_look, paying, shown_later
from crm_lib.review.rows import records, value

Severity = Literal["high", "medium", "low", "good"]
KNOWN = ("works", "harms", "none")  # verdicts that say what came out
_SEVERITY: dict[str, Severity] = {"works": "good", "harms": "high", "none": "medium"}
MOST_TOLD = 3


def campaign_table(definitions: Definitions, effects: pd.DataFrame) -> pd.DataFrame:
    """effects with effect_words, `seen` ('134 of 180 days') and `lasts` (the difference within the long window);
    without a holdout no share who bought: beside nothing it says nothing; without an effect no revenue is called
    incremental."""
    frame = with_intervals(signed(effects, "price", "spend_effect"), "points", "effect")
    frame["sent_to"] = frame["treated"] + frame["held"]
    seen = [msg("trial.seen", **_days(row)) for row in records(effects)]
    money = [*MONEY, "incremental_buyers"]
    shown = frame[money].where(frame["verdict"].isin(SHOWN), np.nan)
    lasts = objects(_lasts(row, definitions.repurchase_window_days) for row in records(effects))
    frame = frame.assign(seen=objects(seen), lasts=lasts, **{name: shown[name] for name in money})
    return frame.assign(treated_rate=frame["treated_rate"].where(frame["held"] > 0, np.nan))


_LISTED = "campaign:text sent_on:date seen:message sent_to:int cost:money"
_TESTED = (
    "campaign:text sent_on:date! seen:message days:int! treated:int held:int treated_rate:percent held_rate:percent "
    "effect_words:message lasts:message effect:points! effect_low:points! effect_high:points! long_effect:points! "
    "long_effect_low:points! long_effect_high:points! treated_spend:price! held_spend:price! spend_effect_signed:message spend_effect:price! "
    "spend_effect_low:price! spend_effect_high:price! incremental_revenue:money! incremental_margin:money! cost:money! "
    "needed:int verdict:term@review.effect_verdict"
)


def campaign_columns(effects: pd.DataFrame) -> str:
    """The columns of the campaigns' table: without any holdout no more than what was sent and what it cost."""
    if (effects["held"] > 0).any():
        return _TESTED
    return _LISTED if effects["cost"].notna().any() else _LISTED.removesuffix(" cost:money")


def campaign_title(effects: pd.DataFrame) -> Message:
    return msg("review.title.campaign_table" if (effects["held"] > 0).any() else "review.title.campaign_list")


def campaign_note(effects: pd.DataFrame, smallest_effect: float) -> Message | None:
    tested = (effects["held"] > 0).any()
    return msg("review.note.campaigns", worth=Value("float", smallest_effect * 100)) if tested else None


def _lasts(row: dict[str, Any], long: int) -> Message:
    """What is left of the difference in the long window, or why that cannot be said."""
    if not row["held"]:
        return msg("trial.lasts.none")
    window = Value("days", long)
    if row["long_effect"] != row["long_effect"]:
        return msg("trial.lasts.open" if row["window"] < long else "trial.lasts.same", window=window)
    if row["verdict"] not in SHOWN:
        return later_words(row) if shown_later(row) else msg("trial.lasts.neither", window=window, **_long(row))
    effect = value("points", row["long_effect"], row["long_effect_low"], row["long_effect_high"])
    known = "yes" if row["long_effect_low"] > 0 or row["long_effect_high"] < 0 else "no"
    return msg(f"trial.lasts.{known}", effect=effect, window=window)


LASTS = ("none", "open", "same", "yes", "no", "neither", "later")


def _long(row: dict[str, Any]) -> dict[str, Value]:
    return {"effect": value("points", row["long_effect"], row["long_effect_low"], row["long_effect_high"])}


def later_words(row: dict[str, Any]) -> Message:
    """What a second look at the long window shows that the campaign's own window does not, with its 97.5 % interval."""
    look = later_look(row)
    ends = {name: Value("float", end * 100) for name, end in (("low", look.low), ("high", look.high))}
    return msg("trial.lasts.later", effect=Value("points", look.value), window=_window(row), **ends)


def _window(row: dict[str, Any]) -> Value:
    return Value("days", int(row["long_window"]))


def open_windows(effects: pd.DataFrame) -> list[Message]:
    """Which tested campaigns' windows are still open at the end of the data, in one sentence; [] where none is."""
    still = [row for row in records(effects) if row["days"] < row["window"] and row["held"] > 0]
    named = [msg("trial.open_one", campaign=str(row["campaign"]), **_days(row)) for row in still]
    return [msg("trial.open", campaigns=Value("list", named))] if named else []


def told_by_none(effects: pd.DataFrame, strategies: pd.DataFrame) -> pd.DataFrame:
    """Campaigns with a holdout whose result is known and that no strategy's finding tells."""
    told = set(strategies.loc[strategies["verdict"].isin([*KNOWN, "few", "unlike"]), "strategy"]) - {""}
    return effects[(effects["held"] > 0) & effects["verdict"].isin(KNOWN) & ~effects["strategy"].isin(told)]


def trial_findings(definitions: Definitions, effects: pd.DataFrame, strategies: pd.DataFrame) -> Iterator[Finding]:
    """What `told_by_none` says of each campaign, 'no difference' included."""
    mine = told_by_none(effects, strategies)
    for row in records(mine.sort_values(["sent_on", "campaign_id"], ascending=[False, True]).head(MOST_TOLD)):
        n = int(row["treated"] + row["held"])
        name = f"trial.{row['campaign_id']}"
        effect = value("points", row["effect"], row["effect_low"], row["effect_high"], n, name)
        headline = msg(f"trial.finding.{row['verdict']}", campaign=str(row["campaign"]), effect=effect)
        shares: dict[str, Value | int] = {
            "treated": int(row["treated"]),
            "treated_rate": value("percent", row["treated_rate"]),
            "held": int(row["held"]),
            "held_rate": value("percent", row["held_rate"]),
        }
        days = _days(row)
        still = "open" if row["days"] < row["window"] else "closed"
        evidence = msg(f"trial.evidence.{still}", **shares, **days)
        lasts = _lasts(row, definitions.repurchase_window_days)
        if lasts.id in ("trial.lasts.none", "trial.lasts.open", "trial.lasts.same"):  # a few words for a cell
            lasts = msg("trial.lasts.sentence", said=lasts)
        evidence = msg("trial.evidence.lasting", evidence=evidence, lasts=lasts) if still == "closed" else evidence
        yield Finding(headline, evidence, trial_action(row), _SEVERITY[row["verdict"]])


def earlier_findings(definitions: Definitions, earlier: pd.DataFrame) -> Iterator[Finding]:
    """The same of tests before the cycle, those that showed something first, with the day on which each was sent."""
    nobody = pd.DataFrame({"verdict": [], "strategy": []}, dtype=object)
    proven = earlier.assign(proven=earlier["verdict"].isin(SHOWN))
    for row in records(proven.sort_values(["proven", "sent_on", "campaign_id"], ascending=[False, False, True])):
        for one in trial_findings(definitions, earlier[earlier["campaign_id"] == row["campaign_id"]], nobody):
            headline = msg("trial.earlier", day=Value("date", row["sent_on"]), finding=one.headline)
            yield Finding(headline, one.evidence, one.action, one.severity)


def trial_action(row: dict[str, Any]) -> Message:
    """What to do. A difference in the right direction that so few could not prove is no reason to give up the offer, and
    what brought buyers is widened only where it surely pays."""
    days = _days(row)
    if row["verdict"] == "works":
        return msg(f"trial.action.works.{paying(row)}", **money_words(row))
    if row["verdict"] != "none":
        return msg(f"trial.action.{row['verdict']}", **days)
    if shown_later(row):
        return msg("trial.action.later", window=_window(row))
    if row["days"] < row["window"]:
        return msg("trial.action.wait", **days)
    needed = row["needed"]
    if row["effect"] > 0 and pd.notna(needed) and min(row["treated"], row["held"]) < needed:
        return msg("trial.action.small", needed=Value("int", int(needed)))
    return msg("trial.action.none", **days)


def money_words(row: dict[str, Any]) -> dict[str, Value | Message]:
    """`gained`, the incremental margin, else revenue, in words; and `cost`."""
    of, gain = brought(row)
    gained = msg(f"trial.gained.{of}", gain=value("money", gain.value, gain.low, gain.high))
    return {"gained": gained, "cost": value("money", cost_of(row))}


GAINED = ("margin", "revenue")


def _days(row: dict[str, Any]) -> dict[str, Value]:
    return {"days": Value("int", int(row["days"])), "window": Value("days", int(row["window"]))}

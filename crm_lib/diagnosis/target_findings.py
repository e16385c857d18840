"""What the targets say together: how demanding they are, and which ask for less than there is."""

from __future__ import annotations

import pandas as pd

from crm_lib.diagnosis.targets import HARD, counted
from crm_lib.diagnosis.words import sentences
from crm_lib.language import Finding, Value, msg


def target_finding(found: pd.DataFrame) -> Finding:
    """The targets as one finding for the summary: those against the trend first, those that cannot be measured too."""
    if found.empty:
        return Finding(msg("diagnosis.targets.no_target"), None, msg("diagnosis.text.no_targets"), "medium")
    hard = found[found["verdict"].isin(HARD)]
    paced = hard[hard["verdict"].ne("no_past")]
    hardest = paced.assign(_pace=-hard["needed_share"].abs().fillna(0)).sort_values(["_pace", "target_id"])
    evidence = None
    if len(hardest):
        first = hardest.iloc[0]
        evidence = msg("diagnosis.targets.hardest", target=first["target_label"], verdict=first["verdict_words"])
    headline = msg("diagnosis.targets.headline", n=Value("int", len(found)), parts=Value("list", counted(found)))
    return Finding(headline, evidence, msg("diagnosis.targets.action"), "medium" if len(hard) else "low")


def undemanding(found: pd.DataFrame) -> Finding | None:
    """The targets whose goal is worse than where they start."""
    below = found[found["verdict"] == "below"]
    if below.empty:
        return None
    listed = [
        msg(
            "diagnosis.targets.below_line",
            target=row["target_label"],
            baseline=row["baseline_words"],
            goal=row["goal_words"],
        )
        for _, row in below.iterrows()
    ]
    return Finding(
        msg("diagnosis.targets.below_headline", n=Value("int", len(below)), all=Value("int", len(found))),
        sentences(*listed),
        msg("diagnosis.targets.below_action"),
        "medium",
    )

"""Rule on campaigns: too few answers."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.measured import FOLDER, YEAR, Measured
from crm_lib.diagnosis.rules_trend import action, levels
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import sentences
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.association import ACCEPTED, false_discovery, two_shares

RESPONSE = 0.15  # of campaign messages; a benefit that fewer redeem is to be replaced


def campaign_cells(measured: Measured) -> pd.DataFrame:
    """Campaigns of the last year with messages and answers; see campaign_cells.sql."""
    return measured.engine.run(
        FOLDER / "campaign_cells.sql",
        year_ago=measured.baseline - timedelta(days=YEAR),
        known=measured.baseline,
        response_days=measured.definitions.response_window_days,
    )


def campaign_weak(measured: Measured) -> Check:
    """Answers to the last year's campaigns: the whole interval below RESPONSE."""
    window = Value("days", measured.definitions.response_window_days)
    said = limit("campaign_weak", share=Value("percent", RESPONSE), window=window)
    if not metrics.measurable(measured.engine, metrics.METRICS["campaign_response_rate"]):
        return absent("campaign_weak", said, "campaign_members", measured.engine, measured.smallest_base)
    cells = campaign_cells(measured)
    sent = cells["sent"].sum()
    if sent < measured.smallest_base:
        return few("campaign_weak", said, sent, measured.smallest_base)
    value = rate(cells["responses"].sum(), sent, "campaigns.response")
    figure = msg("diagnosis.check.value", value=value)
    if (value.high or 0) >= RESPONSE:
        return Check("campaign_weak", "clear", figure, said)
    pain = PainPoint(
        rule="campaign_weak",
        headline=msg(
            "diagnosis.finding.campaign_weak",
            value=value,
            window=window,
            campaigns=Value("int", len(cells)),
            least=Value("percent", RESPONSE),
        ),
        evidence=sentences(_campaign_range(cells, measured.smallest_base), _better(measured)),
        action=action(measured, "campaign_weak"),
        basis=msg("diagnosis.basis.campaign_weak"),
    )
    return Check("campaign_weak", "found", figure, said, pain)


def _campaign_range(cells: pd.DataFrame, smallest_base: int) -> Message | None:
    """The weakest and the strongest campaign with enough messages, where any differs from the others together beyond the
    chance of so many tests; else that none does."""
    large = cells[cells["sent"] >= smallest_base]
    if len(large) < 2:
        return None
    ordered = large.assign(rate=large["responses"] / large["sent"]).sort_values(["rate", "campaign_id"])
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    low = rate(worst["responses"], worst["sent"], "campaigns.worst")
    high = rate(best["responses"], best["sent"], "campaigns.best")
    x, n = (large[name].to_numpy("float64") for name in ("responses", "sent"))
    _, _, p = two_shares(x, n, x.sum() - x, n.sum() - n)
    if not (false_discovery(p) < ACCEPTED).any():
        bare = {"low": Value("percent", low.value), "high": Value("percent", high.value)}
        return msg("diagnosis.evidence.campaigns_alike", n=Value("int", len(large)), **bare)
    names = {"worst": _campaign_name(worst), "best": _campaign_name(best)}
    return msg("diagnosis.evidence.campaigns", low=low, high=high, **names)


def _better(measured: Measured) -> Message | None:
    """That the latest campaigns are proven better, where they are."""
    row = measured.trend("campaign_response_rate")
    return levels(row) if row is not None and row["trend"] == "better" else None


def _campaign_name(row: pd.Series) -> str:
    return str(row["campaign_id"] if pd.isna(row["name"]) else row["name"])

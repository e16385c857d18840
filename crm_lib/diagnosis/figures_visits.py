"""What the document shows of visits, in trades that keep them: missed appointments by month, renewals by absence."""

from __future__ import annotations

import pandas as pd

from crm_lib.diagnosis.absences import Absences
from crm_lib.diagnosis.missed import ALL, Missed, inside
from crm_lib.diagnosis.pain_points import Diagnosis
from crm_lib.diagnosis.rules_visits import part_words
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.words import cell
from crm_lib.engagement import Engagement
from crm_lib.frames import objects
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import intervals


def missed_months(found: Diagnosis, engagement: Engagement) -> pd.DataFrame:
    """[period, series (Message), value, low, high, base]: of the parts that the finding names and of all others, or of
    all; no rows where nothing was measured."""
    columns = ["period", "series", "value", "low", "high", "base"]
    measured = _detail(found, "missed_rise")
    if not isinstance(measured, Missed):
        return pd.DataFrame(columns=columns)
    pain = found.check("missed_rise").pain
    dimension, parts = pain.event if pain and pain.event[1] else (ALL, ())
    mine = inside(measured, dimension, list(parts))
    groups = [(msg("visits.named.all") if not parts else part_words(engagement, dimension, list(parts)), mine)]
    groups += [(msg("visits.others"), ~mine & measured.cells[dimension].ne(""))] if parts else []
    frames = [_monthly(measured, chosen, name) for name, chosen in groups]
    return pd.concat(frames, ignore_index=True)[columns]


def _monthly(measured: Missed, chosen: pd.Series, name: Message) -> pd.DataFrame:
    sums = measured.cells[chosen].groupby("period")[["missed", "due"]].sum().reindex(measured.months, fill_value=0.0)
    low, high = intervals.wilson(sums["missed"], sums["due"])
    return pd.DataFrame(
        {
            "period": measured.months,
            "series": objects([name] * len(sums)),
            "value": (sums["missed"] / sums["due"].where(sums["due"] > 0)).to_numpy(),
            "low": low,
            "high": high,
            "base": sums["due"].to_numpy("int64"),
        }
    )


def missed_title(found: Diagnosis) -> Message:
    """The finding, or that there is none."""
    check = found.check("missed_rise")
    return check.pain.headline if check.pain else msg("visits.title.missed", seen=check.measured)


def missed_marks(found: Diagnosis) -> list[tuple[str, str, Message]]:
    """(axis, at, label) of the month from which more is missed; [] without one."""
    pain = found.check("missed_rise").pain
    began = pain.since if pain else ""
    return [("x", began, msg("event.since", month=Value("month", began)))] if began else []


def away_table(found: Diagnosis) -> pd.DataFrame:
    """[days, away, away_rate, came, came_rate (Messages), told]: each length of absence; no rows where none was measured."""
    measured = _detail(found, "absent_holders")
    columns = ["days", "away", "away_rate", "came", "came_rate", "told"]
    if not isinstance(measured, Absences):
        return pd.DataFrame(columns=columns)
    steps = measured.steps
    away, came = (objects(_share(row, who) for _, row in steps.iterrows()) for who in ("away", "came"))
    return steps.assign(away_rate=away, came_rate=came)[columns]


def _share(step: pd.Series, who: str) -> Message:
    return cell(rate(float(step[f"{who}_renewed"]), float(step[who]), f"renewals.{who}.{step['days']}"))


def away_title(found: Diagnosis) -> Message:
    check = found.check("absent_holders")
    return check.pain.headline if check.pain else msg("visits.title.away", seen=check.measured)


def _detail(found: Diagnosis, rule: str) -> object:
    return next((check.detail for check in found.checks if check.rule == rule), None)

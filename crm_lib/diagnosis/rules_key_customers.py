"""Rules on key customers, the top share by spend: leaving, or without a contact."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, absent, few, limit
from crm_lib.diagnosis.measured import Measured, key_days, top
from crm_lib.diagnosis.reasons import all_named, event, share_reasons, why_share
from crm_lib.diagnosis.rules_trend import action, where_to_start
from crm_lib.diagnosis.shares import rate, worst_part
from crm_lib.diagnosis.silent_accounts import census, few_accounts, silent_accounts
from crm_lib.diagnosis.words import responsible, sentences, team_for
from crm_lib.language import Message, Value, msg

KEY_LOST = 0.10  # of key customers gone within a churn window: too many
CALL_WEEKS = 2  # within which they are to be called
KEY_UNCONTACTED = 0.50  # of key customers without a contact within the active window


def key_leaving(measured: Measured) -> Check:
    """Of the top customers by spend in the year to a churn window ago, those without a purchase since."""
    window, share = measured.definitions.churn_window_days, measured.engagement.layering.top_share
    said = limit(
        "key_leaving", share=Value("percent", KEY_LOST), top=Value("percent", share), window=Value("days", window)
    )
    if not measured.engine.has("orders"):
        return absent("key_leaving", said, "orders", measured.engine, measured.smallest_base)
    key = top(measured.customers, "spend_now", share)
    if len(key) < measured.smallest_base:
        return census(measured)
    gone = key[key["bought_now"] == 0]
    value = rate(len(gone), len(key), "key_customers.lost")
    earlier = _earlier_key(measured, share)
    worse = earlier is not None and _proven_rise(value, earlier)
    figure = msg("diagnosis.check.value", value=value)
    if not worse and (value.low or 0) < KEY_LOST:
        return Check("key_leaving", "clear", figure, said)
    before = (
        None if earlier is None else msg("diagnosis.evidence.key_before", before=earlier, window=Value("days", window))
    )
    risen = _reasons(measured, share) if worse else None
    pain = PainPoint(
        rule="key_leaving",
        headline=msg(
            "diagnosis.finding.key_leaving",
            lost=Value("int", len(gone), name="key_customers.lost.count"),
            value=value,
            top=Value("percent", share),
            window=Value("days", window),
            days=_reach(measured),
        ),
        evidence=sentences(
            before,
            msg("diagnosis.evidence.key_season", window=Value("days", window)) if worse else None,
            _why(measured, key, risen),
        ),
        action=_calls(measured, len(gone), risen),
        basis=msg("diagnosis.basis.key_leaving", days=_reach(measured)),
        customers=len(gone),
        revenue=float(gone["spend_now"].sum()),
        worse=worse,
        event=("", ()) if risen is None else event(risen),
        named=() if risen is None else all_named(risen),
    )
    return Check("key_leaving", "found", figure, said, pain)


def _reasons(measured: Measured, share: float) -> pd.DataFrame:
    """What the rise of the share lost since the window before is made of."""
    before, now = (top(measured.customers, f"spend_{when}", share) for when in ("before", "now"))
    return share_reasons(
        measured, before.assign(struck=before["bought_before"] == 0), now.assign(struck=now["bought_now"] == 0)
    )


def _why(measured: Measured, key: pd.DataFrame, risen: pd.DataFrame | None) -> Message | None:
    """Where the share rose; where no part of a rise stands out, or there is none, where it is highest."""
    said = None if risen is None else why_share(measured, risen, msg("diagnosis.whole.key_customers"))
    return said or worst_part(measured, key, key["bought_now"] == 0, "key_customers.lost.part")


def leaving(measured: Measured) -> pd.DataFrame:
    """[customer_id, spent] of the key customers that `key_leaving` counts."""
    if few_accounts(measured):
        silent = silent_accounts(measured)
        return silent[silent["key"].astype(bool)].rename(columns={"spent_before": "spent"})[["customer_id", "spent"]]
    key = top(measured.customers, "spend_now", measured.engagement.layering.top_share)
    return key[key["bought_now"] == 0].rename(columns={"spend_now": "spent"})[["customer_id", "spent"]]


def _earlier_key(measured: Measured, share: float) -> Value | None:
    """The same share one churn window earlier, where the data reach back far enough for it."""
    definitions = measured.definitions
    reach = timedelta(days=2 * definitions.churn_window_days + definitions.active_window_days)
    key = top(measured.customers, "spend_before", share)
    old_enough = measured.first_day <= measured.baseline - reach
    if len(key) < measured.smallest_base or not old_enough:
        return None
    return rate(int((key["bought_before"] == 0).sum()), len(key), "key_customers.lost_before")


def _calls(measured: Measured, n: int, risen: pd.DataFrame | None = None) -> Message:
    """Call everyone within two weeks, or say how long it takes where the team's owners can do less."""
    team = team_for(measured.engagement, "key_leaving")
    weekly = sum(owner.contacts_per_week for owner in team.owners) if team else 0.0
    if not weekly or n <= CALL_WEEKS * weekly:
        return action(measured, "key_leaving", risen)
    trade = measured.engagement.in_trade("diagnosis.action", "key_leaving_weeks")
    told = msg(
        f"diagnosis.action.{trade}key_leaving_weeks",
        n=Value("int", n),
        weekly=Value("int", round(weekly)),
        weeks=Value("int", math.ceil(n / weekly)),
    )
    start = where_to_start(measured, risen)
    return sentences(told, start, responsible(measured.engagement, "key_leaving")) or told


def _reach(measured: Measured) -> Value:
    return Value("days", key_days(measured.definitions, measured.baseline, measured.first_day))


def _proven_rise(now: Value, before: Value) -> bool:
    change = now.value - before.value
    return bool(change - np.hypot(now.value - (now.low or 0), (before.high or 1) - before.value) > 0)


def key_uncontacted(measured: Measured) -> Check:
    """Key customers without a contact from us in the last active window: a talk that we began, or a campaign message."""
    window, share = measured.definitions.active_window_days, measured.engagement.layering.top_share
    args = {"top": Value("percent", share), "window": Value("days", window)}
    said = limit("key_uncontacted", share=Value("percent", KEY_UNCONTACTED), **args)
    if not measured.engine.has("interactions"):
        return absent("key_uncontacted", said, "interactions", measured.engine, measured.smallest_base)
    if not measured.calls_customers:
        return Check("key_uncontacted", "absent", msg("diagnosis.check.no_outbound"), said)
    if (known := measured.contacts_known_days or 0) < window:
        short = msg("diagnosis.check.short_contacts", known=Value("days", known), window=Value("days", window))
        return Check("key_uncontacted", "absent", short, said)
    key = measured.key_customers
    if len(key) < measured.smallest_base:
        return few("key_uncontacted", said, len(key), measured.smallest_base)
    alone = key[key["contacts_recent"] == 0]
    value = rate(len(alone), len(key), "key_customers.uncontacted")
    figure = msg("diagnosis.check.value", value=value)
    if (value.low or 0) <= KEY_UNCONTACTED:
        return Check("key_uncontacted", "clear", figure, said)
    lost = _share_lost(measured)
    revenue = float(alone["revenue_year"].sum())
    pain = PainPoint(
        rule="key_uncontacted",
        headline=msg("diagnosis.finding.key_uncontacted", alone=Value("int", len(alone)), value=value, **args),
        evidence=msg(
            "diagnosis.evidence.key_revenue",
            revenue=Value("money", revenue),
            lost=Value("percent", lost),
            stake=Value("money", revenue * lost),
        ),
        action=action(measured, "key_uncontacted"),
        basis=msg("diagnosis.basis.key_uncontacted", revenue=Value("money", revenue), lost=Value("percent", lost)),
        customers=len(alone),
        revenue=revenue * lost,
    )
    return Check("key_uncontacted", "found", figure, said, pain)


def _share_lost(measured: Measured) -> float:
    key = top(measured.customers, "spend_now", measured.engagement.layering.top_share)
    return float((key["bought_now"] == 0).mean()) if len(key) else 0.0

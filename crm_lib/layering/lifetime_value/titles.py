"""Titles and notes of the chapter's charts and tables: each states what the data show, or that they show nothing."""

from __future__ import annotations

import math

from crm_lib.language import Message, Value, msg, term, term_or_text
from crm_lib.layering.lifetime_value.words import SIGNIFICANT, past_words, percent
from crm_lib.layering.lifetime_value.worth import Worth


def past_title(found: Worth) -> Message:
    past = found.holdout
    if past is None or not past.actual:
        return past_words(found)
    kind = "inside" if past.inside else "high" if past.error > 0 else "low"
    ends = {"low": round(past.low), "high": round(past.high)} if past.inside else {}
    return msg(f"lifetime.title.past_{kind}", weeks=len(past.weeks), off=percent(abs(past.error)), cut=past.cut, **ends)


def retention_title(found: Worth) -> Message:
    """How many new customers have not fallen silent for long by the end of the curve, and when half had."""
    seen = found.survival
    if seen.few or seen.curve.empty:
        return msg("lifetime.title.retention_few", n=seen.customers, needed=seen.smallest, since=seen.new_since)
    last = int(seen.curve["days"].iloc[-1])
    share, low, high = seen.retained_at(last)
    kept = Value("percent", share, seen.customers, low, high, "lifetime.retained")
    given: dict[str, Value | int] = {"share": kept, "days": last, "window": seen.lost_after_days}
    if math.isnan(seen.median_days):
        return msg("lifetime.title.retention_most", **given)
    half = int(seen.median_days)
    return msg("lifetime.title.retention", half=half, gone=percent(1 - seen.retained_at(half)[0]), **given)


def retention_note(found: Worth) -> Message:
    """What the curve counts, how many came back after all, and how that differs from the other measures of staying."""
    seen = found.survival
    return msg(
        "lifetime.note.retention",
        window=seen.lost_after_days,
        since=seen.new_since,
        needed=seen.smallest,
        lost=seen.lost,
        returned=seen.returned,
        others=msg("lifetime.note.measures" if found.alive_known else "lifetime.note.measures_cohorts"),
    )


def channels_title(found: Worth) -> Message:
    """The channel whose new customers stay least, where the data show that it differs."""
    tests = found.survival.tests
    if tests.empty:
        return msg("lifetime.title.channels_none", needed=found.survival.smallest)
    different = tests[tests["p"] < SIGNIFICANT]
    if different.empty:
        return msg("lifetime.title.channels_alike", n=len(tests), days=found.survival.compared_at)
    ordered = different.sort_values(["retained", "join_channel"])
    low, high = ordered.iloc[0], tests.sort_values(["retained", "join_channel"]).iloc[-1]
    return msg(
        "lifetime.title.channels",
        channel=term_or_text("channel", low["join_channel"]),
        share=Value("percent", low["retained"], int(low["customers"]), low["low"], low["high"]),
        best=term_or_text("channel", high["join_channel"]),
        best_share=percent(high["retained"]),
        days=found.survival.compared_at,
        window=found.survival.lost_after_days,
        p=Value("ratio", 0.01 if low["p"] < 0.01 else SIGNIFICANT),
    )


def classes_title(found: Worth) -> Message:
    rows = found.classes
    shown = rows[rows["customers"] > 0]
    if not found.stands or len(shown) < 2 or shown["clv"].max() <= 0:
        return msg("lifetime.title.classes_plain", months=found.settings.horizon_months)
    best, least = shown.iloc[shown["clv"].argmax()], shown.iloc[shown["clv"].argmin()]
    if not found.level_held:
        if least["clv"] <= 0:
            return msg("lifetime.title.classes_plain", months=found.settings.horizon_months)
        return msg(
            "lifetime.title.classes_order",
            best=term(f"class.{best['operating_class']}"),
            least=term(f"class.{least['operating_class']}"),
            times=Value("float", best["clv"] / least["clv"]),
            months=found.settings.horizon_months,
        )
    return msg(
        "lifetime.title.classes",
        best=term(f"class.{best['operating_class']}"),
        value=Value("money", best["clv"], int(best["customers"]), best["clv_low"], best["clv_high"]),
        least=term(f"class.{least['operating_class']}"),
        least_value=Value("money", least["clv"]),
        months=found.settings.horizon_months,
    )


def alive_title(found: Worth) -> Message:
    """How many are rather lost than not, and how many are expected to be there."""
    alive = found.customers["p_alive"]
    return msg(
        "lifetime.title.alive",
        n=int((alive < 0.5).sum()),
        of=len(alive),
        expected=round(float(alive.sum())),
        share=percent(float(alive.mean()), len(alive)),
    )


def channels_table_title(found: Worth) -> Message:
    return msg("lifetime.table.channels", days=found.survival.compared_at, window=found.survival.lost_after_days)


def values_note(found: Worth) -> Message:
    said = msg("lifetime.note.values_retention" if found.model == "retention" else "lifetime.note.values")
    if found.level_held or not found.holdout:
        return said
    return msg("lifetime.note.values_off", note=said, off=percent(abs(found.holdout.error)))

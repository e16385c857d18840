"""What lifetime value and survival say: the finding, titles of charts, guards, method and limits in words."""

from __future__ import annotations

import math

from crm_lib.language import Finding, Message, Value, msg, term, term_or_text
from crm_lib.layering.lifetime_value.forecast import WEEKS_A_MONTH
from crm_lib.layering.lifetime_value.guards import Guard
from crm_lib.layering.lifetime_value.worth import Worth

GOOD, FAIR = 0.1, 0.25  # error of the total on the client's own past, up to which the level may be used
SIGNIFICANT = 0.05


def _percent(value: float, base: int | None = None) -> Value:
    return Value("percent", None if math.isnan(value) else value, base=base)


def _axis(found: Worth) -> Message:
    return msg(f"layering.axis.{found.axis}")


def _total(found: Worth) -> Value:
    value, low, high = found.total
    return Value("money", value, len(found.customers), low, high, "lifetime.clv_total")


def finding(found: Worth) -> Finding:
    """For the summary: what the buyers will bring, how far the model was off before, what to do with it."""
    if not found.stands:
        return Finding(
            msg("lifetime.finding.none", reasons=Value("list", [guard_words(g) for g in found.guards])),
            replaced(found),
            msg("lifetime.finding.none.action"),
            "low",
        )
    return Finding(conclusion(found), past_words(found), _action(found), "medium")


def conclusion(found: Worth) -> Message:
    """What all buyers will bring, and the share of the core."""
    core = found.classes.iloc[0]
    return msg(
        f"lifetime.conclusion.{found.model}",
        months=found.settings.horizon_months,
        n=len(found.customers),
        total=_total(found),
        axis=_axis(found),
        core=int(core["customers"]),
        share=_percent(core["clv_share"]),
        since=found.as_of,
    )


def _action(found: Worth) -> Message:
    if found.holdout is None or math.isnan(found.holdout.error):
        return msg("lifetime.action.untested")
    off = abs(found.holdout.error)
    beaten = abs(found.holdout.naive_error) < off
    return msg(f"lifetime.action.{'good' if off <= GOOD else 'fair' if off <= FAIR and not beaten else 'poor'}")


def past_words(found: Worth) -> Message:
    """How far off a forecast made earlier was, against plain repetition; or why there is none."""
    past = found.holdout
    if past is None:
        if found.model == "retention":
            return msg("lifetime.past.retention")
        return msg("lifetime.past.none", reasons=Value("list", [guard_words(g) for g in found.holdout_guards]))
    if not past.actual:
        return msg("lifetime.past.nothing", cut=past.cut, weeks=len(past.weeks), forecast=round(past.forecast))
    return msg(
        "lifetime.past.words",
        cut=past.cut,
        weeks=len(past.weeks),
        n=past.customers,
        forecast=Value("int", round(past.forecast), low=round(past.low), high=round(past.high), name="lifetime.forecast"),
        actual=past.actual,
        off=_percent(abs(past.error)),
        side=msg(f"lifetime.side.{'high' if past.error > 0 else 'low'}"),
        naive=_percent(abs(past.naive_error)),
        naive_side=msg(f"lifetime.side.{'high' if past.naive_error > 0 else 'low'}"),
    )


def past_title(found: Worth) -> Message:
    past = found.holdout
    if past is None or not past.actual:
        return past_words(found)
    kind = "inside" if past.inside else "high" if past.error > 0 else "low"
    return msg(f"lifetime.title.past_{kind}", weeks=len(past.weeks), off=_percent(abs(past.error)), cut=past.cut)


def best_words(found: Worth) -> Message | None:
    """What the customers forecast best really bought."""
    past = found.holdout
    if past is None or math.isnan(past.best_share):
        return None
    return msg("lifetime.past.best", share=_percent(past.best_share, past.actual), mae=Value("ratio", past.mae),
               naive=Value("ratio", past.naive_mae))  # fmt: skip


def guard_words(guard: Guard) -> Message:
    """A condition that was not met, with what was found and what is needed."""
    kinds = {"correlation": "ratio", "spend_mean": "ratio", "boundary": "ratio"}
    kind = kinds.get(guard.name, "int")
    parts = {
        name: Value(kind, None if math.isnan(value) else value if kind == "ratio" else round(value))  # type: ignore[arg-type]
        for name, value in (("found", guard.found), ("needed", guard.needed))
    }
    return msg(f"lifetime.guard.{guard.name}", **parts, parameter=guard.parameter)


def replaced(found: Worth) -> Message:
    """What stands in the place of the model."""
    rows = found.classes[found.classes["customers"] > 0]
    return msg(
        "lifetime.replaced",
        axis=_axis(found),
        n=int(rows["customers"].sum()),
        total=Value("money", float(rows["yearly_total"].sum()), name="lifetime.yearly_total"),
    )


def retention_title(found: Worth) -> Message:
    """How many new customers are still buying, and when half were lost."""
    seen = found.survival
    if seen.few or seen.curve.empty:
        return msg("lifetime.title.retention_few", n=seen.customers, needed=seen.smallest, since=seen.new_since)
    last = int(seen.curve["days"].iloc[-1])
    share, low, high = seen.retained_at(last)
    kept = Value("percent", share, seen.customers, low, high, "lifetime.retained")
    if math.isnan(seen.median_days):
        return msg("lifetime.title.retention_most", share=kept, days=last, n=seen.customers)
    return msg("lifetime.title.retention", share=kept, days=last, half=int(seen.median_days), n=seen.customers)


def retention_note(found: Worth) -> Message:
    seen = found.survival
    return msg("lifetime.note.retention", window=seen.lost_after_days, since=seen.new_since, needed=seen.smallest)


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
        best_share=_percent(high["retained"]),
        days=found.survival.compared_at,
        p=Value("ratio", 0.01 if low["p"] < 0.01 else SIGNIFICANT),
    )


def classes_title(found: Worth) -> Message:
    rows = found.classes
    shown = rows[rows["customers"] > 0]
    if not found.stands or len(shown) < 2 or shown["clv"].max() <= 0:
        return msg("lifetime.title.classes_plain", months=found.settings.horizon_months)
    best, least = shown.loc[shown["clv"].idxmax()], shown.loc[shown["clv"].idxmin()]
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
        share=_percent(float(alive.mean()), len(alive)),
    )


def method(found: Worth) -> list[Message]:
    """Which model, why, on what, and how sure its numbers are."""
    if not found.stands:
        return [guard_words(guard) for guard in found.guards]
    if found.model == "retention":
        return [msg("lifetime.method.retention", industry=Value("int", found.survival.customers)), _discount(found)]
    made, spent = found.made, found.spent
    assert made and spent and made.kind
    other = next(kind for kind in made.fits if kind != made.kind)
    words = [
        msg(
            "lifetime.method.purchases",
            kind=term(f"lifetime.model.{made.kind}"),
            other=term(f"lifetime.model.{other}"),
            likelihood=Value("float", made.fit.log_likelihood),
            other_likelihood=Value("float", made.fits[other].log_likelihood),
            n=len(found.customers),
            rows=len(made.given.repeats),
        )
    ]
    if set(made.fit.at_boundary) & {"a", "b"}:
        words.append(msg("lifetime.method.one_probability"))
    return [*words, spend_words(found), _discount(found), msg("lifetime.method.intervals")]


def _discount(found: Worth) -> Message:
    return msg(
        "lifetime.method.discount",
        rate=Value("percent", found.settings.discount_per_month),
        months=found.settings.horizon_months,
        weeks=Value("ratio", WEEKS_A_MONTH),
    )


def spend_words(found: Worth) -> Message:
    """Whether spend is modelled by customer, with the correlation that decides it."""
    spent = found.spent
    assert spent
    r = Value("ratio", None if math.isnan(spent.correlation) else spent.correlation, spent.customers,
              spent.correlation_low, spent.correlation_high, "lifetime.correlation")  # fmt: skip
    if spent.guard is None:
        return msg(
            "lifetime.method.spend", r=r, most=Value("ratio", found.settings.largest_correlation),
            n=spent.customers, left_out=spent.left_out,
        )  # fmt: skip
    return msg("lifetime.method.spend_mean", reason=guard_words(spent.guard), mean=Value("price", spent.mean))


def limits(found: Worth) -> list[Message]:
    """What the numbers do not say."""
    months = found.history_days / 30.44
    words = [msg("lifetime.limit.new"), msg("lifetime.limit.trend"), msg("lifetime.limit.single")]
    if months < found.settings.horizon_months:
        words.insert(0, msg("lifetime.limit.short", history=Value("float", months), months=found.settings.horizon_months))
    if not math.isnan(found.there_already) and found.there_already > 0:
        words.append(
            msg("lifetime.limit.there_already", share=_percent(found.there_already, len(found.customers)),
                window=found.survival.lost_after_days)
        )  # fmt: skip
    return words


def channels_table_title(found: Worth) -> Message:
    return msg("lifetime.table.channels", days=found.survival.compared_at)


def values_note(found: Worth) -> Message:
    return msg("lifetime.note.values_retention" if found.model == "retention" else "lifetime.note.values")

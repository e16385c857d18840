"""What lifetime value and survival say: the finding, the guards, method and limits in words."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from typing import Any

from crm_lib.language import Finding, Message, Value, msg, term
from crm_lib.layering.lifetime_value.forecast import WEEKS_A_MONTH
from crm_lib.layering.lifetime_value.guards import Guard
from crm_lib.layering.lifetime_value.holdout import Holdout
from crm_lib.layering.lifetime_value.worth import Worth

GOOD, FAIR = 0.1, 0.25  # error of the total on the client's own past, up to which the level may be used
SIGNIFICANT = 0.05


def percent(value: float, base: int | None = None) -> Value:
    return Value("percent", None if math.isnan(value) else value, base=base)


def _axis(found: Worth) -> Message:
    return msg(f"layering.axis.{found.axis}")


def _total(found: Worth) -> Value:
    value, low, high = found.total
    return Value("money", value, low=low, high=high, name="lifetime.clv_total")


def finding(found: Worth) -> Finding:
    """For the summary: what the buyers will bring, how far the model was off before, what to do with it."""
    if not found.stands:
        return Finding(
            _none(found),
            replaced(found),
            msg("lifetime.finding.none.action"),
            "low",
        )
    evidence = past_words(found)
    if not found.level_held:
        side = "high" if found.with_past_error < found.total[0] else "low"
        evidence = msg(f"lifetime.past.range_{side}", past=evidence)
    return Finding(conclusion(found), evidence, _action(found), "medium")


def _none(found: Worth) -> Message:
    return msg("lifetime.finding.none", reasons=Value("list", [guard_words(guard) for guard in found.guards]))


def conclusion(found: Worth) -> Message:
    """What all buyers are expected to bring, and the share of the core; a range where the trial speaks against the sum."""
    core = found.classes.iloc[0]
    given: dict[str, Value | Message | int | date] = {
        "months": found.settings.horizon_months,
        "n": len(found.customers),
        "axis": _axis(found),
        "core": int(core["customers"]),
        "share": percent(core["clv_share"]),
        "since": found.as_of,
    }
    if found.level_held:
        return msg(f"lifetime.conclusion.{found.model}", total=_total(found), **given)
    _, low, high = found.total
    low, high = min(low, found.with_past_error), max(high, found.with_past_error)
    ends = {name: Value("money", end, name=f"lifetime.clv_{name}") for name, end in (("low", low), ("high", high))}
    return msg("lifetime.conclusion.range", **ends, **given)


def _action(found: Worth) -> Message:
    if found.holdout is None or math.isnan(found.holdout.error):
        return msg("lifetime.action.untested")
    off = abs(found.holdout.error)
    beaten = abs(found.holdout.naive_error) < off
    kind = "good" if off <= GOOD else "fair" if off <= FAIR and not beaten else "poor"
    return msg(f"lifetime.action.good_{found.axis}" if kind == "good" else f"lifetime.action.{kind}")


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
        forecast=_forecast(past),
        actual=past.actual,
        off=percent(abs(past.error)),
        side=msg(f"lifetime.side.{'high' if past.error > 0 else 'low'}"),
        naive=percent(abs(past.naive_error)),
        naive_side=msg(f"lifetime.side.{'high' if past.naive_error > 0 else 'low'}"),
    )


def _forecast(past: Holdout) -> Value:
    return Value("int", round(past.forecast), low=round(past.low), high=round(past.high), name="lifetime.forecast")


def best_words(found: Worth) -> Message | None:
    """What the customers forecast best really bought."""
    past = found.holdout
    if past is None or math.isnan(past.best_share):
        return None
    return msg("lifetime.past.best", share=percent(past.best_share, past.actual), mae=Value("ratio", past.mae),
               naive=Value("ratio", past.naive_mae))  # fmt: skip


def guard_words(guard: Guard) -> Message:
    """A condition that was not met, with what was found and what is needed."""
    if guard.past:
        return msg("lifetime.guard.untried", reason=guard_words(replace(guard, past=False)))
    kinds = {"correlation": "ratio", "spend_mean": "ratio", "boundary": "ratio", "past_error": "percent"}
    kind = kinds.get(guard.name, "int")
    parts = {
        name: Value(kind, None if math.isnan(value) else round(value) if kind == "int" else value)  # type: ignore[arg-type]
        for name, value in (("found", guard.found), ("needed", guard.needed))
    }
    return msg(f"lifetime.guard.{guard.name}", **parts, parameter=guard.parameter)


def core_words(found: Worth) -> Message | None:
    """Why a core customer is worth less than one of potential, where it is so: the parts of the value beside each other."""
    rows = {str(row["operating_class"]): row for row in found.classes.to_dict("records")}
    core, other = rows["core"], rows["potential"]
    if not found.stands or not core["clv"] < other["clv"]:  # NaN of an empty class is not less
        return None
    alive = (
        {"core_alive": percent(core["p_alive"]), "other_alive": percent(other["p_alive"])} if found.alive_known else {}
    )
    return msg(
        "lifetime.core_below" if alive else "lifetime.core_below_bought",
        core=_each_value(core, found.level_held),
        other=_each_value(other, found.level_held),
        core_bought=Value("float", core["expected_purchases"]),
        other_bought=Value("float", other["expected_purchases"]),
        core_price=Value("price", _each(core)),
        other_price=Value("price", _each(other)),
        **alive,
    )


def _each_value(row: dict[Hashable, Any], held: bool) -> Value:
    ends = {"low": row["clv_low"], "high": row["clv_high"]} if held else {}
    return Value("price", row["clv"], int(row["customers"]), **ends)


def _each(row: dict[Hashable, Any]) -> float | None:
    bought = row["expected_purchases"]
    return row["clv"] / bought if bought > 0 else None


def replaced(found: Worth) -> Message:
    """What stands in the place of the model."""
    rows = found.classes[found.classes["customers"] > 0]
    return msg(
        "lifetime.replaced",
        axis=_axis(found),
        n=int(rows["customers"].sum()),
        total=Value("money", float(rows["yearly_total"].sum()), name="lifetime.yearly_total"),
    )


def method(found: Worth) -> list[Message]:
    """Which model, why, on what, and how sure its numbers are."""
    if not found.stands:
        return [_none(found)]
    if found.model == "retention":
        return [msg("lifetime.method.retention", industry=Value("int", found.survival.customers)), _discount(found)]
    made, spent = found.made, found.spent
    assert made
    assert spent
    other = next(kind for kind in made.fits if kind != made.best)
    words = [
        msg(
            "lifetime.method.purchases",
            kind=term(f"lifetime.model.{made.best}"),
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
    """What the numbers do not say; nothing where there are none."""
    if not found.stands:
        return []
    months = found.history_days / 30.44
    words = [msg("lifetime.limit.new"), msg("lifetime.limit.trend"), msg("lifetime.limit.single")]
    if months < found.settings.horizon_months:
        words.insert(
            0, msg("lifetime.limit.short", history=Value("float", months), months=found.settings.horizon_months)
        )
    if not math.isnan(found.there_already) and found.there_already > 0:
        words.append(
            msg("lifetime.limit.there_already", share=percent(found.there_already, len(found.customers)),
                window=found.survival.lost_after_days)
        )  # fmt: skip
    if found.with_cover:
        seen = "seen" if found.model == "retention" else "unseen"
        words.append(msg(f"lifetime.limit.cover_{seen}", n=found.with_cover))
    return words

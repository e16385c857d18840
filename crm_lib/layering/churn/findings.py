"""What the forecast says: how many are leaving, what is at risk, why, how far it can be trusted."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd

from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.churn import reasons, rules, value
from crm_lib.layering.churn.forecasting import Forecast
from crm_lib.layering.churn.record import Record
from crm_lib.layering.churn.tables import absent_features, gains, rule_can_warn_of_active, used_features
from crm_lib.layering.shares import rows_by
from crm_lib.metrics.intervals import wilson

FIRST = 0.1  # of the warned: whose record is told, and an example of where capacity may end
NAMED = 3  # reasons named
CHOICE = 0.5  # of the active: where more are above their break-even, it chooses nobody
HIGH, LOW = 0.25, 0.05  # share of the active customers' revenue of a window that is at risk
FIFTH = 0.2


def leaving(forecast: Forecast) -> Finding:
    """What is expected to be lost, for whom a contact pays, the reasons, the record; or why there is no forecast."""
    if forecast.model is None or forecast.record is None:
        return _not_forecast(forecast)
    warned = forecast.warned
    days = Value("days", forecast.definitions.churn_window_days)
    if warned.empty:
        return Finding(
            msg("churn.finding.none", active=len(forecast.active), days=days, until=forecast.cutoffs.as_of),
            _record_words(forecast, forecast.record),
            _assumed(forecast),
            "low",
        )
    risk = _at_risk(forecast.active, name="churn.at_risk", sure=_held(forecast.record) == "held")
    share = risk.value / float(forecast.active["worth"].sum())
    record = _record_words(forecast, forecast.record)
    given: dict[str, Value | Message | int | date] = {
        "n": len(warned),
        "active": len(forecast.active),
        "days": days,
        "until": forecast.cutoffs.as_of,
        "risk": risk,
        "share": Value("percent", share),
    }
    if len(warned) < forecast.definitions.smallest_base:
        gain = Value("price", _gain(forecast, warned))
        action = msg(
            "churn.finding.few.action", n=len(warned), gain=gain, kind=_kind(forecast), assumed=_assumed(forecast)
        )
        return Finding(msg("churn.finding.few", **given), record, action, "low")
    chosen = len(warned) <= len(forecast.active) * CHOICE
    return Finding(
        msg("churn.finding.leaving" if chosen else "churn.finding.leaving.all", **given),
        msg("churn.finding.leaving.evidence", reasons=Value("list", _reasons(warned)), record=record),
        _contact(forecast, forecast.to_call),
        "high" if share >= HIGH else "medium" if share >= LOW else "low",
    )


def _gain(forecast: Forecast, warned: pd.DataFrame) -> float:
    """What contacting them all is expected to save, less what it costs."""
    saved = forecast.settings.win_back_rate * forecast.margin_rate * float(_at_risk(warned).value)
    return saved - forecast.settings.contact_cost * len(warned)


def _contact(forecast: Forecast, warned: pd.DataFrame) -> Message:
    """Whom first; where there are enough of them, some are left out to measure what a contact does."""
    if len(warned) * FIRST < forecast.definitions.smallest_base:
        loss = Value("money", _at_risk(warned).value)
        return msg("churn.finding.leaving.action_few", n=len(warned), loss=loss, assumed=_assumed(forecast))
    first = warned.head(math.ceil(len(warned) * FIRST))
    loss = Value("money", _at_risk(first).value)
    share = Value("percent", float(loss.value) / float(_at_risk(warned).value))
    given: dict[str, Value | Message | int] = {
        "first": len(first),
        "loss": loss,
        "share": share,
        "assumed": _assumed(forecast),
    }
    chosen = len(warned) <= len(forecast.active) * CHOICE
    return msg("churn.finding.leaving.action" if chosen else "churn.finding.leaving.action_order", **given)


def _not_forecast(forecast: Forecast) -> Finding:
    flagged = rules.flags(forecast.now, forecast.settings)["no_order"]
    tried = "churn.finding.not_forecast.tried" if forecast.records else "churn.finding.not_forecast"
    return Finding(
        msg(tried, until=forecast.cutoffs.as_of),
        msg("churn.finding.not_forecast.evidence", lacking=Value("list", forecast.lacking)),
        msg(
            "churn.finding.not_forecast.action",
            n=int(flagged.sum()),
            buyers=len(forecast.now),
            days=Value("days", forecast.settings.rule_days),
        ),
        "low",
    )


def _at_risk(customers: pd.DataFrame, name: str = "", sure: bool = False) -> Value:
    """Expected loss; its interval is that of chance alone and told only where the forecast held (`sure`)."""
    probability, worth = (customers[name].to_numpy("float64") for name in ("churn_probability", "worth"))
    expected, low, high = value.at_risk(probability, worth)
    return Value("money", expected, low=low, high=high, name=name) if sure else Value("money", expected, name=name)


def _reasons(warned: pd.DataFrame) -> list[Message]:
    """The most frequent, each with how many of the warned have it."""
    table = reasons.by_class(warned.assign(operating_class="core")).head(NAMED)
    found = [
        msg("churn.named", reason=msg(f"churn.reason.{row['reason']}"), n=int(row["customers"]))
        for row in table.to_dict("records")
    ]
    return found or [msg("churn.told.nothing")]


def _record_words(forecast: Forecast, found: Record) -> Message:
    """What was forecast and what came, and what came of the list as it would have been then, in its own order."""
    held = _held(found)
    past = msg(
        "churn.record" if held == "held" else f"churn.record.{held}",
        test=forecast.cutoffs.test,
        said=Value("percent", found.mean_probability),
        base=Value("percent", found.base, base=found.n),
    )
    listed = forecast.warned_then
    if len(listed) < forecast.definitions.smallest_base:
        return msg("churn.record.few", record=past, n=len(listed))
    first = listed.head(math.ceil(len(listed) * FIRST))
    left, of_first = float(listed["churned"].mean()), int(first["churned"].sum())
    low, high = (float(part) for part in wilson(of_first, len(first)))
    return msg(
        "churn.record.list" if low > found.base else "churn.record.list_alike",
        record=past,
        n=len(listed),
        left=Value("percent", left),
        times=Value("ratio", left / found.base, name="churn.list_lift"),
        top=len(first),
        precision=Value("percent", of_first / len(first), low=low, high=high),
        lift=Value("ratio", of_first / len(first) / found.base, name="churn.lift"),
        auc=Value("ratio", found.auc, low=found.auc_low, high=found.auc_high),
    )


def _held(found: Record) -> str:
    """Whether the share forecast lies in the interval of the share that left: 'held', 'low', 'high'."""
    low, high = (float(part) for part in wilson(found.positives, found.n))
    return "low" if found.mean_probability < low else "high" if found.mean_probability > high else "held"


def _assumed(forecast: Forecast) -> Message:
    return msg(
        "churn.assumed",
        cost=Value("price", forecast.settings.contact_cost),
        rate=Value("percent", forecast.settings.win_back_rate),
    )


def method_words(forecast: Forecast) -> list[Message]:
    """What was learnt from what, in the order of reading."""
    days = forecast.cutoffs
    found = [
        msg(
            "churn.method",
            churn=Value("days", forecast.definitions.churn_window_days),
            repurchase=Value("days", forecast.definitions.repurchase_window_days),
            active=Value("days", forecast.definitions.active_window_days),
            lookback=Value("days", days.lookback_days),
        )
    ]
    if "cover_left" in forecast.features:
        covered = int(forecast.now["days_covered"].notna().sum())
        window = Value("days", forecast.definitions.churn_window_days)
        found.append(msg("churn.covered", n=covered, buyers=len(forecast.now), churn=window, until=days.as_of))
    if forecast.model is None:
        return found
    found.append(
        msg(
            "churn.split",
            cases=forecast.cases,
            train=Value("list", [Value("date", day) for day in days.train]),
            test=days.test,
            n=len(forecast.past),
        )
    )
    if forecast.cases < forecast.cases_known:
        found.append(msg("churn.sample", cases=forecast.cases, known=forecast.cases_known))
    found.append(msg("churn.uses", used=Value("list", used_features(forecast))))
    return found


def kept_words(forecast: Forecast) -> Message:
    """Which form of the model was kept, and by how much the other differs."""
    difference, low, high = forecast.difference
    return msg(
        f"churn.kept.{forecast.kind}", difference=Value("ratio", difference, low=low, high=high), n=len(forecast.past)
    )


def value_words(forecast: Forecast) -> Message:
    """The break-even of a customer of average spend, with both assumptions."""
    at = forecast.threshold
    id = "none" if math.isnan(at) else "above" if at > 1 else "at"
    return msg(
        f"churn.break_even.{id}",
        at=Value("percent", None if math.isnan(at) else at, name="churn.break_even"),
        worth=Value("price", float(forecast.active["worth"].mean()) if len(forecast.active) else None),
        test=forecast.cutoffs.test,
        days=Value("days", forecast.definitions.churn_window_days),
        margin=Value("percent", forecast.margin_rate),
        counted=msg("churn.counted.margin" if forecast.margin_known else "churn.counted.revenue"),
        assumed=_assumed(forecast),
    )


def calibration_title(forecast: Forecast) -> Message:
    found = forecast.record
    assert found
    low, high = (float(part) for part in wilson(found.positives, found.n))
    return msg(
        f"churn.title.calibration_{_held(found)}",
        test=forecast.cutoffs.test,
        expected=Value("percent", found.mean_probability),
        observed=Value("percent", found.base, base=found.n, low=low, high=high),
    )


def gains_title(forecast: Forecast) -> Message:
    table = gains(forecast)
    at = table[table["customer_share"] == FIFTH].set_index("by")["found_share"]
    return msg("churn.title.gains", model=Value("percent", at["model"]), silence=Value("percent", at["silence"]))


def gains_marks() -> list[tuple[str, float, Message]]:
    return [("x", FIFTH, msg("churn.mark.fifth"))]


def thresholds_title(table: pd.DataFrame, forecast: Forecast) -> Message:
    """`table` is `tables.thresholds`."""
    own = table.iloc[0]
    if own["contacted"] < forecast.definitions.smallest_base:
        return msg("churn.title.thresholds_few", test=forecast.cutoffs.test, n=int(own["contacted"]))
    return msg(
        "churn.title.thresholds" if own["net"] >= 0 else "churn.title.thresholds_loss",
        test=forecast.cutoffs.test,
        n=int(own["contacted"]),
        net=Value("money", abs(own["net"])),
    )


def methods_title(table: pd.DataFrame, forecast: Forecast) -> Message:
    """`table` is `tables.methods`: the model beside as many by the rule, or the rule alone."""
    rows = rows_by(table[table["group"] == "all"], "method")
    rule, days = rows["no_order"], Value("days", forecast.settings.rule_days)
    if not rule["flagged"]:
        return msg("churn.title.methods_none", test=forecast.cutoffs.test, days=days)
    precision = Value("percent", rule["precision"], base=int(rule["flagged"]), low=rule["low"], high=rule["high"])
    if "model_same" not in rows:
        return msg("churn.title.methods_rule", test=forecast.cutoffs.test, days=days, rule=precision)
    model = rows["model_same"]
    return msg(
        "churn.title.methods",
        test=forecast.cutoffs.test,
        days=days,
        n=int(rule["flagged"]),
        rule=Value("percent", rule["precision"]),
        model=Value("percent", model["precision"], low=model["low"], high=model["high"]),
    )


def thresholds_note(forecast: Forecast) -> Message:
    return msg("churn.note.thresholds", kind=_kind(forecast))


def _kind(forecast: Forecast) -> Message:
    return msg("churn.saved.margin" if forecast.margin_known else "churn.saved.revenue")


def active_words(table: pd.DataFrame, forecast: Forecast) -> Message | None:
    """What the rule says of customers who are still active, where it can warn of any of them."""
    if not rule_can_warn_of_active(forecast):
        return None
    row = table[(table["group"] == "active") & (table["method"] == "no_order")].iloc[0]
    churned = int(forecast.past.loc[forecast.past["active"], "churned"].sum())
    return msg(
        "churn.rule_of_active",
        n=int(row["customers"]),
        left=churned,
        found=int(row["left"]),
        days=Value("days", forecast.settings.rule_days),
    )


def reasons_title(table: pd.DataFrame) -> Message:
    """`table` is `tables.reasons_by_class`."""
    first = table.iloc[0]
    return msg(
        "churn.title.reasons",
        reason=msg(f"churn.reason.{first['reason']}"),
        n=int(first["customers"]),
        share=Value("percent", first["share"]),
    )


def limits(forecast: Forecast, industry: str) -> list[Message]:
    """What the forecast cannot say, and which data it lacks."""
    found = [msg("churn.limit.forecast"), msg("churn.limit.cause")]
    if forecast.model is not None:
        found.append(msg("churn.limit.relearnt", test=forecast.cutoffs.test))
    found += [msg("churn.limit.repurchase", lacking=one) for one in forecast.repurchase_lacking]
    if missing := absent_features(forecast):
        found.append(msg("churn.limit.absent", absent=Value("list", missing)))
    return found + _login_rule(forecast, industry)


def _login_rule(forecast: Forecast, industry: str) -> list[Message]:
    """Which columns the rule of subscriptions lacks; where it has both, that it is of today only."""
    settings = forecast.settings
    days = {"login": Value("days", settings.login_days), "expiry": Value("days", settings.expiry_days)}
    lacking = [name for name in ("paid_until", "last_login_on") if name not in forecast.says]
    if not lacking and "login_days" in forecast.past:
        return []
    if not lacking:
        ending = forecast.now[rules.ends_soon(forecast.now, settings)]
        known = int(ending["login_days"].notna().sum())
        until = forecast.cutoffs.as_of
        return [msg("churn.limit.login_only_now", until=until, ending=len(ending), known=known, **days)]
    if industry not in rules.SUBSCRIPTION:
        return []
    named = Value("list", [msg(f"churn.lacking.{name}") for name in lacking])
    return [msg("churn.limit.subscription", lacking=named, **days)]


def repurchase_words(forecast: Forecast) -> Message | None:
    """How many are expected to buy again, and the record of that forecast."""
    found = forecast.repurchase_record
    if found is None or forecast.model is None:
        return None
    probability = forecast.now["repurchase_probability"]
    return msg(
        "churn.repurchase",
        days=Value("days", forecast.definitions.repurchase_window_days),
        buyers=len(forecast.now),
        lookback=Value("days", forecast.cutoffs.lookback_days),
        expected=Value("int", float(probability.sum())),
        share=Value("percent", float(probability.mean())),
        test=forecast.cutoffs.test,
        said=Value("percent", found.mean_probability),
        came=Value("percent", found.base, base=found.n),
        auc=Value("ratio", found.auc, low=found.auc_low, high=found.auc_high),
    )

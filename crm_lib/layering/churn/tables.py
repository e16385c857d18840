"""The tables of the chapter, made from a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_lib.frames import objects, rows
from crm_lib.language import Message, Value, literal, msg
from crm_lib.layering.churn import reasons, record, rules, value
from crm_lib.layering.churn.features import REASONS
from crm_lib.layering.churn.forecasting import Forecast
from crm_lib.layering.churn.models import KINDS
from crm_lib.layering.lifecycle import Lifecycle
from crm_lib.metrics.masked import masked_customer

LISTED = 30


def artifact(forecast: Forecast, stages: Lifecycle) -> pd.DataFrame:
    """The handoff `churn_scores`: every customer; probabilities are NaN and reasons '' where there is no forecast."""
    names = ["churn_probability", "repurchase_probability", "reasons"]
    frame = stages.customers[["customer_id", "stage"]].merge(
        forecast.now[["customer_id", *names]], on="customer_id", how="left"
    )
    words = [";".join(found) if isinstance(found, tuple) else "" for found in frame["reasons"]]
    return frame.assign(reasons=words)[["customer_id", *names[:2], "stage", "reasons"]]


def contacts(forecast: Forecast) -> pd.DataFrame:
    """The handoff `churn_contacts`: those worth a contact who have not refused, the largest expected loss first; none where
    they are few."""
    listed = forecast.to_call
    loss = listed["churn_probability"].astype("float64") * listed["worth"].astype("float64")
    return pd.DataFrame({"finding": "leaving", "customer_id": listed["customer_id"], "expected_loss": loss})


def tried(forecast: Forecast) -> pd.DataFrame:
    """One row a form of the model: form, kept, auc, auc_low, auc_high, top_n, top_precision, lift, customers."""
    found = [
        {
            "form": kind,
            "kept": kind == forecast.kind,
            "auc": one.auc,
            "auc_low": one.auc_low,
            "auc_high": one.auc_high,
            "top_n": one.top_n,
            "top_precision": one.top_precision,
            "lift": one.lift,
            "customers": one.n,
        }
        for kind in KINDS
        if (one := forecast.records.get(kind))
    ]
    return pd.DataFrame(found)


def calibration(forecast: Forecast) -> pd.DataFrame:
    """`record.calibration` of the active at the test."""
    past = forecast.past[forecast.past["active"]]
    return record.calibration(past["churn_probability"].to_numpy(), past["churned"].to_numpy())


def calibration_lines(forecast: Forecast) -> pd.DataFrame:
    """forecast, series (observed, even), share, low, high: what came beside what was forecast."""
    table = calibration(forecast)
    even = pd.DataFrame({"forecast": table["forecast"], "share": table["forecast"], "series": "even"})
    seen = table.rename(columns={"observed": "share"}).assign(series="observed")
    return pd.concat([seen, even], ignore_index=True)[["forecast", "series", "share", "low", "high", "customers"]]


def gains(forecast: Forecast) -> pd.DataFrame:
    """customer_share, found_share, by: leavers found among so many of the active, by the model and by silence alone."""
    past = forecast.past[forecast.past["active"]]
    ways = {"model": past["churn_probability"], "silence": past["silent_days"]}
    outcome = past["churned"].to_numpy()
    return pd.concat(
        [record.gains(values.to_numpy("float64"), outcome).assign(by=name) for name, values in ways.items()],
        ignore_index=True,
    )


def thresholds(forecast: Forecast) -> pd.DataFrame:
    """`value.thresholds` of the active, with `choice` in words."""
    past = forecast.past[forecast.past["active"]]
    table = value.thresholds(past, forecast.active, forecast.margin_rate, forecast.settings)
    return table.assign(choice=objects(_choice(at) for at in table["threshold"]))


def _choice(at: float) -> Message:
    return msg("churn.choice.own") if np.isnan(at) else msg("churn.choice.from", at=Value("percent", at))


def methods(forecast: Forecast) -> pd.DataFrame:
    """`rules.compare` at the test, with `now`: how many each warns of today."""
    frames = (forecast.past, forecast.now)
    found: list[dict[str, np.ndarray]] = []
    for frame in frames:
        chosen = value.pays(frame, forecast.margin_rate, forecast.settings) if forecast.model else None
        found.append(rules.methods(frame, forecast.settings, chosen))
    past, today = found
    table = rules.compare(forecast.past, past)
    if not rule_can_warn_of_active(forecast):
        dropped = (table["group"] == "active") & table["method"].isin(["no_order", "model_same"])
        table = table[~dropped].reset_index(drop=True)
    if "plan_ending" in today and "plan_ending" not in past:  # a list of logins is of today: nothing to try it on
        untried = [{"group": group, "method": "plan_ending"} for group in ("all", "active")]
        table = pd.concat([table, pd.DataFrame(untried)], ignore_index=True)
        order = {name: i for i, name in enumerate(("all", "active"))}
        table = table.sort_values("group", key=lambda groups: groups.map(order), kind="stable", ignore_index=True)
    within = {"all": np.ones(len(forecast.now), dtype=bool), "active": forecast.now["active"].to_numpy(dtype=bool)}
    now = [int((today[row.method] & within[row.group]).sum()) for row in rows(table)]
    return table.assign(now=now, way=objects(method_words(forecast, name) for name in table["method"]))


def rule_can_warn_of_active(forecast: Forecast) -> bool:
    """Who has bought within the active window is not silent for longer than it."""
    return forecast.settings.rule_days < forecast.definitions.active_window_days


def method_words(forecast: Forecast, name: str) -> Message:
    settings = forecast.settings
    days = {"login": settings.login_days, "expiry": settings.expiry_days, "days": settings.rule_days}
    return msg(
        f"churn.method.{name}", times=rules.OVERDUE, **{one: Value("days", number) for one, number in days.items()}
    )


def reasons_by_class(forecast: Forecast, classes: pd.DataFrame) -> pd.DataFrame:
    """`reasons.by_class` of the listed. `classes` has customer_id and operating_class."""
    return reasons.by_class(forecast.listed.merge(classes[["customer_id", "operating_class"]], on="customer_id"))


def first_to_contact(forecast: Forecast, classes: pd.DataFrame) -> pd.DataFrame:
    """The `LISTED` of the list with the largest expected loss: rank, masked number, class, probability, worth, loss, reasons."""
    frame = forecast.to_call.head(LISTED).merge(classes[["customer_id", "operating_class"]], on="customer_id")
    usual = reasons.typical(forecast.active)
    told = [
        [reasons.in_words(name, row, usual) for name in row["reasons"]] or [msg("churn.told.nothing")]
        for _, row in frame.iterrows()
    ]
    return frame.assign(
        rank=np.arange(1, len(frame) + 1),
        customer=objects(literal(masked_customer(id)) for id in frame["customer_id"]),
        loss=frame["churn_probability"] * frame["worth"],
        why=objects(told),
    )[["rank", "customer", "operating_class", "churn_probability", "worth", "loss", "why"]]


def used_features(forecast: Forecast) -> list[Message]:
    """The reasons whose data are there, in the order of `REASONS`."""
    return [msg(f"churn.reason.{name}") for name in dict.fromkeys(REASONS[one] for one in forecast.features)]


def absent_features(forecast: Forecast) -> list[Message]:
    there = {REASONS[one] for one in forecast.features}
    missing = dict.fromkeys(REASONS[one] for one in forecast.absent)
    return [msg(f"churn.reason.{name}") for name in missing if name not in there]

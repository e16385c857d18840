"""Who is leaving and who will buy again: learnt at earlier cut-offs, tried at a later one, told for the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from crm_lib.engagement import Churn, Definitions
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.layering.churn import reasons
from crm_lib.layering.churn.cutoffs import Cutoffs, cutoffs, short_of_buyers, short_of_history
from crm_lib.layering.churn.features import features, known, outcomes
from crm_lib.layering.churn.models import KINDS, Cases, Fitted, Kind, cases, fit, learnt
from crm_lib.layering.churn.record import Record, auc_difference, record
from crm_lib.layering.churn.sample import sampled
from crm_lib.layering.churn.value import break_even, of_stayers, pays, worth
from crm_lib.layering.layers import Layers
from crm_lib.layering.threads import one_thread
from crm_lib.metrics.consent import refused
from crm_lib.metrics.cover import says_cover
from crm_lib.metrics.last_seen import first_visit, says_seen, unseen_days


@dataclass(frozen=True)
class Forecast:
    """`now` and `past`: one row a buyer of the look-back, at the baseline and at the test's cut-off (features, active,
    worth, which is the spend of a window if the customer stays; login_days since a login or visit, in `past` where visits go back far enough; where a model stands churn_probability, and in `now` repurchase_probability and reasons; in `past` churned).

    `lacking` says why there is no model; then `model` is None and the rules stand alone.
    """

    cutoffs: Cutoffs
    settings: Churn
    definitions: Definitions
    now: pd.DataFrame
    past: pd.DataFrame
    lacking: list[Message]
    features: list[str]
    absent: list[str]
    margin_rate: float
    margin_known: bool
    cases: int = 0  # learnt from when it was tried
    cases_known: int = 0  # more than `cases` where these are a sample of customers
    model: Fitted | None = None
    records: dict[Kind, Record] = field(default_factory=dict)  # of active buyers at the test, each form of the model
    difference: tuple[float, float, float] = (math.nan, math.nan, math.nan)  # AUC of boosting less logistic
    repurchase_record: Record | None = None
    refused: frozenset[str] = frozenset()  # customers who refused marketing contact
    repurchase_lacking: list[Message] = field(default_factory=list)
    says: tuple[str, ...] = ()  # of paid_until and last_login_on (or visits) those that the data hold

    @property
    def kind(self) -> Kind:
        return self.model.kind if self.model else "logistic"

    @property
    def record(self) -> Record | None:
        return self.records.get(self.kind) if self.model else None

    @property
    def active(self) -> pd.DataFrame:
        return self.now[self.now["active"]]

    @property
    def threshold(self) -> float:
        """Break-even probability of a customer who spends as the active do on average; NaN where nobody spends."""
        mean = float(self.active["worth"].mean()) if len(self.active) else math.nan
        return break_even(mean, self.margin_rate, self.settings)

    @property
    def warned(self) -> pd.DataFrame:
        """Active customers for whom a contact pays, the largest expected loss first; without a model none."""
        return self._chosen(self.active)

    @property
    def listed(self) -> pd.DataFrame:
        """`warned` where they are enough for contacts of their own; else none."""
        return self.warned if len(self.warned) >= self.definitions.smallest_base else self.active.iloc[:0]

    @property
    def to_call(self) -> pd.DataFrame:
        """`listed` without those who refused."""
        return self.listed[~self.listed["customer_id"].isin(list(self.refused))]

    @property
    def warned_then(self) -> pd.DataFrame:
        """`warned` as it would have been at the test's cut-off."""
        return self._chosen(self.past[self.past["active"]])

    def _chosen(self, active: pd.DataFrame) -> pd.DataFrame:
        if self.model is None:
            return active.iloc[:0]
        chosen = active[pays(active, self.margin_rate, self.settings)]
        loss = chosen["churn_probability"] * chosen["worth"]
        return chosen.iloc[np.argsort(-loss.to_numpy(), kind="stable")]


def forecast(engine: Engine, layers: Layers, definitions: Definitions, settings: Churn) -> Forecast:
    """Probabilities for every buyer of the look-back at `layers.as_of`, or what is missing for them.

    Churned: no purchase within `churn_window_days` after the cut-off, and not covered on the last of them; repurchased:
    a purchase within `repurchase_window_days`.
    The form is logistic regression unless the 95 % interval of the AUC that boosting has more, on the test's buyers,
    lies above 0. What is told for the baseline is then learnt again with the test's cut-off.
    """
    label_days = max(definitions.churn_window_days, definitions.repurchase_window_days)
    days = cutoffs(layers.history_start, layers.as_of, label_days, layers.settings.window_days, settings)
    lacking = short_of_history(days, layers.history_start, label_days, settings)
    names, absent = known(engine, min(days.train, default=days.test))
    past = _past(engine, days.test, days, definitions)
    plain = Forecast(
        cutoffs=days,
        settings=settings,
        definitions=definitions,
        now=_described(features(engine, layers.as_of, days.lookback_days), definitions).assign(
            churn_probability=np.nan, repurchase_probability=np.nan
        ),
        past=past,
        lacking=lacking,
        features=names,
        absent=absent,
        margin_rate=_margin_rate(layers),
        margin_known=layers.axis == "margin",
        refused=refused(engine),
        says=(*(["paid_until"] if says_cover(engine) else []), *(["last_login_on"] if says_seen(engine) else [])),
    )
    plain.now["login_days"] = unseen_days(engine, plain.now["customer_id"], layers.as_of)
    visited = first_visit(engine)
    if visited is not None and (days.test - visited).days >= settings.login_days:
        past["login_days"] = unseen_days(engine, past["customer_id"], days.test, logins=False)
    plain.now["reasons"] = [()] * len(plain.now)
    if lacking:
        return plain
    earlier = [_past(engine, day, days, definitions) for day in days.train]
    tried = [*zip(days.train, earlier, strict=True), (days.test, past)]
    lacking = [one for day, frame in tried for one in short_of_buyers(day, frame["churned"], settings)]
    if lacking:
        return _with(plain, lacking=lacking)
    again = [one for day, frame in tried for one in short_of_buyers(day, ~frame["repurchased"], settings)]
    plain = _with(plain, cases_known=sum(map(len, earlier)))
    taught = sampled([*earlier, past])
    del earlier, tried
    with one_thread("sklearn.linear_model", "sklearn.ensemble"):
        return _fitted(plain, taught, again)


def _past(engine: Engine, day: date, days: Cutoffs, definitions: Definitions) -> pd.DataFrame:
    frame = features(engine, day, days.lookback_days)
    churn_days, repurchase_days = definitions.churn_window_days, definitions.repurchase_window_days
    found = outcomes(engine, frame["customer_id"], day, churn_days, repurchase_days)
    return pd.concat([_described(frame, definitions), found], axis=1)


def _described(frame: pd.DataFrame, definitions: Definitions) -> pd.DataFrame:
    return frame.assign(
        active=frame["silent_days"] < definitions.active_window_days,
        worth=worth(frame, definitions.churn_window_days),
    )


def _margin_rate(layers: Layers) -> float:
    """Margin by revenue, where margin is the value axis; else 1."""
    if layers.axis != "margin":
        return 1.0
    revenue = layers.customers["margin_revenue"].sum()
    return float(layers.customers["margin"].sum() / revenue) if revenue > 0 else 1.0


def _with(found: Forecast, **changed: object) -> Forecast:
    return Forecast(**{**found.__dict__, **changed})


@dataclass(frozen=True)
class _Taught:
    """What is learnt from: rows by customer and cut-off, and the same as columns of a model."""

    rows: pd.DataFrame
    cases: Cases

    def outcome(self, name: str) -> np.ndarray:
        return self.rows[name].to_numpy(dtype=bool)


def _fitted(plain: Forecast, frames: list[pd.DataFrame], repurchase_lacking: list[Message]) -> Forecast:
    past, earlier = plain.past, _taught(frames[:-1], plain.features)
    asked, left = earlier.cases.design.matrix(past), earlier.outcome("churned")
    churned, active = past["churned"].to_numpy(dtype=bool), past["active"].to_numpy(dtype=bool)
    estimators = {kind: learnt(kind, earlier.cases, left) for kind in KINDS}
    scores = {kind: np.asarray(one.decision_function(asked), dtype="float64") for kind, one in estimators.items()}
    difference = auc_difference(scores["boosting"], scores["logistic"], churned)
    kind: Kind = "boosting" if difference[1] > 0 else "logistic"
    probability = fit(kind, earlier.cases, left, estimators[kind]).probability_of(asked)
    records = {
        one: record(probability[active] if one == kind else _unknown_scale(scores[one][active]), churned[active])
        for one in KINDS
    }
    fixed, slope = of_stayers(past)
    past = past.assign(churn_probability=probability, worth=fixed + slope * past["worth"])
    now = plain.now.assign(worth=fixed + slope * plain.now["worth"])
    found = _with(plain, now=now, past=past, cases=len(left), records=records, difference=difference)
    if not records[kind].auc_low > plain.settings.least_auc:
        named = {"low": records[kind].auc_low, "high": records[kind].auc_high, "least": plain.settings.least_auc}
        ratios = {name: Value("ratio", one) for name, one in named.items()}
        return _with(found, lacking=[msg("churn.lack.no_better", day=plain.cutoffs.test, **ratios)])
    whole = _taught(frames, plain.features)
    matrix = whole.cases.design.matrix(plain.now)
    return _repurchase(_told(found, kind, whole, matrix), earlier, whole, asked, matrix, repurchase_lacking)


def _unknown_scale(scores: np.ndarray) -> np.ndarray:
    """Scores as shares of one, good for their order only."""
    return np.asarray(1 / (1 + np.exp(-scores)))


def _taught(frames: list[pd.DataFrame], names: list[str]) -> _Taught:
    rows = pd.concat([frame.assign(cut=i) for i, frame in enumerate(frames)], ignore_index=True)
    rows = rows.sort_values(["customer_id", "cut"], ignore_index=True)
    return _Taught(rows, cases(rows, names, (rows["cut"] == len(frames) - 1).to_numpy()))


def _told(found: Forecast, kind: Kind, whole: _Taught, matrix: np.ndarray) -> Forecast:
    """Probabilities for the baseline, learnt with the test's cut-off too, and the reasons of the active.

    `matrix` is that of `found.now`.
    """
    left, seen = whole.outcome("churned"), whole.outcome("active")
    model = fit(kind, whole.cases, left)
    now = found.now.assign(churn_probability=model.probability_of(matrix))
    borne_out = reasons.borne_out(reasons.contributions(model, whole.cases.matrix[seen]), left[seen])
    active = np.flatnonzero(now["active"])
    asked = now.iloc[active]
    weighed = reasons.contributions(model, matrix[active])[borne_out]
    strongest = reasons.strongest(weighed.where(reasons.plausible(asked)[borne_out].to_numpy(), 0.0))
    spread = np.empty(len(now), dtype=object)
    spread[:] = [()] * len(now)
    for at, told in zip(active, strongest, strict=True):
        spread[at] = told
    return _with(found, now=now.assign(reasons=spread), model=model)


def _repurchase(
    found: Forecast, earlier: _Taught, whole: _Taught, asked: np.ndarray, matrix: np.ndarray, lacking: list[Message]
) -> Forecast:
    """Probability of a purchase in the repurchase window, for buyers active or not; tried out of time likewise.

    `asked` and `matrix` are the columns of `found.past` and `found.now`.
    """
    past, kind = found.past, found.kind
    windows = found.definitions.repurchase_window_days, found.definitions.churn_window_days
    if windows[0] == windows[1] and "paid_until" not in found.says:  # else not the reverse of each other
        now = found.now.assign(repurchase_probability=1 - found.now["churn_probability"])
        again = record(1 - past["churn_probability"].to_numpy(), ~past["churned"].to_numpy(dtype=bool))
        return _with(found, now=now, repurchase_record=again)
    if lacking:
        return _with(found, repurchase_lacking=lacking)
    tried, model = (fit(kind, one.cases, one.outcome("repurchased")) for one in (earlier, whole))
    return _with(
        found,
        now=found.now.assign(repurchase_probability=model.probability_of(matrix)),
        repurchase_record=record(tried.probability_of(asked), past["repurchased"].to_numpy()),
    )

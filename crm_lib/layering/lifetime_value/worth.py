"""What customers will be worth: the model that the trade and the data allow, its values by customer and by class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from crm_lib import handoff
from crm_lib.engagement import OPERATING_CLASSES, Definitions
from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engine import Engine
from crm_lib.layering.layers import Axis, Layers
from crm_lib.layering.lifetime_value import guards, holdout, retention
from crm_lib.layering.lifetime_value.estimate import Estimate, Spend, buying, estimate, spending
from crm_lib.layering.lifetime_value.forecast import Forecast, forecast
from crm_lib.layering.lifetime_value.guards import Guard
from crm_lib.layering.lifetime_value.paid_terms import with_terms
from crm_lib.layering.lifetime_value.survival import Survival, durations, new_since, survival
from crm_lib.layering.threads import one_thread

Model = Literal["purchases", "retention"]
_VALUES = ["p_alive", "retained", "expected_purchases", "clv"]
_BOUNDS = ["purchases_low", "purchases_high", "clv_low", "clv_high"]
_RANGES = (
    ("expected_purchases", "purchases_low", "purchases_high"),
    ("clv", "clv_low", "clv_high"),
    ("clv_total", "total_low", "total_high"),
)


@dataclass(frozen=True)
class Worth:
    """`customers` (customer_id, operating_class, repeats, recency_days, age_days, p_alive, retained, expected_purchases,
    clv, with bounds) has no rows where `guards` say why no model stands; `classes` is then what the past brought.
    A model that fits but failed on the client's own past does not stand.

    Bounds hold 95 %; where the trial on the past speaks against the sums they also reach to the value with its error.
    Purchases are purchase days, values those of the value axis over `settings.horizon_months`, clv discounted.
    """

    model: Model
    settings: Lifetime
    as_of: date
    axis: Axis
    history_days: int
    history_start: date | None
    smallest: int
    guards: tuple[Guard, ...]
    made: Estimate | None
    spent: Spend | None
    customers: pd.DataFrame
    classes: pd.DataFrame
    total: tuple[float, float, float]
    there_already: float
    holdout: holdout.Holdout | None
    holdout_guards: tuple[Guard, ...]
    survival: Survival
    with_cover: int = 0  # customers whose payments say until when they pay

    @property
    def stands(self) -> bool:
        return not self.guards

    @property
    def level_held(self) -> bool:
        """Whether the trial on the past, if there was one, speaks against the sums."""
        past = self.holdout
        return past is None or not past.actual or past.inside

    @property
    def with_past_error(self) -> float:
        """The sum if it misses as the trial did."""
        return self.total[0] / (1 + self.holdout.error) if self.holdout and self.holdout.forecast > 0 else self.total[0]

    @property
    def alive_known(self) -> bool:
        """Whether the model tells who may be gone for good."""
        return bool(self.customers["p_alive"].notna().any())

    @property
    def tried(self) -> bool:
        """Whether there is a record on the past to tell, or to miss."""
        return self.stands or self.holdout is not None


def worth(engine: Engine, layers: Layers, definitions: Definitions, settings: Lifetime, industry: str) -> Worth:
    """Values of everybody who bought up to the day of the layers, by what was known then."""
    with one_thread():
        return _worth(engine, layers, definitions, settings, industry)


def predicted(
    engine: Engine, layers: Layers, definitions: Definitions, settings: Lifetime, industry: str
) -> tuple[pd.Series, tuple[Guard, ...]]:
    """clv of `worth` by customer_id; no rows where the guards say why no model stands."""
    with one_thread():
        frame = _bought(engine, layers)
        found, *_ = _tried(engine, frame, layers, definitions, settings, settings.model_of(industry))
    return found.customers.set_index("customer_id")["clv"], found.guards


def _worth(engine: Engine, layers: Layers, definitions: Definitions, settings: Lifetime, industry: str) -> Worth:
    frame = _bought(engine, layers)
    lost_after, smallest = definitions.churn_window_days, definitions.smallest_base
    model = settings.model_of(industry)
    found, past, untried = _tried(engine, frame, layers, definitions, settings, model)
    values, table, total = found.customers, historic(layers), (np.nan, np.nan, np.nan)
    if found.ahead:
        table, values = _widened(_by_class(values, found.ahead), past), _widened(values, past)
        total = found.ahead.sum_of(np.ones(len(values), dtype=bool), "clv")
    elif not found.guards:
        table, total = _mean_by_class(values), _sums(values)
    return Worth(
        model, settings, layers.as_of, layers.axis, layers.history_days, layers.history_start, smallest, found.guards,
        found.made, found.spent, values, table, total, _there_already(frame, layers, lost_after), past, untried,
        survival(engine, layers.as_of, layers.history_start, lost_after, smallest),
        int(frame["paid_months"].notna().sum()),
    )  # fmt: skip


class _Modelled(NamedTuple):
    """What stands: `ahead` of purchases, `customers` of either model; or the guards."""

    guards: tuple[Guard, ...]
    made: Estimate | None
    spent: Spend | None
    ahead: Forecast | None
    customers: pd.DataFrame


def _bought(engine: Engine, layers: Layers) -> pd.DataFrame:
    frame = buying(engine, layers.as_of, layers.axis)
    classes = layers.customers.set_index("customer_id")["operating_class"]
    return with_terms(engine, frame.assign(operating_class=frame["customer_id"].map(classes)), layers)


def _modelled(
    engine: Engine, frame: pd.DataFrame, layers: Layers, definitions: Definitions, settings: Lifetime, model: Model
) -> _Modelled:
    lost_after, smallest = definitions.churn_window_days, definitions.smallest_base
    failed = guards.of_data(frame, layers.history_days, settings)
    made = estimate(frame) if not failed and model == "purchases" else None
    failed = failed or (made.guards if made else ())
    if failed:
        return _Modelled(failed, made, None, None, _nothing(frame))
    if made:
        spent = spending(frame, smallest, settings)
        ahead = forecast(
            made, spent, frame["mean_value"].to_numpy(), settings.horizon_months, discount=settings.discount_per_month
        )
        return _Modelled((), made, spent, ahead, _by_customer(frame, made, ahead))
    seen = durations(engine, layers.as_of, new_since(layers.history_start, layers.as_of, lost_after), lost_after)
    if len(seen) < smallest:
        return _Modelled((Guard("new_customers", len(seen), smallest),), None, None, None, _nothing(frame))
    return _Modelled((), None, None, None, _subscribers(frame, seen, lost_after, smallest, settings))


def _tried(
    engine: Engine, frame: pd.DataFrame, layers: Layers, definitions: Definitions, settings: Lifetime, model: Model
) -> tuple[_Modelled, holdout.Holdout | None, tuple[Guard, ...]]:
    """What is modelled, with its trial on the past; nothing of it where the trial fails."""
    found = _modelled(engine, frame, layers, definitions, settings, model)
    if not found.ahead or not found.made:
        return found, None, ()
    past, failed = holdout.holdout(engine, layers, found.made, settings)
    if guard := holdout.refused(past, failed, settings):
        found = _Modelled(guard, found.made, found.spent, None, _nothing(frame))
    return found, past, failed


def _nothing(frame: pd.DataFrame) -> pd.DataFrame:
    names = ["customer_id", "operating_class", "repeats", "recency_days", "age_days"]
    return frame.iloc[:0][names].assign(**dict.fromkeys([*_VALUES, *_BOUNDS], pd.Series(dtype="float64")))


def _there_already(frame: pd.DataFrame, layers: Layers, lost_after: int) -> float:
    """Share whose first purchase known lies so early that they may have bought before the data begin."""
    if layers.history_start is None or frame.empty:
        return np.nan
    return float((frame["first_on"] < pd.Timestamp(layers.history_start + timedelta(days=lost_after))).mean())


def _by_customer(frame: pd.DataFrame, made: Estimate, ahead: Forecast) -> pd.DataFrame:
    """p_alive is NaN where the chances of being lost ran to their limit: one chance for all, it tells nobody apart."""
    alive = np.nan if {"a", "b"} & set(made.fit.at_boundary) else np.where(frame["covered"], 1.0, ahead.p_alive)
    (low, high), (clv_low, clv_high) = ahead.purchase_bounds(), ahead.clv_bounds()
    return frame[["customer_id", "operating_class", "repeats", "recency_days", "age_days"]].assign(
        p_alive=alive, retained=np.nan, expected_purchases=ahead.purchases, clv=ahead.clv,
        purchases_low=low, purchases_high=high, clv_low=clv_low, clv_high=clv_high,
    )  # fmt: skip


def _by_class(values: pd.DataFrame, ahead: Forecast) -> pd.DataFrame:
    """One row a class: customers, means by customer with bounds (chance included), clv_total with bounds, its share."""
    rows = []
    for name in OPERATING_CLASSES:
        chosen = (values["operating_class"] == name).to_numpy()
        n, (bought, *bought_ends), (clv, *ends) = (
            int(chosen.sum()), ahead.sum_of(chosen, "purchases"), ahead.sum_of(chosen, "clv"),
        )  # fmt: skip
        mean = values.loc[chosen, ["p_alive", "retained"]].mean()
        each = [part / n if n else np.nan for part in (bought, *bought_ends, clv, *ends)]
        rows.append((name, n, mean["p_alive"], mean["retained"], *each, clv, *ends))
    return _with_share(rows)


def _widened(table: pd.DataFrame, past: holdout.Holdout | None) -> pd.DataFrame:
    """`table` with bounds that also hold the error of the trial, where what came lay outside its interval."""
    if past is None or not past.actual or past.inside:
        return table
    found = table.copy()
    for name, low, high in (one for one in _RANGES if one[0] in table):
        missed = table[name] / (1 + past.error)
        found[low], found[high] = np.minimum(table[low], missed), np.maximum(table[high], missed)
    return found


def _mean_by_class(values: pd.DataFrame) -> pd.DataFrame:
    """The same of subscribers; bounds are means of the customers' bounds, which move together."""
    rows = []
    parts = ["expected_purchases", "purchases_low", "purchases_high", "clv", "clv_low", "clv_high"]
    for name in OPERATING_CLASSES:
        chosen = values[values["operating_class"] == name]
        mean, total = chosen[["p_alive", "retained", *parts]].mean(), chosen[parts[3:]].sum()
        rows.append((name, len(chosen), *mean, *total))
    return _with_share(rows)


def _with_share(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = ["operating_class", "customers", "p_alive", "retained", "expected_purchases", "purchases_low"]
    columns += ["purchases_high", "clv", "clv_low", "clv_high", "clv_total", "total_low", "total_high"]
    table = pd.DataFrame(rows, columns=columns)
    whole = table["clv_total"].sum()
    return table.assign(clv_share=table["clv_total"] / whole if whole > 0 else np.nan)


def _sums(values: pd.DataFrame) -> tuple[float, float, float]:
    total, low, high = (float(values[name].sum()) for name in ("clv", "clv_low", "clv_high"))
    return total, low, high


def _subscribers(
    frame: pd.DataFrame, seen: pd.DataFrame, lost_after: int, smallest: int, settings: Lifetime
) -> pd.DataFrame:
    """Who is silent longer than the churn window is lost and worth nothing more; the others by their retention.

    Whose payments say until when they pay brings a month what was paid over the months that it pays for.
    """
    months = (frame["age_days"] / retention.DAYS_A_MONTH).clip(lower=1)
    repeated = (frame["mean_value"].fillna(0) * frame["repeats"]).clip(lower=0) / months
    rates = frame.assign(
        monthly_purchases=(frame["repeats"] + 1) / frame["paid_months"].fillna(months + 1),
        monthly_value=(frame["paid_value"] / frame["paid_months"]).fillna(repeated),
        alive=frame["silent_days"] <= lost_after,
    )
    found = retention.retained_values(
        rates, seen, smallest, settings.horizon_months, settings.discount_per_month, lost_after
    ).rename(columns={"expected_purchases_low": "purchases_low", "expected_purchases_high": "purchases_high"})
    parts = ["retained", "expected_purchases", "clv", *_BOUNDS]
    found[parts] = found[parts].where(found["alive"], 0.0)
    names = ["customer_id", "operating_class", "repeats", "recency_days", "age_days"]
    return found.assign(p_alive=found["alive"].astype("float64"))[[*names, *_VALUES, *_BOUNDS]]


def historic(layers: Layers) -> pd.DataFrame:
    """In the place of a model: what a buyer of each class brought in a year, measured over the window."""
    buyers = layers.buyers.groupby("operating_class")["value"]
    days = min(layers.settings.window_days, layers.history_days) or 1
    table = pd.DataFrame({"operating_class": OPERATING_CLASSES})
    counts, sums = table["operating_class"].map(buyers.size()), table["operating_class"].map(buyers.sum())
    table["customers"] = counts.fillna(0).astype("int64")
    table["yearly_total"] = sums.fillna(0.0).astype("float64") * 365 / days
    table["yearly_value"] = table["yearly_total"] / table["customers"].where(table["customers"] > 0)
    return table


def artifact(found: Worth) -> pd.DataFrame:
    """The handoff `lifetime_values`: one row a buyer, sorted by customer_id; no rows where no model stands."""
    return found.customers[list(handoff.ARTIFACTS["lifetime_values"].columns)].reset_index(drop=True)

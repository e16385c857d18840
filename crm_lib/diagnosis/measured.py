"""What phase 1 knows at baseline: monthly KPIs, their trends, one row a customer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.scope import scope_members
from crm_lib.diagnosis.trend import PACE_MONTHS, trends
from crm_lib.engagement import Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.ingest.late_sources import COLUMNS as LATE
from crm_lib.language import Value
from crm_lib.metrics import METRICS
from crm_lib.metrics.asked_stores import ASKED_STORE
from crm_lib.metrics.ended_owners import ended_owners
from crm_lib.metrics.not_stated import named_parts

if TYPE_CHECKING:
    from crm_lib.diagnosis.renewals import Renewals

FOLDER = Path(__file__).parent
COMPARED_MONTHS = 18  # at least so many months are measured, so that a year earlier is among them
YEAR = 365
DIMENSIONS = (
    "join_channel",
    "channel",
    "store",
    ASKED_STORE,
    "category",
    "brand",
    "salesperson",
    "owner",
    "city",
    "customer_type",
    "tier",
    "age_band",
    "income_band",
    "company_size",
)
EXPLAINED = ("active_customers", "new_customers", "repurchase_rate", "churn_rate", "refund_rate", "csat", "nps")
LOOKING_BACK = ("churn_rate", "new_customers")  # who was active in the window before the month
FEW_PARTS = 12  # values of a dimension that are looked at however small
MOST_PARTS = 60  # values of a dimension that are looked at; the rest count together as ''


@dataclass(frozen=True)
class Measured:
    """`kpis` and `trends` are of group 'all'; `scope_kpis` and `scope_trends` of the scope's groups.

    `months` are the months measured, `customers` one row a customer (see customers.sql).
    """

    engine: Engine
    engagement: Engagement
    baseline: date
    first_day: date
    months: pd.DataFrame
    kpis: pd.DataFrame
    trends: pd.DataFrame
    members: pd.DataFrame
    group_trends: pd.DataFrame
    customers: pd.DataFrame
    shown: int
    late: pd.DataFrame  # `late_sources.COLUMNS`

    def late_source(self, metric: str) -> pd.Series | None:
        """The last source of `late` across whose first day the metric cannot be compared; None where it can."""
        row, own = self.trend(metric), _late_of(self.late, metric)
        hidden = row is not None and not row["compared"] and len(own) > 0
        return own.iloc[-1] if hidden else None

    @property
    def definitions(self) -> Definitions:
        return self.engagement.definitions

    @property
    def smallest_base(self) -> int:
        return self.engagement.definitions.smallest_base

    def trend(self, metric: str, group_id: str = "all") -> pd.Series | None:
        """Row of `trends`, None where the metric is not measured."""
        frame, places = (
            (self.trends, self._trend_places) if group_id == "all" else (self.group_trends, self._group_places)
        )
        at = places.get((metric, group_id))
        return None if at is None else frame.iloc[at]

    @cached_property
    def _trend_places(self) -> dict[tuple[str, str], int]:
        return _places(self.trends)

    @cached_property
    def _group_places(self) -> dict[tuple[str, str], int]:
        return _places(self.group_trends)

    def series(self, metric: str) -> pd.DataFrame:
        """Monthly rows of a metric over the months shown."""
        return self.kpis[self.kpis["metric"].eq(metric)].tail(self.shown).reset_index(drop=True)

    @cached_property
    def revenue_year(self) -> float:
        """Net revenue of the last 365 days, all orders."""
        since = self.baseline - timedelta(days=YEAR)
        total = "SELECT CAST(COALESCE(SUM(amount), 0) AS DOUBLE) AS revenue FROM orders WHERE ordered_on > $since"
        return float(self.engine.sql(total, since=since)["revenue"].iloc[0])

    @cached_property
    def ended_owners(self) -> pd.DataFrame:
        return ended_owners(self.engine)

    @property
    def year_months(self) -> int:
        """Months that `revenue_year` is of: 12, or what the data reach back."""
        return max(1, min(12, round(((self.baseline - self.first_day).days + 1) / YEAR * 12)))

    @cached_property
    def yearly_spend(self) -> float:
        """Mean net revenue of the last 365 days of a customer who purchased in them."""
        return float(self.buyers["revenue_year"].mean()) if len(self.buyers) else 0.0

    @property
    def buyers(self) -> pd.DataFrame:
        """Customers who purchased in the last 365 days: the base of the top share, as in the layers."""
        return self.customers[self.customers["purchases_year"] > 0]

    @cached_property
    def key_customers(self) -> pd.DataFrame:
        """The top share of the buyers by revenue of the last 365 days."""
        return _first(self.buyers, "revenue_year", self.engagement.layering.top_share)

    @cached_property
    def key_share(self) -> float | None:
        """What the key customers bring of the buyers' revenue of the last 365 days; None without any."""
        total = float(self.buyers["revenue_year"].sum())
        return float(self.key_customers["revenue_year"].sum()) / total if total > 0 else None

    @cached_property
    def dimensions(self) -> pd.DataFrame:
        """[customer_id, dimension, part] for each dimension that has at least two values; '' for the rest."""
        return _dimensions(self.engine, self.customers, self.smallest_base)

    @cached_property
    def calls_customers(self) -> bool:
        """Whether any interaction was begun by us."""
        return self.contacts_known_days is not None

    @cached_property
    def contacts_known_days(self) -> int | None:
        """Days before the baseline of the first interaction that we began; None without any."""
        first = self.engine.sql(
            "SELECT MIN(CAST(happened_at AS DATE)) AS day FROM interactions WHERE direction = 'out'"
        )
        day = first["day"].iloc[0]
        return None if pd.isna(day) else (pd.Timestamp(self.baseline) - pd.Timestamp(day)).days

    @cached_property
    def every_renewals(self) -> Renewals | None:
        from crm_lib.diagnosis.renewals import every_renewal

        return every_renewal(self)

    @cached_property
    def renewals_apart(self) -> tuple[Renewals, pd.DataFrame] | None:
        """`renewals.clearest_apart`, which a rule and its list ask for."""
        from crm_lib.diagnosis.renewals import clearest_apart

        return clearest_apart(self)

    @cached_property
    def clearest_renewals(self) -> tuple[Renewals, pd.DataFrame] | None:
        """`renewals.clearest`, which three rules and lists ask for."""
        from crm_lib.diagnosis.renewals import clearest  # it is reckoned from what is measured here

        return clearest(self)

    @cached_property
    def completeness(self) -> Value:
        """Share of the required fields that are filled, over the customers on record; base 0 without any. Fields that no
        record has were not delivered and say nothing of how well records are kept; 0 where none was."""
        people = self.customers[self.customers["has_profile"] == 1]
        fields = [field for field in self.definitions.complete_fields if field not in self.empty_fields]
        filled = people[[f"has_{field}" for field in fields]].mean().mean() if fields else 0.0
        share = filled if len(people) else None
        return Value("percent", share, len(people), name="profile_completeness.all.baseline")

    @cached_property
    def empty_fields(self) -> tuple[str, ...]:
        """Required fields that no customer on record has a value in; none without customers on record."""
        people = self.customers[self.customers["has_profile"] == 1]
        fields = self.definitions.complete_fields
        return tuple(field for field in fields if len(people) and not people[f"has_{field}"].any())

    @cached_property
    def complaint_cells(self) -> pd.DataFrame:
        """Complaints by month, reason, store, channel, team (each '' where nameless) and owner over the months measured; see
        complaint_cells.sql."""
        metrics.register_periods(self.engine, self.months)
        settings = _time_limits(self.definitions)
        found = self.engine.run(FOLDER / "complaint_cells.sql", known=self.baseline, **settings)
        found = found.fillna(dict.fromkeys(("reason", "store", "channel", "team", "owner"), ""))
        return found.assign(**{name: named_parts(found[name]) for name in ("reason", "store", "channel", "team")})

    @cached_property
    def survey_shares(self) -> pd.DataFrame:
        """Promoters, detractors and low scores by month; see survey_shares.sql."""
        metrics.register_periods(self.engine, self.months)
        return self.engine.run(FOLDER / "survey_shares.sql")

    @cached_property
    def by_part(self) -> pd.DataFrame:
        """Monthly `kpis` with [dimension, part], of the metrics whose trend is worse and that customers explain."""
        worse = self.trends[self.trends["trend"].eq("worse")]
        return self._by_part([name for name in EXPLAINED if name in set(worse["metric"])])

    @cached_property
    def complaints_by_part(self) -> pd.DataFrame:
        """`by_part` of complaints and orders."""
        return self._by_part(["complaints", "orders"])

    def _by_part(self, names: list[str]) -> pd.DataFrame:
        parts = self.dimensions
        if not names or parts.empty:
            return pd.DataFrame(columns=[*metrics.COLUMNS, "dimension", "part"])
        groups = pd.DataFrame(
            {"group_id": parts["dimension"] + "=" + parts["part"], "customer_id": parts["customer_id"]}
        )
        found = metrics.kpis(self.engine, self.months, self.definitions, groups, names)
        asked, of_surveys = metrics.asked_stores(self.engine), [n for n in names if METRICS[n].needs == ("surveys",)]
        if of_surveys and len(asked):
            found = found[~(found["metric"].isin(of_surveys) & found["group_id"].str.startswith("store="))]
            asked = _largest(asked, self.smallest_base)
            stores = pd.DataFrame({"group_id": f"{ASKED_STORE}=" + asked["part"], "customer_id": asked["store"]})
            more = metrics.kpis(self.engine, self.months, self.definitions, stores, of_surveys, of_stores=True)
            found = pd.concat([found, more], ignore_index=True)
        keys = found["group_id"].str.partition("=")
        return found.assign(dimension=keys[0], part=keys[2])


def measure(
    engine: Engine,
    engagement: Engagement,
    baseline: date,
    months_shown: int = 18,
    groups: pd.DataFrame | None = None,
    late: pd.DataFrame | None = None,
) -> Measured:
    """Measure everything at `baseline`. `groups` [group_id, customer_id] are classes of an earlier layering, if any;
    `late` is `late_sources`."""
    late = pd.DataFrame(columns=LATE) if late is None else late
    first = first_day(engine, baseline)
    months = metrics.months(first, baseline).tail(max(months_shown, COMPARED_MONTHS))
    months = months.reset_index(drop=True)
    kpis = metrics.kpis(engine, months, engagement.definitions)
    members = scope_members(engine, engagement, baseline)
    everyone = members if groups is None else pd.concat([members, groups[["group_id", "customer_id"]]])
    aimed = [target for target in engagement.targets if target.group != "all"]
    everyone = everyone[everyone["group_id"].isin({target.group for target in aimed})]
    names = sorted({target.metric for target in aimed})
    grouped = metrics.kpis(engine, months, engagement.definitions, everyone, names)
    least = engagement.definitions.smallest_base
    return Measured(
        engine=engine,
        engagement=engagement,
        baseline=baseline,
        first_day=first,
        months=months,
        kpis=kpis,
        trends=_whole(_comparable(engine, first, trends(kpis, least), least), late, engagement.definitions),
        members=members,
        group_trends=_whole(trends(grouped, least), late, engagement.definitions),
        customers=_customers(engine, engagement.definitions, baseline, first),
        shown=months_shown,
        late=late,
    )


def _comparable(engine: Engine, first: date, found: pd.DataFrame, least: int) -> pd.DataFrame:
    """`found` without a judgement on new customers where nobody is known to have joined before the data begin and the months
    compared look back less than a year: the earlier the month, the more old customers count as new in it."""
    start = pd.to_datetime(found["before_from_period"].where(found["before_from_period"].ne(""), None), format="%Y-%m")
    short = found["metric"].eq("new_customers") & ((start - pd.Timestamp(first)).dt.days < YEAR)
    if not short.any():
        return found
    query = "SELECT COUNT(*) AS n FROM customers WHERE CAST(joined_on AS DATE) < $first"
    known = engine.has("customers") and engine.sql(query, first=first)["n"].iloc[0] >= least
    return found if known else found.assign(trend=found["trend"].mask(short, "unknown"))


def _late_of(late: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of `late` that a metric is counted from."""
    return late[late["table"].replace({"order_lines": "orders"}).eq(METRICS[metric].needs[0])]


def _whole(found: pd.DataFrame, late: pd.DataFrame, definitions: Definitions) -> pd.DataFrame:
    """`found` without comparison, level and pace that reach back before the day on which the last source of a metric's
    table begins: before it is a part only."""
    found = found.copy()
    for i, row in found.iterrows():
        own = _late_of(late, str(row["metric"]))
        if own.empty or not row["to_period"]:
            continue
        begin = pd.Timestamp(max(own["first_on"]))
        back = pd.Timedelta(days=definitions.active_window_days if row["metric"] in LOOKING_BACK else 0)
        if pd.Period(row["to_period"], "M").to_timestamp() - pd.DateOffset(months=PACE_MONTHS - 1) - back < begin:
            found.loc[i, ["slope", "slope_low", "slope_high"]] = np.nan
        if row["since"] and pd.Period(row["since"], "M").to_timestamp() - back - pd.DateOffset(months=1) < begin:
            found.loc[i, "since"] = ""
        if row["compared"] and pd.Period(row["before_from_period"], "M").to_timestamp() - back < begin:
            texts = ["compared", "since", "before_from_period", "before_to_period"]
            numbers = [f"before_{name}" for name in ("value", "low", "high")]
            numbers += ["change", "change_low", "change_high", "share_change"]
            found.loc[i, texts] = ""
            found.loc[i, numbers] = np.nan
            found.loc[i, ["before_base", "before_months"]] = 0
            found.loc[i, "together"] = False
            found.loc[i, "trend"] = "unknown"
    return found


def first_day(engine: Engine, baseline: date) -> date:
    """Day of the first order; without orders, the first day that anything happened; without anything, `baseline`."""
    for table, event in (("orders", "ordered_on"), ("tickets", "opened_at"), ("surveys", "answered_on")):
        if engine.has(table):
            first = engine.sql(f"SELECT CAST(MIN({event}) AS DATE) AS first_on FROM {table}")["first_on"].iloc[0]
            return pd.Timestamp(first).date()
    return baseline


def top(customers: pd.DataFrame, by: str, share: float) -> pd.DataFrame:
    """The `share` of the customers with a positive amount who have the most; ties by customer_id."""
    return _first(customers[customers[by] > 0], by, share)


def _first(buyers: pd.DataFrame, by: str, share: float) -> pd.DataFrame:
    """Rounded up, as the layers count their top share."""
    ranked = buyers.sort_values([by, "customer_id"], ascending=[False, True])
    return ranked.head(math.ceil(round(len(buyers) * share, 9)))


def key_days(definitions: Definitions, baseline: date, first: date) -> int:
    """Days of spend by which key customers are picked: a year, or what there is before the earlier of the two churn
    windows that are compared, so that both look back equally far; a year again where that is less than an active window.
    """
    reach = (baseline - first).days - 2 * definitions.churn_window_days
    return min(reach, YEAR) if reach >= definitions.active_window_days else YEAR


def _customers(engine: Engine, definitions: Definitions, baseline: date, first: date) -> pd.DataFrame:
    split = baseline - timedelta(days=definitions.churn_window_days)
    earlier = split - timedelta(days=definitions.churn_window_days)
    reach = timedelta(days=key_days(definitions, baseline, first))
    found = engine.run(
        FOLDER / "customers.sql",
        year_ago=baseline - timedelta(days=YEAR),
        split_day=split,
        split_start=split - reach,
        earlier_day=earlier,
        earlier_start=earlier - reach,
        contact_since=baseline - timedelta(days=definitions.active_window_days),
        complaint_since=baseline - timedelta(days=YEAR),
        **_time_limits(definitions),
    )
    for column, day in (("bought_now", baseline), ("bought_before", split)):
        covered = metrics.covered_until(engine, found["customer_id"], day) >= pd.Timestamp(day)
        found[column] = found[column].where(~covered, found[column].clip(lower=1))
    return found


def _time_limits(definitions: Definitions) -> dict[str, int]:
    return {
        "first_response_seconds": definitions.complaint_response_minutes * 60,
        "closing_seconds": definitions.complaint_close_hours * 3600,
    }


def _dimensions(engine: Engine, customers: pd.DataFrame, least: int) -> pd.DataFrame:
    own = [name for name in DIMENSIONS if name in customers]
    known = customers[["customer_id", *own]].melt("customer_id", var_name="dimension", value_name="part")
    habits = engine.run(FOLDER / "habits.sql").rename(columns={"habit": "part"})
    found = pd.concat([known[known["part"].notna()], habits], ignore_index=True)
    filled = pd.MultiIndex.from_product([DIMENSIONS, customers["customer_id"]], names=["dimension", "customer_id"])
    found = found.assign(part=named_parts(found["part"])).set_index(["dimension", "customer_id"])
    found = found["part"].reindex(filled).fillna("").reset_index()
    return pd.concat([_largest(part, least) for _, part in found.groupby("dimension", sort=False)], ignore_index=True)


def _largest(part: pd.DataFrame, least: int) -> pd.DataFrame:
    """The dimension with its FEW largest values and all others of at least `least` customers, at most MOST_PARTS; none of
    it where it has fewer than two."""
    each = part if "answers" in part else part.assign(answers=1)
    counts = each[each["part"].ne("")].groupby("part")["answers"].sum().reset_index()
    sizes = counts.sort_values(["answers", "part"], ascending=[False, True], ignore_index=True)
    kept = list(sizes["part"][(sizes.index < FEW_PARTS) | (sizes["answers"] >= least)].head(MOST_PARTS))
    return part.assign(part=part["part"].where(part["part"].isin(kept), "")) if len(kept) > 1 else part.iloc[:0]


def _places(trends: pd.DataFrame) -> dict[tuple[str, str], int]:
    """(metric, group) -> its row."""
    return {key: at for at, key in enumerate(zip(trends["metric"], trends["group_id"], strict=True))}

"""Who is covered, by a small subscription whose truth is known by hand, and what may not change with it."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import metrics
from crm_lib.engagement import Churn, Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.layering import at_risk, layer, lifecycle
from crm_lib.layering.at_risk import beyond_rhythm
from crm_lib.layering.churn import forecast, limits, methods
from crm_lib.layering.churn.features import features, outcomes
from crm_lib.layering.layers import is_dormant
from crm_lib.layering.lifetime_value.survival import durations

DAY = date(2026, 6, 30)
RULES = Definitions(active_window_days=35, churn_window_days=60, repurchase_window_days=60, smallest_base=1)
LAYERS = Layering(dormant_days=60)


def on(month, day, year=2026):
    return date(year, month, day)


def month_end(month):
    return on(month + 1, 1) - timedelta(days=1)


# customer -> (paid on, pays until or None, amount, refunded on or None)
PAID = {
    "annual": [(on(1, 1), on(12, 31), 1200, None)],
    "annual_over": [(on(3, 1, 2025), on(2, 28), 1200, None)],
    "annual_late": [(on(6, 1, 2025), on(5, 31), 1200, None)],
    "annual_returned": [(on(1, 1), on(12, 31), 1200, on(2, 1))],
    "annual_returned_later": [(on(1, 1), on(12, 31), 1200, on(7, 15))],
    "monthly": [(on(month, 1), month_end(month), 100, None) for month in range(1, 7)],
    "monthly_left": [(on(month, 1), month_end(month), 100, None) for month in range(1, 4)],
    "goods": [(on(1, 10), None, 40, None)],
    "bought_later": [(on(1, 10), None, 40, None), (on(7, 2), on(12, 31), 600, None)],
}
DORMANT = {"annual_over", "annual_returned", "monthly_left", "goods", "bought_later"}


def orders(paid=PAID, cover=True):
    rows = []
    for who, sales in paid.items():
        for i, (day, until, amount, returned) in enumerate(sales):
            rows.append((f"{who}-{i}", who, day, "sale", None, amount, until if cover else None))
            if returned:
                rows.append((f"{who}-{i}-r", who, returned, "refund", f"{who}-{i}", -amount, until if cover else None))
    names = ["order_id", "customer_id", "ordered_on", "kind", "refund_of", "amount", "paid_until"]
    frame = pd.DataFrame(rows, columns=names).astype({"refund_of": object, "paid_until": object})
    return frame.assign(ordered_on=pd.to_datetime(frame["ordered_on"]), paid_until=pd.to_datetime(frame["paid_until"]))


def shop(frame=None, known=DAY, **tables):
    return connect_frames({"orders": orders() if frame is None else frame, **tables}, known)


def classes(engine, day=DAY):
    return layer(engine, day, LAYERS, RULES).customers.set_index("customer_id")["operating_class"]


def test_who_is_dormant():
    found = classes(shop())
    assert set(found.index[found == "dormant"]) == DORMANT
    without = classes(shop(orders(cover=False)))
    assert set(without.index[without == "dormant"]) == set(PAID) - {"monthly"}


def test_cover_is_known_from_the_day_of_sale_and_until_the_day_of_refund():
    """The data run on beyond the day that is asked for."""
    ids = pd.Series(list(PAID))
    engine = shop(known=None)
    now = metrics.covered_until(engine, ids, DAY).set_axis(ids)
    assert now["annual_returned_later"] == pd.Timestamp(on(12, 31)), "its refund lies ahead"
    assert now["bought_later"] is pd.NaT
    later = metrics.covered_until(engine, ids, on(7, 31)).set_axis(ids)
    assert later["annual_returned_later"] is pd.NaT
    assert later["bought_later"] == pd.Timestamp(on(12, 31))


def test_silence_begins_with_the_end_of_cover():
    last_on = pd.to_datetime(pd.Series([on(1, 1), on(1, 1), on(6, 20), on(6, 20)]))
    until = pd.to_datetime(pd.Series([on(12, 31), on(5, 31), on(5, 31), None]))
    assert list(metrics.silent_days(last_on, until, DAY)) == [0, 30, 10, 10]
    engine, ids = shop(), pd.Series(["annual", "annual_late", "goods"])
    assert list(metrics.capped_by_cover(engine, ids, pd.Series([180.0, 394.0, 171.0]), DAY)) == [0, 30, 171]


def test_rate_of_churn_counts_whose_time_has_ended():
    """The eve of April is 31 March, its window of 60 days ends on 30 May."""
    period = pd.DataFrame({"period": ["2026-04"], "starts_on": [on(4, 1)], "ends_on": [on(4, 30)]})
    period = period.astype({"starts_on": "datetime64[us]", "ends_on": "datetime64[us]"})
    row = metrics.kpis(shop(), period, RULES, names=["churn_rate"]).iloc[0]
    # active before: the annual, the late one (covered to 31 May), the one returned later, both monthly payers
    assert (row["denominator"], row["numerator"]) == (5, 1), "monthly_left paid through March"
    row = metrics.kpis(shop(orders(cover=False)), period, RULES, names=["churn_rate"]).iloc[0]
    assert (row["denominator"], row["numerator"]) == (2, 1)
    by_group = pd.DataFrame({"group_id": ["annual", "left"], "customer_id": ["annual", "monthly_left"]})
    found = metrics.kpis(shop(), period, RULES, by_group, ["churn_rate"]).set_index("group_id")["value"]
    assert found.to_dict() == {"annual": 0, "left": 1}


def test_both_definitions_of_churn_agree_where_no_payment_says_until_when(tmp_path):
    draw = np.random.default_rng(5)
    days = pd.to_datetime("2025-01-01") + pd.to_timedelta(draw.integers(0, 540, 600), unit="D")
    frame = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(600)],
            "customer_id": [f"c{n}" for n in draw.integers(0, 80, 600)],
            "ordered_on": days,
            "kind": "sale",
            "amount": 10.0,
        }
    )
    # one payment that says a day before everything: it covers nobody, and the other definition is asked
    old = frame.iloc[:1].assign(order_id="old", paid_until=pd.Timestamp("2020-01-01"))
    periods = metrics.months(date(2025, 6, 1), date(2026, 3, 31))
    one, other = (
        metrics.kpis(shop(given, None), periods, RULES, names=["churn_rate"])
        for given in (pd.concat([frame, frame.iloc[:1].assign(order_id="old")]), pd.concat([frame, old]))
    )
    pd.testing.assert_frame_equal(one, other)


def test_forecast_calls_nobody_lost_who_is_covered_at_the_end_of_the_window():
    ids = pd.Series(["annual", "annual_late", "monthly", "monthly_left", "annual_returned"])
    found = outcomes(shop(known=None), ids, on(4, 15), 60, 60).set_index(ids)
    assert found["churned"].to_dict() == {
        "annual": False,
        "annual_late": True,
        "monthly": False,
        "monthly_left": True,
        "annual_returned": True,
    }
    assert not found.loc["annual", "repurchased"], "covered, and yet without a purchase"


def test_what_the_forecast_sees():
    frame = features(shop(), DAY, 365).set_index("customer_id")
    assert frame.loc["annual", ["recency_days", "silent_days", "days_covered"]].tolist() == [180, 0, 184]
    assert frame.loc["annual", "observed_days"] == 365, "a year's payment is a year's, not that of half of it"
    assert frame.loc["monthly_left", ["recency_days", "silent_days"]].tolist() == [121, 91]
    assert np.isnan(frame.loc["goods", "days_covered"])


def test_stages():
    customers = pd.DataFrame({"customer_id": sorted(PAID)})
    found = lifecycle.lifecycle(shop(), customers, DAY, 60)
    stages = found.customers.set_index("customer_id")["stage"]
    assert stages[["annual", "annual_late", "monthly"]].isin(["new", "growing", "mature", "declining"]).all()
    assert stages["annual"] == "new"
    assert stages["monthly_left"] == "dormant", "91 days are not yet the 92 that one gap in a hundred would exceed"
    assert stages["annual_over"] == "lost"
    assert found.with_cover == 6
    assert lifecycle.method_words(found).id == "churn.rhythm.covered"


def test_nobody_covered_is_at_risk_by_rhythm():
    paid = {f"m{n}": [(on(m, 1), on(12, 31), 100 + n, None) for m in (1, 2, 3)] for n in range(4)}
    paid |= {f"x{n}": [(on(m, 1), None, 100 + n, None) for m in (2, 3, 4)] for n in range(4)}
    engine = shop(orders(paid))
    found = beyond_rhythm(engine, layer(engine, DAY, Layering(dormant_days=365), RULES)).set_index("customer_id")
    assert not found.loc[[name for name in found.index if name.startswith("m")], "beyond"].any()
    assert found.loc[[name for name in found.index if name.startswith("x")], "beyond"].all()
    assert "covered" in at_risk.__globals__["at_risk_note"](layer(engine, DAY, LAYERS, RULES)).id


def test_customers_are_lost_when_silent_after_the_end_of_cover():
    found = durations(shop(), DAY, on(1, 1, 2025), 60).set_index("customer_id")
    lost = {"annual_over", "annual_returned", "monthly_left", "goods", "bought_later"}
    assert set(found.index[found["lost"]]) == lost
    assert found.loc["annual_over", "days"] == (on(2, 28) - on(3, 1, 2025)).days + 61
    assert found.loc["annual", "days"] == (DAY - on(1, 1)).days


def test_rule_of_logins_and_ends_of_plans():
    ends = {"ends": on(7, 20), "ends_used": on(7, 20), "runs": on(12, 31), "ends_later_used": on(7, 20)}
    paid = {name: [(on(5, 20), until, 100, None)] for name, until in ends.items()}
    paid["first"] = [(on(1, 1, 2025), None, 10, None)]
    logins = {"ends": on(4, 1), "ends_used": on(6, 20), "runs": on(4, 1), "ends_later_used": on(7, 5)}
    people = pd.DataFrame({"customer_id": list(logins), "last_login_on": pd.to_datetime(list(logins.values()))})
    engine = shop(orders(paid), DAY, customers=people)
    found = forecast(engine, layer(engine, DAY, LAYERS, RULES), RULES, Churn())
    table = methods(found).set_index(["group", "method"])
    assert table.loc[("all", "plan_ending"), "now"] == 1
    assert np.isnan(table.loc[("all", "plan_ending"), "precision"]), "a list of last logins cannot be tried on the past"
    told = limits(found, "saas")[-1]
    assert told.id == "churn.limit.login_only_now"
    assert (told.args["ending"].value, told.args["known"].value) == (3, 2)
    assert not any(one.id == "churn.limit.subscription" for one in limits(found, "saas"))


def test_visits_are_logins_whose_past_is_known():
    ends = {"ends": on(7, 20), "ends_came": on(7, 20), "ends_missed": on(7, 20)}
    paid = {name: [(on(5, 20), until, 100, None)] for name, until in ends.items()}
    test = DAY - timedelta(days=60)  # of the forecast: these four are covered then, for ten days more
    paid |= {f"past{i}": [(on(6, 1, 2025), test + timedelta(days=10), 100, None)] for i in range(4)}
    paid["first"] = [(on(1, 1, 2024), None, 10, None)]
    came = {"ends": on(4, 1), "ends_came": on(6, 20), "ends_missed": on(4, 1), "past0": on(2, 1)}
    came |= {"past1": on(2, 2), "past2": on(4, 28)}
    rows = [(who, day, None) for who, day in came.items()] + [("ends_missed", on(6, 25), "missed")]
    frame = pd.DataFrame(rows, columns=["customer_id", "visited_at", "status"])
    visits = frame.assign(visit_id=[f"v{i}" for i in range(len(frame))], visited_at=pd.to_datetime(frame["visited_at"]))
    engine = shop(orders(paid), DAY, visits=visits)
    found = forecast(engine, layer(engine, DAY, LAYERS, RULES), RULES, Churn())
    assert found.cutoffs.test == test
    row = methods(found).set_index(["group", "method"]).loc[("all", "plan_ending")]
    assert row["now"] == 2
    assert row["flagged"] == 2
    assert found.says == ("paid_until", "last_login_on")
    assert not any(one.id.startswith("churn.limit.login") for one in limits(found, "fitness"))


@pytest.mark.parametrize(("cover", "login"), [(True, False), (False, True), (False, False)])
def test_rule_names_the_columns_that_it_lacks(cover, login):
    people = pd.DataFrame({"customer_id": ["annual"], "last_login_on": [pd.Timestamp(on(4, 1)) if login else pd.NaT]})
    engine = shop(orders(cover=cover), DAY, customers=people)
    found = forecast(engine, layer(engine, DAY, LAYERS, RULES), RULES, Churn())
    told = next(one for one in limits(found, "saas") if one.id == "churn.limit.subscription")
    lacking = [one.id.rpartition(".")[2] for one in told.args["lacking"].value]
    assert lacking == [name for name, has in (("paid_until", cover), ("last_login_on", login)) if not has]
    assert all(one.id != "churn.limit.subscription" for one in limits(found, "retail"))
    assert "plan_ending" not in set(methods(found)["method"])


_SALE = st.tuples(st.integers(0, 500), st.none() | st.integers(-30, 600), st.none() | st.integers(0, 500))


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(_SALE, min_size=1, max_size=4), min_size=1))
def test_an_end_of_cover_makes_nobody_dormant(shops):
    """Nor lost, nor more silent; whatever is paid and refunded when."""
    first = date(2025, 1, 1)
    paid = {
        who: [
            (
                first + timedelta(days=day),
                None if cover is None else first + timedelta(days=day + cover),
                10 + i,
                None if back is None else first + timedelta(days=day + back),
            )
            for i, (day, cover, back) in enumerate(sales)
        ]
        for who, sales in shops.items()
    }
    with_it, without = (
        layer(shop(orders(paid, cover)), DAY, LAYERS, RULES).customers.set_index("customer_id")
        for cover in (True, False)
    )
    dormant, plain = (
        pd.Series(is_dormant(frame, DAY, 60), frame.index) for frame in (with_it, without.reindex(with_it.index))
    )
    assert not (dormant & ~plain).any()
    covered = with_it["covered_until"] >= pd.Timestamp(DAY)
    assert not (dormant & covered).any()
    one, other = (durations(shop(orders(paid, cover)), DAY, first, 60) for cover in (True, False))
    assert not (one["lost"] & ~other["lost"]).any()

"""Active, renewed, silent: clients who are paid by the term, by truths known by hand, and laws."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from crm_lib import metrics
from crm_lib.diagnosis.scope import scope_members
from crm_lib.engagement import Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.engine.portable import problems
from crm_lib.layering import layer
from crm_lib.layering.lifecycle import lifecycle
from crm_lib.layering.tags.compile import PREFIX, select
from crm_lib.layering.tags.tree import declared
from crm_lib.metrics.cover import derive_cover, longest_usual_term_days
from crm_lib.metrics.purchase_days import derive_due_days
from crm_lib.metrics.rfm import cut_points, rfm
from crm_lib.metrics.stratified import shares_within
from crm_lib.metrics.term_billing import billed_by_term
from tests.diagnosis.shop import engagement
from tests.metrics.test_cover import DAY, PAID, on, orders, shop

RULES = Definitions(active_window_days=30, churn_window_days=60, repurchase_window_days=20, smallest_base=1)


def months(first, last):
    return metrics.months(first, last)


def value(engine, name, month, rules=RULES):
    frame = metrics.kpis(engine, months(month, month + timedelta(days=31)), rules, names=[name])
    return frame.iloc[0]


def test_who_is_covered_in_a_month_is_active_in_it():
    """May: annual, the late one to its last day, who is refunded in July, who pays monthly; not who got money back."""
    long_ago = {"early": [(on(1, 1, 2024), None, 5, None)]}  # data from so long before that no term is unseen
    engine = shop(orders(PAID | long_ago))
    assert value(engine, "active_customers", on(5, 1))["value"] == 4
    assert (
        value(engine, "active_customers", on(2, 1))["value"] == 6
    )  # and one whose year ended, one who left, not goods
    assert value(shop(orders(PAID | long_ago, cover=False)), "active_customers", on(5, 1))["value"] == 1


def test_a_month_to_which_terms_may_reach_from_before_the_data_is_not_counted():
    frame = orders({"a": [(on(1, 5), on(12, 31), 9, None)], "b": [(on(2, 5), on(1, 31, 2027), 9, None)]})
    engine = shop(frame)
    assert longest_usual_term_days(engine) == 361
    assert np.isnan(value(engine, "active_customers", on(4, 1))["value"])
    assert value(shop(frame.drop(columns="paid_until")), "active_customers", on(4, 1))["value"] == 0


def due(paid):
    engine = shop(orders(paid), None)
    derive_due_days(engine)
    frame = engine.sql("SELECT * FROM due_days ORDER BY customer_id, ordered_on")
    return [
        (row.ordered_on.date(), row.due_on.date(), None if pd.isna(row.renewed_on) else row.renewed_on.date())
        for row in frame.itertuples()
    ]


def test_what_comes_due_and_is_renewed():
    year, half = on(1, 10), on(7, 9)
    term = [(year, half, 60, None)]
    assert due({"left": term}) == [(year, half, None)]
    extra = [(on(3, 1), None, 5, None)]
    assert due({"also bought": term + extra}) == [(year, half, None)], "goods in the term decide nothing"
    paid_on = [(on(6, 20), on(12, 31), 60, None)]
    assert due({"before its end": term + extra + paid_on}) == [(year, half, on(6, 20)), (on(6, 20), on(12, 31), None)]
    goods = [(on(7, 15), None, 5, None)]
    late = [(on(8, 1), on(12, 31), 60, None)]
    wanted = [(year, half, on(8, 1)), (on(7, 15), on(7, 15), on(8, 1)), (on(8, 1), on(12, 31), None)]
    assert due({"goods between": term + goods + late}) == wanted, "goods are no renewal"
    back = [(year, half, 60, on(2, 3))]
    assert due({"given back": back}) == [(year, on(2, 3), None)]


def test_repurchase_rate_is_who_paid_on_of_whose_time_ended():
    paid = {
        "on": [(on(1, 1), on(3, 31), 30, None), (on(4, 10), on(6, 30), 30, None)],
        "ahead": [(on(1, 1), on(3, 31), 30, None), (on(2, 20), on(6, 30), 30, None)],
        "late": [(on(1, 1), on(3, 31), 30, None), (on(4, 25), on(6, 30), 30, None)],
        "off": [(on(1, 1), on(3, 31), 30, None)],
        "goods": [(on(3, 1), None, 3, None), (on(3, 15), None, 3, None)],
        "goods once": [(on(3, 1), None, 3, None)],
        "annual": [(on(1, 1), on(12, 31), 99, None)],
    }
    row = value(shop(orders(paid)), "repurchase_rate", on(3, 1))
    assert (row["numerator"], row["denominator"]) == (3, 6)
    assert value(shop(orders(paid)), "repurchase_rate", on(1, 1))["base"] == 0, "nothing came due"


def random_orders(cover):
    draw = np.random.default_rng(11)
    days = pd.to_datetime("2025-01-01") + pd.to_timedelta(draw.integers(0, 540, 500), unit="D")
    ids = [f"c{n}" for n in draw.integers(0, 70, 500)]
    frame = pd.DataFrame({"order_id": [f"o{i}" for i in range(500)], "customer_id": ids, "ordered_on": days})
    return frame.assign(kind="sale", amount=10.0, refund_of=None, paid_until=cover)


def test_both_ways_agree_where_no_payment_reaches_beyond_its_day():
    """Every query that stands in for another, cohorts beside; paid_until in the past covers nobody."""
    from crm_lib.metrics.cohorts import cohorts

    found = []
    for cover in (pd.Timestamp("2020-01-01"), pd.NaT):
        engine = connect_frames({"orders": random_orders(cover)}, DAY)
        periods = months(on(6, 1, 2025), on(4, 30))
        groups = pd.DataFrame({"group_id": "few", "customer_id": [f"c{n}" for n in range(9)]})
        names = ["active_customers", "repurchase_rate", "churn_rate"]
        found.append((metrics.kpis(engine, periods, RULES, groups, names, whole=True), cohorts(engine, DAY)))
    (one, other), (plain, plainly) = found
    pd.testing.assert_frame_equal(one, plain)
    pd.testing.assert_frame_equal(other, plainly)
    assert one["value"].notna().sum() > 50


def test_recency_of_who_is_covered_is_nought_and_counts_from_the_end_of_cover():
    frame = rfm(shop(), DAY, Layering()).set_index("customer_id")
    recency = frame["recency_days"]
    assert recency[["annual", "annual_late", "monthly", "annual_over"]].tolist() == [0, 30, 0, 122]
    assert recency[["annual_returned", "goods"]].tolist() == [180, 171]
    assert (frame.loc[frame["recency_days"] == 0, "r_score"] == 5).all()
    assert frame.loc["annual", "r_score"] > frame.loc["annual_late", "r_score"] - 1 >= frame.loc["goods", "r_score"]
    assert frame.loc["annual_returned", "r_score"] == 1


@pytest.mark.parametrize("cut", ["quantile", "kmeans", "fixed"])
def test_many_covered_are_not_the_worst_for_being_alike(cut):
    """Two thirds covered: of equal values quantile scores take the lower, which would call them long silent."""
    paid = {f"m{i}": [(on(1, 1), on(12, 31), 100 + i, None)] for i in range(20)}
    paid |= {f"x{i}": [(on(1, 1) + timedelta(days=18 * i), None, 50 + i, None)] for i in range(10)}
    given = {"r_cuts": (30, 60, 90, 120), "f_cuts": (2, 3, 4, 5), "m_cuts": (60, 70, 80, 90)} if cut == "fixed" else {}
    settings = Layering(cut=cut, **given)
    frame = rfm(shop(orders(paid)), DAY, settings)
    covered = frame["customer_id"].str.startswith("m")
    assert (frame.loc[covered, "r_score"] == 5).all()
    others = frame[~covered].sort_values("recency_days")
    assert others["r_score"].is_monotonic_decreasing
    assert others["r_score"].nunique() > 2
    table = cut_points(frame, "r", settings)
    assert table["customers"].sum() == len(frame)


def test_who_bought_before_the_window_and_is_covered_has_a_score_in_recency():
    frame = rfm(shop(orders({"long": [(on(1, 1, 2024), on(12, 31), 900, None)], **PAID})), DAY, Layering())
    row = frame.set_index("customer_id").loc["long"]
    assert (row["frequency"], row["r_score"], row["f_score"], row["m_score"]) == (0, 5, 1, 1)


LATE = {"id": "late", "label": "Late", "measure": "recency_days", "at_least": 60}


def test_scope_tags_and_layers_call_the_same_customers_silent():
    engine = shop()
    frame = rfm(engine, DAY, Layering()).set_index("customer_id")
    silent = set(frame.index[frame["recency_days"] >= 60])
    assert set(scope_members(engine, engagement(scope=[LATE]), DAY)["customer_id"]) == silent
    tag = declared(("sleeping",), (), Layering(dormant_days=60), RULES, covers=True)
    derive_cover(engine, DAY)
    query = select(tag, DAY).sql("duckdb")
    assert problems(query) == []
    found = engine.sql(query)
    assert set(found.loc[found[f"{PREFIX}sleeping"] == 1, "customer_id"]) == silent
    classes = layer(engine, DAY, Layering(dormant_days=60), RULES).customers
    assert set(classes.loc[classes["operating_class"] == "dormant", "customer_id"]) == silent
    stages = lifecycle(engine, classes, DAY, 60).customers.set_index("customer_id")
    assert stages["recency_days"].astype("int64").equals(frame["recency_days"].astype("int64"))


_SALE = st.tuples(st.integers(0, 500), st.none() | st.integers(-30, 400), st.none() | st.integers(0, 300))


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(st.sampled_from("abcde"), st.lists(_SALE, min_size=1, max_size=5), min_size=1))
def test_laws_of_terms(shops):
    first = on(1, 1, 2025)
    paid = {
        who: [
            (first + timedelta(days=day), None if cover is None else first + timedelta(days=day + cover), 10,
             None if back is None else first + timedelta(days=day + back))
            for day, cover, back in sales
        ]
        for who, sales in shops.items()
    }  # fmt: skip
    frame = orders(paid)
    one = shop(frame)
    derive_due_days(one)
    days = one.sql("SELECT * FROM due_days ORDER BY customer_id, ordered_on")
    assert (days["due_on"] >= days["ordered_on"]).all()
    assert days.groupby("customer_id")["due_on"].is_monotonic_increasing.all()
    assert (days["prev_due_on"].isna() | (days["prev_due_on"] < days["due_on"])).all()
    assert (days["renewed_on"].isna() | (days["renewed_on"] > days["ordered_on"])).all()
    periods = months(on(1, 1, 2025), on(5, 31))
    plain = frame.drop(columns="paid_until")
    with_it, without = (
        metrics.kpis(shop(given), periods, RULES, names=["active_customers"]) for given in (frame, plain)
    )
    told = with_it["value"].notna()
    assert (with_it["value"] >= without["value"])[told].all()
    shuffled = frame.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(with_it, metrics.kpis(shop(shuffled), periods, RULES, names=["active_customers"]))


def test_shares_within_strata():
    """Admissions to Berkeley, 1973 (Bickel, Hammel and O'Connell, Science 187, 1975): the test of Mantel and Haenszel
    without correction is 1.5246, though 44.5 % of the men and 30.4 % of the women were admitted."""
    men = [(512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)]
    women = [(89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)]
    strata = pd.DataFrame([(*one, *other) for one, other in zip(men, women, strict=True)], columns=list("xnym"))
    found = shares_within(strata)
    assert found.p == pytest.approx(chi2.sf(1.5246, 1), abs=2e-5)
    assert (found.n, found.other_n) == (2691, 1835)
    assert found.low < found.difference < found.high
    assert found.difference == pytest.approx(found.share - found.other_share)
    assert shares_within(strata.assign(m=0)) is None
    even = shares_within(pd.DataFrame([(0, 3, 0, 4)], columns=list("xnym")))
    assert even.p == 1
    assert even.low < 0 < even.high


@pytest.mark.parametrize(
    ("months", "told"), [([], False), ([5], False), ([0, 4, 8, 12], True), (range(24), False), ([0, 1, 3, 4, 6], False)]
)
def test_billing_by_the_term(months, told):
    assert billed_by_term(months) == told

"""Counts from purchase days are those of counting customer by customer, for any periods: overlapping, long, of a day."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import metrics
from crm_lib.engagement import Definitions
from crm_lib.engine import connect_frames

DAY = date(2026, 1, 1)
WINDOW = 7
SETTINGS = Definitions(active_window_days=WINDOW, churn_window_days=WINDOW, repurchase_window_days=WINDOW)
NAMES = ["active_customers", "new_customers", "repurchase_rate", "churn_rate", "orders", "revenue_per_customer"]
day = st.integers(0, 60)
bought = st.lists(st.tuples(st.sampled_from("abc"), day, st.integers(-3, 9)), min_size=1, max_size=14)
spans = st.lists(st.tuples(day, st.integers(0, 30)), min_size=1, max_size=4)


def frames(rows):
    orders = pd.DataFrame(rows, columns=["customer_id", "on", "amount"])
    kind = orders["amount"].gt(0).map({True: "sale", False: "refund"})
    days = [DAY + timedelta(days=int(on)) for on in orders["on"]]
    return {"orders": orders.assign(order_id=[str(i) for i in orders.index], kind=kind, ordered_on=days)}


def periods_of(cut):
    days = [(DAY + timedelta(days=start), DAY + timedelta(days=start + length)) for start, length in cut]
    found = pd.DataFrame(days, columns=["starts_on", "ends_on"]).astype("datetime64[us]")
    return found.assign(period=[f"p{i}" for i in found.index])


@settings(max_examples=25)
@given(bought, spans)
def test_purchase_days_count_as_customers_do(rows, cut):
    engine = connect_frames(frames(rows), DAY + timedelta(days=200))
    found = metrics.kpis(engine, periods_of(cut), SETTINGS, names=NAMES).set_index(["metric", "period"])
    visits = {who: sorted({on for one, on, amount in rows if one == who and amount > 0}) for who, _, _ in rows}
    first = min(on for _, on, _ in rows)
    for i, (start, length) in enumerate(cut):
        inside = {who: [on for on in days if start <= on <= start + length] for who, days in visits.items()}
        active = [who for who, days in inside.items() if days]
        before = [who for who, days in visits.items() if any(start - WINDOW <= on < start for on in days)]
        stayed = [who for who in before if any(start <= on < start + WINDOW for on in visits[who])]
        again = [who for who in active if any(0 < on - inside[who][0] <= WINDOW for on in visits[who])]
        begun = [who for who, days in visits.items() if days and start <= days[0] <= start + length]
        cells = {name: found.loc[(name, f"p{i}")] for name in NAMES}
        if start + length < first:
            assert cells["orders"].base == 0
            continue
        assert cells["active_customers"].value == len(active)
        assert (cells["repurchase_rate"].base, cells["revenue_per_customer"].base) == (len(active), len(active))
        if active:
            assert cells["repurchase_rate"].numerator == len(again)
        if start - WINDOW >= first:
            assert cells["new_customers"].value == len(begun)
            assert cells["churn_rate"].base == len(before)
            assert not before or cells["churn_rate"].numerator == len(before) - len(stayed)


@settings(max_examples=10)
@given(bought, spans)
def test_the_whole_is_the_same_with_and_without_a_list_of_its_customers(rows, cut):
    engine = connect_frames(frames([*rows, (None, 3, 5)]), DAY + timedelta(days=200))
    groups = pd.DataFrame({"group_id": ["a", "b", "b"], "customer_id": ["a", "b", "c"]})
    listed = metrics.kpis(engine, periods_of(cut), SETTINGS, groups, whole=True)
    whole = listed[listed["group_id"] == "all"].reset_index(drop=True)
    pd.testing.assert_frame_equal(metrics.kpis(engine, periods_of(cut), SETTINGS), whole, check_exact=True)

"""Hand-counted values on frames small enough to count by hand."""

import math
from datetime import date

import pandas as pd
import pytest

from crm_lib import metrics
from crm_lib.engagement import Definitions
from crm_lib.engine import Engine, connect_frames

SETTINGS = Definitions(active_window_days=30, churn_window_days=30, repurchase_window_days=30, response_window_days=14)


def order(id: str, who: str | None, on: str, amount: float, kind: str = "sale", items: float | None = 1) -> dict:
    return {"order_id": id, "customer_id": who, "ordered_on": on, "amount": amount, "kind": kind, "items": items}


def engine_of(known: str = "2026-03-31", **tables: list[dict]) -> Engine:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return connect_frames(frames, known_until=date.fromisoformat(known))


def measured(engine: Engine, names: list[str] | None = None, **options) -> pd.DataFrame:
    periods = metrics.months(date(2026, 1, 1), date(2026, 3, 31))
    frame = metrics.kpis(engine, periods, options.pop("settings", SETTINGS), names=names, **options)
    return frame.set_index(["metric", "period"])


ORDERS = [
    order("1", "ann", "2026-01-05", 100, items=2),
    order("2", "ann", "2026-01-05", 50, items=1),
    order("3", "bob", "2026-01-31", 30, items=None),
    order("4", None, "2026-01-10", 20, items=3),
    order("5", "ann", "2026-02-04", 10),
    order("6", "bob", "2026-02-10", -30, kind="refund"),
    order("7", "cat", "2026-02-11", 0),
    order("8", "dan", "2026-03-01", 7),
    order("9", "bob", "2026-03-02", 9),
]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("active_customers", [2, 1, 2]),
        ("orders", [4, 1, 2]),
        ("revenue", [200, -20, 16]),
        ("average_order_value", [50, 10, 8]),
        ("purchase_frequency", [1.5, 1, 1]),
        ("items_per_order", [2, 1, 1]),
        ("revenue_per_customer", [90, 10, 8]),
        ("refund_rate", [0, 3, 0]),
    ],
)
def test_orders_refunds_and_walk_ins(metric: str, expected: list[float]):
    found = measured(engine_of(orders=ORDERS)).loc[metric]
    assert list(found["value"]) == pytest.approx(expected)


def test_repurchase_needs_another_day_within_the_window_and_the_window_to_have_passed():
    found = measured(engine_of(orders=ORDERS)).loc["repurchase_rate"]
    # January: ann came back on day 30, bob on day 30; February: ann never; March's window is open.
    assert list(found["numerator"][:2]) == [2, 0]
    assert list(found["base"]) == [2, 1, 0]
    assert math.isnan(found["value"]["2026-03"])
    tighter = Definitions(**SETTINGS.model_dump() | {"repurchase_window_days": 29})
    assert measured(engine_of(orders=ORDERS), settings=tighter).loc["repurchase_rate", "2026-01"]["numerator"] == 0


def test_two_orders_on_one_day_are_no_repurchase():
    rows = [order("1", "ann", "2026-01-05", 1), order("2", "ann", "2026-01-05", 2)]
    assert measured(engine_of(orders=rows)).loc["repurchase_rate", "2026-01"]["value"] == 0


def test_churn_counts_the_active_before_who_stay_away_from_the_first_day_on():
    rows = [
        order("1", "ann", "2026-01-01", 1),
        order("2", "ann", "2026-01-30", 1),  # 2 days before February: active
        order("3", "bob", "2026-01-02", 1),  # 30 days before: still active
        order("4", "cat", "2026-01-01", 1),  # 31 days before: no longer
        order("5", "ann", "2026-03-02", 1),  # the 30th day from 1 February on
        order("6", "bob", "2026-03-03", 1),  # the 31st: too late
    ]
    found = measured(engine_of(orders=rows)).loc["churn_rate"]
    assert [found["numerator"]["2026-02"], found["base"]["2026-02"]] == [1, 2]
    assert found["base"]["2026-01"] == 0  # no history before January
    assert list(measured(engine_of("2026-03-29", orders=rows)).loc["churn_rate"]["base"]) == [0, 2, 0]


def test_new_customers_are_those_whose_first_record_it_is_and_need_history():
    rows = [order("1", "ann", "2026-01-01", 1), order("2", "ann", "2026-02-01", 1), order("3", "bob", "2026-02-02", 1)]
    found = measured(engine_of(orders=rows)).loc["new_customers"]["value"]
    assert math.isnan(found["2026-01"])
    assert list(found[1:]) == [1, 0]


def test_who_joined_before_the_data_begin_may_have_bought_before_and_is_not_new():
    rows = [order("1", "ann", "2026-01-01", 1), order("2", "bob", "2026-02-02", 1), order("3", "cy", "2026-02-03", 1)]
    people = pd.DataFrame(
        {"customer_id": ["bob", "cy"], "joined_on": [pd.Timestamp("2023-05-01"), pd.Timestamp("2026-01-20")]}
    )
    found = measured(engine_of(orders=rows, customers=people)).loc["new_customers"]["value"]
    assert list(found[1:]) == [1, 0]


def test_a_refund_rate_needs_refunds_in_the_records():
    rows = [order("1", "ann", "2026-01-05", 10)]
    assert measured(engine_of(orders=rows)).loc["refund_rate"]["value"].isna().all()


def test_groups_leave_out_the_unknown_and_keep_their_order():
    groups = pd.DataFrame({"group_id": ["class:core", "all", "all"], "customer_id": ["bob", "ann", "ann"]})
    periods = metrics.months(date(2026, 1, 1), date(2026, 1, 31))
    found = metrics.kpis(engine_of(orders=ORDERS), periods, SETTINGS, groups, ["orders", "revenue"])
    assert list(zip(found["metric"], found["group_id"], found["value"], strict=True)) == [
        ("orders", "class:core", 1),
        ("orders", "all", 2),
        ("revenue", "class:core", 30),
        ("revenue", "all", 150),
    ]


def test_inputs_stay_as_they_were():
    groups = pd.DataFrame({"group_id": ["a", "a"], "customer_id": ["ann", "ann"]})
    periods = metrics.months(date(2026, 1, 1), date(2026, 3, 31))
    before = groups.copy(), periods.copy()
    metrics.kpis(engine_of(orders=ORDERS), periods, SETTINGS, groups)
    pd.testing.assert_frame_equal(groups, before[0])
    pd.testing.assert_frame_equal(periods, before[1])


def test_campaign_answers_count_in_their_window_without_holdout_and_open_messages():
    def sent(who: str, on: str, arm: str | None, responded: str | None) -> dict:
        return {"campaign_id": "c", "customer_id": who, "sent_on": on, "arm": arm, "responded_on": responded}

    rows = [
        sent("ann", "2026-01-01", None, "2026-01-15"),  # day 14
        sent("bob", "2026-01-01", "treatment", "2026-01-16"),  # day 15
        sent("cat", "2026-01-01", "holdout", "2026-01-02"),
        sent("dan", "2026-03-17", "treatment", None),  # its window ends on the last known day
        sent("eve", "2026-03-18", "treatment", None),  # its window is open
    ]
    found = measured(engine_of(campaign_members=rows)).loc["campaign_response_rate"]
    assert list(found["numerator"].fillna(-1)) == [1, -1, 0]
    assert list(found["base"]) == [2, 0, 1]


def test_complaints_are_timed_and_young_ones_wait():
    def ticket(id: str, opened: str, first: str | None, closed: str | None, kind: str = "complaint") -> dict:
        return {"ticket_id": id, "opened_at": opened, "first_response_at": first, "closed_at": closed, "kind": kind}

    rows = [
        ticket("1", "2026-01-31 23:50", "2026-02-01 00:05", "2026-02-01 23:50"),  # 15 minutes, 24 hours
        ticket("2", "2026-01-10 10:00:00", "2026-01-10 10:15:01", "2026-01-12 10:00"),  # a second late; 48 hours
        ticket("3", "2026-01-11 10:00", None, None),
        ticket("4", "2026-01-11 10:00", None, None, kind="inquiry"),
        ticket("5", "2026-03-31 00:00", None, None),  # exactly 24 hours old at the end of the known day
        ticket("6", "2026-03-31 00:01", None, None),  # a minute younger
        ticket("7", "2026-03-31 23:50", None, None),
    ]
    found = measured(engine_of(tickets=rows))
    assert list(found.loc["complaints"]["value"]) == [3, 0, 3]
    assert found.loc["complaint_first_response_rate", "2026-01"]["value"] == pytest.approx(1 / 3)
    assert list(found.loc["complaint_first_response_rate"]["base"]) == [3, 0, 2]
    assert found.loc["complaint_close_rate", "2026-01"]["value"] == pytest.approx(1 / 3)
    assert list(found.loc["complaint_close_rate"]["base"]) == [3, 0, 1]
    assert list(found.loc["complaint_close_hours"]["value"].fillna(-1)) == [48, 24, -1]


def test_times_that_nobody_records_are_unknown_and_not_late():
    rows = [{"ticket_id": "1", "opened_at": "2026-01-05 10:00", "kind": "complaint"}]
    found = measured(engine_of(tickets=rows))
    assert found.loc["complaints", "2026-01"]["value"] == 1
    assert found.loc["complaint_first_response_rate", "2026-01"]["base"] == 0
    assert found.loc["complaint_close_rate", "2026-01"]["base"] == 0


def test_nps_is_promoters_less_detractors_with_an_interval_from_the_scores():
    rows = [
        {"survey_id": str(i), "answered_on": "2026-02-03", "nps": nps, "csat": csat}
        for i, (nps, csat) in enumerate([(10, 5), (9, None), (8, 4), (7, 3), (6, 1), (None, None)])
    ]
    found = measured(engine_of(surveys=rows))
    nps = found.loc["nps", "2026-02"]
    assert nps["value"] == pytest.approx(20)
    assert nps["base"] == 5
    scores = pd.Series([100, 100, 0, 0, -100])
    half = 2.7764451 * scores.std() / math.sqrt(5)
    assert nps["low"] == pytest.approx(20 - half, rel=1e-3)
    assert nps["high"] == 100  # no score is above; the interval would end at 124
    assert 20 + half > 100
    assert found.loc["csat", "2026-02"]["value"] == pytest.approx(13 / 4)


def test_completeness_is_of_the_customers_who_had_joined():
    rows = [
        {"customer_id": "ann", "joined_on": "2025-01-01", "name": "Ann", "phone": "1"},
        {"customer_id": "bob", "joined_on": None, "name": "Bob", "phone": None},
        {"customer_id": "cat", "joined_on": "2026-02-01", "name": None, "phone": None},
    ]
    settings = Definitions(complete_fields=("name", "phone"))
    found = measured(engine_of(customers=rows), settings=settings).loc["profile_completeness"]
    assert list(found["value"]) == pytest.approx([3 / 4, 3 / 6, 3 / 6])
    assert list(found["base"]) == [2, 3, 3]
    assert found["low"].isna().all()


def test_contacts_and_needs():
    def contact(id: str, direction: str, outcome: str | None, need: str | None) -> dict:
        row = {"interaction_id": id, "happened_at": "2026-01-31 23:59", "direction": direction, "outcome": outcome}
        return row | {"need": need}

    rows = [
        contact("1", "out", "responded", "gift"),
        contact("2", "out", "converted", "gift"),
        contact("3", "out", "refused", None),
        contact("4", "out", None, None),
        contact("5", "in", "converted", "gift"),
    ]
    found = measured(engine_of(interactions=rows))
    assert found.loc["contact_response_rate", "2026-01"]["value"] == 0.5
    assert found.loc["need_conversion_rate", "2026-01"]["value"] == pytest.approx(2 / 3)


def test_tables_without_data_leave_their_metrics_out():
    assert measured(engine_of(orders=ORDERS)).loc[:, "value"].index.get_level_values(0).nunique() == 11
    assert measured(engine_of()).empty


def test_a_total_outside_the_data_is_unknown_and_inside_it_zero():
    rows = [order("1", "ann", "2026-02-05", 10)]
    found = measured(engine_of("2026-03-31", orders=rows)).loc["orders"]["value"]
    assert math.isnan(found["2026-01"])
    assert list(found[1:]) == [1, 0]


def test_a_row_becomes_a_value_with_its_name_base_and_interval():
    frame = measured(engine_of(orders=ORDERS)).reset_index()
    value = metrics.as_value(next(frame[frame["metric"].eq("repurchase_rate")].itertuples()))
    assert (value.kind, value.value, value.base, value.name) == ("percent", 1.0, 2, "repurchase_rate.all.2026-01")
    assert value.low == pytest.approx(0.3424, abs=1e-4)
    total = metrics.as_value(next(frame[frame["metric"].eq("orders")].itertuples()))
    assert (total.value, total.base, total.low) == (4.0, None, None)


def test_tickets_without_a_kind_give_no_figure_on_complaints():
    rows = [{"ticket_id": "1", "opened_at": "2026-01-05 10:00", "kind": None}]
    found = measured(engine_of(tickets=rows, orders=ORDERS))
    assert "orders" in found.index.get_level_values(0)
    assert not [name for name in found.index.get_level_values(0) if name.startswith("complaint")]


def test_fields_that_no_record_has_do_not_count_as_missing():
    people = [{"customer_id": f"c{i}", "name": "x", "phone": "1" if i else None} for i in range(4)]
    settings = Definitions(complete_fields=("name", "phone", "company_size"))
    found = measured(engine_of(customers=people), ["profile_completeness"], settings=settings)
    assert found["value"].iloc[-1] == pytest.approx(7 / 8)

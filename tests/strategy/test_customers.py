"""Own rhythm, value at risk, contacts and permission of each customer."""

from dataclasses import fields, replace

import pandas as pd
import pytest

from crm_lib import strategy
from crm_lib.layering.at_risk import beyond_rhythm
from crm_lib.layering.layers import Layers
from tests.strategy import shop

LAYERS = shop.layers({"core": 3, "dormant": 1})


def known(**frames: pd.DataFrame) -> pd.DataFrame:
    rows = [shop.order("core-00", n) for n in (70, 60, 50, 40)]  # every 10 days, the last 40 days ago
    rows += [shop.order("core-01", n, 50.0) for n in (25, 15, 5)]  # every 10 days, the last 5 days ago
    rows += [shop.order("core-02", 15, 300.0), shop.order(None, 1), shop.order("core-00", 1, -100.0, kind="refund")]
    frames = {"orders": shop.orders(rows), "customers": shop.everyone(LAYERS)} | frames
    return strategy.customers(shop.engine(**frames), shop.engagement(), LAYERS).set_index("customer_id")


def test_the_rhythm_is_the_mean_interval_between_purchase_days():
    frame = known()
    assert frame.loc["core-00", "rhythm_days"] == 10
    assert pd.isna(frame.loc["core-02", "rhythm_days"])  # one purchase: not known
    assert pd.isna(frame.loc["dormant-00", "recency_days"])


def test_at_risk_is_what_those_silent_beyond_their_rhythm_spent_in_the_layers_window():
    frame = known()
    assert frame.loc["core-00", "value_at_risk"] == 100  # the layers', whatever the orders: both documents say one sum
    assert frame.loc["core-01", "value_at_risk"] == 0  # half the rhythm: nothing
    assert frame.loc["core-02", "value_at_risk"] == 0  # one purchase shows no rhythm: not known
    assert frame.loc["dormant-00", "value_at_risk"] == 0


@pytest.mark.parametrize(("gap", "silent", "beyond"), [(10, 20, False), (10, 21, True), (2, 14, False), (2, 15, True)])
def test_the_rule_is_that_of_the_layers(gap: int, silent: int, beyond: bool):
    rows = [shop.order("core-00", n * gap + silent) for n in (2, 1, 0)]
    frame = known(orders=shop.orders(rows))
    layers = LAYERS.assign(last_on=pd.Timestamp(shop.day(silent)), covered_until=pd.NaT)
    found = Layers(layers, *[None] * (len(fields(Layers)) - 1))
    found = replace(found, as_of=shop.BASELINE)
    theirs = beyond_rhythm(shop.engine(orders=shop.orders(rows)), found).set_index("customer_id")
    assert frame.loc["core-00", "beyond"] == theirs.loc["core-00", "beyond"] == beyond


def test_a_field_that_no_record_has_is_not_missing_in_everyones():
    frame = known(customers=shop.everyone(LAYERS, name="N", phone=["1", None, "1", "1"], city=None))
    assert frame["no_phone"].tolist() == [0, 1, 0, 0]
    assert not {"no_city", "no_email"} & set(frame.columns)


def test_only_contacts_of_our_own_count_and_no_holdout():
    moments = {"happened_at": pd.Timestamp(shop.day(9)), "channel": "sms"}
    interactions = pd.DataFrame(
        [
            {"interaction_id": "a", "customer_id": "core-00", "direction": "out"} | moments,
            {"interaction_id": "b", "customer_id": "core-01", "direction": "in"} | moments,
        ]
    )
    sent = {"campaign_id": "c", "sent_on": shop.day(3), "responded_on": None}
    members = pd.DataFrame(
        [
            {"customer_id": "core-00", "arm": "treatment"} | sent,
            {"customer_id": "core-02", "arm": "holdout"} | sent,
        ]
    )
    frame = known(interactions=interactions, campaign_members=members)
    assert frame.loc["core-00", "last_contact_days"] == 3
    assert frame.loc["core-00", "month_contacts"] == 2
    assert pd.isna(frame.loc["core-01", "last_contact_days"])
    assert pd.isna(frame.loc["core-02", "last_contact_days"])


def test_only_an_outspoken_no_forbids_contact():
    frame = known(customers=shop.everyone(LAYERS, may_contact=[True, False, None, None]))
    assert frame["reachable"].tolist() == [True, False, True, True]


def test_who_has_neither_number_nor_address_is_not_reachable():
    kinds = {"phone": ["1", None, None, "4"], "email": [None, "a@b.c", None, None]}
    frame = known(customers=shop.everyone(LAYERS, may_contact=[True, True, True, False], **kinds))
    assert frame["reachable"].tolist() == [True, True, False, False]


def test_unknown_consent_is_reachable_only_where_the_engagement_says_so():
    people = shop.everyone(LAYERS, may_contact=[True, None, None, False])
    engine = shop.engine(orders=shop.orders([shop.order("core-00", 5)]), customers=people)
    strict = shop.engagement(definitions={"smallest_base": 2, "contact_unknown": False})
    assert strategy.customers(engine, strict, LAYERS)["reachable"].tolist() == [True, False, False, False]
    assert strategy.customers(engine, shop.engagement(), LAYERS)["reachable"].tolist() == [True, True, True, False]


def test_what_the_dormant_once_spent_is_not_at_risk():
    rows = [shop.order(id, n + 179) for id in ("core-00", "dormant-00") for n in (20, 10, 0)]
    frame = known(orders=shop.orders(rows))
    assert frame["gone"].tolist() == [False, False, False, True]
    assert frame["value_at_risk"].tolist() == [100, 0, 0, 0]


def test_who_is_not_at_risk_is_listed_by_past_spend():
    layers = shop.layers({"dormant": 3})
    rows = [shop.order(f"dormant-0{i}", n + 200, 10.0 * (1 + i % 2) + i) for i in range(3) for n in (20, 10, 0)]
    engine = shop.engine(orders=shop.orders(rows), customers=shop.everyone(layers))
    chosen = shop.engagement(strategies=[shop.strategy("wake", "dormant", "ann")])
    found = strategy.members(engine, chosen.strategies, strategy.customers(engine, chosen, layers))
    assert found["customer_id"].tolist() == ["dormant-01", "dormant-02", "dormant-00"]


def test_a_strategy_by_sms_alone_lists_those_with_a_number():
    layers = shop.layers({"core": 4})
    people = shop.everyone(layers, phone=["1", None, "3", None], email=["a@b.c"] * 4)
    engine = shop.engine(orders=shop.orders([shop.order("core-00", 5)]), customers=people)
    both = [
        shop.strategy("text", "core", "ann", channels=["sms"]),
        shop.strategy("any", "core", "ann", channels=["wecom", "sms"]),
    ]
    chosen = shop.engagement(strategies=both)
    found = strategy.members(engine, chosen.strategies, strategy.customers(engine, chosen, layers))
    assert found.loc[found["strategy"] == "text", "customer_id"].tolist() == ["core-00", "core-02"]
    assert (found["strategy"] == "any").sum() == 4


def test_nothing_later_than_the_baseline_is_seen_and_layers_stay_as_they_are():
    before = LAYERS.copy(deep=True)
    rows = [shop.order("core-00", n) for n in (20, 10, -5)]
    frame = known(orders=shop.orders(rows))
    assert frame.loc["core-00", "recency_days"] == 10
    pd.testing.assert_frame_equal(LAYERS, before)


def test_the_order_of_rows_changes_nothing():
    rows = [shop.order("core-00", n) for n in (70, 60, 50, 40)] + [shop.order("core-01", n) for n in (9, 3, 1)]
    found = []
    for turned in (rows, rows[::-1]):
        engine = shop.engine(orders=shop.orders(turned), customers=shop.everyone(LAYERS))
        found.append(strategy.customers(engine, shop.engagement(), LAYERS.sample(frac=1, random_state=len(found))))
    pd.testing.assert_frame_equal(*found)

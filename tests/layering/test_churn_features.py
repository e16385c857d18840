"""What is known of a buyer at a cut-off: by hand, and nothing of what comes after it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.layering.churn.features import REASONS, features, known, outcomes
from tests.layering.churn_cases import DAY, back, opened, orders_of

CUT = back(90)
ids = st.sampled_from([f"c{i}" for i in range(6)])
row = st.tuples(ids, st.integers(0, 400).map(back), st.integers(-60, 300).map(lambda cents: cents / 4))
rows = st.lists(row, min_size=1, max_size=40)


def more(signs):
    """The other tables from (customer, day, choice)."""
    who = pd.Series([sign[0] for sign in signs], dtype=object)
    on = pd.to_datetime([sign[1] for sign in signs])
    number = pd.Series([f"n{i}" for i in range(len(signs))], dtype=object)
    choice = np.array([sign[2] for sign in signs])
    text = pd.Series(np.where(choice % 2, "complaint", "inquiry"), dtype=object)
    return {
        "tickets": pd.DataFrame({"ticket_id": number, "customer_id": who, "opened_at": on, "kind": text}),
        "surveys": pd.DataFrame({"survey_id": number, "customer_id": who, "answered_on": on, "nps": choice}),
        "campaign_members": pd.DataFrame(
            {"campaign_id": number, "customer_id": who, "sent_on": on, "responded_on": on + pd.Timedelta(days=20)}
        ),
        "interactions": pd.DataFrame(
            {"interaction_id": number, "customer_id": who, "happened_at": on, "direction": ["in"] * len(signs)}
        ),
        "loyalty": pd.DataFrame(
            {"entry_id": number, "customer_id": who, "occurred_on": on, "kind": ["redeem"] * len(signs), "points": choice}
        ),
        "visits": pd.DataFrame({"visit_id": number, "customer_id": who, "visited_at": on}),
        "customers": pd.DataFrame(
            {"customer_id": who, "joined_on": on, "join_channel": text}
        ).drop_duplicates("customer_id"),
    }  # fmt: skip


signs = st.lists(st.tuples(ids, st.integers(0, 400).map(back), st.integers(0, 10)), min_size=1, max_size=20)


@given(rows, rows, signs, signs)
@settings(max_examples=12)
def test_nothing_after_the_cut_off_changes_a_feature(found, others, seen, unseen):
    past = [one for one in found if one[1] <= CUT] or [("c0", CUT, 10.0)]
    told = [one for one in seen if one[1] <= CUT] or [("c0", CUT, 3)]
    after = [(id, max(day, back(89)), amount) for id, day, amount in others]
    # who joined is left as it was: a customer has one joining day
    later = [(f"x{i}", max(day, back(89)), n) for i, (_, day, n) in enumerate(unseen)]
    same = [(id, max(day, back(89)), n) for id, day, n in unseen]
    extended = {name: pd.concat([frame, more(later)[name]]) for name, frame in more(told).items()}
    for name in ("tickets", "surveys", "campaign_members", "interactions", "loyalty", "visits"):
        extended[name] = pd.concat([extended[name], more(same)[name]])
    short = features(opened(orders_of(past), more(told), CUT), CUT, 200)
    long = features(opened(orders_of(past + after), extended), CUT, 200)
    pd.testing.assert_frame_equal(short, long)


@given(rows, st.randoms(use_true_random=False))
@settings(max_examples=6)
def test_the_order_of_rows_does_not_matter(found, random):
    orders = orders_of(found)
    order = list(range(len(orders)))
    random.shuffle(order)
    one, other = (features(opened(frame), CUT, 200) for frame in (orders, orders.iloc[order]))
    pd.testing.assert_frame_equal(one, other)


def test_by_hand():
    found = [
        ("a", back(180), 100), ("a", back(160), 50), ("a", back(140), 50), ("a", back(100), 40), ("a", back(99), -40),
        ("b", back(120), 30, "online"), ("b", back(120), 20, "online"), ("late", back(20), 10), ("old", back(300), 10),
    ]  # fmt: skip
    frame = features(opened(orders_of(found)), CUT, 100).set_index("customer_id")
    assert list(frame.index) == ["a", "b"]  # `late` bought after the cut-off, `old` before the look-back
    assert list(frame["recency_days"]) == [10, 30]
    assert list(frame["orders"]) == [4, 2]
    assert list(frame["revenue"]) == [200, 50]
    # all buyers' mean gap is (20 + 20 + 40) / 3; b has no gap and takes it
    everyone = 80 / 3
    assert list(frame["gap_days"]) == pytest.approx([(80 + everyone) / 4, everyone])
    # the halves of 100 days: 100 + 50 + 50 before, 40 - 40 since
    assert frame.loc["a", "trend"] == pytest.approx(-1)
    assert frame.loc["b", "trend"] == pytest.approx(1)
    # of a's repeats two fall into the first half of its 90 days, one into the second
    assert frame.loc["a", "pace"] == pytest.approx((3 - 2 * 2) / 3**0.5)
    assert list(frame["channel"]) == ["store", "online"]


def test_outcomes_begin_the_day_after_the_cut_off_and_end_with_the_window():
    found = [("same_day", CUT, 5), ("first", back(89), 5), ("last", back(80), 5), ("after", back(79), 5)]
    who = pd.Series(["after", "first", "last", "never", "same_day"])
    told = outcomes(opened(orders_of(found)), who, CUT, 10, 20)
    assert list(told["churned"]) == [True, False, False, True, True]
    assert list(told["repurchased"]) == [True, True, True, False, False]
    assert list(told["spent"]) == [0, 5, 5, 0, 0]


def test_what_the_data_do_not_carry_is_said():
    names, absent = known(opened(orders_of([("a", DAY, 1)])))
    assert {*names, *absent} == set(REASONS) - {"cover_left", "visit_gap", "visit_pace"}, (
        "nobody misses terms or visits who has none"
    )
    assert "complaints" in absent
    assert "recency" in names


def test_visits_by_hand():
    came = [
        ("a", 100, None),
        ("a", 95, "kept"),
        ("a", 91, "missed"),
        ("a", 190, None),
        ("a", 250, None),
        ("b", 89, None),
    ]
    came += [("far", 300, None)]
    visits = pd.DataFrame(came, columns=["customer_id", "ago", "status"])
    visits = visits.assign(
        visit_id=[f"v{i}" for i in range(len(came))], visited_at=pd.to_datetime(visits["ago"].map(back))
    )
    orders = orders_of([(who, back(95), 10) for who in ("a", "b", "far")])
    engine = opened(orders, {"visits": visits.drop(columns="ago")})
    frame = features(engine, CUT, 100).set_index("customer_id")
    assert list(np.expm1(frame["visit_gap"])) == pytest.approx([5, 180, 180])  # b came after the cut-off
    assert list(frame["visit_pace"]) == pytest.approx([(2 - 2) / 2, 0, 0])
    later = features(engine, back(60), 100).set_index("customer_id")
    assert later.loc["a", "visit_pace"] == pytest.approx((2 - 1) / 3**0.5)  # 250 days ago is out of sight
    names = {"visit_gap", "visit_pace"}
    assert names <= {*known(engine, CUT)[0]}
    assert not names & {*known(engine, back(130))[0], *known(engine, back(130))[1]}, "a log that begins too late"

import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.engagement import Layering
from crm_lib.engine import connect_frames
from crm_lib.layering.segments import SEGMENTS, lowest_high_score, segment, segment_rules
from crm_lib.metrics.cuts import quantile_scores
from crm_lib.metrics.rfm import cut_points, rfm

DAY = date(2026, 3, 31)
values = st.lists(st.integers(-5, 20), min_size=1, max_size=60).map(lambda found: np.array(found, dtype=float))


def orders(*rows):
    """(customer, day, amount[, kind])"""
    return pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "ordered_on": [pd.Timestamp(row[1]) for row in rows],
            "amount": [row[2] for row in rows],
            "kind": [row[3] if len(row) > 3 else "sale" for row in rows],
        }
    )


@given(values, st.integers(2, 9))
def test_equal_values_get_equal_scores_and_greater_values_no_lower_ones(found, scores):
    given_scores = quantile_scores(found, np.ones(len(found), dtype=bool), scores)
    assert ((given_scores >= 1) & (given_scores <= scores)).all()
    for (one, first), (other, second) in itertools.combinations(zip(found, given_scores, strict=True), 2):
        assert first == second if one == other else (first <= second) == (one < other) or first == second


@given(values, st.integers(2, 9), st.randoms(use_true_random=False))
def test_the_order_of_customers_does_not_matter(found, scores, random):
    order = list(range(len(found)))
    random.shuffle(order)
    counted = found > -3
    assert list(quantile_scores(found, counted, scores)[order]) == list(
        quantile_scores(found[order], counted[order], scores)
    )


@given(st.integers(2, 9), st.integers(1, 30))
def test_without_ties_every_score_gets_an_equal_part(scores, size):
    found = quantile_scores(np.arange(scores * size, dtype=float), np.ones(scores * size, dtype=bool), scores)
    assert list(np.bincount(found)[1:]) == [size] * scores


def test_a_score_of_three_quarters_of_ties_is_not_split():
    found = quantile_scores(np.array([1, 1, 1, 2.0]), np.ones(4, dtype=bool), 4)
    assert list(found) == [1, 1, 1, 4]


@pytest.mark.parametrize("scores", range(2, 10))
def test_segment_rules_cover_every_combination_exactly_once(scores):
    rules = segment_rules(scores).to_dict("records")
    combinations = list(itertools.product(range(1, scores + 1), repeat=3))
    assigned = segment(pd.DataFrame(combinations, columns=["r_score", "f_score", "m_score"]), scores)
    for combination, found in zip(combinations, assigned, strict=True):
        fitting = [
            rule["segment"]
            for rule in rules
            if all(rule[f"{d}_from"] <= score <= rule[f"{d}_to"] for d, score in zip("rfm", combination, strict=True))
        ]
        high = tuple(score > (scores + 1) / 2 for score in combination)
        assert fitting == [found] == [SEGMENTS[high]], combination


def test_high_is_above_the_middle():
    assert [lowest_high_score(scores) for scores in (2, 3, 4, 5, 9)] == [2, 3, 3, 4, 6]


def test_measures_count_the_window_and_recency_reaches_beyond_it():
    given_orders = orders(
        ("a", "2026-03-31", 100),
        ("a", "2026-03-31", 50),
        ("a", "2026-03-30", -30, "refund"),
        ("a", "2026-03-29", 0),
        ("b", "2026-03-22", 10),  # first day of a window of ten days
        ("c", "2026-03-21", 10),  # the day before it
        ("d", "2026-03-25", -40, "refund"),
        (None, "2026-03-31", 999),
        ("e", "2026-04-01", 5),  # after the day
    )
    members = pd.DataFrame(
        {"customer_id": ["a", "f", "g"], "joined_on": pd.to_datetime([None, "2026-03-01", "2026-04-02"])}
    )
    engine = connect_frames({"orders": given_orders, "customers": members})
    frame = rfm(engine, DAY, Layering(window_days=10, scores=2)).set_index("customer_id")
    assert list(frame.index) == ["a", "b", "c", "d", "f"]
    assert list(frame["frequency"]) == [2, 1, 0, 0, 0]
    assert list(frame["monetary"]) == [120, 10, 0, -40, 0]
    assert [None if pd.isna(days) else days for days in frame["recency_days"]] == [0, 9, 10, None, None]
    scores = frame[["r_score", "f_score", "m_score"]]
    assert scores.loc["a"].tolist() == [2, 2, 2]
    assert (scores.loc[["b", "c", "d", "f"]] == 1).all(axis=None)


def test_weights_move_the_combined_score_and_zero_weights_count_equally():
    engine = connect_frames({"orders": orders(("a", "2026-03-31", 1), ("b", "2026-03-01", 2))})
    frame = rfm(engine, DAY, Layering(scores=2, r_weight=2, m_weight=0))
    assert list(frame["score"]) == pytest.approx([(2 * 2 + 1) / 3, (2 * 1 + 1) / 3])
    frame = rfm(engine, DAY, Layering(scores=2, r_weight=0, f_weight=0, m_weight=0))
    assert list(frame["score"]) == pytest.approx([4 / 3, 4 / 3])


def test_cut_points_account_for_every_customer_and_all_revenue():
    rows = [(f"c{i}", f"2026-03-{i + 1:02d}", 10 * (i % 4 + 1)) for i in range(20)] + [("old", "2020-01-01", 5)]
    engine = connect_frames({"orders": orders(*rows)})
    frame = rfm(engine, DAY, Layering(scores=5))
    for dimension in "rfm":
        table = cut_points(frame, dimension, Layering(scores=5))
        assert list(table["score"]) == [5, 4, 3, 2, 1, 1]
        assert table["customers"].sum() == 21
        assert table["share"].sum() == pytest.approx(1)
        assert table["revenue"].sum() == frame["monetary"].sum()
        assert not table["bought"].iloc[-1]
        assert table["customers"].iloc[-1] == 1
        used = table[table["bought"] & (table["customers"] > 0)]
        for row in used.itertuples():
            column = {"r": "recency_days", "f": "frequency", "m": "monetary"}[dimension]
            fits = frame["frequency"].gt(0) & frame[column].between(row[table.columns.get_loc("from") + 1], row.to)
            assert fits.sum() == row.customers
    assert cut_points(frame, "f", Layering())["customers"].tolist() == [0, 0, 0, 0, 20, 1]

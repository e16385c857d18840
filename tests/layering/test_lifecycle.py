"""Stages: everyone has exactly one, by the own rhythm, and the rhythm is what it was made of."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.language import catalogue
from crm_lib.layering import lifecycle as life
from tests.layering.churn_cases import DAY, back, layered, opened, orders_of

row = st.tuples(
    st.sampled_from([f"c{i}" for i in range(8)]), st.integers(0, 800).map(back), st.integers(-50, 300).map(float)
)


def staged(rows, members=()):
    more = {"customers": pd.DataFrame({"customer_id": list(members)}, dtype=object)} if members else None
    engine = opened(orders_of(rows), more)
    layers = layered(engine)
    return life.lifecycle(engine, layers.customers, DAY, 180), layers


@given(st.lists(row, min_size=1, max_size=60))
@settings(max_examples=8)
def test_every_customer_has_one_stage(found):
    stages, layers = staged(found, members=["nobody"])
    assert list(stages.customers["customer_id"]) == list(layers.customers["customer_id"])
    assert set(stages.customers["stage"]) <= set(life.STAGES)
    bought = {id for id, _, amount in found if amount > 0}
    prospects = set(stages.customers.loc[stages.customers["stage"] == "prospect", "customer_id"])
    assert prospects == set(layers.customers["customer_id"]) - bought
    table = life.stage_table(stages, layers.customers)
    assert table["customers"].sum() == len(layers.customers)
    assert life.stages_by_class(stages, layers.customers)["customers"].sum() == len(layers.customers)


def regulars(every, last, name, times=8):
    return [(name, back(last + i * every), 10.0) for i in range(times)]


def crowd():
    """Forty customers each with a rhythm of 10 and of 60 days, the last purchase at random since then."""
    random = np.random.default_rng(4)
    rows = []
    for i in range(40):
        rows += regulars(10, int(random.integers(0, 10)), f"weekly{i:02d}")
        rows += regulars(60, int(random.integers(0, 60)), f"slow{i:02d}")
    return rows


def test_the_same_silence_is_late_for_one_and_in_time_for_another():
    rows = crowd() + regulars(10, 75, "was_weekly") + regulars(60, 75, "is_slow", times=10)
    rows += [("first_time", back(5), 10.0), ("second_time", back(5), 10.0), ("second_time", back(20), 10.0)]
    rows += regulars(10, 400, "gone")
    stages, _ = staged(rows, members=["never"])
    found = dict(zip(stages.customers["customer_id"], stages.customers["stage"], strict=True))
    assert found["is_slow"] == "mature"
    assert found["was_weekly"] in ("dormant", "lost")
    assert (found["gone"], found["first_time"], found["second_time"], found["never"]) == (
        *("lost", "new", "growing"),
        "prospect",
    )


def test_a_slower_pace_is_declining_and_a_faster_one_growing():
    slower = [("slower", back(day), 10.0) for day in (5, 190, 200, 210, 220, 230, 240, 250, 260)]
    faster = [("faster", back(day), 10.0) for day in (5, 15, 25, 35, 45, 55, 65, 250)]
    stages, _ = staged(crowd() + slower + faster)
    found = dict(zip(stages.customers["customer_id"], stages.customers["stage"], strict=True))
    assert (found["slower"], found["faster"]) == ("declining", "growing")


@pytest.mark.parametrize(("shape", "alpha", "beta"), [(1.0, 3.0, 90.0), (3.0, 5.0, 60.0)])
def test_the_rhythm_is_found_again(shape, alpha, beta):
    """n = 4,000 customers with 4 to 12 gaps: shape within a tenth, the mean gap shape beta / (alpha - 1) within 5 %."""
    random = np.random.default_rng(9)
    rows = []
    for i in range(4000):
        gaps = random.gamma(shape, 1 / random.gamma(alpha, 1 / beta), int(random.integers(4, 13)))
        days = np.cumsum(np.maximum(gaps.round(), 1)).astype(int)
        rows += [(f"c{i:04d}", back(int(days[-1] - day)), 10.0) for day in (0, *days)]
    found = staged(rows)[0].rhythms[""]
    assert found.shape == pytest.approx(shape, rel=0.1)
    assert found.shape * found.beta / (found.alpha - 1) == pytest.approx(shape * beta / (alpha - 1), rel=0.05)


def test_the_share_of_longer_gaps_is_the_share_of_longer_gaps():
    """Of a customer's next gaps simulated from the posterior, as many are longer than the silence as is said."""
    rhythm = life.Rhythm(2.0, 4.0, 80.0, 100)
    case = pd.DataFrame({"channel": [""], "gaps": [3], "span_days": [100], "silent_days": [60]})
    longer, usual = life._against_rhythm(case, {"": rhythm})
    random = np.random.default_rng(1)
    gaps = random.gamma(2.0, 1 / random.gamma(4.0 + 2.0 * 3, 1 / (80.0 + 100), 200_000))
    assert longer[0] == pytest.approx(np.mean(gaps > 60), abs=0.005)
    assert usual[0] == pytest.approx(np.median(gaps), rel=0.02)


def test_without_a_rhythm_the_dormant_days_stand_in():
    rows = [("fresh", back(10), 1.0), ("late", back(120), 1.0), ("quiet", back(185), 1.0), ("far", back(300), 1.0)]
    stages, _ = staged(rows)
    found = dict(zip(stages.customers["customer_id"], stages.customers["stage"], strict=True))
    assert found == {"fresh": "new", "late": "declining", "quiet": "dormant", "far": "lost"}
    assert catalogue("zh").text(life.method_words(stages))


def test_the_rules_are_printed_for_every_stage():
    for language in ("zh", "en"):
        words = catalogue(language)
        assert len({words.text(life.rule_words(name)) for name in life.STAGES}) == len(life.STAGES)

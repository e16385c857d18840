import math
from datetime import date

import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.summary import _worst
from crm_lib.diagnosis.target_findings import target_finding, undemanding
from crm_lib.diagnosis.targets import STATUS, _month_ended, _verdict
from crm_lib.diagnosis.words import metric_label
from crm_lib.engagement import Target
from crm_lib.language import catalogue, literal
from tests.diagnosis import shop as s

DUE = "2026-06-30"


@pytest.fixture(scope="module")
def engine():
    return s.shop(orders=s.orders(), customers=s.customers())


def judged(engine, *targets, groups=None):
    given = [{"id": f"t{i}", "due": DUE} | target for i, target in enumerate(targets)]
    measured = diagnosis.measure(engine, s.engagement(targets=given), s.BASELINE, 18, groups)
    return diagnosis.targets(measured)


def test_a_target_that_is_met_is_said(engine):
    found = judged(
        engine, {"metric": "active_customers", "value": 60}, {"metric": "profile_completeness", "value": 0.85}
    )
    assert list(found["verdict"]) == ["met", "met"]
    assert list(found["status"]) == ["good", "good"]


def test_a_target_below_its_own_baseline_is_no_success(engine):
    found = judged(
        engine,
        {"metric": "active_customers", "value": 50},  # 60 at baseline
        {"metric": "churn_rate", "value": 0.99},
        {"metric": "active_customers", "value": 90},
    )
    assert list(found["verdict"][:2]) == ["below", "below"]
    assert list(found["status"][:2]) == ["watch", "watch"]
    words = catalogue("en").text(found["verdict_short"].iloc[0])
    assert "tighten it, or leave it" in words
    assert len(diagnosis.pace_chart(found)) == 1
    warned = undemanding(found)
    assert warned is not None
    assert "stands at 60, its goal is 50" in catalogue("en").text(warned.evidence)
    assert undemanding(found.iloc[2:]) is None
    assert "2 with a goal worse than today" in catalogue("en").text(target_finding(found).headline)


def test_the_pace_needed_is_the_way_left_by_the_months_left(engine):
    row = judged(engine, {"metric": "active_customers", "value": 90}).iloc[0]
    assert row["baseline"] == 60
    assert row["months"] == pytest.approx(91 / 30.4375)
    assert row["pace_needed"] == pytest.approx(30 / row["months"])


def test_a_relative_target_starts_from_the_baseline(engine):
    row = judged(engine, {"metric": "active_customers", "change": 0.15}).iloc[0]
    assert row["goal"] == pytest.approx(69)
    assert catalogue("en").text(row["goal_words"]) == "69 (+15.0%)"


@pytest.mark.parametrize(
    ("baseline", "goal", "past", "verdict"),
    [
        (0.5, 0.5, (0.01, 0.0, 0.02), "met"),
        (0.5, 0.4, (0.01, 0.0, 0.02), "below"),
        (0.5, 0.6, (0.05, 0.01, 0.09), "within"),  # 0.033 a month needed
        (0.5, 0.6, (0.02, 0.01, 0.03), "faster"),
        (0.5, 0.6, (0.05, -0.01, 0.09), "flat"),
        (0.5, 0.6, (-0.02, -0.03, -0.01), "against"),
        (0.5, 0.6, (math.nan, math.nan, math.nan), "no_past"),
        (math.nan, 0.6, (0.05, 0.01, 0.09), "few"),
    ],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_verdict_compares_the_pace_needed_with_the_past(baseline, goal, past, verdict, mirrored):
    """Mirrored: a metric that is better when it falls."""
    sign = -1 if mirrored else 1
    target = Target(id="t", metric="churn_rate" if mirrored else "repurchase_rate", value=0.5, due=date(2026, 6, 30))
    pace, low, high = (sign * part for part in past)
    found = {"baseline": sign * baseline, "goal": sign * goal, "pace_needed": sign * (goal - baseline) / 3}
    found |= {"pace_past": pace, "pace_low": min(low, high), "pace_high": max(low, high)}
    assert _verdict(target, pd.Series({"enough": True}), found) == verdict


def test_too_few_and_a_class_that_is_not_formed_yet(engine):
    found = judged(
        engine,
        {"metric": "repurchase_rate", "group": "class:core", "value": 0.9},
        {"metric": "churn_rate", "group": "scope:big", "value": 0.01},
    )
    assert list(found["verdict"]) == ["later", "few"]
    assert found["baseline"].isna().all()


def test_classes_of_an_earlier_layering_serve(engine):
    core = diagnosis.class_members(
        pd.DataFrame({"customer_id": [f"c{i:03d}" for i in range(120)], "operating_class": "core"})
    )
    row = judged(engine, {"metric": "active_customers", "group": "class:core", "value": 90}, groups=core).iloc[0]
    assert row["baseline"] == 60


def test_a_goal_inside_the_interval_may_be_chance(engine):
    row = judged(engine, {"metric": "average_order_value", "change": 0.01}).iloc[0]
    assert "chance" in catalogue("en").text(row["verdict_words"])


def test_what_a_window_hides_at_the_due_day_is_said(engine):
    found = judged(
        engine,
        {"metric": "repurchase_rate", "value": 0.99},
        {"metric": "churn_rate", "value": 0.001},
        {"metric": "churn_rate", "value": 0.002, "due": "2026-05-15"},
    )
    words = [catalogue("en").text(note) for note in found["note"]]
    assert "May 2026" in words[0]  # 30 days after its end
    assert "May 2026" in words[1]  # 60 days from its first day on
    assert "before execution begins" in words[2]  # March


def test_a_group_chosen_for_low_values_comes_with_a_caution(engine):
    found = judged(engine, {"metric": "active_customers", "group": "scope:quiet", "value": 20})
    assert "rise by itself" in catalogue("en").text(found["note"].iloc[0])


@pytest.mark.parametrize(("at_least", "verdict"), [(100, "selected"), (None, "flat")])
def test_a_scope_group_by_what_its_customers_did_is_not_judged_by_their_past(engine, at_least, verdict):
    """By spend it is picked by its past, by tenure it is not."""
    rule = {"measure": "spend", "at_least": at_least} if at_least else {"measure": "tenure_days", "at_least": 1}
    aim = {"id": "t", "metric": "purchase_frequency", "group": "scope:g", "change": 0.5, "due": DUE}
    given = s.engagement(targets=[aim], scope=[{"id": "g", "label": "G"} | rule])
    found = diagnosis.targets(diagnosis.measure(engine, given, s.BASELINE))
    assert found["verdict"].iloc[0] == verdict


def test_the_summary_and_the_chart_count_the_targets_alike():
    kinds = ["within", "faster", "flat", "flat", "against", "selected", "no_past"]
    found = pd.DataFrame({"verdict": kinds, "target_id": [*"abcdefg"], "target_label": [literal("x")] * 7})
    found = found.assign(needed_share=0.1, past_share=0.1, verdict_words=[literal("y")] * 7)
    found.loc[found["verdict"].eq("no_past"), "past_share"] = math.nan
    words = catalogue("en")
    said = (
        "1 reached if the past trend goes on, 1 reached only if the past trend speeds up, "
        "2 whose figure showed no clear trend so far, 1 whose figure has moved the wrong way so far"
    )
    assert said in words.text(target_finding(found).headline)
    assert words.text(diagnosis.targets_title(found)).endswith(f"5 targets with a past to compare: {said}")
    assert "1 with less than 6 months of past" in words.text(target_finding(found).headline)


def test_nothing_is_off_track_on_the_day_of_the_baseline():
    assert "bad" not in STATUS.values()


def test_months_end():
    assert _month_ended(date(2026, 5, 31)) == date(2026, 5, 1)
    assert _month_ended(date(2026, 5, 30)) == date(2026, 4, 1)


def test_without_targets_nothing_is_judged(engine):
    found = judged(engine)
    assert found.empty
    assert catalogue("en").text(diagnosis.targets_title(found))
    assert diagnosis.pace_chart(found).empty


def test_the_past_pace_of_a_class_is_no_evidence():
    """Picked by what they spent, the class's spend has climbed; that says nothing on where it goes."""
    aim = [{"id": "core", "metric": "revenue_per_customer", "group": "class:core", "change": 0.1, "due": "2026-06-30"}]
    engagement = s.engagement(targets=aim)
    best = pd.DataFrame({"group_id": "class:core", "customer_id": [f"c{i:03d}" for i in range(0, 120, 2)]})
    rows = [
        row | {"amount": row["amount"] * (1 + max(0, (row["ordered_on"] - date(2025, 6, 1)).days) / 100)}
        for row in s.orders(wave=None)
    ]
    measured = diagnosis.measure(s.shop(orders=rows), engagement, s.BASELINE, groups=best)
    found = diagnosis.targets(measured).iloc[0]
    assert (found["verdict"], found["status"]) == ("selected", "unknown")
    assert "regression to the mean" in catalogue("en").text(found["verdict_words"])
    assert not len(diagnosis.pace_chart(diagnosis.targets(measured)))


def test_a_metric_has_one_state_on_its_card_and_in_the_table(engine):
    aims = [
        {"id": "t0", "metric": "active_customers", "value": 60, "due": DUE},
        {"id": "t1", "metric": "average_order_value", "value": 9000, "due": DUE},
        {"id": "t2", "metric": "repurchase_rate", "value": 0.99, "due": DUE},
    ]
    measured = diagnosis.measure(engine, s.engagement(targets=aims), s.BASELINE, 18, None)
    table = diagnosis.targets(measured)
    words = catalogue("en")
    cards = {words.text(figure["label"]): figure["status"] for figure in diagnosis.headline(measured, table)}
    compared = 0
    asking = table[table["status"].isin(["good", "watch", "bad"]) & table["verdict"].ne("below")]
    for row in asking.itertuples():
        label = words.text(metric_label(row.metric))
        if label in cards:
            assert cards[label] == row.status, row.metric
            compared += 1
    assert compared >= 2
    assert len(set(asking["status"])) > 1


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([("within", "good")], "good"),
        ([("within", "good"), ("flat", "watch")], "watch"),
        ([("flat", "watch"), ("against", "bad")], "bad"),
        ([("few", "unknown")], ""),
        ([("below", "watch")], ""),
        ([("below", "watch"), ("met", "good")], "good"),
    ],
)
def test_the_gravest_of_a_metric_s_targets_is_on_its_card(states, expected):
    assert _worst(pd.DataFrame(states, columns=["verdict", "status"])) == expected


def test_a_share_beyond_all_cannot_be_reached_and_that_is_said(engine):
    found = judged(engine, {"metric": "profile_completeness", "change": 0.9})
    assert found["goal"].iloc[0] > 1
    assert "cannot be reached" in catalogue("en").text(found["verdict_short"].iloc[0])

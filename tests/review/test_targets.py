"""Targets against what was reached, tasks carried out, and what follows for the next cycle."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.engine import connect_frames
from crm_lib.language import LANGUAGES, Message, catalogue, msg
from crm_lib.metrics import METRICS
from crm_lib.review.due import due_on, work_of
from crm_lib.review.intervals import detectable, needed_per_arm
from crm_lib.review.iterations import (
    DECISIONS,
    STRATEGY_RULES,
    artifact,
    iteration_table,
    iterations,
    measure,
    owner_of,
)
from crm_lib.review.strategies import COLUMNS as STRATEGIES
from crm_lib.review.targets import attainment, attainment_table, missed
from crm_lib.review.tasks import by_owner, completion
from crm_lib.review.titles import attainment_title, plan_words, tasks_title
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, START, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NO_GROUPS = pd.DataFrame({"group_id": pd.Series(dtype=str), "customer_id": pd.Series(dtype=str)})


def target(metric, baseline, goal, group="all", id="t", due=AS_OF):
    row = {"target_id": id, "metric": metric, "group_id": group, "baseline": baseline, "baseline_low": float("nan")}
    return pd.DataFrame([row | {"baseline_high": float("nan"), "target": goal, "due": due}])


def three_months(a_month):
    rows = [(f"c{i}", date(2026, month, 10)) for month in (4, 5, 6) for i in range(a_month)]
    return connect_frames({"orders": orders(rows)}, AS_OF)


def status(engine, *args, shop=SHOP, **more):
    return attainment(engine, shop, WINDOWS, target(*args, **more), NO_GROUPS).iloc[0]


@pytest.mark.parametrize(("goal", "found"), [(20, "good"), (15, "good"), (25, "watch"), (30, "bad"), (40, "bad")])
def test_a_total_is_the_mean_of_a_month(goal, found):
    row = status(three_months(20), "orders", 12, goal)
    assert row["actual"] == 20
    assert row["gap"] == 20 - goal
    assert row["progress"] == pytest.approx(8 / (goal - 12))
    assert row["status"] == found


def test_where_less_is_better_reaching_means_going_down():
    rows = [(f"c{i}", START - timedelta(days=10)) for i in range(40)] + [
        (f"c{i}", day) for i in range(30) for day in (START, START + timedelta(days=40))
    ]
    rows += [("x", date(2025, 1, 1))]
    engine = connect_frames({"orders": orders(rows)}, AS_OF)
    assert status(engine, "churn_rate", 0.5, 0.3)["status"] == "good"
    assert (
        status(engine, "churn_rate", 0.3, 0.1)["status"] == "watch"
    )  # 10 of 40: within the interval of the path's mean
    assert status(engine, "churn_rate", 0.15, 0.05)["status"] == "bad"


def test_few_or_none_are_unknown():
    assert status(three_months(3), "average_order_value", 50, 100)["status"] == "unknown"
    assert status(connect_frames({}, AS_OF), "nps", 10, 20)["status"] == "unknown"
    none = attainment(connect_frames({}, AS_OF), SHOP, WINDOWS, target("nps", 10, 20), NO_GROUPS)
    assert attainment_title(SHOP, none).id == "review.title.targets.unknown"
    assert len(attainment_table(SHOP, none)) == 1
    assert len(missed(none)) == 0


def test_a_target_that_was_met_at_the_baseline_has_no_progress():
    row = status(three_months(20), "orders", 22, 18)
    assert row[["status", "standing"]].tolist() == ["unknown", "already"]
    assert pd.isna(row["progress"])
    reached = attainment(three_months(20), SHOP, WINDOWS, target("orders", 22, 18), NO_GROUPS)
    assert attainment_title(SHOP, reached).id == "review.title.targets.unknown"
    assert len(missed(reached)) == 0
    fallen = status(three_months(10), "orders", 22, 18)
    assert fallen[["status", "standing"]].tolist() == ["bad", "behind"]
    assert pd.isna(fallen["progress"])


def test_before_the_due_day_the_path_is_what_counts():
    due = AS_OF + timedelta(days=91)
    assert status(three_months(20), "orders", 12, 28, due=due)["standing"] == "on_track"
    assert status(three_months(20), "orders", 12, 40, due=due)["standing"] == "behind"
    assert status(three_months(20), "orders", 12, 28)["standing"] == "behind"
    both = pd.concat([target("orders", 12, 28, due=due), target("orders", 12, 19, id="u")])
    reached = attainment(three_months(20), SHOP, WINDOWS, both, NO_GROUPS)
    assert attainment_title(SHOP, reached).id == "review.title.targets.fine"
    with_one = pd.concat([both, target("orders", 12, 50, id="v")])
    late = attainment(three_months(20), SHOP, WINDOWS, with_one, NO_GROUPS)
    assert attainment_title(SHOP, late).id == "review.title.targets.midway"


def test_the_first_that_is_short_is_the_first_of_the_table():
    goals = [("met", 19), ("mild", 25), ("grave", 40)]
    given = pd.concat([target("orders", 12, goal, id=id) for id, goal in goals], ignore_index=True)
    reached = attainment(three_months(20), SHOP, WINDOWS, given, NO_GROUPS)
    assert reached["target_id"].tolist() == ["grave", "mild", "met"]
    assert missed(reached)["target_id"].tolist() == ["grave", "mild"]
    assert attainment_title(SHOP, reached).args["goal"].value == 40


def test_a_gap_has_its_sign_like_every_other():
    over = attainment(three_months(20), SHOP, WINDOWS, target("orders", 12, 19), NO_GROUPS)
    under = attainment(three_months(20), SHOP, WINDOWS, target("orders", 12, 28), NO_GROUPS)
    words = [catalogue("en").text(attainment_table(SHOP, one)["gap_cell"].iloc[0]) for one in (over, under)]
    assert words == ["+1", "-8"]


def tasks(*rows):
    columns = ["task_id", "strategy", "owner", "due", "planned", "done", "status"]
    return pd.DataFrame([(f"k{i}", *row, "") for i, row in enumerate(rows)], columns=columns)


def test_no_task_makes_up_for_another():
    day = START + timedelta(days=6)
    found = completion(SHOP, tasks(("wake", "bob", day, 10, 20), ("wake", "bob", day, 10, 0)), AS_OF)
    assert found["completion"].iloc[0] == 0.5
    assert (found["done"].iloc[0], found["overdue"].iloc[0], found["status"].iloc[0]) == (20, 1, "bad")
    assert by_owner(found)["completion"].iloc[0] == 0.5
    assert "Bob" in catalogue("en").text(tasks_title(found))
    assert catalogue("en").text(plan_words()) == "On target: 90.0%"


def test_what_is_not_due_yet_and_what_is_not_there():
    later = tasks(("wake", "bob", AS_OF + timedelta(days=1), 10, 0))
    assert len(completion(SHOP, later, AS_OF)) == 0
    assert tasks_title(completion(SHOP, None, AS_OF)).id == "review.title.tasks.none"
    silent = tasks(("wake", "bob", AS_OF, 10, 0)).assign(status="not_recorded")
    assert len(completion(SHOP, silent, AS_OF)) == 0
    nothing = completion(SHOP, tasks(("wake", "bob", AS_OF, 0, 0)), AS_OF)
    assert nothing["status"].iloc[0] == "unknown"
    assert tasks_title(nothing).id == "review.title.tasks.none"


def strategies(**row):
    known = dict.fromkeys(STRATEGIES, float("nan")) | {
        "strategy": "wake",
        "strategy_label": msg("group.all"),
        "owner": "bob",
    }
    sizes = {"alike": True, "treated": 100, "held": 100, "needed": 500, "members": 2000, "detectable": 0.03}
    return pd.DataFrame([known | sizes | row], columns=STRATEGIES)


NOTHING = completion(SHOP, None, AS_OF)
NO_PARTS = pd.DataFrame(columns=["target_id", "role"])
NO_MISSES = missed(attainment(connect_frames({}, AS_OF), SHOP, WINDOWS, target("nps", 1, 2).iloc[:0], NO_GROUPS))


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        ({"verdict": "works", "effect": 0.1, "effect_low": 0.02, "effect_high": 0.2}, "keep"),
        ({"verdict": "harms", "effect": -0.1, "effect_low": -0.2, "effect_high": -0.02}, "drop"),
        ({"verdict": "none", "effect": 0.0, "effect_low": -0.04, "effect_high": 0.04}, "drop"),
        ({"verdict": "none", "effect": 0.0, "effect_low": -0.1, "effect_high": 0.1}, "change"),
        ({"verdict": "few"}, "change"),
        ({"verdict": "unlike"}, "change"),
        ({"verdict": "no_holdout"}, "change"),
        ({"verdict": "early"}, "keep"),
        ({"verdict": "proposed"}, "start"),
    ],
)
def test_what_is_decided_of_a_strategy(row, decision):
    found = iterations(SHOP, strategies(**row), NOTHING, NO_MISSES, NO_PARTS).iloc[0]
    assert (found["decision"], found["owner"], found["subject"]) == (decision, "bob", "strategy:wake")
    assert found["due"] == due_on({"drop": "stop", "keep": "keep"}.get(decision, "cycle"), SHOP)


@pytest.mark.parametrize(
    ("subject", "decision", "work", "due"),
    [
        ("strategy:wake", "drop", "stop", date(2026, 7, 7)),
        ("owner:ann", "change", "backlog", date(2026, 7, 7)),
        ("cause:open_complaints", "start", "backlog", date(2026, 7, 7)),
        ("target:aov", "start", "measure", date(2026, 7, 14)),
        ("cause:complaints", "start", "cause", date(2026, 7, 30)),
        ("target:records", "start", "data", date(2026, 8, 14)),
        ("strategy:wake", "change", "cycle", date(2026, 7, 31)),  # the next cycle starts on a Monday
        ("target:aov", "change", "cycle", date(2026, 7, 31)),
        ("strategy:wake", "keep", "keep", date(2026, 9, 29)),
    ],
)
def test_when_an_item_is_due_follows_from_what_it_is(subject, decision, work, due):
    targets = [
        {"id": "aov", "metric": "average_order_value", "value": 1.0, "due": AS_OF},
        {"id": "records", "metric": "profile_completeness", "value": 0.9, "due": AS_OF},
    ]
    cycle = {"number": 1, "baseline": START - timedelta(days=1), "start": START, "end": date(2026, 8, 2)}
    shop = engagement(cycles=[cycle], targets=targets)
    assert work_of(shop, subject, decision) == work
    assert due_on(work, shop) == due


@pytest.mark.parametrize("as_of", [date(2026, 7, 3), date(2026, 7, 4), AS_OF])
def test_nothing_is_due_on_a_weekend_or_before_it_is_told(as_of):
    daily = engagement(as_of=as_of, cadence={"stand_up": "daily"})
    for work in ("stop", "backlog", "measure", "cause", "data", "cycle", "keep"):
        due = due_on(work, daily)
        assert due > as_of
        assert due.weekday() < 5


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"verdict": "few"}, "few"),
        ({"verdict": "few", "members": 999}, "few_class"),
        ({"verdict": "few", "members": 4, "detectable": float("nan")}, "few_never"),
        ({"verdict": "none", "effect_high": 0.1, "members": 999}, "not_shown_class"),
        ({"verdict": "no_holdout", "members": 12}, "no_holdout_small"),
        ({"verdict": "no_holdout", "members": 20, "detectable": float("nan")}, "no_holdout_never"),
        ({"verdict": "no_holdout", "members": 999}, "no_holdout_class"),
        ({"verdict": "no_holdout", "members": 1000, "class_rate": 0.5}, "no_holdout"),
        ({"verdict": "no_holdout", "members": 999, "class_rate": 0.97}, "no_holdout_all_buy"),
        ({"verdict": "no_holdout", "members": 1000, "needed": float("nan")}, "no_holdout"),
        ({"verdict": "none", "effect_high": 0.1, "members": 1000}, "not_shown"),
        ({"verdict": "none", "effect_high": 0.1, "members": 0}, "not_shown"),
    ],
)
def test_no_sample_is_asked_for_that_the_class_does_not_have(row, rule):
    found = iterations(SHOP, strategies(**row), NOTHING, NO_MISSES, NO_PARTS).iloc[0]
    assert found["message"] == f"review.iteration.{rule}"
    for language in LANGUAGES:
        named = row.get("members") == 999 and rule != "no_holdout_all_buy"
        assert ("999" in catalogue(language).text(found["words"])) == named


def test_the_smallest_effect_that_halves_of_a_class_show():
    shown = detectable(0.3, 300)
    assert needed_per_arm(0.3, shown) <= 300 < needed_per_arm(0.3, shown - 0.002)
    assert pd.isna(detectable(0.3, 2))
    assert pd.isna(detectable(float("nan"), 300))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", STRATEGY_RULES)
def test_every_rule_has_words(language, rule):
    assert f"review.iteration.{rule}" in catalogue(language)


def test_the_list_is_what_the_next_cycle_reads(tmp_path):
    behind = completion(SHOP, tasks(("wake", "bob", AS_OF, 10, 2)), AS_OF)
    late = missed(attainment(three_months(20), SHOP, WINDOWS, target("orders", 12, 60), NO_GROUPS))
    found = iterations(SHOP, strategies(verdict="no_holdout"), behind, late, NO_PARTS)
    assert [row.partition(":")[0] for row in found["subject"]] == ["strategy", "owner", "target"]
    handoff.write(tmp_path, "iterations", artifact(found))
    read = handoff.read(tmp_path, "iterations")
    said = [Message.from_json(json.loads(text)) for text in read["message"]]
    for language in LANGUAGES:
        assert [catalogue(language).text(one) for one in said] == [catalogue(language).text(w) for w in found["words"]]
    assert set(read["decision"]) <= set(DECISIONS)
    assert len(iteration_table(SHOP, found)) == 3


def test_an_empty_list_is_a_list(tmp_path):
    none = iterations(SHOP, strategies().iloc[:0], NOTHING, NO_MISSES, NO_PARTS)
    handoff.write(tmp_path, "iterations", artifact(none))
    assert len(handoff.read(tmp_path, "iterations")) == 0


@pytest.mark.parametrize(
    ("metric", "group", "part", "owner"),
    [
        ("repurchase_rate", "class:core", "", "ann"),
        ("revenue", "all", "dormant", "bob"),
        ("active_customers", "all", "", "bob"),
        ("complaints", "all", "", "unassigned"),
    ],
)
def test_who_answers_for_a_missed_target(metric, group, part, owner):
    assert owner_of(SHOP, {"metric": metric, "group_id": group}, part) == owner


def test_a_missed_target_without_a_strategy_goes_to_the_team_whose_subject_it_is():
    teams = [
        {"id": "service", "label": "Service desk", "owners": [{"id": "ann", "label": "A", "contacts_per_week": 1}]}
    ]
    teams += [{"id": "other", "label": "Other", "owners": [{"id": "bob", "label": "B", "contacts_per_week": 1}]}]
    found = owner_of(engagement(teams=teams), {"metric": "complaints", "group_id": "all"}, "")
    assert found == "team:service"
    assert catalogue("en").text(engagement(teams=teams).owner_label(found)) == "Service desk"


def test_who_has_most_of_what_is_missing_is_named_though_another_made_a_smaller_share():
    day = START + timedelta(days=6)
    found = completion(SHOP, tasks(("care", "ann", day, 500, 360), ("wake", "bob", day, 50, 28)), AS_OF)
    assert "of the 162 that are missing Ann has 140 (86.4%)" in catalogue("en").text(tasks_title(found))
    listed = iterations(SHOP, strategies().iloc[:0], found, NO_MISSES, NO_PARTS)
    assert listed["subject"].tolist() == ["owner:bob", "owner:ann"]
    assert "140 of 500" in catalogue("en").text(listed["words"].iloc[1])
    whole = completion(SHOP, tasks(("care", "ann", day, 5, 5)), AS_OF)
    assert tasks_title(whole).id == "review.title.tasks.all"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_what_is_missed_everywhere_has_a_measure_of_its_own(metric, language):
    row = {"target_id": "t", "metric": metric, "group_id": "all", "gap": 1.0}
    late = pd.DataFrame([row])
    said = iterations(SHOP, strategies().iloc[:0], NOTHING, late, NO_PARTS)["words"].iloc[0]
    assert catalogue(language).text(said).strip().endswith(catalogue(language).text(measure(SHOP, metric)))


def factors(before, after, verdicts) -> pd.DataFrame:
    """Changes of the core customers' purchases a customer and amount a purchase."""
    names = ["purchase_frequency", "average_order_value"]
    return pd.DataFrame(
        {"metric": names, "group_id": "class:core", "before": before, "after": after, "verdict": verdicts}
    )


MISSED_SPEND = pd.DataFrame(
    [{"target_id": "t", "metric": "revenue_per_customer", "group_id": "class:core", "gap": -30.0}]
).assign(baseline=430.0, target=450.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (factors([3.0, 50.0], [2.0, 55.0], ["worse", "better"]), "Purchase frequency clearly fell"),
        (
            factors([3.0, 50.0], [2.9, 40.0], ["unclear", "unclear"]),
            "Average order value fell, but not",
        ),
        (factors([3.0, 50.0], [3.1, 50.0], ["unclear", "unclear"]), "Take it apart"),
        (factors([3.0, 50.0], [2.0, 40.0], ["few", "worse"]), "Take it apart"),
    ],
)
def test_revenue_a_customer_that_is_short_is_taken_apart(given, said):
    words = iterations(SHOP, strategies().iloc[:0], NOTHING, MISSED_SPEND, NO_PARTS, changes=given)["words"].iloc[0]
    assert said in catalogue("en").text(words)


@pytest.mark.parametrize(
    ("verdict", "expected_high", "goal", "told"),
    [
        ("better", -60.0, 450.0, True),
        ("unclear", -60.0, 450.0, True),
        ("worse", -60.0, 450.0, False),  # it fell by more
        ("better", 5.0, 450.0, False),  # such groups do not fall beyond chance
        ("better", -60.0, 400.0, False),  # the target leaves room for it
    ],
)
def test_a_target_above_what_such_groups_do_by_themselves_is_set_anew(verdict, expected_high, goal, told):
    row = {"group_id": "class:core", "measure": "spend", "verdict": verdict, "change": -48.0, "expected": -104.0}
    moved = pd.DataFrame([row | {"expected_low": -144.0, "expected_high": expected_high}])
    late = MISSED_SPEND.assign(target=goal)
    listed = iterations(SHOP, strategies().iloc[:0], NOTHING, late, NO_PARTS, moved=moved)
    assert listed["decision"].tolist() == (["change", "start"] if told else ["start"])
    if told:
        for language in LANGUAGES:
            assert "104.00" in catalogue(language).text(listed["words"].iloc[0])

"""What is said of contacts that are due: who owes them, and never that they were made where they were not."""

import json

import numpy as np
import pandas as pd
import pytest

from crm_lib.language import Finding, catalogue, literal, msg
from crm_lib.monitoring.alerts import alerts
from crm_lib.monitoring.findings import _action, _alerts, _answers, _good_news, _tasks, beyond_summary
from crm_lib.monitoring.reasons import execution_gap
from crm_lib.monitoring.titles import answers_title, events_title
from tests.monitoring import shop

WORDS = catalogue("en")


def owners(**done: tuple[int, int]) -> pd.DataFrame:
    """Planned and made by owner, the lowest completion first."""
    frame = pd.DataFrame([(name, *counts) for name, counts in done.items()], columns=["owner", "planned", "done"])
    frame["open"], frame["completion"] = frame["planned"] - frame["done"], frame["done"] / frame["planned"]
    frame["too_late"], frame["per_week"] = 0, frame["planned"] / 13
    frame["oldest_due"] = np.where(frame["open"] > 0, pd.Timestamp("2026-04-19"), pd.NaT)
    frame["oldest_due"] = pd.to_datetime(frame["oldest_due"])
    return frame.sort_values(["completion", "owner"], ignore_index=True)


def of_strategies(frame: pd.DataFrame, strategy: str = "wake") -> pd.DataFrame:
    return frame.assign(strategy=strategy)


def said(frame: pd.DataFrame) -> Finding:
    (finding,) = _tasks(shop.engagement(), shop.plan(), of_strategies(frame), frame, 0.6, ANSWERS, NO_SENDS)
    return finding


ANSWERS = pd.DataFrame(
    {"strategy": ["wake", "core"], "contacts": [90, 10], "made": [90, 10], "off_list": [9, 0], "by_complaint": False}
)
NO_SENDS = pd.DataFrame({"campaign_id": [], "matched": [], "judged": []}).astype({"judged": "int64"})


def test_contacts_off_the_lists_and_messages_of_no_strategy_are_told():
    late = owners(ann=(50, 28))
    assert "not on the strategy" not in WORDS.text(said(late).evidence)  # 9 of 100
    answers = ANSWERS.assign(off_list=[9, 1])
    (finding,) = _tasks(shop.engagement(), shop.plan(), of_strategies(late), late, 0.6, answers, NO_SENDS)
    text = WORDS.text(finding.evidence)
    assert "Of the 100 contacts" in text
    assert "10 (10.0%) were with customers who are not on the strategy" in text
    assert "Check the call lists" in WORDS.text(finding.action)
    sends = pd.DataFrame({"campaign_id": ["m1", "m1", "m2", "w"], "matched": ["", "", "", "wake"], "judged": 1})
    (finding,) = _tasks(
        shop.engagement(), shop.plan(), of_strategies(late.iloc[:0]), late.iloc[:0], 0.6, ANSWERS, sends
    )
    assert WORDS.text(finding.evidence).startswith("3 campaign messages of 2 campaigns were sent in the cycle;")
    (finding,) = _tasks(
        shop.engagement(),
        shop.plan(),
        of_strategies(late.iloc[:0]),
        late.iloc[:0],
        0.6,
        ANSWERS,
        sends.assign(judged=[1, 0, 1, 1]),
    )
    assert "for 2 of them the time to answer has passed" in WORDS.text(finding.evidence)  # the headline's other base
    (finding,) = _tasks(
        shop.engagement(), shop.plan(), of_strategies(late.iloc[:0]), late.iloc[:0], 0.6, ANSWERS, NO_SENDS
    )
    assert finding.evidence is None


def test_what_was_made_after_the_promised_time_is_told_apart():
    late = owners(ann=(50, 2)).assign(too_late=8)
    finding = said(late)
    assert "made: 2 (4.0%); not made, or not in time: 48" in WORDS.text(finding.headline)  # 50 = 2 + 48
    assert "Ann: 8 of these were made after the promised time" in WORDS.text(finding.evidence)
    assert "the 40 overdue contacts" in WORDS.text(finding.action)


def test_a_call_promised_within_hours_has_no_interval_to_lengthen():
    made = shop.engagement()
    care = made.strategies[0].model_copy(update={"id": "care", "trigger": "complaint_closed"})
    made = made.model_copy(update={"strategies": (*made.strategies, care)})
    late = owners(ann=(50, 2)).assign(too_late=8)
    (finding,) = _tasks(made, shop.plan(), of_strategies(late, "care"), late, 0.6, ANSWERS, NO_SENDS)
    assert "the 40 call-backs" in WORDS.text(finding.action)
    assert "interval" not in WORDS.text(finding.action)
    target = late.iloc[:1].assign(strategy="care", owner="ann")
    plan = pd.DataFrame({"strategy": ["care"], "operating_class": ["core"]})
    assert execution_gap(made, "class:core", target, plan) == (0, 0)  # complaints are of any class
    assert execution_gap(made, "all", target, plan) == (2, 50)


def test_calls_that_were_for_no_closed_complaint_are_told_apart_from_those_off_a_list():
    late = owners(ann=(50, 2))
    care = pd.DataFrame(
        {"name": literal("Care"), "contacts": [92], "made": [92], "off_list": [83], "by_complaint": [True]}
    )
    (finding,) = _tasks(
        shop.engagement(), shop.plan(), of_strategies(late), late, 0.6, pd.concat([ANSWERS, care]), NO_SENDS
    )
    why = WORDS.text(finding.evidence)
    assert "Of the 92 contacts made for “Care”, 83 (90.2%)" in why
    assert "who are not on the strategy" not in why  # 9 of 100
    assert "Stop using the present call-back list" in WORDS.text(finding.action)
    for known in (9, pd.NA):  # few, or no tickets to tell by
        answers = pd.concat([ANSWERS, care.assign(off_list=pd.array([known], dtype="Int64"))])
        (finding,) = _tasks(shop.engagement(), shop.plan(), of_strategies(late), late, 0.6, answers, NO_SENDS)
        assert "Care" not in WORDS.text(finding.evidence)


def test_what_the_summary_has_no_room_for_is_told_after_it_but_alerts_have_their_list():
    found = [
        Finding(msg(f"monitoring.finding.{id}"))
        for id in ("tasks", "alert.close_late", "figure_bad", "alert.core_late", "on_track")
    ]
    assert [one.headline.id for one in beyond_summary(found, 1)] == [
        "monitoring.finding.figure_bad",
        "monitoring.finding.on_track",
    ]


@pytest.mark.parametrize(("planned", "id"), [(50, ".free"), (13 * 49, ".free"), (13 * 51, "")])
def test_more_capacity_is_asked_for_only_where_the_plan_exceeds_it(planned: int, id: str):
    nothing = pd.DataFrame(columns=["rule", "day", "owner", "open"]), pd.DataFrame(columns=["target_id"])
    behind = owners(ann=(planned, 2))  # of 50 a week that Ann can do
    found = alerts(shop.engagement(), nothing[0], {}, behind, nothing[1], 0.6)
    assert found["action"].iloc[0].id == f"monitoring.alert_do.owner_behind{id}"


def test_who_owes_most_is_named_beside_who_completes_least():
    finding = said(owners(ann=(50, 28), bea=(533, 386), cy=(1269, 1184)))
    why, action = WORDS.text(finding.evidence), WORDS.text(finding.action)
    assert "bea: 72.4% made, 147 missing" in why
    assert why.index("bea") < why.index("Ann")
    assert "57.9%" in why  # of the 254 that are open
    assert "cy" not in why
    assert "169" in action
    assert finding.severity == "high"


def test_open_contacts_have_an_owner_and_an_action_also_where_nobody_is_far_behind():
    finding = said(owners(ann=(100, 90), bea=(100, 99)))
    assert "Ann: 90.0% made, 10 missing" in WORDS.text(finding.evidence)
    assert "bea" not in WORDS.text(finding.evidence)
    assert finding.severity == "low"
    assert "10" in WORDS.text(finding.action)


def test_nothing_open_asks_for_nothing():
    finding = said(owners(ann=(10, 10)))
    assert finding.evidence is None
    assert finding.action is None


def test_what_the_diagnosis_found_to_be_complained_of_in_a_part_comes_first():
    row = pd.Series({"metric": "repurchase_rate", "status": "bad"})
    part = pd.Series({"dimension": "join_channel", "part": "mini_program"})
    text = WORDS.text(_action(row, part, None, 895, 1000, 0.6, 0, NO_POINTS))
    assert text.startswith("Of the contacts due, 89.5% were made: start with")
    first = msg("diagnosis.action.root_first", root=literal("late delivery"))
    where = {"dimension": msg("diagnosis.dimension.join_channel"), "part": msg("channel.mini_program")}
    said = msg("diagnosis.sentences", first=first, rest=msg("diagnosis.action.start", **where))
    points = pd.DataFrame({"action": [json.dumps(said.to_json())]})
    text = WORDS.text(_action(row, part, None, 895, 1000, 0.6, 0, points))
    assert "late delivery" in text
    assert "Mini-program" in text
    other = pd.Series({"dimension": "join_channel", "part": "store"})
    assert "late delivery" not in WORDS.text(_action(row, other, None, 895, 1000, 0.6, 0, points))


def alert(count: int, open_ones: int, rule: str = "response_late") -> str:
    row = {"rule": rule, "count": count, "base": 4, "open": open_ones, "since": pd.Timestamp("2026-04-02")}
    rows = pd.DataFrame([row]).assign(status="bad", who=literal("Ann"), action=literal("Act."))
    (finding,) = _alerts(rows)
    return catalogue("zh").text(finding.headline)


def test_all_of_them_are_called_all():
    assert "全部未在时限内首次响应，至今全部未响应" in alert(4, 4)
    assert "3 起投诉未在时限内首次响应（占 75.0%），其中 1 起至今未响应" in alert(3, 1)
    assert "目前均已响应" in alert(3, 0)
    assert "4 起投诉至今全部未关闭" in alert(4, 4, "open_before")


def test_all_targets_on_track_are_called_all():
    row = {"target_id": "t", "status": "good", "standing": "on_track"}
    both = pd.DataFrame([row, row])
    some = both.assign(status=["good", "watch"])
    said = [WORDS.text(next(_good_news(shop.engagement(), part)).headline) for part in (both, some)]
    assert said[0].startswith("All 2 targets that can be judged are on track")
    assert said[1].startswith("On track: 1 of 2")


def test_talks_and_bulk_messages_are_not_compared():
    given = {"strategy": ["a", "b"], "name": [literal("A"), literal("B")], "contacts": [100, 100]}
    given |= {"share": [0.4, 0.1], "low": [0.3, 0.05], "high": [0.5, 0.15], "enough": True}
    talks = pd.DataFrame(given | {"base_conversion": [100, 100]})
    assert answers_title(talks, 30).id == "monitoring.title.answers"
    mixed = talks.assign(base_conversion=[100, 20])
    assert answers_title(mixed, 30).id == "monitoring.title.answers_mixed"
    assert [len(list(_answers(one))) for one in (talks, mixed)] == [1, 0]


def test_a_week_is_named_as_the_worst_only_if_it_is_alone():
    weekly = pd.DataFrame(
        {"week": pd.to_datetime(["2026-04-06", "2026-04-13"]), "rule": "close_late", "events": [3, 3]}
    )
    none = pd.DataFrame({"rule": []}, dtype="str")
    assert "up to 3 a week" in WORDS.text(events_title(weekly, none))
    assert "6 Apr 2026 with 4" in WORDS.text(events_title(weekly.assign(events=[4, 3]), none))


NO_POINTS = pd.DataFrame({"action": []}, dtype="str")


@pytest.mark.parametrize(("silent", "status"), [(98, "bad"), (0, "bad")])
def test_contacts_are_said_to_be_made_only_as_far_as_they_were(silent: int, status: str):
    row = pd.Series({"metric": "repurchase_rate", "status": status})
    text = WORDS.text(_action(row, None, None, 1212, 1319, 0.6, silent, NO_POINTS))
    assert "91.9%" in text
    assert "The planned number of contacts was made" not in text

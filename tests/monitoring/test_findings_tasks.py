"""What is said of contacts that are due: who owes them, and never that they were made where they were not."""

import numpy as np
import pandas as pd
import pytest

from crm_lib.language import Finding, catalogue
from crm_lib.monitoring.alerts import alerts
from crm_lib.monitoring.findings import _action, _tasks
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


def said(frame: pd.DataFrame) -> Finding:
    (finding,) = _tasks(shop.engagement(), shop.plan(), frame, 0.6, ANSWERS, NO_SENDS)
    return finding


ANSWERS = pd.DataFrame({"contacts": [90, 10], "off_list": [9, 0]})
NO_SENDS = pd.DataFrame({"campaign_id": [], "matched": []}, dtype="str")


def test_contacts_off_the_lists_and_messages_of_no_strategy_are_told():
    late = owners(ann=(50, 28))
    assert "not on the strategy" not in WORDS.text(said(late).evidence)  # 9 of 100
    answers = ANSWERS.assign(off_list=[9, 1])
    (finding,) = _tasks(shop.engagement(), shop.plan(), late, 0.6, answers, NO_SENDS)
    assert "10 (10.0%) were with customers who are not on the strategy" in WORDS.text(finding.evidence)
    sends = pd.DataFrame({"campaign_id": ["m1", "m1", "m2", "w"], "matched": ["", "", "", "wake"]})
    (finding,) = _tasks(shop.engagement(), shop.plan(), late.iloc[:0], 0.6, ANSWERS, sends)
    assert WORDS.text(finding.evidence).startswith("3 campaign messages of 2 campaigns")
    (finding,) = _tasks(shop.engagement(), shop.plan(), late.iloc[:0], 0.6, ANSWERS, NO_SENDS)
    assert finding.evidence is None


def test_what_was_made_after_the_promised_time_is_told_apart():
    late = owners(ann=(50, 2)).assign(open=40, too_late=8)
    why = WORDS.text(said(late).evidence)
    assert "4.0% made" in why
    assert "Ann: 8 more were made after the promised time" in why


@pytest.mark.parametrize(("planned", "id"), [(50, ".free"), (600, "")])
def test_more_capacity_is_asked_for_only_where_the_plan_is_near_it(planned: int, id: str):
    nothing = pd.DataFrame(columns=["rule", "day", "owner", "open"]), pd.DataFrame(columns=["target_id"])
    behind = owners(ann=(planned, 2))  # of 50 a week that Ann can do
    found = alerts(shop.engagement(), nothing[0], {}, behind, nothing[1], 0.6)
    assert found["action"].iloc[0].id == f"monitoring.alert_do.owner_behind{id}"


def test_who_owes_most_is_named_beside_who_completes_least():
    finding = said(owners(ann=(50, 28), bea=(533, 386), cy=(1269, 1184)))
    why, action = WORDS.text(finding.evidence), WORDS.text(finding.action)
    assert "bea: 72.4% made, 147 open" in why
    assert why.index("bea") < why.index("Ann")
    assert "57.9%" in why  # of the 254 that are open
    assert "cy" not in why
    assert "169" in action
    assert finding.severity == "high"


def test_open_contacts_have_an_owner_and_an_action_also_where_nobody_is_far_behind():
    finding = said(owners(ann=(100, 90), bea=(100, 99)))
    assert "Ann: 90.0% made, 10 open" in WORDS.text(finding.evidence)
    assert "bea" not in WORDS.text(finding.evidence)
    assert finding.severity == "low"
    assert "10" in WORDS.text(finding.action)


def test_nothing_open_asks_for_nothing():
    finding = said(owners(ann=(10, 10)))
    assert finding.evidence is None
    assert finding.action is None


@pytest.mark.parametrize(("silent", "status"), [(98, "bad"), (0, "bad")])
def test_contacts_are_said_to_be_made_only_as_far_as_they_were(silent: int, status: str):
    row = pd.Series({"metric": "repurchase_rate", "status": status})
    text = WORDS.text(_action(row, None, None, 1212, 1319, 0.6, silent))
    assert "91.9%" in text
    assert "The planned number of contacts was made" not in text

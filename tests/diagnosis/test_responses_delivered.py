"""Answers that nobody delivered are not answers that nobody gave."""

from datetime import timedelta

import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.rules_campaigns import campaign_weak
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.metrics import METRICS, measurable
from tests.diagnosis import shop as s

WORDS = catalogue("en")


def sends(answered: dict[str, int], each: int = 400) -> list[dict]:
    """`each` messages a campaign, of which so many were answered."""
    day = s.BASELINE - timedelta(days=40)
    return [
        {
            "campaign_id": name,
            "customer_id": f"c{i}",
            "sent_on": day,
            "responded_on": day + timedelta(days=1) if i < hits else None,
        }
        for name, hits in answered.items()
        for i in range(each)
    ]


def measured_with(members: list[dict]) -> diagnosis.Measured:
    frames = {"orders": pd.DataFrame(s.orders()), "campaign_members": pd.DataFrame(members)}
    return diagnosis.measure(connect_frames(frames, s.BASELINE), s.engagement(), s.BASELINE)


def test_lists_without_one_answer_measure_nothing():
    measured = measured_with(sends({"a": 0, "b": 0}))
    assert measured.trend("campaign_response_rate") is None
    assert campaign_weak(measured).state == "absent"
    said = " ".join(WORDS.text(sentence) for sentence in diagnosis.missing(measured))
    assert "none of the 800 rows" in said


@pytest.mark.parametrize(
    ("answered", "ranked"), [({"a": 4, "b": 6}, False), ({"a": 2, "b": 40}, True), ({"a": 22, "b": 38, "c": 24}, True)]
)
def test_campaigns_are_ranked_only_where_they_differ_beyond_chance(answered, ranked):
    pain = campaign_weak(measured_with(sends(answered))).pain
    assert pain is not None
    said = WORDS.text(pain.evidence)
    assert ("Campaigns differ beyond chance: the lowest is" in said) is ranked
    assert ("none differs clearly from the others" in said) is not ranked


@pytest.mark.parametrize("outcome", [None, "reached", "no_answer"])
def test_talks_that_never_say_who_answered_give_no_answer_rate(outcome):
    talk = {"interaction_id": "1", "happened_at": pd.Timestamp(s.BASELINE), "direction": "out", "customer_id": "c1"}
    talks = [talk | {"outcome": outcome}, talk | {"interaction_id": "2", "outcome": outcome}]
    engine = connect_frames({"interactions": pd.DataFrame(talks)}, s.BASELINE)
    assert not measurable(engine, METRICS["contact_response_rate"])
    talks[0]["outcome"] = "refused"
    engine = connect_frames({"interactions": pd.DataFrame(talks)}, s.BASELINE)
    assert measurable(engine, METRICS["contact_response_rate"])


def test_whether_a_customer_was_reached_is_no_answer():
    day = pd.Timestamp(s.BASELINE) - pd.Timedelta(days=40)
    talks = [
        {"interaction_id": str(i), "happened_at": day, "direction": "out", "customer_id": f"c{i}"}
        | {"outcome": "reached" if i % 3 else "no_answer", "need": "price"}
        for i in range(60)
    ]
    frames = {"orders": pd.DataFrame(s.orders()), "interactions": pd.DataFrame(talks)}
    measured = diagnosis.measure(connect_frames(frames, s.BASELINE), s.engagement(), s.BASELINE)
    for name in ("contact_response_rate", "need_conversion_rate"):
        assert measured.trend(name) is None
    assert "none of the 60 interactions says how" in " ".join(WORDS.text(one) for one in diagnosis.missing(measured))

import pandas as pd

from crm_lib import diagnosis
from crm_lib.language import catalogue
from tests.diagnosis import shop as s

WORDS = catalogue("en")


def test_a_target_goes_to_the_team_whose_strategy_aims_at_it_else_whose_subject_it_is():
    targets = [
        {"id": "a", "metric": "csat", "value": 4.5, "due": "2026-06-30"},
        {"id": "b", "metric": "purchase_frequency", "value": 2, "due": "2026-06-30"},
        {"id": "c", "metric": "complaint_close_rate", "value": 0.9, "due": "2026-06-30"},
    ]
    strategy = {"id": "x", "label": "X", "operating_class": "core", "mode": "x", "owner": "ann", "metric": "csat"}
    engagement = s.engagement(targets=targets, strategies=[strategy])
    row = diagnosis.responsibilities(engagement).iloc[0]
    assert (
        WORDS.text(row["targets"]) == "Satisfaction (CSAT) (All customers), Complaints closed in time (All customers)"
    )
    assert "Purchase frequency" in WORDS.text(diagnosis.unowned_targets(engagement)[0])


def test_every_table_is_listed_with_its_days():
    found = diagnosis.tables(s.shop(orders=s.orders())).set_index("table")
    assert found.loc["orders", "rows"] == len(s.orders())
    assert found.loc["orders", "first"].date() == s.FIRST
    assert found.loc["tickets", "rows"] == 0
    assert not found.loc["tickets", "there"]


def test_a_sentence_for_each_gap():
    refund = s._order(1, "c1", s.BASELINE, -5, "shop", "refund")
    measured = diagnosis.measure(
        s.shop(orders=[*s.orders(), refund], tickets=s.tickets()[:3]), s.engagement(), s.BASELINE
    )
    said = [WORDS.text(sentence) for sentence in diagnosis.missing(measured)]
    assert sum("No data in “Surveys”" in sentence for sentence in said) == 1
    assert any(sentence.startswith("“Complaints closed in time” rests on too few (n = ") for sentence in said)
    assert not any("Orders" in sentence for sentence in said)


def test_short_history_is_said():
    rows = [row for row in s.orders() if row["ordered_on"] >= pd.Timestamp("2026-01-01").date()]
    said = WORDS.text(diagnosis.history(diagnosis.measure(s.shop(orders=rows), s.engagement(), s.BASELINE)))
    assert "3 whole months" in said
    assert "stands for 90 days" in said

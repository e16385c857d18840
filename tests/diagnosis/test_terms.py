"""A card that still runs is not seen in purchases: the headline says so, where it can be so."""

from datetime import date, timedelta

import pytest

from crm_lib import diagnosis, strategy
from crm_lib.language import catalogue
from tests.diagnosis import shop as s

WORDS = catalogue("en")


@pytest.mark.parametrize(("industry", "told"), [("fitness", True), ("saas", True), ("retail", False)])
def test_the_churn_card_says_that_a_term_may_still_run(industry: str, told: bool):
    settings = s.engagement(client={"name": "Club", "industry": industry})
    measured = diagnosis.measure(s.shop(orders=s.orders()), settings, s.BASELINE)
    labels = [WORDS.text(figure["label"]) for figure in diagnosis.headline(measured, diagnosis.targets(measured))]
    churn = next(label for label in labels if "Churn" in label)
    assert ("still running" in churn) is told
    assert (strategy.size_note(settings) is not None) is told


def test_a_window_longer_than_any_term_needs_no_caution():
    long = s.GIVEN["definitions"] | {"churn_window_days": 400}
    settings = s.engagement(client={"name": "Club", "industry": "fitness"}, definitions=long)
    assert strategy.size_note(settings) is None


def cards(count: int, days: int, bought: date, again: int = 0) -> list[dict]:
    """`count` new members with a card of so many days, of whom `again` buy the next one as it ends."""
    rows = []
    for i in range(count):
        day = bought + timedelta(days=i % 20)
        for start in [day, day + timedelta(days=days)][: 2 if i < again else 1]:
            row = s._order(50_000 + len(rows), f"card{days}-{i}", start, 300, "shop")
            rows.append(row | {"paid_until": start + timedelta(days=days - 1)})
    return rows


def test_a_first_card_that_still_runs_makes_nobody_a_one_time_buyer():
    years, months = cards(90, 365, date(2025, 8, 1)), cards(60, 30, date(2025, 11, 1), again=15)
    settings = s.engagement(client={"name": "Club", "industry": "fitness"})
    found = diagnosis.find_pain_points(diagnosis.measure(s.shop(orders=years), settings, s.BASELINE))
    assert found.check("one_time").state == "few"
    old = s._order(1, "old", s.FIRST, 300, "shop") | {"paid_until": None}
    measured = diagnosis.measure(s.shop(orders=[old, *years, *months]), settings, s.BASELINE)
    pain = diagnosis.find_pain_points(measured).check("one_time").pain
    assert pain.customers == 45
    assert "whose first term ended" in WORDS.text(pain.headline)
    assert "75.0%" in WORDS.text(pain.headline)

"""A card that still runs is not seen in purchases: the headline says so, where it can be so."""

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

"""Deviations of scores and percentages are in points: a percentage of an NPS means nothing."""

from types import SimpleNamespace

import pytest

from crm_lib.language import catalogue
from crm_lib.monitoring.words import deviation_words


@pytest.mark.parametrize(
    ("metric", "deviation", "relative", "words"),
    [
        ("nps", -55.8, -1.116, "-55.8 points"),
        ("nps", 4.0, None, "+4.0 points"),
        ("churn_rate", 0.039, 0.39, "+3.9 points"),
        ("average_order_value", -30.0, -0.2, "-20.0%"),
    ],
)
def test_a_deviation_is_in_the_unit_of_its_figure(metric, deviation, relative, words):
    row = SimpleNamespace(metric=metric, deviation=deviation, relative=relative)
    assert catalogue("en").text(deviation_words(row)) == words

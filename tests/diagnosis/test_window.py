"""A window shorter than customers usually stay away is told of before anybody reads churn."""

from datetime import timedelta

import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.window import short_window
from crm_lib.language import catalogue
from tests.diagnosis import shop as s
from tests.diagnosis.test_pain_points import found_in


def every(gap, **more):
    """Forty customers who buy once in `gap` days, ten who bought twice."""
    days = [(i, s.FIRST + timedelta(days=i + gap * k)) for i in range(50) for k in range(40 if i < 40 else 2)]
    return [
        s._order(n, f"c{i:03d}", day, 10, "shop") | {name: day + given for name, given in more.items()}
        for n, (i, day) in enumerate(days)
        if day <= s.BASELINE
    ]


@pytest.mark.parametrize(("gap", "proposed"), [(61, 90), (90, 90), (100, 120)])
def test_it_is_told_with_how_long_the_window_should_be(gap, proposed):
    measured, found = found_in(orders=every(gap))
    said = short_window(measured)
    assert said in diagnosis.summary(measured, found, diagnosis.targets(measured))
    english = catalogue("en").text
    assert f"{gap} days among the 40 customers" in english(said.headline)
    assert "100.0%" in english(said.evidence)
    assert f"about {proposed} days" in english(said.action)


def test_a_window_that_holds_the_usual_gap_is_not():
    assert short_window(found_in(orders=every(60))[0]) is None


def test_of_terms_paid_for_gaps_say_nothing():
    assert short_window(found_in(orders=every(90, paid_until=timedelta(days=89)))[0]) is None

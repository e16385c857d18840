"""A metric that looks ahead never names one month as the month of the event: it names the span that holds it."""

from datetime import date

import pandas as pd
import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis import figures
from crm_lib.diagnosis.since import since_mark, since_short, since_words, watched_until
from crm_lib.engagement import Definitions
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from tests.diagnosis import shop as s

LANGUAGES = {"en": "between {} and {}", "zh": "{}至{}之间"}
SHOWN = {
    "en": ("Jun 2024", "26 Jan 2025"),
    "zh": ("2024年6月", "2025年1月26日"),
}

MONTHS = {"en": ("Jun 2024", "Jan 2025"), "zh": ("2024年6月", "2025年1月")}


@pytest.fixture(scope="module")
def struck():
    orders = connect_frames({"orders": pd.DataFrame(s.orders())}, s.BASELINE)
    measured = diagnosis.measure(orders, s.engagement(), s.BASELINE)
    return measured, diagnosis.find_pain_points(measured)


def looking_far() -> Definitions:
    return s.engagement(definitions={"churn_window_days": 240, "repurchase_window_days": 240}).definitions


def test_the_customers_of_a_month_are_watched_to_the_end_of_the_window():
    assert watched_until(looking_far(), "churn_rate", "2024-06") == date(2025, 1, 26)
    assert watched_until(looking_far(), "repurchase_rate", "2024-06") == date(2025, 2, 25)
    assert watched_until(looking_far(), "active_customers", "2024-06") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence_cell_and_mark_name_a_span(language):
    words, span = catalogue(language), LANGUAGES[language].format(*SHOWN[language])
    row = pd.Series({"metric": "churn_rate", "since": "2024-06"})
    for message in (
        since_words(looking_far(), row),
        since_short(looking_far(), "churn_rate", "2024-06"),
    ):
        assert span in words.text(message)
    months = LANGUAGES[language].format(*MONTHS[language])
    assert months in words.text(since_mark(looking_far(), "churn_rate", "2024-06"))


def test_the_wave_lies_in_the_span(struck):
    measured, found = struck
    since = found.check("churn_rise").pain.since
    until = watched_until(measured.definitions, "churn_rate", since)
    assert date.fromisoformat(f"{since}-01") <= s.WAVE <= until


def test_table_chart_and_note_say_so(struck):
    measured, found = struck
    words = catalogue("en")
    cells = diagnosis.pain_table(found, measured).set_index("rank")["since"]
    by_rule = {point.rule: cells[point.rank] for point in found.points}
    assert words.text(by_rule["churn_rise"]).startswith("between ")
    assert words.text(by_rule["active_fall"]) == "Oct 2025"
    ((_, at, label),) = figures.since_marks(measured, "churn_rate")
    assert at == found.check("churn_rise").pain.since
    assert words.text(label).startswith("event between ")
    assert "up to 60 days before it" in words.text(figures.line_note(measured, "churn_rate"))
    assert figures.line_note(measured, "active_customers") is None

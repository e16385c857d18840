import pytest

from crm_lib import metrics
from crm_lib.engagement import Definitions
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.tables import TABLES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", metrics.METRICS)
def test_every_metric_has_words_with_its_settings(language: str, name: str):
    words = catalogue(language)
    assert words.text(metrics.label(name))
    definition = words.text(metrics.definition(name, Definitions(churn_window_days=77, response_window_days=78)))
    assert len(definition) > 8
    assert ("77" in definition) == (name == "churn_rate")
    assert ("78" in definition) == (name == "campaign_response_rate")


def test_every_needed_table_is_there():
    assert {table for metric in metrics.METRICS.values() for table in metric.needs} <= set(TABLES)

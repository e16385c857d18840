"""Words for owners, strategies and codes that the catalogue may not know."""

import tomllib
from pathlib import Path

import pytest

import crm_lib
from crm_lib.engagement import validate
from crm_lib.language import LANGUAGES, catalogue, term_or_text

PACKAGE = Path(crm_lib.__file__).parent

GIVEN = {
    "id": "shop",
    "client": {"name": "Shop", "industry": "retail"},
    "as_of": "2026-06-30",
    "cycles": [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}],
    "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
    "teams": [{"id": "sales", "label": "Sales", "owners": [{"id": "ann", "label": "Ann", "contacts_per_week": 10}]}],
    "strategies": [
        {
            "id": "visit",
            "label": {"zh": "拜访", "en": "Visits"},
            "operating_class": "core",
            "mode": "visit",
            "owner": "ann",
            "metric": "revenue",
        }
    ],
}


def test_a_known_code_is_translated_and_another_stays_as_written():
    words = catalogue("zh")
    assert words.text(term_or_text("channel", "sms")) == "短信"
    assert words.text(term_or_text("channel", "pigeon post")) == "pigeon post"
    assert words.text(term_or_text("channel", None)) == "未注明"


def test_owners_and_strategies_have_words_also_where_the_engagement_does_not_name_them():
    engagement, words = validate(GIVEN), catalogue("en")
    assert words.text(engagement.owner_label("ann")) == "Ann"
    assert words.text(engagement.owner_label("bob")) == "bob"
    assert words.text(engagement.owner_label("")) == "not assigned"
    assert words.text(engagement.strategy_label("visit")) == "Visits"
    assert words.text(engagement.strategy_label("old_one")) == "old_one"
    assert words.text(engagement.strategy_label(None)) == "no strategy"
    assert engagement.strategy_label("proposed_core").id == "strategy.proposed.core.label"
    assert words.text(engagement.strategy_label("proposed_core"))


@pytest.mark.parametrize("kind", ["person", "company"])
def test_every_level_of_likeness_has_words(kind):
    given = tomllib.loads((PACKAGE / "identity" / f"{kind}.toml").read_text(encoding="utf-8"))
    levels = {level["id"] for comparison in given["comparisons"] for level in comparison["levels"]}
    for language in LANGUAGES:
        assert [level for level in sorted(levels) if f"identity.level.{level}" not in catalogue(language)] == []

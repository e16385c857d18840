"""An analyst's DataFrame as a table: a column's kind follows its values."""

import re
from datetime import date, datetime

import pandas as pd
import pytest

from crm_lib.language import catalogue
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.html import render as html
from crm_lib.report.xlsx import render as xlsx
from tests.report import sample

DAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.to_datetime(["2026-03-31", None]), "date"),
        (pd.to_datetime(["2026-03-31 00:00", "2026-04-01 09:30"]), "datetime"),
        (pd.to_datetime(["2026-03-31"]).tz_localize("Asia/Shanghai"), "date"),
        ([DAY, None], "date"),
        ([datetime(2026, 3, 31, 9)], "datetime"),
        ([DAY, "later"], "text"),
        ([None, None], "text"),
        (pd.to_datetime([None, None]), "date"),
        ([True, False], "bool"),
        ([1, 2], "int"),
        ([1.5, None], "ratio"),
    ],
)
def test_the_kind_follows_the_values(values, kind):
    assert [column.kind for column in b.frame_table("t.t", pd.DataFrame({"x": values})).columns] == [kind]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_days_are_shown_without_a_time(language):
    table = b.frame_table("t.t", pd.DataFrame({"day": pd.to_datetime(["2026-03-31"])}))
    document, words = b.Document(sample.cover(), [table]), catalogue(language)
    page = html(document, words, load_brand())
    assert words.format("date", DAY) in page
    assert "00:00" not in re.sub("<[^>]*>", "", page)
    assert xlsx(document, words, load_brand())

"""An analyst's DataFrame as a table: a column's kind follows its values."""

import re
from datetime import date, datetime

import pandas as pd
import pytest

from crm_lib.language import catalogue
from crm_lib.report import blocks as b
from crm_lib.report import display
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
        ([1.5, 0.00012], "digits"),
        ([1 + 2j], "text"),
        (pd.period_range("2026-01", periods=2, freq="M"), "text"),
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


def test_whatever_a_frame_holds_comes_as_words():
    frame = pd.DataFrame(
        {"n": [1], "month": pd.PeriodIndex(["2026-01"], freq="M"), "span": pd.to_timedelta([90], "m"), "set": [{1}]}
    )
    assert b.frame_table("t.t", frame).rows == [[1, "2026-01", "0 days 01:30:00", "{1}"]]


def test_small_numbers_keep_their_digits():
    words = catalogue("en")
    shown = [words.format("digits", value) for value in (1234.567, 0, 0.00012, -0.5, 1e-9)]
    assert shown == ["1,234.57", "0.00", "0.000120", "-0.500", "1.00E-9"]


def test_headers_in_two_rows_and_an_index_without_a_name():
    crossed = pd.DataFrame({"shop": ["a", "b"], "paid": [True, False], "sales": [1, 2]}).pivot_table(
        index="shop", columns="paid", values=["sales"]
    )
    headers = [column.label.literal for column in b.frame_table("t.t", crossed).columns]
    assert headers == ["shop", "sales / False", "sales / True"]
    counted = b.frame_table("t.t", pd.DataFrame({"n": [1]}, index=["mean"]))
    assert [column.label.literal for column in counted.columns] == [" ", "n"]
    twice = pd.DataFrame({"n": [1, 2]}).set_index("n", drop=False)
    assert [column.label.literal for column in b.frame_table("t.t", twice).columns] == ["n", "n"]


def test_a_series_and_a_styled_frame_are_tables_and_what_a_style_hides_stays_hidden():
    frame = pd.DataFrame({"shop": ["a", "b"], "phone": ["1", "2"]}, index=["x", "y"])
    kept = b.block_from_json(display._series_bundle(frame["shop"])[b.MIME])
    assert kept.rows == [["x", "a"], ["y", "b"]]
    styled = frame.style.hide(["phone"], axis="columns").hide(["y"]).hide(axis="index")
    kept = b.block_from_json(display._styled_bundle(styled)[b.MIME])
    assert kept.rows == [["a"]]

"""Owners and channels are words in both languages: charts take them as categories and series."""

import pytest

from crm_lib.language import catalogue, literal, local
from crm_lib.report import blocks as b
from crm_lib.report.brand import load_brand
from crm_lib.report.charts import draw

OWNERS = [local({"zh": "导购组", "en": "Store guides"}), literal("外呼")]
DAYS = ["2026-04-01", "2026-04-02"]


@pytest.mark.parametrize("form", ["bar", "barh", "stacked", "stacked_h", "heatmap", "calendar", "line", "interval"])
def test_a_message_can_be_a_category_or_a_series(form: str):
    over_days = form in ("calendar", "line")
    rows = [[day, owner.to_json(), float(n)] for n, (day, owner) in enumerate((d, o) for d in DAYS for o in OWNERS)]
    columns = [b.Column("day", literal("Day"), "date"), b.Column("owner", literal("Owner"), "message")]
    columns.append(b.Column("n", literal("Contacts"), "int"))
    x, series = ("day", "owner") if over_days else ("owner", "day")
    chart = b.Chart("x.y", form, literal("Title"), columns, rows, x, ["n"], literal("x"), literal("y"), series=series)
    assert draw(chart, catalogue("zh"), load_brand()) != draw(chart, catalogue("en"), load_brand())

"""Quality by column and dimension, from the account's own frame or from its counts."""

import pandas as pd
import pytest

from crm_lib.language import catalogue
from crm_lib.layering.inventory import quality
from tests.layering.inventory_frames import account, column_row, file_row

COLUMNS = [
    column_row("a", "order_lines", "amount", filled=8, invalid=2),
    column_row("a", "order_lines", "refund_of", filled=1),
    column_row("b", "tickets", "ticket_id", filled=10, distinct=9),
    column_row("b", "tickets", "reason", filled=0, rows=0, completeness=None),
]
FRAMES = account(files=[file_row("a"), file_row("b", "tickets")], columns=COLUMNS)


def frame(**measures):
    rows = [{"source": "a", "table": "order_lines", "column": "amount"}, {"source": "b", "table": "tickets"}]
    rows[1]["column"] = "ticket_id"
    return {**FRAMES, "quality": pd.DataFrame(rows).assign(**measures)}


def test_counts_tell_what_is_complete_valid_and_unique():
    long = quality.measured(FRAMES)
    found = long.set_index(["column", "dimension"])[["before", "after"]]
    assert found.loc[("amount", "complete"), "after"] == 0.8
    assert found.loc[("amount", "valid")].tolist() == [0.8, 1.0]
    assert found.loc[("ticket_id", "unique"), "after"] == 0.9
    assert ("refund_of", "complete") not in found.index, "an order that is no refund names no other"
    assert ("amount", "unique") not in found.index
    assert "reason" not in set(long["column"]), "nothing is known of a column without rows"


def test_the_accounts_own_measures_are_taken_where_it_has_them():
    measures = {"complete_before": [0.5, 0.9], "complete": [0.8, 1.0], "timely": [None, 0.7]}
    table = quality.dimensions(quality.measured(frame(**measures)))
    assert table["dimension"].tolist() == ["complete", "timely"]
    assert table.loc[0, ["before", "after", "fields"]].tolist() == [pytest.approx(0.7), pytest.approx(0.9), 2]
    assert table["before"].isna()[1]


def test_a_list_without_news_is_not_out_of_date():
    frames = frame(timely=0.2)
    frames["quality"]["table"] = ["campaigns", "tickets"]
    assert quality.measured(frames)["table"].tolist() == ["tickets"]


def test_before_and_after_are_drawn_from_two_dimensions_on():
    one = quality.dimensions(quality.measured(FRAMES))
    assert quality.compared(one).empty
    measures = {"complete_before": 0.5, "complete": 0.8, "standard_before": [0.9, None]}
    two = quality.compared(quality.dimensions(quality.measured(frame(**measures))))
    assert two["dimension"].tolist() == ["complete", "standard"]
    assert two["after"].tolist() == [pytest.approx(0.8), 1.0], "all that is kept is in the standard form"
    title = catalogue("en").text(quality.quality_title(two))
    assert title == "Processing raised “complete” most: from 50.0% to 80.0%"
    assert quality.quality_title(two.assign(after=two["before"])).id == "inventory.title.quality_same"


def test_fields_the_weakest_first_without_those_that_need_not_be_filled():
    table = quality.by_field(quality.measured(FRAMES), FRAMES)
    assert table["column"].tolist() == ["amount", "ticket_id", "refund_of"]
    assert table["weakest"].tolist() == [0.8, 0.9, 1.0]
    assert {*quality.DIMENSIONS, *(f"{name}_before" for name in quality.DIMENSIONS)} <= set(table.columns)


def test_no_columns_at_all():
    empty = account()
    long = quality.measured(empty)
    assert long.empty
    assert quality.dimensions(long).empty
    assert quality.by_field(long, empty).empty


def test_before_and_after_are_of_the_same_fields():
    """A rule that only some fields have before made processing look as if it had spoilt the data."""
    measures = {"consistent_before": [1.0, None], "consistent": [1.0, 0.5], "complete_before": 0.5, "complete": 0.8}
    table = quality.dimensions(quality.measured(frame(**measures))).set_index("dimension")
    assert table.loc["consistent", ["before", "after", "fields"]].tolist() == [1.0, 1.0, 1]
    note = catalogue("en").text(quality.quality_note(table.reset_index()))
    assert "consistent:" in note
    assert "timely" not in note, "only what the picture shows"
    rest = quality.compared(table.reset_index().assign(of=[1, 3]))
    assert rest.empty, "the one field of three does not speak for all"

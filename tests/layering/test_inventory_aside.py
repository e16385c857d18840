"""Examples of rows set aside come from their lists, masked; each kind says what to do and whose job it is."""

import csv
import json

from hypothesis import given
from hypothesis import strategies as st

from crm_lib.ingest.quarantine import HEADER
from crm_lib.ingest.readers.raw import REASONS
from crm_lib.language import catalogue
from crm_lib.layering.inventory.aside import aside_title, by_reason, set_aside
from tests.layering.inventory_frames import account, column_row, file_row

EN = catalogue("en")


def listed(folder, source, rows):
    """Write the list of a source: (line, reason, column, row)."""
    folder.mkdir(exist_ok=True)
    with (folder / f"{source}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(
            (f"{source}.csv", line, reason, column, json.dumps(row, ensure_ascii=False))
            for line, reason, column, row in rows
        )


def frames(*kinds):
    rows = [
        {"source": "till", "file": "till.csv", "table": "order_lines", "reason": r, "column": c, "rows": n}
        for r, c, n in kinds
    ]
    columns = [column_row("till", "order_lines", name) for name in ("amount", "ordered_on", "kind", "phone")]
    return account(files=[file_row("till", quarantined=sum(n for *_, n in kinds))], quarantine=rows, columns=columns)


def words(table):
    return [[EN.text(message) for message in messages] for messages in table["examples"]]


def test_the_most_frequent_cells_are_shown_with_their_first_line(tmp_path):
    cells = ["免单", "x", "免单", "13800138000", ""]
    rows = [
        (i, "invalid_value", "amount", {"their amount": c, "their phone": "13900139000"})
        for i, c in enumerate(cells, 2)
    ]
    listed(tmp_path / "q", "till", rows)
    table = set_aside(frames(("invalid_value", "amount", 5)), tmp_path / "q")
    assert words(table) == [["line 2: 免*", "line 3: x"]]
    assert table["line"].tolist() == [2]
    assert "13900139000" not in json.dumps([m.to_json() for m in table["examples"][0]])


def test_rows_without_columns_are_told_by_line_and_width(tmp_path):
    rows = [(7, "too_few_cells", "", ["张丽", "13800138000"]), (9, "undecodable", "", ["\ufffd", "b", "c"])]
    rows += [(11, "no_reference", "", {"their phone": ""})]
    listed(tmp_path / "q", "till", rows)
    table = set_aside(frames(("too_few_cells", "", 1), ("undecodable", "", 1), ("no_reference", "", 1)), tmp_path / "q")
    told = dict(zip(table["code"], words(table), strict=True))
    assert told == {
        "too_few_cells": ["line 7: (2 cells in the row)"],
        "undecodable": ["line 9"],
        "no_reference": ["line 11"],
    }


def test_without_a_list_there_is_no_example(tmp_path):
    for folder in (None, tmp_path / "nowhere", tmp_path):
        table = set_aside(frames(("required_missing", "amount", 3)), folder)
        assert table["examples"].tolist() == [[]]
        assert EN.text(table["remedy"][0]).startswith("Fill it in")
        assert EN.text(table["job"][0]) == "data owner"


def test_a_row_of_any_length_is_read(tmp_path):
    listed(tmp_path / "q", "till", [(2, "not_allowed", "kind", {"their kind": "w" * 300_000})])
    assert words(set_aside(frames(("not_allowed", "kind", 1)), tmp_path / "q")) == [
        ["line 2: (text of 300,000 characters)"]
    ]


def test_every_reason_has_a_remedy_and_an_unknown_one_too():
    for reason in (*REASONS, "a_new_reason"):
        table = set_aside(frames((reason, "amount", 1)), None)
        for language in ("zh", "en"):
            assert catalogue(language).text(table["remedy"][0])
    assert table["remedy"][0].id == "inventory.remedy.other"


def test_the_title_names_the_reason_of_most_rows():
    table = set_aside(
        frames(("invalid_value", "amount", 3), ("invalid_value", "ordered_on", 3), ("not_allowed", "kind", 4)), None
    )
    assert by_reason(table)[["code", "rows"]].to_numpy().tolist() == [["invalid_value", 6], ["not_allowed", 4]]
    assert EN.text(aside_title(table)) == (
        "10 rows are set aside; the most frequent reason, 60.0% of them: A required value cannot be read"
    )


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=8))
def test_any_row_of_a_list_can_be_told(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("q")
    listed(folder, "till", [(i, "not_allowed", "kind", {"their kind": a, b: a}) for i, (a, b) in enumerate(rows, 2)])
    table = set_aside(frames(("not_allowed", "kind", len(rows))), folder)
    assert 1 <= len(words(table)[0]) <= 2

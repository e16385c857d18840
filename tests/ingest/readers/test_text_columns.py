"""Whole columns at a time leave out the very rows that one row at a time would; numbers become the text they were."""

import io
from array import array

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.ingest.children.in_child import _numbers
from crm_lib.ingest.children.workbook_cells import plain_numbers
from crm_lib.ingest.readers.not_data import NotData
from crm_lib.ingest.readers.text_columns import LINE, under_header, without
from crm_lib.ingest.readers.two_headers import joined

CELL = st.sampled_from(
    [
        "",
        " ",
        "\u3000",
        "合计",
        "Total",
        "小计：",
        "12",
        "A1",
        "汇款",
        "2026-01-05",
        "test",
        "注：导出于六月",
        "张丽",
        "Sum",
        "-",
    ]
)
RULES = st.builds(
    NotData,
    keys=st.sampled_from([None, frozenset(), frozenset({"b"})]),
    ids=st.sampled_from([frozenset(), frozenset({"a"})]),
    footer_rows=st.integers(0, 3),
    declared=st.sampled_from([{}, {"a": frozenset({"test"})}, {"c": frozenset({"a1", "test"})}]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12), st.integers(0, 150), RULES)
def test_the_same_rows_are_left_out_as_one_by_one(rows, data, rule):
    rows = rows[:6] + [("A1", "x", "1")] * data + rows[6:]
    table = pa.table(
        {LINE: pa.array(range(2, len(rows) + 2), pa.int64())}
        | {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate("abc")}
    )
    kept, skipped = without(table, rule)
    kinds = rule.kinds(("a", "b", "c"), [(i, list(row), False) for i, row in enumerate(rows, 2)])
    assert [(row.line, row.kind) for row in skipped] == [(i, kind) for i, kind in enumerate(kinds, 2) if kind]
    assert kept.column(LINE).to_pylist() == [i for i, kind in enumerate(kinds, 2) if not kind]


@given(st.lists(st.floats(-1e15, 1e15, exclude_min=True, exclude_max=True) | st.just(""), min_size=1))
def test_numbers_are_the_same_as_text(cells):
    numbers = plain_numbers(cells)
    if numbers is None:
        assert all(cell == "" for cell in cells)
        return
    texts = _numbers(len(numbers), io.BytesIO(numbers.tobytes())).to_pylist()
    for cell, text in zip(cells, texts, strict=True):
        assert text == "" if cell == "" else float(text) == cell
        assert cell == "" or not cell.is_integer() or text == str(int(cell))


def test_numbers_that_are_not_exact_are_not_taken_for_plain():
    assert plain_numbers([1.0, 1e15]) is None
    assert plain_numbers([1.0, "x"]) is None
    assert plain_numbers(["", ""]) is None
    assert plain_numbers([1.0, 2.5]) == array("d", [1.0, 2.5])


def test_a_table_of_nothing_has_no_header():
    for cells in (pa.table({}), pa.table({"0": pa.array(["", " "])})):
        assert under_header(cells, 1, 1, NotData())[0].column_names == [LINE]


def test_merged_headers_are_carried_where_the_file_does_not_tell():
    above, below = ["订单", "", "金额", "", "备注"], ["单号", "日期", "应付", "实付", ""]
    assert joined([above, below], 0, None) == ["订单 / 单号", "订单 / 日期", "金额 / 应付", "金额 / 实付", "备注"]
    spans = [((0, 0), (0, 1)), ((0, 2), (0, 2))]
    assert joined([above, below], 0, spans) == ["订单 / 单号", "订单 / 日期", "金额 / 应付", "实付", "备注"]

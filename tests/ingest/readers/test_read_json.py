"""JSON lines: nested objects by dotted path, digits as they were written, broken lines set aside with their line."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.ingest.children import json_child
from crm_lib.ingest.readers.read_json import read_json
from tests.ingest.folder import ORDERS, account, canonical, rows, set_aside

SOURCE = ORDERS | {"file": "pos.jsonl", "columns": {"customer_key": "buyer.id", "amount": "pay.amount"}}


def written(tmp_path, *lines, encoding="utf-8"):
    path = tmp_path / "pos.jsonl"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_nested_objects_are_columns_and_numbers_keep_their_digits(tmp_path):
    path = written(
        tmp_path,
        '{"id": 110101199001011234, "a": {"b": {"c": 1.50}, "名": "茶"}, "tags": ["x", 2], "ok": true}',
        '{"id": "NULL", "a": {"b": null}, "more": 1E5}',
    )
    found = read_json(path, "utf-8").table
    assert found.column_names == ["_crm_line", "id", "a.b.c", "a.名", "tags", "ok", "a.b", "more"]
    assert [list(row.values()) for row in found.to_pylist()] == [
        [1, "110101199001011234", "1.50", "茶", '["x", 2]', "true", "", ""],
        [2, "NULL", "", "", "", "", "", "1E5"],
    ]


def test_broken_lines_are_set_aside_with_their_line(tmp_path):
    good = '{"order_id": "A%d", "ordered_on": "2026-01-05", "buyer": {"id": "m1"}, "pay": {"amount": 5}}'
    lines = [good % 1, "{broken", "", '["no", "object"]', '{"order_id": 1, "order_id": 2}', good % 2, '{"a":' * 5000]
    written(tmp_path, *lines)
    made = canonical(tmp_path, SOURCE)
    assert rows(made, "SELECT order_id, amount FROM {orders} ORDER BY ALL") == [("A1", 5), ("A2", 5)]
    aside = set_aside(made, "pos")
    assert [(row["line"], row["reason"]) for row in aside] == [(str(n), "broken_line") for n in (2, 4, 5, 7)]
    assert aside[0]["row"] == ["{broken"]
    file = account(made).iloc[0]
    assert (file["format"], file["rows_read"], file["accepted"], file["quarantined"], file["non_data"]) == (
        "jsonl",
        7,
        2,
        4,
        1,
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings(tmp_path, encoding):
    path = written(tmp_path, '{"名": "张丽"}', '{"名": "王芳"}', encoding=encoding)
    table = read_json(path, encoding).table
    assert table.column("名").to_pylist() == ["张丽", "王芳"]


def test_bytes_that_do_not_decode_cost_their_line_only(tmp_path):
    path = tmp_path / "pos.jsonl"
    path.write_bytes('{"id": "张"}\n{"id": "'.encode() + b'\xff"}\n{"id": "b"}\n')
    found = read_json(path, "utf-8")
    assert [(row.line, row.reason) for row in found.rejected] == [(2, "undecodable")]
    assert found.table.column("id").to_pylist() == ["张", "b"]


def test_lines_of_several_batches_keep_their_columns(tmp_path, monkeypatch):
    count = json_child._ROWS + 5
    path = written(tmp_path, *(json.dumps({"id": i} | ({"late": "x"} if i == count - 1 else {})) for i in range(count)))
    table = read_json(path, "utf-8").table
    assert table.column("id").to_pylist() == [str(i) for i in range(count)]
    assert table.column("late").to_pylist() == [""] * (count - 1) + ["x"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3)
)


@settings(max_examples=200)
@given(st.dictionaries(st.text(min_size=1), JSON, max_size=4))
def test_no_value_of_an_object_is_lost(value):
    leaves = []

    def walk(inner):
        if isinstance(inner, dict):
            for one in inner.values():
                walk(one)
        else:
            leaves.append("" if inner is None else str(inner).lower() if isinstance(inner, bool) else str(inner))

    walk(value)
    flat = list(json_child._flat(json_child._parsed(json.dumps(value))))
    assert [text for _, text in flat] == leaves

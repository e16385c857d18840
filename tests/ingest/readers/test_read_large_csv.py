"""The way for large files gives, row for row, what the careful reader gives."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_lib.ingest.readers.not_data import NotData
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.readers.read_csv import parse_csv
from crm_lib.ingest.readers.read_large_csv import parse_large_csv

RULE = NotData(keys=frozenset({"a"}), ids=frozenset({"a"}), declared={"b": frozenset({"测试"})})
CELL = st.text(st.sampled_from("ab1\",'\n\r;\t 张\u3000\x85\x1c\0é"), max_size=4)
WORD = st.sampled_from(
    ["x", "", " ", "合计", "Total:", "测试", "注：导出", "9.50", '"q"', '"a""b"', '"two\nlines"', '"open', '5" pipe']
)
LINES = st.lists(st.lists(CELL | WORD, max_size=4).map(",".join), max_size=14)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "utf-8"])
BROKEN = st.sampled_from([b"", b"", b"\xff", b"\xe5\xbc", b"\x81"])


def both(data, encoding, rule=RULE, block_bytes=1 << 20, **how):
    with TemporaryDirectory() as place:
        path = Path(place) / "f.csv"
        path.write_bytes(data)
        large = parse_large_csv(path, encoding, rule=rule, block_bytes=block_bytes, **how)
    careful = parse_csv(data, encoding, rule=rule, **how)
    columns = [column.to_pylist() for column in large.table.columns]
    told = (
        large.headers,
        columns[0] if columns else [],
        [list(row) for row in zip(*columns[1:], strict=True)],
        large.rejected,
        large.skipped,
    )
    return told, (careful.headers, careful.lines, careful.rows, careful.rejected, careful.skipped)


@settings(max_examples=300, deadline=None)
@given(LINES, ENDS, ENCODINGS, BROKEN, st.integers(0, 60), st.sampled_from([1, 7, 64, 1 << 20]), st.integers(0, 2))
@example(["a,b", 'x,"1', "3,4", '"q",5'], "\n", "utf-8", b"", 0, 7, 0)
def test_both_ways_read_the_same(lines, end, encoding, broken, at, block_bytes, footer):
    data = end.join(["a,b,c", *lines]).encode(encoding)
    data = data[:at] + broken + data[at:]
    rule = NotData(RULE.keys, RULE.ids, footer, RULE.declared)
    told, careful = both(data, encoding, rule, block_bytes)
    assert told == careful


DIALECTS = st.sampled_from([("||", '"', ""), (",", "'", ""), (",", "", ""), (",", '"', "\\"), ("a1", "", "\\")])


@settings(max_examples=150, deadline=None)
@given(LINES, ENDS, ENCODINGS, DIALECTS, st.sampled_from([1, 7, 64, 1 << 20]), st.integers(0, 2))
@example(["x,'1", "3,4"] * 150, "\n", "utf-8", (",", "'", ""), 7, 0)
def test_both_ways_read_the_same_of_any_dialect(lines, end, encoding, dialect, block_bytes, footer):
    delimiter, quote, escape = dialect
    data = end.join(["a,b,c", *lines]).replace(",", delimiter).replace("9", "\\").encode(encoding)
    rule = NotData(RULE.keys, RULE.ids, footer, RULE.declared)
    told, careful = both(data, encoding, rule, block_bytes, delimiter=delimiter, quote=quote, escape=escape)
    assert told == careful


@pytest.mark.parametrize("header_row", [1, 2, 3, 9])
def test_both_ways_find_the_header(header_row):
    told, careful = both(b'"Report\nof June"\n\na;b\n1;2\n', "utf-8", header_row=header_row, block_bytes=3)
    assert told[0] == careful[0]
    assert told == careful or not told[0]


def test_quoted_cells_may_span_blocks():
    rows = "".join(f'{i},"a ""word"", {i}\nand more",z\n' if i % 7 == 0 else f'"{i}",x,y\n' for i in range(3000))
    told, careful = both(f"a,b,c\n{rows}".encode(), "utf-8", block_bytes=2000)
    assert told == careful
    assert len(told[1]) == 3000


def test_notes_and_footers_at_the_end_however_many():
    data = "a,b,c\n1,2,3\n" + "注：说明,,\n" * 300 + "合计,,9\n\n"
    told, careful = both(data.encode(), "utf-8", NotData(RULE.keys, RULE.ids, 2), 500)
    assert told == careful
    assert len(told[-1]) == 302


@pytest.mark.parametrize("cell", ["x" * 10_000_000, '"' + "x" * 10_000_000, "é" * 1_000_000])
def test_a_line_that_is_too_long_is_set_aside_alone(cell):
    data = f"a,b,c\n1,2,3\n4,{cell},6\r\n7,8,9\n".encode()
    for block_bytes in (1 << 16, 16 << 20):
        told, careful = both(data, "utf-8", block_bytes=block_bytes)
        assert told == careful
        assert told[1] == [2, 4]
        assert [(row.line, row.reason) for row in told[3]] == [(3, "too_long")]


def test_lines_are_the_files():
    large = both(b"a,b,c\n\n1,2,3\n4,5\n6,7,8\n", "utf-8")[0]
    assert large[1] == [3, 5]
    assert LINE == "_crm_line"

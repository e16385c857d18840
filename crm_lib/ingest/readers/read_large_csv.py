"""Delimited text of any size -> columns of codes and dictionaries, block by block; the outcome is that of `read_csv`.

A fast parser reads the lines that every reader reads alike; the careful one those that are left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from crm_lib.ingest.readers.dictionaries import unified
from crm_lib.ingest.readers.hard_lines import Span, hard_lines, plain_ends
from crm_lib.ingest.readers.not_data import NotData, Record
from crm_lib.ingest.readers.odd_cells import blank, may_be_total
from crm_lib.ingest.readers.raw import LINE, Rejected, Skipped, accepted_or_rejected
from crm_lib.ingest.readers.read_csv import (
    LONGEST_RECORD,
    Dialect,
    find_delimiter,
    first_record,
    header,
    records,
    split_lines,
)
from crm_lib.ingest.readers.text_blocks import BLOCK_BYTES, blocks, line_feeds, text_of
from crm_lib.ingest.values.text import folded

THREADS = 2
_TEXT = pa.dictionary(pa.int32(), pa.string())
_END = 50  # records at the end of a file among which notes are looked for at first


@dataclass
class LargeParsed:
    """`table`: `LINE` and a dictionary of texts a header, in the order of lines; the rest as in `raw.Parsed`."""

    headers: tuple[str, ...]
    table: pa.Table
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True)
class _Block:
    data: bytes
    line: int  # of its first line
    spans: list[Span]


@dataclass(frozen=True)
class _Layout:
    headers: tuple[str, ...]
    dialect: Dialect
    rule: NotData

    @property
    def forms(self) -> list[str]:
        return [folded(name) for name in self.headers]


def parse_large_csv(
    path: Path,
    encoding: str,
    delimiter: str | None = None,
    header_row: int = 1,
    rule: NotData | None = None,
    block_bytes: int = BLOCK_BYTES,
    quote: str = '"',
    escape: str = "",
) -> LargeParsed:
    """Rows of a file as `read_csv.parse_csv` gives them, in memory for a few blocks and the codes of the rows."""
    stream = blocks(path, encoding, block_bytes)
    start, names, dialect, line = _begin(stream, delimiter, header_row, quote, escape)
    layout = _Layout(names, dialect, rule or NotData())
    if not names:
        return LargeParsed((), _rows([], [], ()))
    columns: list[list[pa.Array]] = [list(column.chunks) for column in _rows([], [], names).columns]
    made = LargeParsed(names, pa.table({}))
    body = _chain(start, stream)
    told = _parsed(_blocks(body, dialect.delimiter, line), layout) if dialect.plain else _careful(body, layout, line)
    for table, rejected, skipped in told:
        for column, chunks in zip(table.columns, columns, strict=True):
            chunks.extend(column.chunks)
        made.rejected.extend(rejected)
        made.skipped.extend(skipped)
    made.table = _unified(names, columns)
    return _with_end(made, layout.rule)


def _unified(names: Sequence[str], columns: list[list[pa.Array]]) -> pa.Table:
    """One dictionary a column for all blocks, few columns at a time, so that what they held can go."""

    def one(chunks: list[pa.Array]) -> pa.ChunkedArray:
        column = unified(chunks)
        chunks.clear()
        return column

    lines, *texts = columns
    with ThreadPoolExecutor(THREADS) as pool:
        return pa.table([pa.chunked_array(lines), *pool.map(one, texts)], names=[LINE, *names])


def _chain(start: bytes, stream: Iterable[bytes]) -> Iterator[bytes]:
    yield start
    yield from stream


def _begin(
    stream: Iterator[bytes], delimiter: str | None, header_row: int, quote: str, escape: str
) -> tuple[bytes, tuple[str, ...], Dialect, int]:
    """What follows the header in the first blocks, the names of the columns, how cells are told apart, the next line."""
    data = b""
    lines: list[str] = []
    while len(lines) <= header_row + LONGEST_RECORD and (piece := next(stream, b"")):
        data += piece
        lines = _first_lines(data, header_row + LONGEST_RECORD + 1)
    dialect = Dialect(delimiter or find_delimiter(lines, header_row), quote, escape)
    names, body = header(lines, dialect, header_row - 1)
    taken = len("".join(lines[:body]).encode("utf-8", "surrogatepass"))
    return data[taken:], names, dialect, body + 1


def _first_lines(data: bytes, count: int) -> list[str]:
    at = 0
    for _ in range(count):
        found = data.find(b"\n", at) + 1
        if not found:
            return split_lines(text_of(data))
        at = found
    return split_lines(text_of(data[:at]))


def _blocks(stream: Iterable[bytes], delimiter: str, line: int) -> Iterator[_Block]:
    """Blocks that end with a record, each with what the careful reader has read of it."""
    rest = b""
    ahead = iter(stream)
    piece = next(ahead, None)
    while piece is not None:
        following = next(ahead, None)
        data = plain_ends(rest + piece)
        spans, cut = hard_lines(data, delimiter, following is None)
        rest = data[cut:]
        if cut:
            yield _Block(data[:cut], line, spans)
        line += _lines(data[:cut], spans)
        piece = following


def _lines(data: bytes, spans: Sequence[Span]) -> int:
    ends = line_feeds(data) - sum(data.count(b"\n", span.start, span.end) for span in spans)
    open_end = bool(data) and not data.endswith(b"\n") and not (spans and spans[-1].end == len(data))
    return ends + open_end + sum(span.lines for span in spans)


_Part = tuple[pa.Table, list[Rejected], list[Skipped]]


def _parsed(blocks: Iterable[_Block], layout: _Layout) -> Iterator[_Part]:
    """Parts in the order of the file, a few of them in work at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[_Part]] = deque()
        for block in blocks:
            waiting.append(pool.submit(_parse, block, layout))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _parse(block: _Block, layout: _Layout) -> _Part:
    """Rows of a block, and its records that are none."""
    table, records = _easy(block, layout)
    records += [(block.line + span.line, span.cells, span.unclosed) for span in block.spans]
    return _with_records(table, records, layout)


def _careful(stream: Iterable[bytes], layout: _Layout, line: int) -> Iterator[_Part]:
    """Parts of a file that only the careful reader reads, a block at a time; `line` is that of the first line."""
    ahead, rest = iter(stream), list[str]()
    empty = _rows([], [], layout.headers)
    piece = next(ahead, None)
    while piece is not None:
        following = next(ahead, None)
        lines = rest + split_lines(text_of(piece))
        end = len(lines) if following is None else len(lines) - LONGEST_RECORD  # a later record may go on in the next
        found, at = [], len(lines)
        for first, cells, unclosed in records(lines, layout.dialect, 0):
            if first > end:
                at = first - 1
                break
            found.append((line + first - 1, cells, unclosed))
        yield _with_records(empty, found, layout)
        rest, line, piece = lines[at:], line + at, following


def _with_records(table: pa.Table, records: list[Record], layout: _Layout) -> _Part:
    """A table of rows and further records -> a part, in the order of lines."""
    rejected, skipped, lines, rows = [], [], [], []
    for line, cells, unclosed in sorted(records, key=lambda record: record[0]):
        if kind := layout.rule.kind(layout.forms, cells):
            skipped.append(Skipped(line, kind, layout.rule.amount_in(layout.headers, cells)))
        elif isinstance(row := accepted_or_rejected(line, cells, unclosed, len(layout.headers)), Rejected):
            rejected.append(row)
        else:
            lines.append(line)
            rows.append(row)
    if rows:
        table = pa.concat_tables([table, _rows(lines, rows, layout.headers)]).unify_dictionaries()
        table = table.take(pc.sort_indices(table[LINE]))
    return table, rejected, skipped


def _easy(block: _Block, layout: _Layout) -> tuple[pa.Table, list[Record]]:
    """Rows that the fast parser reads, and records for a closer look: of another width or perhaps no data."""
    data, lines = _without_spans(block)
    wrong: list[tuple[int, str]] = []
    table = _read(data, layout, wrong) if data else _rows([], [], layout.headers).drop_columns([LINE])
    at = np.array([number for number, _ in wrong], dtype="int64") - 1
    records = [
        (int(lines[i]), first_record(split_lines(text), layout.dialect)[0] if text else [], False)
        for i, (_, text) in zip(at, wrong, strict=True)
    ]
    table = table.add_column(0, LINE, pa.array(np.delete(lines, at)))
    odd = _perhaps_no_data(table, layout)
    records += [(line, cells, False) for line, cells in _records(table.take(odd))]
    keep = np.ones(table.num_rows, dtype=bool)
    keep[odd] = False
    return table.filter(pa.array(keep)) if len(odd) else table, records


def _without_spans(block: _Block) -> tuple[bytes, np.ndarray]:
    """The easy lines, and their numbers."""
    pieces, lines, at, line = [], [], 0, block.line
    for start, end, first, taken in [
        *((s.start, s.end, s.line, s.lines) for s in block.spans),
        (len(block.data), 0, 0, 0),
    ]:
        piece = block.data[at:start]
        count = line_feeds(piece) + (bool(piece) and not piece.endswith(b"\n"))
        pieces.append(piece)
        lines.append(np.arange(line, line + count))
        at, line = end, block.line + first + taken
    return b"".join(pieces) if len(pieces) > 1 else block.data, np.concatenate(lines)


def _read(data: bytes, layout: _Layout, wrong: list[tuple[int, str]]) -> pa.Table:
    def keep(row: arrow_csv.InvalidRow) -> str:
        wrong.append((row.number, row.text))
        return "skip"

    names = [str(i) for i in range(len(layout.headers))]
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
        arrow_csv.ParseOptions(
            delimiter=layout.dialect.delimiter,
            quote_char='"' if b'"' in data else False,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        arrow_csv.ConvertOptions(
            check_utf8=False,  # blocks are
            column_types=dict.fromkeys(names, _TEXT),
            strings_can_be_null=False,
        ),
    )
    return table.rename_columns(list(layout.headers))


def _perhaps_no_data(table: pa.Table, layout: _Layout) -> np.ndarray:
    """Positions of rows whose first filled cell may be a word for totals, that are blank, or hold a declared value."""
    found = np.zeros(table.num_rows, dtype=bool)
    open_rows = np.ones(table.num_rows, dtype=bool)
    for name, form in zip(layout.headers, layout.forms, strict=True):
        words, codes = _coded(table[name])
        if form in layout.rule.declared:
            found |= _where([folded(word) in layout.rule.declared[form] for word in words.to_pylist()], codes)
        left = np.flatnonzero(open_rows)
        codes = codes[left]
        if len(left) < len(words):  # few rows need a look beyond their first cell
            words, codes = words.take(pa.array(codes)), np.arange(len(left))
        if len(left):
            if layout.rule.keys is not None:
                found[left] |= _where(_marks(may_be_total(words)), codes)
            open_rows[left] = _where(_marks(blank(words)), codes)
    return np.flatnonzero(found | open_rows)


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """The distinct texts of a block's column, and the code of each row."""
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return whole.dictionary, whole.indices.to_numpy(zero_copy_only=False)


def _marks(found: pa.Array) -> np.ndarray:
    return found.to_numpy(zero_copy_only=False)


def _where(words: Sequence[bool] | np.ndarray, codes: np.ndarray) -> np.ndarray:
    marked = np.asarray(words, dtype=bool)
    return marked[codes] if marked.any() else np.zeros(len(codes), dtype=bool)


def _rows(lines: Sequence[int], rows: Sequence[Sequence[str]], headers: Sequence[str]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(headers)
    arrays = [pa.array(lines, pa.int64()), *(pa.array(column, pa.string()).dictionary_encode() for column in columns)]
    return pa.table(arrays, names=[LINE, *headers])


def _records(table: pa.Table) -> Iterator[tuple[int, list[str]]]:
    for line, *cells in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield line, cells


def _with_end(made: LargeParsed, rule: NotData) -> LargeParsed:
    """What its footer and last notes are, told from the last records of the file."""
    count = rule.footer_rows + _END
    while True:
        at = max(made.table.num_rows - count, 0)
        rows = dict(_records(made.table.slice(at)))
        first = min(rows, default=0) if at else 0
        cells = rows | {row.line: list(row.cells) for row in made.rejected if row.line >= first}
        before = {row.line: row.kind for row in made.skipped if row.line >= first} | dict.fromkeys(cells, "")
        lines = sorted(before)
        kinds = rule.with_end([before[n] for n in lines], [cells.get(n, [""]) for n in lines], len(made.headers))
        if not at or "" in kinds:
            return _left_out(made, {n: kind for n, kind in zip(lines, kinds, strict=True) if kind != before[n]})
        count *= 8


def _left_out(made: LargeParsed, kinds: dict[int, str]) -> LargeParsed:
    if not kinds:
        return made
    keep = pc.invert(pc.is_in(made.table[LINE], pa.array(kinds, pa.int64())))
    skipped = [row for row in made.skipped if row.line not in kinds]
    skipped += [Skipped(line, kind) for line, kind in kinds.items()]
    return LargeParsed(
        made.headers,
        made.table.filter(keep),
        [row for row in made.rejected if row.line not in kinds],
        sorted(skipped, key=lambda row: row.line),
    )

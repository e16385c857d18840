"""Rows of a large file -> typed columns: each distinct text is read once, the rows keep their codes.

`RawFile.words` has for each column the value of each word, so that values are counted by their codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.ingest.load import Words
from crm_lib.ingest.readers.dictionaries import rising
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.values.cells import Cell
from crm_lib.tables import Column

_MANY = 1 << 16  # words; the engine takes a dictionary apart for every batch of rows, which pays for small ones only


def words_of(table: pa.Table, header: str) -> pa.Table:
    """code, cell, n: the distinct texts of a column of codes and how many rows say so."""
    column = table[header]
    words = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
    counts = rows_of_words(column, len(words))
    codes = pa.array(np.arange(len(words)), pa.int64())
    return pa.table({"code": codes, "cell": words, "n": pa.array(counts)})


def rows_of_words(column: pa.ChunkedArray, words: int) -> np.ndarray:
    """How many rows of a column of codes say each of so many words."""
    counts = np.zeros(words, dtype="int64")
    for codes in (chunk.indices.to_numpy() for chunk in column.chunks if len(chunk)):
        first = int(codes.min())
        found = np.bincount(codes - first)  # of a number of orders each block has its own
        counts[first : first + len(found)] += found
    return counts


def filled_and_distinct(coded: pa.Table, words: Words, without: np.ndarray) -> tuple[int, int]:
    """Rows that have a value, and how many different ones, in a column of codes. without: places of rows that do not count, in
    order."""
    values, counts = words.values, words.rows.copy()
    chunks = coded[words.header].chunks
    for chunk, here in zip(chunks, _by_chunk(chunks, without), strict=True):
        np.subtract.at(counts, chunk.indices.to_numpy()[here], 1)
    given = (counts > 0) & values.is_valid().to_numpy(zero_copy_only=False)
    distinct = np.count_nonzero(given) if words.own else pc.count_distinct(values.filter(pa.array(given))).as_py()
    return int(counts[given].sum()), int(distinct)


def text_column(cells: pa.Array, read: Mapping[str, Cell], phones: pa.Array | None) -> tuple[pa.Array, pa.Array | None]:
    """`typed_column` of texts: nothing needs the engine. phones: which cells are plain mobile numbers."""
    values, marks = pc.if_else(pc.equal(cells, ""), None, cells), None
    if read:
        place = pc.index_in(cells, pa.array(read, pa.string()))
        said = pa.array([cell.value for cell in read.values()], pa.string()).take(place)
        values = pc.if_else(pc.is_valid(place), said, values)
        if any(cell.unread for cell in read.values()):
            marks = pc.fill_null(pa.array([cell.unread for cell in read.values()], pa.bool_()).take(place), False)
    return (values if phones is None else pc.if_else(phones, with_country(cells), values)), marks


def plain_phones(cells: pa.Array) -> pa.Array:
    """Which cells are Chinese mobile numbers as they should be, but for the country."""
    return pc.match_substring_regex(cells, "^1[3-9][0-9]{9}$")


def with_country(phones: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("+86", phones, "")


def places_of(coded: pa.Table, lines: np.ndarray) -> np.ndarray:
    """Where among the rows lines of the file stand, in order; every one of them is there."""
    lines = np.sort(lines)
    places, start = np.empty(len(lines), "int64"), 0
    for chunk in coded[LINE].chunks:
        if len(known := chunk.to_numpy()):
            low, high = np.searchsorted(lines, (known[0], known[-1] + 1))
            places[low:high] = start + np.searchsorted(known, lines[low:high])
        start += len(known)
    return places


def in_order(coded: pa.Table, words: Mapping[str, Words], key: Sequence[str], without: np.ndarray) -> bool:
    """Whether rows but those at the places `without` surely stand in the order of two columns, no two with the same. The
    places are in order."""
    if not all(name in words for name in key):
        return False
    first, second = (words[name] for name in key)
    if not pa.types.is_integer(second.values.type):
        return False
    line = pc.fill_null(second.values, 0).to_numpy()
    used, given = np.zeros(len(first.values), dtype=bool), np.zeros(len(second.values), dtype=bool)
    group = number = np.array([], "int32")
    for groups, numbers in _chunks_without(coded, (first.header, second.header), without):
        used[groups], given[numbers] = True, True
        groups, lines = np.append(group, groups), line[np.append(number, numbers)]
        steps = np.diff(groups)
        if (steps < 0).any() or ((steps == 0) & (np.diff(lines) <= 0)).any():
            return False
        group, number = groups[-1:], numbers[-1:] if len(numbers) else number
    names, lines_said = (one.values.filter(pa.array(flags)) for one, flags in ((first, used), (second, given)))
    return not names.null_count and not lines_said.null_count and rising(names)


def _chunks_without(coded: pa.Table, headers: Sequence[str], without: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Codes of columns, block by block, but those at some places."""
    columns = [coded[header].chunks for header in headers]
    for *parts, here in zip(*columns, _by_chunk(columns[0], without), strict=True):
        codes = tuple(part.indices.to_numpy() for part in parts)
        yield tuple(np.delete(one, here) for one in codes) if len(here) else codes


def _by_chunk(chunks: Sequence[pa.Array], places: np.ndarray) -> Iterator[np.ndarray]:
    """Of places in order, those within each chunk, counted from its beginning."""
    start = 0
    for chunk in chunks:
        low, high = np.searchsorted(places, (start, start + len(chunk)))
        yield places[low:high] - start
        start += len(chunk)


def typed_column(
    connection: duckdb.DuckDBPyConnection, words: str, column: Column, value: str, readings: str | None
) -> tuple[pa.Array, pa.Array | None]:
    """Each word's value in the column's type, and which are bad; None where none is. value: SQL of a word `cell`."""
    join, bad = "", "FALSE"
    if readings:
        join = f"LEFT JOIN {readings} AS r ON r.col = '{column.name}' AND r.cell = w.cell"
        bad = "COALESCE(r.bad, FALSE)"
    found = connection.execute(
        f"SELECT CAST({value} AS {column.type}) AS value, {bad} AS bad FROM {words} AS w {join} ORDER BY w.code"
    ).to_arrow_table()
    values, marks = (found[name].combine_chunks() for name in ("value", "bad"))
    return _one(values), _one(marks) if pc.any(marks).as_py() else None


def _one(array: pa.Array) -> pa.Array:
    return pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array


def by_rows(column: pa.ChunkedArray, values: pa.Array) -> pa.ChunkedArray:
    """A column of codes with the value of each word in its place."""
    if len(values) > _MANY:
        return pa.chunked_array([values.take(chunk.indices) for chunk in column.chunks], values.type)
    kind = pa.dictionary(pa.int32(), values.type)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(chunk.indices, values) for chunk in column.chunks], kind)


def unpushed(value: str, column: Column) -> str:
    """SQL of a value that no filter is handed down to: DuckDB 1.5 fails on one over a dictionary of other than text."""
    return value if column.type == "VARCHAR" else f"COALESCE({value}, {value})"


def show(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> str:
    """Relation `name` of a table as it stands."""
    connection.register(name, table)
    return name

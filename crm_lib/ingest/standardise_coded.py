"""Rows of a large file -> typed columns: each distinct text is read once, the rows keep their codes.

`RawFile.words` has for each column the value of each word, so that values are counted by their codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.ingest.load import Words
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
    for chunk in column.chunks:
        counts += np.bincount(chunk.indices.to_numpy(zero_copy_only=False), minlength=words)
    return counts


def filled_and_distinct(
    coded: pa.Table, header: str, values: pa.Array, own: bool, without: np.ndarray
) -> tuple[int, int]:
    """Rows that have a value, and how many different ones, in a column of codes of which `values` are the words'. own: of
    each word another. without: places of rows that do not count."""
    column = coded[header]
    counts = rows_of_words(column, len(values))
    if len(without):
        counts -= rows_of_words(column.take(pa.array(without)), len(values))
    given = (counts > 0) & values.is_valid().to_numpy(zero_copy_only=False)
    distinct = np.count_nonzero(given) if own else pc.count_distinct(values.filter(pa.array(given))).as_py()
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


def in_order(coded: pa.Table, words: Mapping[str, Words], key: Sequence[str], without: np.ndarray) -> bool:
    """Whether rows but those at the places `without` surely stand in the order of two columns, no two with the same."""
    if not all(name in words for name in key):
        return False
    first, second = (words[name] for name in key)
    groups, numbers = (_codes(coded[one.header]) for one in (first, second))
    if len(without):
        groups, numbers = (np.delete(codes, without) for codes in (groups, numbers))
    steps = np.diff(groups)
    if (steps < 0).any():
        return False
    names, lines = (
        one.values.take(_used(codes, len(one.values))) for one, codes in ((first, groups), (second, numbers))
    )
    if names.null_count or lines.null_count or not pa.types.is_integer(lines.type):
        return False
    line, again = pc.fill_null(second.values, 0).to_numpy(), np.flatnonzero(steps == 0)
    follows = line[numbers[again + 1]] > line[numbers[again]]
    rising = pc.all(pc.greater(names.slice(1), names.slice(0, max(len(names) - 1, 0))), min_count=0).as_py()
    return bool(rising and follows.all())


def _used(codes: np.ndarray, words: int) -> pa.Array:
    """The codes that occur, in order."""
    flags = np.zeros(words, dtype=bool)
    flags[codes] = True
    return pa.array(np.flatnonzero(flags))


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    return np.concatenate([chunk.indices.to_numpy() for chunk in column.chunks] or [np.array([], "int32")])


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

"""Rows of a large file -> typed columns: each distinct text is read once, the rows keep their codes.

`RawFile.words` has for each column the value of each word, so that values are counted by their codes.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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

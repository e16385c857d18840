"""What is told of a large file by its codes is what its rows say."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.ingest.load import Words
from crm_lib.ingest.readers.dictionaries import unified
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.standardise_coded import filled_and_distinct, in_order, places_of, rows_of_words

ROW = st.tuples(st.sampled_from(["", "A1", "A2", "A3"]), st.sampled_from(["", "1", "2", "3"]), st.booleans())
BLOCKS = st.lists(st.lists(ROW, max_size=5), min_size=1, max_size=4)


def file_of(blocks):
    """The file's rows as codes with lines 2, 4, 6 ..., the words of both columns, and the lines to leave out."""
    rows = [row for block in blocks for row in block]
    columns = [
        unified([pa.array([row[i] for row in block], pa.string()).dictionary_encode() for block in blocks])
        for i in (0, 1)
    ]
    numbers = iter(range(2, 2 * len(rows) + 2, 2))
    lines = pa.chunked_array([pa.array([next(numbers) for _ in block], pa.int64()) for block in blocks])
    coded = pa.table([lines, *columns], names=[LINE, "order", "line"])
    words = {}
    for name, kind, read in (("order", pa.string(), str), ("line", pa.int64(), int)):
        texts = coded[name].chunk(0).dictionary
        values = pa.array([read(text) if text else None for text in texts.to_pylist()], kind)
        words[name] = Words(name, values, True, rows_of_words(coded[name], len(texts)))
    left_out = np.array([line for line, row in zip(lines.to_pylist(), rows, strict=True) if row[2]], "int64")
    return coded, words, left_out, [row[:2] for row in rows if not row[2]]


@given(BLOCKS, st.booleans(), st.booleans())
def test_the_order_of_rows(blocks, in_turn, shuffled):
    if in_turn:
        flat = iter(sorted({row for block in blocks for row in block}))
        blocks = [[row for row in (next(flat, None) for _ in block) if row] for block in blocks]
    coded, words, left_out, kept = file_of(blocks)
    places = places_of(coded, left_out[::-1] if shuffled else left_out)
    assert coded[LINE].combine_chunks().to_numpy()[places].tolist() == left_out.tolist()
    told = in_order(coded, words, ("order", "line"), places)
    truly = all(order and line for order, line in kept) and kept == sorted(set(kept))
    assert told <= truly
    if rising_codes(coded):
        assert told == truly


def rising_codes(coded):
    """Codes stand for orders in their order, as they do where files are written order by order."""
    words = coded["order"].chunk(0).dictionary.to_pylist()
    return words == sorted(words)


@given(BLOCKS)
def test_filled_and_distinct_cells_of_the_rows_that_count(blocks):
    coded, words, left_out, kept = file_of(blocks)
    for i, name in enumerate(("order", "line")):
        given_cells = [row[i] for row in kept if row[i]]
        expected = (len(given_cells), len(set(given_cells)))
        assert filled_and_distinct(coded, words[name], places_of(coded, left_out)) == expected

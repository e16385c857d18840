"""One dictionary for all blocks of a column says what each block says by its own."""

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from crm_lib.ingest.readers.dictionaries import rising, unified

WORD = st.sampled_from(["", "SO1", "SO2", "SO10", "张", "é", "z"])
BLOCKS = st.lists(st.lists(WORD, max_size=6), min_size=1, max_size=5)


def coded(texts, unused=()):
    """A column of codes; its dictionary has words besides that no row says."""
    words = list(dict.fromkeys([*unused, *texts]))
    codes = pa.array([words.index(text) for text in texts], pa.int32())
    return pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()))


@given(BLOCKS, st.booleans(), st.lists(WORD, max_size=2))
@example([["SO1", "SO1", "SO2"], ["SO2", "SO3"], [], ["SO4"]], False, [""])
@example([["b", "a"], ["b", "c"]], False, [])
@example([[]], False, [])
def test_rows_say_the_same_and_no_word_stands_twice(blocks, in_order, unused):
    if in_order:
        flat = iter(sorted(word for block in blocks for word in block))
        blocks = [[next(flat) for _ in block] for block in blocks]
    column = unified([coded(block, unused) for block in blocks])
    assert [chunk.to_pylist() for chunk in column.chunks] == blocks
    assert all(chunk.dictionary.equals(column.chunk(0).dictionary) for chunk in column.chunks)
    words = column.chunk(0).dictionary.to_pylist()
    assert len(words) == len(set(words))
    if in_order:
        assert not words or rising(column.chunk(0).dictionary) or unused


@given(st.lists(WORD, max_size=5))
def test_words_rise_where_each_comes_after_the_one_before(words):
    assert rising(pa.array(words, pa.string())) == (words == sorted(set(words)))

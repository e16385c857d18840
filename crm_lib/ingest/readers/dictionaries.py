"""Columns of texts as codes: one dictionary for what blocks of rows have each their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def unified(chunks: Sequence[pa.DictionaryArray]) -> pa.ChunkedArray:
    """The chunks with one dictionary."""
    return _appended(chunks) or pa.chunked_array(chunks).unify_dictionaries()


def rising(words: pa.Array) -> bool:
    """Whether each text comes after the one before."""
    return bool(pc.all(pc.greater(words.slice(1), words.slice(0, max(len(words) - 1, 0))), min_count=0).as_py())


def _appended(chunks: Sequence[pa.DictionaryArray]) -> pa.ChunkedArray | None:
    """The same where no block has words that belong between those of another, as where orders are written one after the
    other: none has to be looked for among the others."""
    words: list[pa.Array] = []
    codes: list[np.ndarray] = []
    count, last = 0, ""
    for chunk in chunks:
        own, places = _in_order(chunk)
        if len(own):
            first = own[0].as_py()
            again = bool(words) and first == last  # an order of which two blocks have rows
            if words and first < last:
                return None
            places = places + np.int32(count - again)
            words.append(own.slice(again))
            count, last = count + len(own) - again, own[-1].as_py()
        codes.append(places)
    if not words:
        return None
    whole = pa.concat_arrays(words)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(part), whole) for part in codes])


def _in_order(chunk: pa.DictionaryArray) -> tuple[pa.Array, np.ndarray]:
    """The words that rows say, each after the one before, and their codes."""
    words, codes = chunk.dictionary, chunk.indices.to_numpy()
    if rising(words):
        return words, codes
    places = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    words = words.take(pa.array(places))
    if not rising(words):
        order = pc.sort_indices(words).to_numpy()
        places, words = places[order], words.take(pa.array(order))
    moved = np.zeros(len(chunk.dictionary), dtype="int32")
    moved[places] = np.arange(len(places), dtype="int32")
    return words, moved[codes]

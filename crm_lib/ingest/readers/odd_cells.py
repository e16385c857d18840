"""Columns of text: which cells may tell that their row is no data. Others need no closer look."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from crm_lib.ingest.readers.not_data import LONGEST_TOTAL, TOTAL_HINT
from crm_lib.ingest.values.text import SPACES


def blank(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Whether nothing but white space and invisible marks stands in a cell."""
    return pc.equal(pc.utf8_trim(texts, SPACES), "")


def may_be_total(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Whether a cell is short and has a part of a word for totals in it."""
    short = pc.less_equal(pc.utf8_length(texts), LONGEST_TOTAL)
    return pc.and_(short, pc.match_substring_regex(texts, TOTAL_HINT.pattern, ignore_case=True))

"""Rows of frames as named tuples."""

import pandas as pd

from crm_lib.frames import objects, rows
from crm_lib.language import msg


def test_rows_hold_pythons_own_values_in_order():
    frame = pd.DataFrame({"n": [2, 1], "share": [0.5, None], "name": ["b", "a"], "class": ["x", "y"]})
    found = list(rows(frame))
    assert [row.n for row in found] == [2, 1]
    assert type(found[0].n) is int
    assert found[1].share != found[1].share
    assert found[0].name == "b"
    assert list(rows(frame.iloc[:0])) == []


def test_messages_stay_whole_in_a_column():
    frame = pd.DataFrame({"n": [1, 2]}).assign(words=objects(msg("group.all") for _ in range(2)))
    assert [row.words.id for row in rows(frame)] == ["group.all", "group.all"]

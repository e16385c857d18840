"""Rows of frames as named tuples, found by customer; words by code."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.frames import looked_up, objects, rows, texts
from crm_lib.language import msg

IDS = st.lists(st.sampled_from(["C1", "C2", "客户3", "C4", ""]), max_size=8)


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


@settings(max_examples=40, deadline=None)
@given(known=IDS.map(lambda ids: list(dict.fromkeys(ids))), asked=IDS)
def test_rows_are_found_as_a_left_merge_finds_them(known, asked):
    frame = pd.DataFrame({"customer_id": pd.Series(known, dtype="str"), "spend": range(len(known))}).astype(
        {"spend": "float64"}
    )
    frame = frame.assign(word=pd.Series([f"w{i}" for i in range(len(known))], dtype="str")).sort_index(ascending=False)
    before = frame.copy()
    ids = pd.Series(asked, index=range(7, 7 + len(asked)), dtype="str", name="customer_id")
    merged = ids.to_frame().merge(frame, on="customer_id", how="left").drop(columns="customer_id")
    pd.testing.assert_frame_equal(looked_up(frame, ids), merged)
    pd.testing.assert_frame_equal(frame, before)


def test_texts_are_the_words_of_their_codes():
    found = pd.Series(texts(("low", "high"), pd.Series([1, 0, 1]).to_numpy()))
    assert found.tolist() == ["high", "low", "high"]
    assert found.dtype == "str"
    assert len(texts(("low",), pd.Series([], dtype="int64").to_numpy())) == 0

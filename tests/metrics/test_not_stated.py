"""What nobody wrote down is no place and no cause."""

import pandas as pd
import pytest

from crm_lib.metrics.not_stated import named_parts, nameless, not_stated


@pytest.mark.parametrize(
    "text", [None, float("nan"), pd.NA, "", "  ", "未知", "未注明", "（未填写）", " Unknown ", "N/A", "(not stated)"]
)
def test_words_that_say_nothing(text):
    assert not_stated(text)
    assert nameless(text)


@pytest.mark.parametrize("text", ["其他", "其它", "Other", "misc"])
def test_a_rest_is_stated_but_has_no_name(text):
    assert not not_stated(text)
    assert nameless(text)


@pytest.mark.parametrize("text", ["未来店", "otherworld", "无锡店", "空港店", "0", "online"])
def test_names_that_only_look_like_it_are_kept(text):
    assert not nameless(text)


def test_parts_keep_their_order_and_names():
    given = pd.Series(["south", None, "其他", "unknown", "south"], index=[3, 1, 4, 1, 5])
    found = named_parts(given)
    assert found.tolist() == ["south", "", "", "", "south"]
    assert found.index.tolist() == given.index.tolist()
    assert given.isna().sum() == 1  # the input is as it was

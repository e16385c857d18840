"""Postage and freight are money, and no goods."""

import pandas as pd
import pytest

from crm_lib.metrics.carriage import goods_only, is_carriage


@pytest.mark.parametrize("word", ["运费", "（运费）", " 快递费", "Shipping", "FREIGHT", "Versandkosten"])
def test_words_of_carriage(word):
    assert is_carriage(word)


@pytest.mark.parametrize("word", ["运费险", "包装箱", "Shipping boxes", "Delivery van", "", None, float("nan"), 3])
def test_goods_are_no_carriage(word):
    assert not is_carriage(word)


def test_only_rows_of_carriage_go():
    frame = pd.DataFrame({"item": ["笔", "运费", None], "n": [1, 2, 3]})
    assert goods_only(frame, "item")["n"].tolist() == [1, 3]

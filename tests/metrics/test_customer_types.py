"""Types of customers beside the classes: shares of those on record, and who stands out beyond chance."""

import numpy as np
import pandas as pd

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.metrics.customer_types import COLUMNS, customer_types, types_words


def found(dealers: dict[str, int], of: int = 200, without: int = 0) -> pd.DataFrame:
    """`of` customers a class, the first so many of them dealers, the last `without` of no known type."""
    rows = [
        {
            "customer_id": f"{name}{i}",
            "operating_class": name,
            "customer_type": None if i >= of - without else "dealer" if i < n else "end user",
        }
        for name, n in dealers.items()
        for i in range(of)
    ]
    frame = pd.DataFrame(rows)
    engine = connect_frames({"customers": frame[["customer_id", "customer_type"]]})
    return customer_types(engine, frame[["customer_id", "operating_class"]], 20)


def test_shares_are_of_those_whose_type_is_known_and_add_up():
    told = found({"core": 60, "dormant": 20}, without=100)
    assert told.groupby("operating_class")["share"].sum().tolist() == [1.0, 1.0]
    core = told[(told["operating_class"] == "core") & (told["customer_type"] == "dealer")].iloc[0]
    assert (core["customers"], core["base"], core["share"], core["others"]) == (60, 100, 0.6, 0.2)
    assert core["low"] < 0.6 < core["high"]


def test_a_class_with_more_of_a_type_is_told_and_chance_is_not():
    told = found({"core": 120, "ordinary": 60, "dormant": 60})
    assert told.loc[told["above"].astype(bool), ["operating_class", "customer_type"]].iloc[0].tolist() == [
        "core",
        "dealer",
    ]
    words = catalogue("en").text(types_words(told))
    assert ": 60.0% (95% interval" in words
    assert "“dealer”, against 30.0%" in words
    assert "for “dealer” first" in catalogue("en").text(types_words(told, advised=True))
    random, named = np.random.default_rng(5), 0
    for _ in range(20):
        named += int(
            found({name: int(random.binomial(200, 0.3)) for name in ("core", "potential", "dormant")})["above"].any()
        )
    assert named <= 3
    same = found({"core": 60, "dormant": 60})
    assert types_words(same).id == "customer_types.none"


def test_one_type_or_none_says_nothing():
    assert list(found({"core": 200, "dormant": 200}).columns) == COLUMNS
    assert found({"core": 200, "dormant": 200}).empty
    assert found({"core": 50}, without=200).empty

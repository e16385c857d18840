"""What declared rules did, where they did anything."""

import pandas as pd

from crm_lib.language import catalogue
from crm_lib.layering.inventory import rules
from tests.layering.inventory_frames import account, file_row

EN = catalogue("en")


def test_nothing_declared():
    for made in (rules.refunds, rules.currencies, rules.fills):
        assert made(account()).empty


def test_refunds_of_all_sources_the_linked_first():
    given = [("a", "unmatched", 9, -9.0), ("a", "matched", 2, -4.0), ("b", "matched", 1, -1.0), ("b", "given", 1, -1.0)]
    table = rules.refunds(account() | {"refunds": pd.DataFrame(given, columns=["source", "how", "rows", "amount"])})
    assert table["rows"].tolist() == [3, 1, 9]
    assert table["linked"].tolist() == [True, True, False]
    assert table["amount"].tolist() == [-5.0, -1.0, -9.0]


def test_fills_and_currencies():
    filled = pd.DataFrame([("a", "customers", "city", "constant", 5), ("a", "customers", "tier", "own", 1)])
    filled = filled.set_axis(["source", "table", "column", "rule", "cells"], axis=1)
    table = rules.fills(account(files=[file_row("a", "customers")]) | {"filled": filled})
    assert [EN.text(word) for word in table["rule"]] == ["constant", "own"]
    assert [EN.text(word) for word in table["field"]] == ["City", "Membership tier"]
    money = pd.DataFrame([("a", "a.csv", "USD", 3, 10.0, 71.0, 71.0, 0)])
    names = ["source", "file", "currency", "rows", "amount_original", "amount", "amount_of_sum", "without_rate"]
    money = money.set_axis(names, axis=1)
    assert rules.currencies(account() | {"currencies": money})["amount"].tolist() == [71.0]

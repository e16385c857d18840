"""Top-ups among the sales are told before the run, with their money."""

import pytest

from crm_lib.run.data_checks import topped_up
from tests.ingest.folder import ORDERS, canonical, write_csv

HEAD = ["order_id", "ordered_on", "amount", "customer_key", "product_name"]


def told(folder, *names):
    rows = [[f"A{i}", "2026-01-05", "100", f"c{i}", name] for i, name in enumerate(names)]
    write_csv(folder / ORDERS["file"], [HEAD, *rows])
    return list(topped_up(canonical(folder, ORDERS)))


def test_top_ups_beside_sales_are_told_with_their_share(tmp_path):
    (found,) = told(tmp_path, "会员储值充值", "染发", "染发", "Card top-up")
    assert (found.args["n"].value, found.args["amount"].value, found.args["share"].value) == (2, 200.0, 0.5)
    assert found.args["names"].value == "Card top-up; 会员储值充值"


@pytest.mark.parametrize("names", [("染发", "laptop upgrade"), ("会员充值", "话费充值")])
def test_nothing_is_told_without_them_or_without_other_sales(tmp_path, names):
    assert told(tmp_path, *names) == []

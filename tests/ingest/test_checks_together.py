"""As much as can be found is told in one go; orders have to begin before the baseline."""

from datetime import date

from crm_lib.run.data_checks import check_data
from tests.ingest.folder import ORDERS, engagement, write_csv

HEAD = ["order_id", "ordered_on", "customer_key", "amount"]
CALLS = {"name": "calls", "table": "interactions", "file": "calls.csv"}


def orders(folder, name, day, amounts):
    rows = [[f"{name}{i}", day, f"C{i}", amount] for i, amount in enumerate(amounts)]
    write_csv(folder / f"{name}.csv", [HEAD, *rows])


def ids(problems):
    return [problem.message.id for problem in problems]


def test_an_unreadable_file_hides_neither_a_wrong_day_nor_bad_values(tmp_path):
    orders(tmp_path, "pos", "2026-03-05", ["5"] * 100 + ["gift"] * 30)
    write_csv(tmp_path / "shop.csv", [["¶©µ¥", "ÈÕÆÚ"], ["1", "2"]])
    shop = {
        "name": "shop",
        "table": "order_lines",
        "file": "shop.csv",
        "columns": {"order_id": "订单", "ordered_on": "日期"},
    }
    given = engagement(ORDERS, shop, as_of=date(2027, 6, 30))
    found = check_data(tmp_path, given)
    assert "errors.data.as_of_outside_readable" in ids(found)
    assert any(problem.where.startswith("engagement.toml [[sources]] #2") for problem in found)
    assert "errors.data.too_many_aside" in ids(found) or "errors.data.too_many_aside_amount" in ids(found)


def test_too_many_rows_set_aside_are_told_with_what_they_come_to(tmp_path):
    rows = [[f"o{i}", "" if i < 30 else "2026-03-05", f"C{i}", "10"] for i in range(130)]
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    (problem,) = (p for p in check_data(tmp_path, engagement(ORDERS)) if "too_many_aside" in p.message.id)
    args = problem.message.args
    assert problem.message.id == "errors.data.too_many_aside_amount"
    assert (args["amount"].value, args["read"].value) == (300, 1300)
    assert args["share"].value == 30 / 130  # of the rows, as the sentence says


def test_a_file_that_cannot_be_read_may_hold_the_later_days(tmp_path):
    """Nothing is said of days where no sound file tells of the table."""
    write_csv(
        tmp_path / "calls.csv",
        [["interaction_id", "happened_at", "customer_key", "channel"], ["1", "2026-01-05", "C1", "phone"]],
    )
    given = engagement({**ORDERS, "columns": {"order_id": "订单"}}, CALLS, as_of=date(2027, 6, 30))
    write_csv(tmp_path / "pos.csv", [["a"], ["1"]])
    assert "errors.data.as_of_outside_readable" not in ids(check_data(tmp_path, given))


def test_orders_that_all_lie_after_the_baseline_are_told(tmp_path):
    write_csv(
        tmp_path / "calls.csv",
        [["interaction_id", "happened_at", "customer_key", "channel"], ["1", "2026-01-05", "C1", "phone"]],
    )
    orders(tmp_path, "pos", "2026-05-05", ["5"])
    (problem,) = check_data(tmp_path, engagement(ORDERS, CALLS, as_of=date(2026, 4, 30)))
    assert problem.message.id == "errors.data.no_orders_before"
    assert problem.message.args["first"].value == date(2026, 5, 5)
    orders(tmp_path, "pos", "2026-03-31", ["5"])
    assert check_data(tmp_path, engagement(ORDERS, CALLS, as_of=date(2026, 4, 30))) == []

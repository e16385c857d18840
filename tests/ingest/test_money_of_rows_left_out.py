"""Money of rows that are declared to be no data, and what a file's own row of totals says of its orders."""

from datetime import date

import pytest

from crm_lib.ingest.load import LARGE_BYTES
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.layering.inventory.findings import amount_words
from crm_lib.run.data_checks import check_data, set_aside
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, engagement, write_csv

HEAD = ["order_id", "ordered_on", "customer_key", "amount", "status"]
DECLARED = ORDERS | {"not_data": {"status": ["void"]}}


def order(i, amount="10", status="paid"):
    return [f"A{i}", "2026-01-05", f"C{i}", amount, status]


def law(file):
    parts = ("accepted", "later", "quarantined", "duplicates", "declared")
    return round(file["amount_read"] - sum(file[f"amount_{part}"] for part in parts), 6)


@pytest.mark.parametrize("pad", [0, LARGE_BYTES])
def test_money_of_declared_rows_is_read_and_told(tmp_path, pad):
    """Of a small file and of one that is read in blocks."""
    filler = [[*order(9)[:4], "paid" + " " * pad]] if pad else []
    rows = [order(1), order(2, "¥1,200.50", "void"), order(3, "-3", "Void"), order(4, "x", "void"), order(5, "$7", "void"), order(6, "bad"), *filler]  # fmt: skip
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    made = canonical(tmp_path, DECLARED)
    file = account(made).iloc[0]
    assert (file["non_data"], file["amount_declared"], law(file)) == (4, 1197.5, 0)  # a dollar is no yuan
    for language in LANGUAGES:
        assert catalogue(language).text(amount_words(inventory(made)["files"])).count("¥1,198") == 1


def test_a_workbook_is_as_a_text(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [HEAD, order(1), order(2, 5.5, "void")]:
        book.active.append(row)
    book.save(tmp_path / "pos.xlsx")
    file = account(canonical(tmp_path, DECLARED | {"file": "pos.xlsx"})).iloc[0]
    assert (file["amount_read"], file["amount_declared"], law(file)) == (15.5, 5.5, 0)


def test_tables_without_amounts_have_none(tmp_path):
    write_csv(tmp_path / "m.csv", [["customer_key", "name"], ["A", "x"], ["B", "void"]])
    source = {"name": "m", "table": "customers", "file": "m.csv", "not_data": {"name": ["void"]}}
    assert account(canonical(tmp_path, source))["amount_declared"].isna().all()


BODY = [order(1, "10"), order(2, "20"), order(2, "20"), order(3, "30", "void")]


@pytest.mark.parametrize(
    ("total", "like", "difference"),
    [
        ("80", "all", 0),
        ("50", "declared", -30),
        ("￥60.00", "duplicates", -20),
        ("30", "both", -50),
        ("77", "nothing", -3),
    ],
)
def test_a_row_of_totals_is_held_against_the_rows_above_it(tmp_path, total, like, difference):
    write_csv(tmp_path / "pos.csv", [HEAD, *BODY, ["合计", "", "", total, ""]])
    made = canonical(tmp_path, DECLARED)
    (found,) = inventory(made)["stated_totals"].to_dict("records")
    assert (found["like"], found["found"], found["difference"], found["line"]) == (like, 80, difference, 6)
    told = [catalogue("en").text(message) for message in set_aside(made, date(2026, 6, 30))]
    assert sum("row of totals (line 6)" in line for line in told) == 1
    assert any("a difference of -3" in line for line in told) == (like == "nothing")


def test_a_total_of_a_part_fits_its_part(tmp_path):
    rows = [order(1), ["小计", "", "", "10", ""], order(2, "7"), ["小计", "", "", "7", ""]]
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    assert inventory(canonical(tmp_path, ORDERS))["stated_totals"]["like"].tolist() == ["all", "part"]


def total(amount, words="合计"):
    return [words, "", "", amount, ""]


def test_every_row_of_totals_is_compared_and_the_bad_one_named(tmp_path):
    """February lacks a row; March is right, and so is the sum of what is there since January."""
    rows = [order(1), order(2, "5"), total("15"), order(3, "7"), total("27"), order(4, "4"), total("4"), total("11")]
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    made = canonical(tmp_path, ORDERS)
    found = inventory(made)["stated_totals"]
    assert found["like"].tolist() == ["all", "nothing", "part", "part"]
    assert found["since"].tolist() == [0, 0, 6, 4]
    assert found[["found", "difference"]].iloc[1].tolist() == [22, 5]
    told = [catalogue("en").text(message) for message in set_aside(made, date(2026, 6, 30))]
    assert [line.split(" says")[0] for line in told if "a difference of" in line] == [
        "pos.csv: its row of totals (line 6)"
    ]
    assert any("3 of 4 rows of totals" in line for line in told)


def test_a_total_in_the_middle_is_held_against_the_rows_since_the_one_before(tmp_path):
    rows = [order(1, "100"), total("100"), order(2, "7"), total("27"), order(3, "4"), total("4")]
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    made = canonical(tmp_path, ORDERS)
    bad = inventory(made)["stated_totals"].iloc[1]
    assert (bad["like"], bad["since"], bad["found"], bad["difference"]) == ("nothing", 3, 7, 20)
    for language in LANGUAGES:
        told = [catalogue(language).text(message) for message in set_aside(made, date(2026, 6, 30))]
        assert sum("20" in line and "pos.csv" in line and "27" in line for line in told) == 1


def test_many_bad_totals_are_counted_and_the_worst_named(tmp_path):
    rows = [row for i in range(9) for row in (order(i), total(str(1000 + 100 * i)))]
    write_csv(tmp_path / "pos.csv", [HEAD, *rows])
    made = canonical(tmp_path, ORDERS)
    told = [catalogue("en").text(message) for message in set_aside(made, date(2026, 6, 30))]
    assert sum("a difference of" in line for line in told) == 5
    assert any("9 of 9 rows of totals differ" in line for line in told)


@pytest.mark.parametrize("last", [None, ["合计", "", "", "", ""]])
def test_without_a_stated_amount_nothing_is_compared(tmp_path, last):
    write_csv(tmp_path / "pos.csv", [HEAD, *BODY, *([last] if last else [])])
    assert inventory(canonical(tmp_path, ORDERS))["stated_totals"].empty


def check(folder, bad, good, **data):
    rows = [order(i, "bad") for i in range(bad)] + [order(bad + i, "2.5") for i in range(good)]
    write_csv(folder / "pos.csv", [HEAD, *rows])
    return [
        p.text(catalogue("en"))
        for p in check_data(folder, engagement(ORDERS, data=data))
        if "set aside" in p.text(catalogue("en"))
    ]


def test_a_file_of_which_much_is_set_aside_is_refused_with_how_to_allow_it(tmp_path):
    (told,) = check(tmp_path, 30, 70)
    assert all(part in told for part in ("30.0%", "30 of 100", "5.0%", "(amount): 30", "most_set_aside = 0.30"))
    assert check(tmp_path, 30, 70, most_set_aside=0.3) == []


@pytest.mark.parametrize(("bad", "good"), [(10, 190), (9, 21), (0, 20)])
def test_few_rows_are_told_not_refused(tmp_path, bad, good):
    """As many as allowed, and fewer than tell anything of a share."""
    assert check(tmp_path, bad, good) == []

"""Rows that are rather a sum than an order are no money a second time, and their money is told of."""

from datetime import date
from itertools import product

import pytest

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.layering.inventory.findings import quality
from crm_lib.run.data_checks import set_aside as told_of
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, set_aside, write_csv

HEADER = ["order_id", "customer_key", "product_name", "ordered_on", "amount"]
DATA = [[f"RE-{i}", f"C{i % 4}", "oil", f"2026-01-{i + 1:02d}", str(10 + i)] for i in range(9)]
SUM = str(sum(10 + i for i in range(9)))
ROW_OF_SUM = ["Ergebnis", "", "", "2026-06-30", SUM]


WORDS = (
    *("Summe", "Gesamtsumme", "Zwischensumme:", "Total général", "Sous-total", "Suma", "Totale"),
    *("総計", "합계", "Итого"),
)


def test_words_for_totals_of_other_languages_also_with_a_day(tmp_path):
    """A file for each word and day, all in one preparation."""
    wanted = {}
    for n, (word, day) in enumerate(product(WORDS, ["", "2026-06-30", "30.06.2026"])):
        lines = [[f"{n}-{order}", *rest] for order, *rest in DATA]
        write_csv(tmp_path / f"pos{n}.csv", [HEADER, *lines, [word, "", "", day, SUM]])
        wanted[f"pos{n}.csv"] = (9, 0, 1)
    files = account(canonical(tmp_path, *(ORDERS | {"name": file[:-4], "file": file} for file in wanted)))
    found = files.set_index("file")[["accepted", "quarantined", "non_data"]]
    assert dict(zip(found.index, found.itertuples(index=False, name=None), strict=True)) == wanted


@pytest.mark.parametrize("day", ["", "2026-06-30"])
def test_a_row_of_nobody_that_is_the_sum_of_its_file_is_set_aside(tmp_path, day):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, ["Ergebnis", "", "", day, SUM]])
    made = canonical(tmp_path, ORDERS)
    assert [(row["line"], row["reason"]) for row in set_aside(made, "pos")] == [("11", "suspected_total")]
    assert account(made).iloc[0]["amount_accepted"] == int(SUM)


@pytest.mark.parametrize(
    "row",
    [
        ["RE-99", "", "", "2026-06-30", SUM],  # an order number like the others
        ["Ergebnis", "C9", "", "2026-06-30", SUM],  # a customer
        ["Ergebnis", "", "", "2026-06-30", "20"],  # some money
    ],
)
def test_a_large_order_is_no_total(tmp_path, row):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, row])
    assert set_aside(canonical(tmp_path, ORDERS), "pos") == []


def test_rows_of_totals_that_are_kept_are_not_suspected(tmp_path):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, ROW_OF_SUM])
    assert set_aside(canonical(tmp_path, ORDERS | {"total_rows": "keep"}), "pos") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_money_set_aside_is_told_and_weighs(tmp_path, language):
    write_csv(tmp_path / "pos.csv", [HEADER, *DATA, *DATA, [*ROW_OF_SUM[:-1], str(2 * int(SUM))]])
    made = canonical(tmp_path, ORDERS)
    said = [catalogue(language).text(message) for message in told_of(made, date(2026, 6, 30))]
    assert any("252" in sentence and f"{made.name}/pos.csv" in sentence for sentence in said)
    frames = inventory(made)
    reasons = frames["quarantine"].assign(label=[{"zh": "a", "en": "a"}], field="", reason="r")
    found = quality(frames["files"], reasons)
    assert found is not None
    assert found.severity == "high"
    assert found.headline.id == "layering.finding.quality_amount"


BILLS = ["order_id", "customer_key", "product_name", "ordered_on", "amount", "业务员", "备注"]


def test_rows_that_differ_in_a_column_that_is_not_mapped_are_told_and_counted(tmp_path):
    data = [[*row, "孙", ""] for row in DATA]
    again = [[*DATA[0], "刘", ""], [*DATA[0], "马", ""], [*DATA[1], "孙", ""], [*DATA[2][:4], "99", "刘", ""]]
    write_csv(tmp_path / "pos.csv", [BILLS, *data, *again])
    made = canonical(tmp_path, ORDERS)
    found = inventory(made)["lookalikes"]
    assert found.to_dict("records") == [
        {"source": "pos", "file": "pos.csv", "headers": "业务员", "rows": 2, "amount": 2 * int(DATA[0][4])}
    ]
    assert (
        account(made)["duplicates"].item() + int(inventory(made)["repeated"]["rows"].sum()) == 1
    )  # DATA[1], said again
    told = [m.text if isinstance(m, str) else catalogue("en").text(m) for m in told_of(made, date(2026, 6, 30))]
    assert any("2 rows say what another row of the same order says" in line and "业务员" in line for line in told)


def test_rows_of_one_order_that_differ_in_what_is_mapped_are_no_lookalikes(tmp_path):
    write_csv(tmp_path / "pos.csv", [BILLS, *([*DATA[0][:4], str(i), "孙", str(i)] for i in range(5))])
    assert inventory(canonical(tmp_path, ORDERS))["lookalikes"].empty


def test_rows_that_are_only_written_in_another_way_are_not_said_to_differ_in_other_columns(tmp_path):
    data = [[*row, "孙", ""] for row in DATA]
    write_csv(
        tmp_path / "pos.csv", [BILLS, *data, [*DATA[0][:3], DATA[0][3].replace("-", "/"), *DATA[0][4:], "孙", ""]]
    )
    made = canonical(tmp_path, ORDERS)
    assert inventory(made)["lookalikes"]["headers"].tolist() == [""]
    told = [catalogue("en").text(m) for m in told_of(made, date(2026, 6, 30))]
    assert any("only written in another way" in line for line in told)

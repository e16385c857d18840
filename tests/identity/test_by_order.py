"""Tickets and answers that name an order instead of a customer."""

import pyarrow.parquet as pq
import pytest

from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, canonical, rows, write_csv
from tests.ingest.profile.test_profile import mapping, one, text

TABLES = {
    "tickets": (["ticket_id", "opened_at", "kind"], ["{i}", "2026-02-0{i} 10:00", "complaint"], "ticket_id"),
    "surveys": (["survey_id", "answered_on", "nps"], ["{i}", "2026-02-0{i}", "9"], "survey_id"),
}
SAID = {  # (customer_key, phone, order_id) of each row -> its customer
    ("c2", "", "A1"): "c2",  # what a row says itself stands
    ("", "", "A1"): "c1",
    ("", "", "A1.0"): None,
    ("", "", "A2"): None,  # of several customers
    ("", "", "A3"): None,  # of nobody
    ("", "", "A9"): None,  # unknown
    ("", "", ""): None,
    ("", "13800000009", "A1"): "a customer of its own",
}


def made(folder, name, *, mapped=True, orders=True):
    head, cells, _ = TABLES[name]
    lines = [[*(cell.format(i=i) for cell in cells), *said] for i, said in enumerate(SAID, 1)]
    about = "order_id" if mapped else "about"
    write_csv(folder / "rows.csv", [[*head, "customer_key", "phone", about], *lines])
    write_csv(folder / "members.csv", [["customer_key", "name", "phone"], *([f"c{i}", f"N{i}", ""] for i in (1, 2))])
    sold = [["A1", "2026-01-05", "10", "c1"], ["A2", "2026-01-05", "10", "c1"], ["A2", "2026-01-05", "5", "c2"]]
    write_csv(
        folder / "pos.csv",
        [["order_id", "ordered_on", "amount", "customer_key"], *sold, ["A3", "2026-01-06", "7", ""]],
    )
    spaces = {"key_space": "members"}
    sources = [MEMBERS | spaces, {"name": "rows", "table": name, "file": "rows.csv"} | spaces]
    return canonical(folder, *([ORDERS | spaces] if orders else []), *sources)


def customers(made, name):
    key = TABLES[name][2]
    query = (
        f"SELECT c.name, t.customer_id FROM {{{name}}} t LEFT JOIN {{customers}} c USING (customer_id) ORDER BY t.{key}"
    )
    known = {"N1": "c1", "N2": "c2", None: "a customer of its own"}
    return [known[name] if customer else None for name, customer in rows(made, query)]


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_names_an_order_is_its_customers(tmp_path, name):
    found = made(tmp_path, name)
    assert customers(found, name) == list(SAID.values())
    told = inventory(found)["standardised"]
    told = told[told["rule"] == "by_order"]
    assert told[["source", "column", "changed"]].to_numpy().tolist() == [["rows", "customer_id", 1]]
    assert not {"order_id", "_by_order"} & {*pq.read_schema(found / f"{name}.parquet").names}
    assert rows(found, f"SELECT COUNT(*) FROM {{{name}}}") == [(len(SAID),)]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("without", ["mapped", "orders"])
def test_without_orders_or_their_numbers_rows_are_only_whose_they_say(tmp_path, name, without):
    found = made(tmp_path, name, **{without: False})
    said = ["c2", *[None] * 6, "a customer of its own"]
    assert customers(found, name) == said
    assert "by_order" not in set(inventory(found)["standardised"]["rule"])


FILES = {
    "complaints.csv": (
        ["Complaint Ref", "Booking Ref", "Logged At", "Closed At", "Category"],
        "Booking Ref",
        "tickets",
    ),
    "投诉.csv": (["投诉单号", "订单号", "投诉时间", "办结时间", "投诉原因"], "订单号", "tickets"),
    "feedback.csv": (["Response ID", "Order No", "Date Submitted", "NPS", "Comment"], "Order No", "surveys"),
}


@pytest.mark.parametrize("file", FILES)
def test_the_number_of_the_order_is_known_beside_the_row_s_own(tmp_path, file):
    header, number, table = FILES[file]
    times = ["2026-02-0{day} 1{hour}:00"] * 2
    lines = [
        [f"R{i}", f"A{i}", *(time.format(day=1 + i % 9, hour=i % 9) for time in times), f"reason {i % 3}"]
        for i in range(60)
    ]
    if table == "surveys":
        lines = [[*line[:3], str(i % 11), "fine"] for i, line in enumerate(lines)]
    found = one(tmp_path / file, text([header, *lines]))
    assert found.guess.table == table
    assert mapping(found)["order_id"] == number
    assert mapping(found)[TABLES[table][2]] == header[0]

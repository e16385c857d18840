"""Reports name files as the client does: no folders of the consultant's machine, no address of a database."""

import sqlite3

import pytest

from crm_lib.run.prepare import inventory
from tests.ingest.folder import canonical, write_csv

ORDERS = {"name": "till", "table": "order_lines"}
ROWS = [["order_id", "customer_key", "ordered_on", "amount"], ["A1", "C1", "2026-01-05", "9"], ["A2", "C1", "x", "9"]]


@pytest.mark.parametrize(
    ("place", "shown"), [("elsewhere/消费.csv", "消费.csv"), ("shop/raw/消费.csv", "raw/消费.csv")]
)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_file_elsewhere_is_named_without_its_folders(tmp_path, place, shown, absolute):
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    (tmp_path / "shop").mkdir(exist_ok=True)
    write_csv(path, ROWS)
    inside = place.startswith("shop/")
    given = str(path) if absolute and not inside else place.removeprefix("shop/") if inside else f"../{place}"
    frames = inventory(canonical(tmp_path / "shop", ORDERS | {"file": given}))
    assert {file for frame in frames.values() if "file" in frame for file in frame["file"]} == {shown}


def test_a_database_is_called_as_its_source_is(tmp_path):
    with sqlite3.connect(tmp_path / "pos.db") as connection:
        connection.execute("CREATE TABLE o (order_id TEXT, customer_key TEXT, ordered_on TEXT, amount TEXT)")
        connection.execute("INSERT INTO o VALUES ('A1', 'C1', '2026-01-05', '9')")
    connection.close()
    address = tmp_path / "secret_server.url"
    address.write_text(f"sqlite:///{tmp_path}/pos.db")
    address.chmod(0o600)
    (tmp_path / "shop").mkdir()
    asked = {"format": "sql", "url_file": str(address), "query": "SELECT * FROM o"}
    frames = inventory(canonical(tmp_path / "shop", ORDERS | asked))
    assert {file for frame in frames.values() if "file" in frame for file in frame["file"]} == {"till"}

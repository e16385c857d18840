"""A client's columns may be called like anything that our own queries name."""

import re
from pathlib import Path

import pytest

from crm_lib.ingest import load
from crm_lib.ingest.profile.files import profile
from crm_lib.paths import PROJECT
from crm_lib.tables import IDENTITY, SOURCE_TABLES
from tests.ingest.folder import canonical, rows, write_csv

KNOWN = {column.name for table in SOURCE_TABLES.values() for column in table.columns} | {c.name for c in IDENTITY}
ORDERS = ["单号", "会员号", "手机号", "下单日期", "金额"]
MEMBERS = ["会员号", "姓名", "手机号", "生日"]


def spoken() -> list[str]:
    """Names that the queries of ingest and identity give to what they select."""
    found: set[str] = set()
    for room in ("ingest", "identity"):
        for path in (PROJECT / "crm_lib" / room).rglob("*"):
            if path.suffix in (".py", ".sql"):
                found |= set(re.findall(r'\bAS "?([a-z_][a-z_0-9]*)"?', path.read_text(encoding="utf-8")))
    return sorted(found - KNOWN)


def phone(i: int) -> str:
    return f"13{i * 104729 % 10**9:09d}"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    others = spoken()
    assert {"cell", "n", "v"} <= set(others)
    filling = [f"x{i % 3}" for i in range(len(others))]
    order = [[f"S{i:03d}", f"M{i % 20}", phone(i % 20), f"2026-01-{i % 27 + 1:02d}", f"{i}.5"] for i in range(60)]
    member = [[f"M{i}", f"张{'伟芳娜敏静'[i % 5]}", phone(i), f"1990-01-{i + 1:02d}"] for i in range(20)]
    write_csv(tmp_path / "orders.csv", [[*ORDERS, *others], *([*cells, *filling] for cells in order)])
    write_csv(tmp_path / "members.csv", [[*MEMBERS, *others], *([*cells, *filling] for cells in member)])
    return tmp_path


def sources() -> list[dict[str, object]]:
    columns = zip(("order_id", "customer_key", "phone", "ordered_on", "amount"), ORDERS, strict=True)
    people = zip(("customer_key", "name", "phone", "birth_date"), MEMBERS, strict=True)
    return [
        {"name": "orders", "table": "order_lines", "file": "orders.csv", "columns": dict(columns)},
        {"name": "members", "table": "customers", "file": "members.csv", "columns": dict(people)},
    ]


@pytest.mark.parametrize("large", [False, True])
def test_they_are_read_all_the_same(files, monkeypatch, large):
    if large:
        monkeypatch.setattr(load, "LARGE_BYTES", 0)
    made = canonical(files, *sources())
    assert rows(made, "SELECT COUNT(*), SUM(amount) FROM {order_lines}") == [(60, 1800)]
    assert rows(made, "SELECT COUNT(*), COUNT(birth_date) FROM {customers}") == [(20, 20)]


def test_they_are_looked_at_all_the_same(files):
    for name, table in (("orders.csv", "order_lines"), ("members.csv", "customers")):
        (found,) = profile(files / name)
        assert found.guess.table == table

"""Nothing is lost and order does not matter, for any table in any encoding."""

import math
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.ingest.values.numbers import parse_number
from tests.ingest.folder import MEMBERS, ORDERS, account, canonical, set_aside, table, text_of

HEADER = ["order_id", "line_no", "ordered_on", "amount", "kind", "customer_key", "phone", "name", "note"]
CHARACTERS = st.characters(codec="gbk", exclude_categories=("Cs", "Cc"))
WORDS = st.text(CHARACTERS | st.sampled_from('",\n；'), max_size=6)
PHONES = st.sampled_from(["13800138000", "+86 139-0013-9000", "", "12"])
NAMES = st.sampled_from(["张丽", "李伟", "张女士", "", "NULL"])
ORDER = st.tuples(
    st.sampled_from(["A1", "A2", "B7", ""]),
    st.sampled_from(["1", "2", ""]),
    st.sampled_from(["2026-01-05", "2026年1月6日", "2026-13-01", ""]),
    st.sampled_from(["10", "-3.5", "￥1,200.00", "(7)", "ten", ""]),
    st.sampled_from(["sale", "退货", "gift", ""]),
    st.sampled_from(["m1", "m2", ""]),
    PHONES,
    NAMES,
    WORDS,
)
TOTAL = ["合计", "", "", "99", "", "", "", "", ""]
# A row as it should be, blank, of totals, too short, too long.
ROW = st.one_of(
    ORDER.map(list),
    st.just([]),
    st.just([""] * len(HEADER)),
    st.just(TOTAL),
    st.lists(WORDS.filter(lambda word: word.strip()), min_size=1, max_size=3),
    ORDER.map(lambda row: [*row, "x"]),
)
ENCODINGS = st.sampled_from(["utf-8", "gbk", "utf-16", "utf-8-sig"])


def own(rows, number):
    """The rows with orders that no other file has."""
    return [[f"{number}{row[0]}", *row[1:]] if row and row[0][1:].isdigit() else row for row in rows]


@settings(max_examples=6)
@given(st.lists(st.tuples(st.lists(ROW, max_size=12), ENCODINGS), min_size=5, max_size=5))
def test_every_row_and_all_money_are_accounted_for(tables):
    """Five files in one preparation: to begin one takes longer than to read so few rows."""
    files = {f"pos{n}": (own(rows, n), encoding) for n, (rows, encoding) in enumerate(tables)}
    with TemporaryDirectory() as place:
        for name, (rows, encoding) in files.items():
            (Path(place) / f"{name}.csv").write_bytes(text_of([HEADER, *rows]).encode(encoding))
        made = canonical(Path(place), *(ORDERS | {"name": name, "file": f"{name}.csv"} for name in files))
        every = account(made).set_index("source")
        for name, (rows, _) in files.items():
            accounted(made, every.loc[name], name, rows)
        accepted = table(made, "order_lines")["amount"]
        assert every["accepted"].sum() == len(accepted)
        assert math.isclose(sum(accepted), every["amount_accepted"].sum(), abs_tol=1e-6)
        assert math.isclose(sum(accepted), sum(table(made, "orders")["amount"]), abs_tol=1e-6)


def accounted(made, file, name, rows):
    assert file["rows_read"] == len(rows)
    assert file["rows_read"] == file[["accepted", "quarantined", "duplicates", "non_data"]].sum()
    assert file["non_data"] == sum(row == TOTAL or not "".join(row).strip() for row in rows)
    assert file["quarantined"] == len(set_aside(made, name))
    kept = file[["amount_accepted", "amount_quarantined", "amount_duplicates"]].sum()
    assert math.isclose(file["amount_read"], kept, abs_tol=1e-6)
    assert math.isclose(file["amount_read"], float(money(rows)), abs_tol=1e-6)


def money(rows):
    """What the file says, read apart from the engine: refunds are negative, totals are no money."""
    total = Decimal(0)
    for row in rows:
        if row != TOTAL and len(row) == len(HEADER) and (amount := parse_number(row[3])) is not None:
            total += -abs(amount) if row[4] == "退货" else amount
    return total


@settings(max_examples=6)
@given(
    st.lists(st.lists(ORDER.map(list), min_size=2, max_size=10), min_size=3, max_size=3),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_and_files_does_not_matter(tables, shuffle):
    """Three tables in each preparation; a preparation less is a second less."""
    tables = [own(rows, n) for n, rows in enumerate(tables)]
    members = [row[5:8] for rows in tables for row in rows]
    parts = [(rows[: len(rows) // 2], rows[len(rows) // 2 :]) for rows in tables]
    again = [[shuffle.sample(part, len(part)) for part in reversed(halves)] for halves in parts]
    sources = [ORDERS | {"name": f"pos{n}", "file": f"pos{n}-*.csv"} for n in range(len(tables))]
    with TemporaryDirectory() as place:
        one, two = Path(place) / "one", Path(place) / "two"
        write(one, parts, members)
        write(two, again, shuffle.sample(members, len(members)))
        made = [canonical(folder, *sources, MEMBERS) for folder in (one, two)]
        for path in sorted(made[0].glob("*.parquet")):
            assert path.read_bytes() == (made[1] / path.name).read_bytes(), path.name


def write(folder, tables, members):
    folder.mkdir()
    (folder / "members.csv").write_text(text_of([["customer_key", "phone", "name"], *members]), encoding="utf-8")
    for n, parts in enumerate(tables):
        for i, part in enumerate(parts):
            (folder / f"pos{n}-{i}.csv").write_text(text_of([HEADER, *part]), encoding="utf-8")

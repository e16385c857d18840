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


@settings(max_examples=25)
@given(st.lists(ROW, max_size=12), ENCODINGS)
def test_every_row_and_all_money_are_accounted_for(rows, encoding):
    with TemporaryDirectory() as place:
        (Path(place) / "pos.csv").write_bytes(text_of([HEADER, *rows]).encode(encoding))
        made = canonical(Path(place), ORDERS)
        file = account(made).iloc[0]
        assert file["rows_read"] == len(rows)
        assert file["rows_read"] == file[["accepted", "quarantined", "duplicates", "non_data"]].sum()
        assert file["non_data"] == sum(row == TOTAL or not "".join(row).strip() for row in rows)
        assert file["accepted"] == len(table(made, "order_lines"))
        assert file["quarantined"] == len(set_aside(made, "pos"))
        kept = file[["amount_accepted", "amount_quarantined", "amount_duplicates"]].sum()
        assert math.isclose(file["amount_read"], kept, abs_tol=1e-6)
        assert math.isclose(file["amount_read"], float(money(rows)), abs_tol=1e-6)
        accepted = sum(table(made, "order_lines")["amount"])
        assert math.isclose(accepted, file["amount_accepted"], abs_tol=1e-6)
        assert math.isclose(accepted, sum(table(made, "orders")["amount"]), abs_tol=1e-6)


def money(rows):
    """What the file says, read apart from the engine: refunds are negative, totals are no money."""
    total = Decimal(0)
    for row in rows:
        if row != TOTAL and len(row) == len(HEADER) and (amount := parse_number(row[3])) is not None:
            total += -abs(amount) if row[4] == "退货" else amount
    return total


@settings(max_examples=15)
@given(st.lists(ORDER.map(list), min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_files_does_not_matter(rows, shuffle):
    half = len(rows) // 2
    parts = (rows[:half], rows[half:])
    members = [row[5:8] for row in rows]
    with TemporaryDirectory() as place:
        one, two = Path(place) / "one", Path(place) / "two"
        write(one, parts, members)
        write(two, [shuffle.sample(part, len(part)) for part in reversed(parts)], shuffle.sample(members, len(members)))
        made = [canonical(folder, ORDERS | {"file": "pos-*.csv"}, MEMBERS) for folder in (one, two)]
        for path in sorted(made[0].glob("*.parquet")):
            assert path.read_bytes() == (made[1] / path.name).read_bytes(), path.name


def write(folder, parts, members):
    folder.mkdir()
    (folder / "members.csv").write_text(text_of([["customer_key", "phone", "name"], *members]), encoding="utf-8")
    for i, part in enumerate(parts):
        (folder / f"pos-{i}.csv").write_text(text_of([HEADER, *part]), encoding="utf-8")

"""Nothing is lost and order does not matter, for every canonical table, as text of any form and as a workbook."""

import csv
import io
import math
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.ingest.mapping import source_columns
from crm_lib.tables import SOURCE_TABLES
from tests.ingest.folder import account, canonical, rows, set_aside, table

AS_TOLD = {"without_rate": "quarantine"}  # else a currency without a rate refuses the source

MONEY = {"10": "10", "-3.5": "-3.5", "(7)": "-7", "￥1,200.00": "1200", "1.2万": "12000", "ten": None, "": None}
WHOLE = {"10": "10", "-3": "-3", "4.0": "4", "4.5": None, "": None}
WORDS = st.text(st.characters(codec="gbk", exclude_categories=("Cs", "Cc")) | st.sampled_from('",;\t|'), max_size=5)
BY_NAME = {
    "phone": ["13800138000", "+86 139-0013-9000", "１３７００１３７０００", "12", ""],
    "email": ["a@example.com", "A@Example.com", "nobody", ""],
    "name": ["张丽", "李 伟", "NULL", "", "None"],
    "customer_key": ["m1", "m2", "散客", "7.0", ""],
    "currency": ["CNY", "PLN", "?", ""],
}
BY_TYPE = {
    "DATE": ["2026-01-05", "2026年1月6日", "2026-02-30", ""],
    "TIMESTAMP": ["2026-01-05 10:00", "2026-01-06", "soon", ""],
    "BOOLEAN": ["是", "no", "maybe", ""],
    "BIGINT": [*WHOLE],
}
FORMS = st.tuples(
    st.sampled_from(["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-32"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


def cells(column):
    if column.name in BY_NAME:
        return st.sampled_from(BY_NAME[column.name])
    if column.name.endswith("_id") or column.name == "refund_of":
        return st.sampled_from(["A1", "A2", "B7", ""])
    if column.values:
        return st.sampled_from([*column.values, "?", ""])
    if column.type.startswith("DECIMAL"):
        return st.sampled_from([*MONEY])
    return st.sampled_from(BY_TYPE[column.type]) if column.type in BY_TYPE else WORDS


def tables(name, fewest=0, most=10):
    """Header and rows of a table, each as wide as the header and not blank."""
    columns = source_columns(SOURCE_TABLES[name])
    row = st.tuples(*map(cells, columns)).map(list).filter(lambda row: "".join(row).strip())
    return st.lists(row, min_size=fewest, max_size=most).map(lambda found: ([c.name for c in columns], found))


EVERY_TABLE = st.fixed_dictionaries({name: tables(name, most=6) for name in sorted(SOURCE_TABLES)})


def as_text(header, body, form):
    encoding, delimiter, end, quoting = form
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *body])
    return stream.getvalue().encode(encoding)


def as_workbook(path, header, body):
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([header, *body]):
            for j, cell in enumerate(row):
                sheet.write_string(i, j, cell)


def source(name, file="x.csv", **more):
    units = {"duration_units": {"first_response_in": "minutes", "closed_in": "hours"}} if name == "tickets" else {}
    return {"name": f"x_{name}", "table": name, "file": file, **units, **more}


def money(name, header, body):
    """What the file says, read apart from the engine. An amount in a currency without a rate is none of ours."""
    if "currency" in header:
        body = [row for row in body if row[header.index("currency")] != "PLN"]
    column = header.index(SOURCE_TABLES[name].amounts[0])
    known = WHOLE if name == "loyalty" else MONEY
    kinds = [row[header.index("kind")] if name == "order_lines" else "" for row in body]
    values = [Decimal(known[row[column]] or 0) for row in body]
    return sum((-abs(v) if kind == "refund" else v for v, kind in zip(values, kinds, strict=True)), Decimal(0))


def accounted(made, name, header, body):
    file = account(made).set_index("source").loc[f"x_{name}"]
    assert file["rows_read"] == len(body)
    assert file["rows_read"] == file[["accepted", "quarantined", "duplicates", "non_data"]].sum()
    aside = set_aside(made, f"x_{name}")
    assert file["quarantined"] == len(aside) == len({row["line"] for row in aside})
    for row in aside:
        assert row["row"] == dict(zip(header, body[int(row["line"]) - 2], strict=True))
    if name != "customers":
        assert file["accepted"] == len(table(made, name))
    if SOURCE_TABLES[name].amounts:
        parts = file[["amount_accepted", "amount_quarantined", "amount_duplicates"]].sum()
        assert math.isclose(file["amount_read"], parts, abs_tol=1e-6)
        assert math.isclose(file["amount_read"], float(money(name, header, body)), abs_tol=1e-6)


@settings(max_examples=20)
@given(EVERY_TABLE, st.tuples(*[FORMS] * len(SOURCE_TABLES)))
def test_every_row_and_all_money_of_texts_are_accounted_for(every, forms):
    """All tables in one preparation: to begin one takes longer than to read so few rows."""
    with TemporaryDirectory() as place:
        for (name, (header, body)), form in zip(every.items(), forms, strict=True):
            (Path(place) / f"{name}.csv").write_bytes(as_text(header, body, form))
        made = canonical(
            Path(place), *(source(name, f"{name}.csv", total_rows="keep") for name in every), currency=AS_TOLD
        )
        for name, (header, body) in every.items():
            accounted(made, name, header, body)


@pytest.mark.parametrize("name", ["order_lines", "customers"])
def test_every_row_and_all_money_of_a_workbook_are_accounted_for(name):
    @settings(max_examples=5)
    @given(tables(name))
    def conserved(given):
        header, body = given
        with TemporaryDirectory() as place:
            as_workbook(Path(place) / "x.xlsx", header, body)
            made = canonical(Path(place), source(name, "x.xlsx", format="xlsx", total_rows="keep"), currency=AS_TOLD)
            accounted(made, name, header, body)

    conserved()


@settings(max_examples=12)
@given(EVERY_TABLE, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_files_does_not_matter(every, shuffle):
    parts = {name: (header, [body[: len(body) // 2], body[len(body) // 2 :]]) for name, (header, body) in every.items()}
    again = {
        name: (header, [shuffle.sample(part, len(part)) for part in reversed(own)])
        for name, (header, own) in parts.items()
    }
    with TemporaryDirectory() as place:
        made = [written(Path(place) / str(i), one) for i, one in enumerate((parts, again))]
        for path in sorted(made[0].glob("*.parquet")):
            assert path.read_bytes() == (made[1] / path.name).read_bytes(), path.name
        assert totals(made[0]) == totals(made[1])


def written(place, tables):
    place.mkdir()
    for name, (header, parts) in tables.items():
        for i, part in enumerate(parts):
            form = ("utf-8", ",", "\n", csv.QUOTE_MINIMAL)
            (place / f"{name}-{i}.csv").write_bytes(as_text(header, part, form))
    return canonical(place, *(source(name, f"{name}-?.csv", total_rows="keep") for name in tables), currency=AS_TOLD)


def totals(made):
    """The account of all files together, and why rows were set aside."""
    query = 'SELECT source, reason, "column", CAST(SUM(rows) AS BIGINT) FROM {quarantine} GROUP BY ALL ORDER BY ALL'
    files = account(made).groupby("source")
    counts = files[["rows_read", "accepted", "quarantined", "duplicates", "non_data"]].sum().to_dict()
    return counts, rows(made / "inventory", query)

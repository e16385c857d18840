"""Laws of the account: every row and all money, in any encoding, whatever the order of rows; what is set aside stays."""

import stat

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, account, canonical, set_aside, text_of, write_csv

HEAD = ["order_id", "ordered_on", "ordered_at", "amount", "cost", "kind", "customer_key", "phone", "store"]
LINE = st.tuples(
    st.sampled_from(["A1", "B2", "C3", "1.2E+17", ""]),
    st.sampled_from(["2026-01-05", "01/02/2026", "5 Jan 2026", "无", ""]),
    st.sampled_from(["2026-03-29 02:30", "2026-10-25 02:30", "2026-01-05T10:00:00+08:00", ""]),
    st.sampled_from(["10", "-3.5", "￥1.2万", "$7", "12 kr", "N/A", ""]),
    st.sampled_from(["4", "€2", "-", ""]),
    st.sampled_from(["sale", "退货", "-", ""]),
    st.sampled_from(["m1", "ｍ２", "nan", ""]),
    st.sampled_from(["13800138000/13900139000", "010-88886666转8", "138001380", ""]),
    st.sampled_from(["上海", "NULL", "-", ""]),
)
SETTINGS = {
    "report": {"time_zone": "Europe/Berlin"},
    "currency": {"rates": {"USD": 7}, "source": "Bank", "without_rate": "quarantine"},
    "fills": [
        {"table": "order_lines", "column": "store", "rule": "from_customer"},
        {"table": "order_lines", "column": "cost", "rule": "median"},
    ],
}
ORDERLESS = ("files", "columns", "standardised", "quarantine", "quality", "refunds", "currencies", "filled", "doubtful")


def shop(folder, lines, encoding="utf-8"):
    return shops(folder, [(lines, encoding)])


def shops(folder, files):
    """One preparation of several exports, pos.csv, pos1.csv, ..."""
    sources = []
    for n, (lines, encoding) in enumerate(files):
        sources.append(ORDERS | {"name": f"pos{n or ''}", "file": f"pos{n or ''}.csv"})
        (folder / f"pos{n or ''}.csv").write_bytes(text_of([HEAD, *lines]).encode(encoding))
    return canonical(folder, *sources, **SETTINGS)


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(st.lists(LINE, min_size=1, max_size=9), st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"])),
        min_size=3,
        max_size=3,
    ),
    st.randoms(use_true_random=False),
)
def test_nothing_is_lost_and_order_and_encoding_do_not_matter(tmp_path_factory, files, shuffle):
    """Three exports with orders of their own in each preparation."""
    given = [([(id and f"{id}{n}", *rest) for id, *rest in lines], form) for n, (lines, form) in enumerate(files)]
    made = shops(tmp_path_factory.mktemp("one"), [(lines, "utf-8") for lines, _ in given])
    again = shops(tmp_path_factory.mktemp("two"), [(shuffle.sample(lines, len(lines)), form) for lines, form in given])
    for file in account(made).to_dict("records"):
        assert file["rows_read"] == sum(file[k] for k in ("accepted", "later", "quarantined", "duplicates", "non_data"))
        assert file["quarantined"] == len(set_aside(made, file["source"]))
        kept = sum(file[f"amount_{k}"] for k in ("accepted", "later", "quarantined", "duplicates"))
        assert round(file["amount_read"] - kept, 6) == 0
    assert account(made)["rows_read"].tolist() == [len(lines) for lines, _ in given]
    for path in sorted(made.glob("*.parquet")):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    frames, others = inventory(made), inventory(again)
    for name in ORDERLESS:
        one, two = (f[name].drop(columns="encoding", errors="ignore") for f in (frames, others))
        assert one.equals(two), name


def test_the_header_and_what_stands_above_it_are_counted_apart(tmp_path):
    write_csv(tmp_path / "pos.csv", [["Report"], HEAD, ["A", "2026-01-05", "", "1", "", "", "", "", ""]])
    file = account(canonical(tmp_path, ORDERS | {"header_row": 2})).iloc[0]
    assert (file["header_rows"], file["rows_read"]) == (2, 1)


def test_the_amount_of_a_row_that_cannot_be_decoded_counts_where_its_place_is_sure(tmp_path):
    head = ["order_id", "ordered_on", "amount", "kind", "store"]
    lines = [
        b"A,2026-01-05,10,sale,\xff\xff",
        b"B,2026-01-05,7,refund,\xff",
        b"C,2026-01-05,5,sale,x",
        b"D,2026-01-05,9",
    ]
    (tmp_path / "pos.csv").write_bytes(b"\n".join([",".join(head).encode(), *lines, b""]))
    file = account(canonical(tmp_path, ORDERS | {"encoding": "utf-8"})).iloc[0]
    assert (file["accepted"], file["quarantined"]) == (1, 3)
    assert (file["amount_read"], file["amount_accepted"], file["amount_quarantined"]) == (8, 5, 3)


def test_what_is_set_aside_is_kept_by_run_and_for_its_owner_alone(tmp_path):
    line = ["A", "2026-01-05", "", "x", "", "", "", "", ""]
    first = shop(tmp_path, [line])
    path = tmp_path / ".work" / "quarantine" / first.name / "pos.csv"
    before = path.read_bytes()
    second = shop(tmp_path, [line, line])
    assert second.name != first.name
    assert path.read_bytes() == before
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]

"""A large file comes to the same canonical tables, quarantine and account as a small one."""

import filecmp
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.ingest import load
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, canonical, set_aside, table, text_of
from tests.ingest.test_conservation import ENCODINGS, HEADER, ROW, own


def made(place, sources, large, monkeypatch=None):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "LARGE_BYTES", 0 if large else 1 << 40)
        return canonical(place, *sources)


def same(one, two, sources):
    for path in sorted(one.rglob("*.parquet")):
        other = two / path.relative_to(one)
        if path.parent == one:
            assert filecmp.cmp(path, other, shallow=False), path.name
        else:
            pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(other))
    assert sorted(inventory(one)) == sorted(inventory(two))
    for source in sources:
        assert set_aside(one, source["name"]) == set_aside(two, source["name"])


def both(tables):
    """Tables, each of one file or two, prepared as small and as large files; the order lines that they become."""
    sources = [ORDERS | {"name": f"pos{n}", "file": f"pos{n}-*.csv"} for n in range(len(tables))]
    with TemporaryDirectory() as place:
        results = []
        for large in (False, True):
            folder = Path(place) / str(large)
            folder.mkdir()
            for n, (rows, encoding, two_files) in enumerate(tables):
                rows = own(rows, n)
                half = len(rows) // 2 if two_files else 0
                for i, part in enumerate([rows[:half], rows[half:]] if two_files else [rows]):
                    (folder / f"pos{n}-{i}.csv").write_bytes(text_of([HEADER, *part]).encode(encoding))
            results.append(made(folder, sources, large))
        same(*results, sources)
        return table(results[1], "order_lines")


TABLE = st.tuples(st.lists(ROW, max_size=25), ENCODINGS, st.booleans())


@settings(max_examples=5)
@given(st.lists(TABLE, min_size=4, max_size=4))
def test_large_and_small_are_read_alike(tables):
    both(tables)


def test_lines_without_a_number_are_numbered_whatever_the_size():
    lines = [
        [order, "", "2026-01-05", amount, "sale", "m1", "", "", ""] for order, amount in (("A1", "3"), ("A1", "5"))
    ]
    assert list(both([(lines, "utf-8", False)])["line_no"]) == [1, 2]

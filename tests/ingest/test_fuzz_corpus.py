"""The corpus spoilt a thousand times: no crash, no hang, no row and no money lost in silence."""

import faulthandler
import io
import math
import random
from pathlib import Path

import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.opened import source_place
from crm_lib.run.prepare import prepare
from tests.corpus.make import kept
from tests.corpus.mutate import spoilt
from tests.ingest import folder

MUTATIONS, BATCH = 1000, 50
TOO_LONG = 300  # seconds for a batch: a hang
# Left out: what is slow, and what fails as it is (expected.toml says for whom it waits).
LEFT_OUT = {"entity_bomb.xlsx", "odd_space_row.csv"}
WORKBOOKS = sorted(name for name in kept() if name.endswith(".xlsx") and name not in LEFT_OUT)
TEXTS = sorted(name for name in kept() if not name.endswith((".xlsx", ".xls", ".parquet")) and name not in LEFT_OUT)
OTHERS = ["not_parquet.parquet", "ole_rubbish.xls"]
FORMATS = {".xlsx": "xlsx", ".xls": "xlsx", ".parquet": "parquet"}


def chosen(chance):
    """Workbooks cost a process each: one in twenty is one."""
    throw = chance.random()
    return chance.choice(TEXTS if throw < 0.94 else WORKBOOKS if throw < 0.99 else OTHERS)


def put(into, number):
    chance = random.Random(f"corpus {number}")
    base = Path(chosen(chance))
    data = kept()[base.name]
    name = f"f{number}{base.suffix}"
    (into / name).write_bytes(spoilt(data, chance))
    table = "customers" if data.startswith((b"name,", b"customer_key,")) else "order_lines"
    return {"name": f"s{number}", "table": table, "file": name, "format": FORMATS.get(base.suffix, "csv")}


def prepared(place, engagement):
    """The canonical folder of the sources that are not refused, and these; every refused one is told by its place."""
    try:
        return prepare(place, engagement), engagement.sources
    except UserError as error:
        told = {problem.where for problem in error.problems}
    sound = tuple(s for s in engagement.sources if not any(where.startswith(source_place(s)) for where in told))
    assert len(sound) < len(engagement.sources)
    return prepared(place, engagement.model_copy(update={"sources": sound})) if sound else (None, [])


@pytest.mark.parametrize("first", range(0, MUTATIONS, BATCH))
def test_spoilt_files_are_refused_or_accounted_for(first, tmp_path):
    check(range(first, first + BATCH), tmp_path)


def check(numbers, place):
    faulthandler.dump_traceback_later(TOO_LONG, exit=True)
    try:
        made, sound = prepared(place, folder.engagement(*(put(place, i) for i in numbers)))
    finally:
        faulthandler.cancel_dump_traceback_later()
    if made:
        accounted(made, sound, place)


def accounted(made, sound, place):
    files = folder.account(made)
    assert list(files["source"]) == [source.name for source in sound]
    parts = ["accepted", "quarantined", "duplicates", "non_data"]
    assert (files["rows_read"] == files[parts].sum(axis=1)).all()
    for row in files.itertuples():
        assert row.quarantined == len(folder.set_aside(made, row.source))
        if (count := lines_of(place / row.file, row.encoding)) is not None:
            assert row.rows_read == count, row.file
    for table in set(files["table"]) - {"customers"}:
        own = files[files["table"] == table]
        money = [f"amount_{name}" for name in ("accepted", "quarantined", "duplicates")]
        assert math.isclose(own["amount_read"].sum(), own[money].to_numpy().sum(), rel_tol=1e-12, abs_tol=1e-3)
        kept_rows = folder.table(made, table)
        assert len(kept_rows) == own["accepted"].sum()
        # the sum of doubles beside the engine's exact one: the last digits of 10 ** 15 may differ
        assert math.isclose(
            math.fsum(map(float, kept_rows["amount"])), own["amount_accepted"].sum(), rel_tol=1e-12, abs_tol=1e-3
        )


def lines_of(path, encoding):
    """Lines below the header of a text in which no record has several of them; None of others."""
    if not encoding or b'"' in (data := path.read_bytes()):
        return None
    text = data.decode({"gbk": "gb18030"}.get(encoding, encoding), errors="replace")
    return None if '"' in text else len(list(io.StringIO(text, newline=""))) - 1


def test_the_same_seed_spoils_in_the_same_way():
    once, again = ([spoilt(kept()["gbk.csv"], random.Random(i)) for i in range(50)] for _ in range(2))
    assert once == again
    assert len(set(once)) > 40

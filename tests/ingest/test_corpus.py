"""The corpus of bad input: what has to become of each file stands in tests/corpus/expected.toml."""

import io
import time
import tomllib
import zipfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.data_checks import set_aside as told_of
from tests.corpus.make import BOMBS, FILES, TRAP, kept
from tests.ingest import folder

EXPECTED = Path(__file__).parents[1] / "corpus" / "expected.toml"
FORMATS = {".xlsx": "xlsx", ".xls": "xlsx", ".parquet": "parquet"}
KNOWN = {
    "file", "name", "source", "report", "read", "accepted", "duplicates", "aside", "aside_count", "not_data", "values",
    "remark", "refused", "says", "waits", "currency", "data",
}  # fmt: skip
KEYS = {"order_lines": "order_id, line_no", "customers": "name, phone", "tickets": "ticket_id"}
LARGEST = 100_000  # bytes of a file in git
SECONDS = 10  # in which a bomb is refused


@cache
def cases() -> list[dict[str, Any]]:
    return tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["case"]


def title(case):
    return f"{case['file']} {case.get('name', '')}".strip()


def marked(cases):
    for case in cases:
        waits = [pytest.mark.xfail(strict=True, reason=case["waits"])] if "waits" in case else []
        yield pytest.param(case, id=title(case), marks=waits)


def engagement(case):
    path = Path(case["file"])
    source = {"name": "case", "table": "order_lines", "file": path.name, "format": FORMATS.get(path.suffix, "csv")}
    return folder.engagement(
        source | case.get("source", {}),
        report=case.get("report", {}),
        currency=case.get("currency", {}),
        data=case.get("data", {}),
        as_of=date(2026, 1, 31),
        cycles=[{"number": 1, "baseline": date(2026, 1, 10), "start": date(2026, 1, 11)}],
    )


def put(case, into):
    if case["file"] in BOMBS:
        BOMBS[case["file"]](into / case["file"])
    else:
        (into / case["file"]).write_bytes((FILES / case["file"]).read_bytes())


@pytest.mark.parametrize("case", list(marked(cases())))
def test_what_becomes_of_a_file(case, tmp_path, monkeypatch):
    put(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    given, begun = engagement(case), time.monotonic()
    problems = [p for p in check_data(tmp_path, given) if not p.message.id.endswith("_outside")]
    spent = time.monotonic() - begun
    if "refused" in case:
        assert spent < SECONDS
        refused(case, problems)
    else:
        assert [p.message.id for p in problems] == []
        accounted(case, folder.prepare(tmp_path, given), given)
    assert not (tmp_path / TRAP).exists()


def refused(case, problems):
    """One of the expected messages, which names the file or its source and speaks both languages."""
    ids = {p.message.id for p in problems}
    assert ids & set(case["refused"]) or (ids and case["refused"] == ["*"]), ids
    assert all(p.where.startswith("engagement.toml [[sources]] #1 (case)") for p in problems)
    assert case.get("says", "").casefold() in UserError(problems).text(catalogue("en")).casefold()
    assert UserError(problems).text(catalogue("zh"))


def accounted(case, made, given):
    file = folder.account(made).iloc[0]
    aside = [f"{row['line']} {row['reason']} {row['column']}".strip() for row in folder.set_aside(made, "case")]
    not_data = [f"{line} {kind}" for line, kind in folder.rows(made / "trail", "SELECT line, kind FROM {non_data}")]
    assert file["rows_read"] == case["read"]
    assert file["accepted"] == case["accepted"]
    assert file["duplicates"] == case.get("duplicates", 0)
    assert file["non_data"] == len(case.get("not_data", []))
    assert file["quarantined"] == case.get("aside_count", len(case.get("aside", [])))
    assert file["rows_read"] == file[["accepted", "quarantined", "duplicates", "non_data"]].sum()
    assert sorted(not_data) == sorted(case.get("not_data", []))
    if "aside_count" not in case:
        assert len(aside) == len(case.get("aside", []))
        assert all(fits(found, wanted) for found, wanted in zip(aside, case.get("aside", []), strict=True)), aside
    for name, wanted in case.get("values", {}).items():
        assert values(made, *name.split(".")) == wanted
    said = {message.id for message in told_of(made, given.as_of)}
    assert case.get("remark", "*") in said or (case.get("remark") == "*" and said) or "remark" not in case, said


def fits(found, wanted):
    """'3 undecodable' as '3 undecodable' or '3 *'."""
    ours, theirs = found.split(" "), wanted.split(" ")
    ours += [""] * (len(theirs) - len(ours))
    return all(word in ("*", own) for own, word in zip(ours, theirs, strict=len(theirs) > 2))


def values(made, table, column):
    if column == "count":
        return [str(folder.rows(made, f"SELECT COUNT(*) FROM {{{table}}}")[0][0])]
    query = f"SELECT COALESCE(CAST({column} AS VARCHAR), '') FROM {{{table}}} ORDER BY {KEYS[table]}"
    return [value for (value,) in folder.rows(made, query)]


def test_a_bomb_among_sound_sources_hides_none_of_their_faults(tmp_path):
    BOMBS["sparse_sheet.xlsx"](tmp_path / "sparse_sheet.xlsx")
    (tmp_path / "pos.csv").write_bytes((FILES / "dates_without_order.csv").read_bytes())
    bomb = {"name": "bomb", "table": "order_lines", "file": "sparse_sheet.xlsx", "format": "xlsx"}
    found = check_data(tmp_path, folder.engagement(bomb, folder.ORDERS))
    assert [problem.message.id for problem in found] == ["errors.data.too_large", "errors.data.date_order"]


def test_the_table_has_a_row_for_each_file_and_no_other():
    assert {case["file"] for case in cases()} == kept().keys() | BOMBS.keys()
    assert len({title(case) for case in cases()}) == len(cases())
    assert [key for case in cases() for key in case if key not in KNOWN] == []
    assert [title(case) for case in cases() if ("refused" in case) == ("read" in case)] == []
    assert len(kept() | BOMBS) >= 60


def test_rows_of_the_table_add_up():
    wrong = [
        title(case)
        for case in cases()
        if "read" in case
        and case["read"]
        != case["accepted"]
        + case.get("duplicates", 0)
        + case.get("aside_count", len(case.get("aside", [])))
        + len(case.get("not_data", []))
    ]
    assert wrong == []


def test_the_files_are_those_that_the_script_makes():
    assert {path.name for path in FILES.iterdir()} == kept().keys()
    unlike = [name for name, data in kept().items() if contents((FILES / name).read_bytes()) != contents(data)]
    assert unlike == []
    assert max(path.stat().st_size for path in FILES.iterdir()) < LARGEST


def contents(data):
    """The bytes; of an archive those of its parts, since packing differs between machines."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return data

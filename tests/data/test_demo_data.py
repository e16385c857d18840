"""The demo's files are what its script writes, small, and hold what truth.json says was planted."""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from datetime import datetime

import pytest
from python_calamine import CalamineWorkbook

from crm_lib.engagement import load
from crm_lib.paths import DATA

DEMO = DATA / "demo"
ENCODINGS = {"pos_orders.csv": "gbk"}
HEADER_ROWS = {"nps_survey.xlsx": 3}
KEYS = {
    "pos_orders.csv": ("单号", "行号"),
    "members.xlsx": ("会员号",),
    "store_customers.csv": ("客户编号",),
    "tickets.csv": ("工单号",),
    "interactions.csv": ("记录编号",),
    "nps_survey.xlsx": ("问卷编号",),
    "campaign_members.csv": ("活动编号", "会员号", "手机号"),
    "points.csv": ("流水号",),
}
WORDS = {  # values that a healthy cell may have
    "类型": {"销售", "退货", "获取", "兑换", "过期"},
    "工单类型": {"投诉", "咨询", "服务请求"},
    "结果": {"未接通", "已触达", "有回应", "已转化", "拒绝"},
}


@pytest.fixture(scope="module")
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows():
    """file -> rows below the header, as dicts of text."""
    return {path.name: _read(path) for path in sorted((DEMO / "raw").iterdir())}


def _read(path):
    if path.suffix == ".xlsx":
        table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        header, *body = table[HEADER_ROWS.get(path.name, 1) - 1 :]
        return [dict(zip(header, map(_text, row), strict=True)) for row in body]
    text = path.read_bytes().decode(ENCODINGS.get(path.name, "utf-8-sig"))
    return list(csv.DictReader(io.StringIO(text)))


def _text(cell):
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def test_the_script_writes_the_committed_files(tmp_path):
    subprocess.run([sys.executable, DEMO / "make_demo.py", "--out", tmp_path], check=True, timeout=120)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert written == sorted(
        [path.relative_to(DEMO) for path in (DEMO / "raw").iterdir()] + [(DEMO / "truth.json").relative_to(DEMO)]
    )
    for path in written:
        assert _content(tmp_path / path) == _content(DEMO / path), path


def _content(path):
    """Bytes; of a workbook its parts, whose compression is the zlib's of the day."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return {info.filename: (info.date_time, book.read(info)) for info in book.infolist()}


def test_all_of_it_is_small():
    assert sum(p.stat().st_size for p in [*(DEMO / "raw").iterdir(), DEMO / "truth.json"]) < 3_000_000


def test_every_row_is_counted(truth, rows):
    assert {file: len(found) for file, found in rows.items()} == truth["rows"]


def test_the_engagements_columns_are_in_the_files(rows):
    for source in load(DEMO).sources:
        header = rows[source.file.removeprefix("raw/")][0].keys()
        assert set(source.columns.values()) <= set(header), source.name


def test_every_value_of_the_files_is_mapped_but_the_planted_ones(truth, rows):
    for source in load(DEMO).sources:
        file = source.file.removeprefix("raw/")
        for column, values in source.values.items():
            if column == "tier":  # only other words than the members' list has
                continue
            header = source.columns[column]
            unmapped = sum(1 for row in rows[file] if row[header] and row[header] not in values)
            planted = [fault for fault in truth["faults"].get(file, {}).values() if fault["column"] == header]
            assert unmapped == sum(fault["count"] for fault in planted), (file, column)


@pytest.mark.parametrize("file", sorted(KEYS))
def test_duplicated_rows(truth, rows, file):
    fault = truth["faults"][file]["duplicate_row"]
    assert sum(n - 1 for n in Counter(tuple(row.values()) for row in rows[file]).values()) == fault["count"]
    for number in fault["rows"]:
        assert rows[file][number - 1] in rows[file][: number - 1]


@pytest.mark.parametrize("file", sorted(KEYS))
def test_keys_are_unique_but_for_the_duplicates(truth, rows, file):
    repeated = set(truth["faults"][file]["duplicate_row"]["rows"])
    keys = [tuple(row[k] for k in KEYS[file]) for n, row in enumerate(rows[file], 1) if n not in repeated]
    keys = [key for key in keys if key[0]]
    assert len(keys) == len(set(keys))


def _bad_number(cell):
    return not re.fullmatch(r"-?\d+(\.\d+)?", cell)


def _bad_day(cell):
    for pattern in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"):
        try:
            return not 1900 < datetime.strptime(cell.split(" ")[0], pattern).year < 2030
        except ValueError:
            continue
    return True


def _short(cell):
    digits = re.sub(r"\.0$", "", unicodedata.normalize("NFKC", cell))
    return len(re.sub(r"\D", "", digits)) < 11


FAULTY = {
    "bad_date": _bad_day,
    "bad_birth_date": _bad_day,
    "bad_amount": _bad_number,
    "bad_points": _bad_number,
    "missing_amount": lambda cell: cell == "",
    "missing_order_id": lambda cell: cell == "",
    "short_phone": _short,
    "bad_email": lambda cell: not re.fullmatch(r"\s*[\w.]+@[\w]+\.[a-zA-Z]+", cell),
    "nps_out_of_range": lambda cell: not 0 <= int(cell) <= 10,
    "csat_out_of_range": lambda cell: not 1 <= int(cell) <= 5,
}


def _cases():
    faults = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))["faults"]
    return [(file, kind) for file, kinds in faults.items() for kind in kinds if kind != "duplicate_row"]


@pytest.mark.parametrize(("file", "kind"), _cases())
def test_faults_are_where_and_as_many_as_planted(truth, rows, file, kind):
    fault = truth["faults"][file][kind]
    faulty = FAULTY.get(kind, lambda cell: cell not in WORDS[fault["column"]])
    may_be_empty = kind.startswith("missing") or kind == "unknown_kind"
    found = [
        n
        for n, row in enumerate(rows[file], 1)
        if (may_be_empty or row[fault["column"]]) and faulty(row[fault["column"]])
    ]
    assert found == fault["rows"]
    assert len(found) == fault["count"]


def test_walk_ins(truth, rows):
    unnamed = {row["单号"] for row in rows["pos_orders.csv"] if not (row["会员手机"] or row["会员号"])}
    assert len(unnamed) == truth["walk_in_orders"]


def test_every_record_of_a_person_is_in_its_file(truth, rows):
    for file, records in truth["records"].items():
        keys = {row[KEYS[file][0]] for row in rows[file]}
        assert records.keys() <= keys


def test_families_share_a_phone_and_no_name(truth, rows):
    people = truth["records"]["members.xlsx"]
    numbers = {}
    for row in rows["members.xlsx"]:
        digits = re.sub(r"\.0$", "", unicodedata.normalize("NFKC", row["手机号"]))
        numbers.setdefault(people.get(row["会员号"]), (re.sub(r"\D", "", digits)[-11:], row["姓名"]))
    assert len(truth["families"]) == 30
    for first, second in truth["families"]:
        assert numbers[first][0] == numbers[second][0]
        assert numbers[first][1] != numbers[second][1]


def test_arms_are_as_planted(truth, rows):
    seen = Counter()
    repeated = set(truth["faults"]["campaign_members.csv"]["duplicate_row"]["rows"])
    for n, row in enumerate(rows["campaign_members.csv"], 1):
        if n not in repeated:
            seen[row["活动编号"], row["组别"] or "none"] += 1
    planted = {(c["id"], arm): found["n"] for c in truth["campaigns"] for arm, found in c["arms"].items()}
    assert dict(seen) == planted


def test_the_story_is_visible(truth):
    wave, complaints = truth["wave"], truth["complaints"]
    assert wave["before"]["小程序"]["share"] - wave["after"]["小程序"]["share"] > 0.1
    assert abs(wave["before"]["门店"]["share"] - wave["after"]["门店"]["share"]) < 0.06
    assert complaints["late"] / complaints["count"] > 0.45
    assert complaints["late_at_store"] == complaints["late"]
    assert complaints["late_since_wave"] / complaints["late"] > 0.9

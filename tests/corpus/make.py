"""Writes the corpus of bad input into `files/`: `python tests/corpus/make.py`. Bombs are made by the test, not kept."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.corpus.texts import HEADER, TEXTS, lines
from tests.corpus.workbook import Raw, day, error, formula, packed, parts, sheet, workbook

FILES = Path(__file__).parent / "files"
COLUMNS = HEADER.split(",")
TABLE = [COLUMNS, ["A1", "2026-01-05", 10.5], ["A2", "2026-01-06", 20.25], ["A3", "2026-01-07", 30]]
MARKED = [
    [*COLUMNS, "product_name"],
    ["A1", "2026-01-05", 10, error("#N/A")],
    ["A2", "2026-01-06", error("#REF!"), "茶"],
]
BEYOND = 600_000_000  # bytes of a part that packs to less than one million


def _styled(*serials: float) -> list[list[object]]:
    return [COLUMNS, *([f"A{i}", day(serial), 10] for i, serial in enumerate(serials, 1))]


WORKBOOKS: dict[str, bytes] = {
    "plain.xlsx": workbook({"Sheet1": TABLE}),
    "cached.xlsx": workbook({"S": [COLUMNS, ["A1", "2026-01-05", formula("5*2", "10")], *TABLE[2:]]}),
    "uncached.xlsx": workbook({"S": [COLUMNS, ["A1", "2026-01-05", formula("5*2")], *TABLE[2:]]}),
    "all_uncached.xlsx": workbook({"S": [COLUMNS, *([f"A{i}", "2026-01-05", formula("5*2")] for i in range(3))]}),
    "error_cells.xlsx": workbook({"S": MARKED}),
    "serial_60.xlsx": workbook({"S": _styled(46027, 60, 46029)}),
    "serials_not_styled.xlsx": workbook({"S": [COLUMNS, ["A1", 46027, 10], ["A2", 46028.5, 20]]}),
    "date_1904.xlsx": workbook({"S": _styled(46027 - 1462, 46028 - 1462)}, date1904=True),
    "serials_1904_not_styled.xlsx": workbook({"S": [COLUMNS, ["A1", 46027 - 1462, 10]]}, date1904=True),
    "text_numbers.xlsx": workbook({"S": [COLUMNS, ["A1", "2026-01-05", "10.50"], ["A2", "2026-01-06", "20.25"]]}),
    "long_ids.xlsx": workbook(
        {
            "S": [
                [*COLUMNS, "customer_key"],
                ["A1", "2026-01-05", 10, "310101199003074512"],
                ["A2", "2026-01-06", 20, "310101199003074513"],
            ]
        }
    ),
    "long_numbers.xlsx": workbook(
        {
            "S": [
                [*COLUMNS, "customer_key"],
                ["A1", "2026-01-05", 10, 310101199003074500],
                ["A2", "2026-01-06", 20, 310101199003074600],
            ]
        }
    ),
    "phones_as_numbers.xlsx": workbook({"S": [["name", "phone"], ["Ann", 13800138000], ["Bob", 8613900139000]]}),
    "titles_above.xlsx": workbook({"S": [["2026年1月销售明细"], [], *TABLE]}),
    "other_sheet.xlsx": workbook({"说明": [["本表由系统导出"]], "订单": TABLE}),
    "hidden_first.xlsx": workbook({"旧": TABLE[:2], "订单": TABLE}, hidden=["旧"]),
    "no_such_sheet.xlsx": workbook({"Sheet1": TABLE}),
    "empty_sheet.xlsx": workbook({"Sheet1": []}),
    "total_row.xlsx": workbook({"S": [*TABLE, ["合计", "", formula("SUM(C2:C4)", "60.75")]]}),
    "truncated.xlsx": workbook({"Sheet1": TABLE})[:900],
    "entity_bomb.xlsx": b"",
    "outside_entity.xlsx": b"",
    "no_workbook_in_zip.xlsx": packed({"readme.txt": "no workbook"}),
    "workbook_named.csv": workbook({"Sheet1": TABLE}),
    "ole_rubbish.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8,
    "not_parquet.parquet": b"PAR1" + b"\x00" * 64 + b"PAR1",
}


TRAP = "unpickled.txt"  # what comes into being if anybody unpickles these
PICKLES = {
    name: f"cbuiltins\nopen\n(S'{TRAP}'\nS'w'\ntR.".encode() for name in ("pickle.csv", "pickle.xlsx", "pickle.parquet")
}
_ENTITIES = "".join(f'<!ENTITY e{i} "{"".join([f"&e{i - 1};"] * 10) if i else "lol" * 10}">' for i in range(12))


def _with_entity(declared: str, use: str) -> bytes:
    body = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{use}</t></is></c></row>'
    xml = sheet(body).replace("<worksheet", f"<!DOCTYPE x [{declared}]><worksheet", 1)
    return packed(parts([("S", xml)]))


WORKBOOKS["entity_bomb.xlsx"] = _with_entity(_ENTITIES, "&e11;")
WORKBOOKS["outside_entity.xlsx"] = _with_entity('<!ENTITY e SYSTEM "file:///etc/hostname">', "&e;")


def kept() -> dict[str, bytes]:
    """Name -> bytes of every file that is kept."""
    return TEXTS | WORKBOOKS | PICKLES


def zip_bomb(path: Path) -> None:
    """More than half a gigabyte of white space in a sheet, twice."""
    files = parts([("S", ""), ("T", "")])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            if not name.startswith("xl/worksheets/"):
                archive.writestr(name, content)
                continue
            with archive.open(name, "w", force_zip64=True) as stream:
                stream.write(b"<worksheet><sheetData>")
                for _ in range(BEYOND // (1 << 20)):
                    stream.write(b" " * (1 << 20))


def many_cells(path: Path) -> None:
    """A sheet that packs to little and unpacks, cell by cell, to more than memory holds: forty million of them."""
    cells = "<c><v>1</v></c>" * 1000
    body = "".join(f'<row r="{i}">{cells}</row>' for i in range(1, 40_001))
    path.write_bytes(packed(parts([("S", sheet(body))])))


def sparse_sheet(path: Path) -> None:
    """Two cells: the first and the last that a sheet can have."""
    body = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path.write_bytes(packed(parts([("S", sheet(body, "A1:XFD1048576"))])))


def long_cell(path: Path) -> None:
    path.write_text(lines("name,phone", "Ann,13800138000", "B" * 10_000_000 + ",13900139000", "Cid,13700137000"))


def long_cell_workbook(path: Path) -> None:
    long = Raw('<c r="{at}" t="inlineStr"><is><t>' + "B" * 10_000_000 + "</t></is></c>")
    path.write_bytes(workbook({"S": [["name", "phone"], ["Ann", "13800138000"], [long, "13900139000"]]}))


def one_long_line(path: Path) -> None:
    path.write_bytes(b"x" * 30_000_000)


def many_open_quotes(path: Path) -> None:
    path.write_text(lines("name,phone", *('"x,1' if i % 2 else "Ann,13800138000" for i in range(20_000))))


def folder(path: Path) -> None:
    path.mkdir()


BOMBS: dict[str, Callable[[Path], None]] = {
    "zip_bomb.xlsx": zip_bomb,
    "many_cells.xlsx": many_cells,
    "sparse_sheet.xlsx": sparse_sheet,
    "long_cell.csv": long_cell,
    "long_cell.xlsx": long_cell_workbook,
    "one_long_line.csv": one_long_line,
    "many_open_quotes.csv": many_open_quotes,
    "folder.csv": folder,
}


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    for name, data in kept().items():
        (FILES / name).write_bytes(data)
    for path in FILES.iterdir():
        if path.name not in kept():
            path.unlink()

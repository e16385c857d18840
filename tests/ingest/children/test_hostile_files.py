"""Files that are broken, locked, bombs or no tables at all: refused soon, with what to do, beside the other problems."""

import os
import pickle
import struct
import time
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.children import in_child
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import check_data
from tests.ingest import hostile
from tests.ingest.folder import ORDERS, engagement

SECONDS = 10
ROW = f'<row r="1">{hostile.text("A1", "id")}</row>'


def zip_bomb(path):
    """A hundred megabytes of nothing in a hundred kilobytes."""
    with (
        zipfile.ZipFile(hostile.xlsx(path), "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as stream,
    ):
        for _ in range(120):
            stream.write(b" " * (1 << 20))


def lying_zip(path):
    """A member that says it is small."""
    hostile.xlsx(path, ROW + " " * 30_000_000)
    data = bytearray(path.read_bytes())
    name = b"xl/worksheets/sheet1.xml"
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(name))
    data[at + 24 : at + 28] = struct.pack("<I", 2000)
    at = data.find(name) - 30
    data[at + 22 : at + 26] = struct.pack("<I", 2000)
    path.write_bytes(data)


def last_cell(path):
    hostile.xlsx(path, f'{ROW}<row r="1048576">{hostile.text("XFD1048576", "far")}</row>')


def far_cell(path):
    """What fits into memory and is no table all the same."""
    hostile.xlsx(path, f'{ROW}<row r="200000">{hostile.text("CV200000", "far")}</row>')


def entities(path):
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    dtd = f'<!DOCTYPE worksheet [<!ENTITY l0 "lol">{laughs}]>'
    sheet = hostile.SHEET.format(rows=f'<row r="1">{hostile.text("A1", "&l11;")}</row>').replace(
        "<worksheet", dtd + "<worksheet"
    )
    hostile.xlsx(path, **{"xl/worksheets/sheet1.xml": sheet})


def long_cell(path):
    hostile.xlsx(path, f'{ROW}<row r="2">{hostile.text("A2", "x" * 10_000_000)}</row>')


def repeated_cells(path):
    """OpenDocument says in one element that a million cells are alike."""
    many = ' table:number-columns-repeated="16384"'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{hostile.ods_text("x", many)}</table:table-row>'
    hostile.ods(path, f'<table:table table:name="a">{rows}</table:table>')


def cut_off(path):
    hostile.xlsx(path, ROW * 1000)
    path.write_bytes(path.read_bytes()[:-200])


def cut_off_xls(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000))


def locked(path):
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(900)
    )


def locked_ods(path):
    hostile.ods(path, manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>")


def no_sheet_inside(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


def a_pickle(path):
    path.write_bytes(pickle.dumps({"customers": [1, 2, 3]}))


def old_pickle(path):
    path.write_bytes(pickle.dumps({"customers": [1, 2, 3]}, protocol=0))


def a_page(path):
    path.write_text("<html><table><tr><td>id</td></tr></table></html>")


def xml_workbook(path):
    path.write_text('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>')


def a_pdf(path):
    path.write_bytes(b"%PDF-1.7\n...")


def plain_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", "id\n1\n")


def json_document(path):
    path.write_text('[\n  {"id": 1},\n  {"id": 2}\n]\n')


def broken_parquet(path):
    path.write_bytes(b"PAR1" + bytes(5000) + b"PAR1")


def parquet_bomb(path):
    ones = pa.repeat(pa.scalar(1, pa.int8()), 30_000_000)
    pq.write_table(pa.table({"id": ones}), path, row_group_size=len(ones), compression="zstd")


def locked_parquet(path):
    path.write_bytes(b"PAR1" + bytes(100) + b"PARE")


def long_line(path):
    path.write_text('{"id": "' + "x" * 20_000_000 + '"}\n')


def deep(path):
    path.write_text('{"a":' * 100_000 + "1" + "}" * 100_000 + "\n")


def many_keys(path):
    path.write_text("".join(f'{{"key{i}": 1}}\n' for i in range(3000)))


def folder(path):
    path.mkdir()


def device(path):
    path.symlink_to("/dev/zero")


def pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "name", "id"),
    [
        (zip_bomb, "x.xlsx", "too_large"),
        (lying_zip, "x.xlsx", "broken_workbook"),
        (last_cell, "x.xlsx", "too_large"),
        (far_cell, "x.xlsx", "sparse"),
        (entities, "x.xlsx", "entities"),
        (long_cell, "x.xlsx", "long_cell"),
        (repeated_cells, "x.ods", "too_large"),
        (cut_off, "x.xlsx", "no_table"),
        (cut_off_xls, "x.xls", "broken_workbook"),
        (locked, "x.xlsx", "encrypted"),
        (locked_ods, "x.ods", "encrypted"),
        (no_sheet_inside, "x.xlsx", "broken_workbook"),
        (a_pickle, "x.csv", "no_table"),
        (old_pickle, "x.csv", "no_table"),
        (a_page, "x.xls", "no_table"),
        (xml_workbook, "x.xls", "no_table"),
        (a_pdf, "x.csv", "no_table"),
        (plain_zip, "x.xlsx", "no_table"),
        (json_document, "x.json", "no_table"),
        (broken_parquet, "x.parquet", "broken_parquet"),
        (parquet_bomb, "x.parquet", "too_large"),
        (locked_parquet, "x.parquet", "encrypted"),
        (long_line, "x.jsonl", "long_line"),
        (many_keys, "x.jsonl", "many_columns"),
        (folder, "x.csv", "not_a_file"),
        (device, "x.csv", "not_a_file"),
        (pipe, "x.csv", "not_a_file"),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_it_is_refused_soon_and_the_rest_is_told(tmp_path, make, name, id):
    make(tmp_path / name)
    form = {"format": "jsonl"} if name.endswith("jsonl") else {}
    sources = (ORDERS | {"file": name} | form, ORDERS | {"name": "gone", "file": "gone.csv"})
    begun = time.perf_counter()
    problems = check_data(tmp_path, engagement(*sources))
    assert time.perf_counter() - begun < SECONDS
    assert [problem.message.id.removeprefix("errors.data.") for problem in problems] == [id, "no_file"]
    for language in LANGUAGES:
        assert name in UserError(problems).text(catalogue(language))


def test_every_broken_file_of_a_source_is_told(tmp_path):
    for i in range(3):
        cut_off(tmp_path / f"{i}.xlsx")
    hostile.xlsx(tmp_path / "3.xlsx", ROW)
    problems = check_data(tmp_path, engagement(ORDERS | {"file": "*.xlsx"}))
    assert [problem.message.args["file"].value for problem in problems] == ["0.xlsx", "1.xlsx", "2.xlsx"]


def test_a_reader_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    hostile.xlsx(tmp_path / "x.xlsx", ROW)
    monkeypatch.setattr(in_child, "_SECONDS", 0.01)
    (problem,) = check_data(tmp_path, engagement(ORDERS | {"file": "x.xlsx"}))
    assert problem.message.id == "errors.data.too_slow"


def test_a_child_has_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE_PASSWORD", "canary")
    seen = {}
    popen = in_child.subprocess.Popen

    def watched(*args, **options):
        seen.update(options["env"])
        return popen(*args, **options)

    monkeypatch.setattr(in_child.subprocess, "Popen", watched)
    hostile.xlsx(tmp_path / "x.xlsx", ROW)
    check_data(tmp_path, engagement(ORDERS | {"file": "x.xlsx"}))
    assert seen
    assert "canary" not in seen.values()

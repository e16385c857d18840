"""Workbooks written by hand, part by part, so that they may hold what no program writes; the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_STYLES = (  # the second form of cells is a date
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Raw:
    """A cell's own XML, `{at}` is its place."""

    xml: str


def day(serial: float) -> Raw:
    """A number that is shown as a date."""
    return Raw(f'<c r="{{at}}" s="1"><v>{serial}</v></c>')


def error(word: str) -> Raw:
    return Raw(f'<c r="{{at}}" t="e"><v>{word}</v></c>')


def formula(text: str, cached: str | None = None) -> Raw:
    value = "" if cached is None else f"<v>{cached}</v>"
    return Raw(f'<c r="{{at}}"><f>{escape(text)}</f>{value}</c>')


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Iterable[str] = (), date1904: bool = False
) -> bytes:
    """Bytes of a workbook of these sheets."""
    return packed(parts([(name, _sheet(rows)) for name, rows in sheets.items()], hidden, date1904))


def parts(sheets: Sequence[tuple[str, str]], hidden: Iterable[str] = (), date1904: bool = False) -> dict[str, str]:
    """File in the archive -> XML; `sheets` are names and their XML."""
    kind, office = f"{_PACKAGE}/content-types", "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(sheets) + 1)
    state = dict.fromkeys(hidden, ' state="hidden"')
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}"{state.get(name, "")} r:id="rId{i}"/>'
        for i, (name, _) in enumerate(sheets, 1)
    )
    properties = '<workbookPr date1904="1"/>' if date1904 else ""
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{kind}"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{office}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{office}.worksheet+xml"/>' for i in numbers
        )
        + "</Types>",
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}">{properties}'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [*((f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in numbers), ("rId0", "styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{i}.xml": xml for i, (_, xml) in enumerate(sheets, 1)},
    }


def packed(files: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def sheet(body: str, dimension: str = "") -> str:
    """XML of a sheet with these rows."""
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{size}<sheetData>{body}</sheetData></worksheet>'


def _relations(entries: Iterable[tuple[str, str, str]]) -> str:
    inner = "".join(f'<Relationship Id="{id}" Type="{_RELATION}/{kind}" Target="{to}"/>' for id, kind, to in entries)
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _sheet(rows: Sequence[Sequence[Any]]) -> str:
    return sheet("".join(f'<row r="{i}">{"".join(_cells(i, row))}</row>' for i, row in enumerate(rows, 1)))


def _cells(row: int, cells: Sequence[Any]) -> Iterable[str]:
    for column, value in enumerate(cells):
        at = f"{chr(65 + column)}{row}"
        if isinstance(value, Raw):
            yield value.xml.replace("{at}", at)
        elif isinstance(value, (int, float)):
            yield f'<c r="{at}"><v>{value}</v></c>'
        elif value:
            yield f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'

"""In the child process: a zipped workbook is looked at before it is unpacked, and what its reader does not tell.

calamine gives nothing for an error and for a formula whose result was never stored, and every number as a float; the
XML of the sheet has them as they were written (ECMA-376, 18.3.1.4).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from crm_lib.ingest.children.child_limits import refuse

_LARGEST = 1 << 30  # bytes of all members, unpacked
_BOMB, _BOMB_RATIO = 100 << 20, 100  # bytes from which on so dense a member is suspicious; sheets come to 5 to 30
_MOST_MEMBERS = 10_000
_HEAD = 65536  # a document type stands before the first element
_CHUNK = 1 << 20
_LONGEST_ROW = 256 << 20
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^<>]*\bt=[\"']e[\"']")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_TEXT = re.compile(rb"\bt=[\"'](?:str|b)[\"']")
_WRITTEN = re.compile(
    rb"<(?:\w+:)?c\s[^<>]*?\br=[\"']([A-Z]{1,3})(\d+)[\"'][^<>]*>\s*(?:<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*)?"
    rb"<(?:\w+:)?v>(-?\d{16,}|-?\d+(?:\.\d+)?[Ee]\+?\d+|60(?:\.\d+)?)</"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def check_members(path: Path) -> None:
    """Refuse what unpacks to too much, declares entities or cannot be unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            dense = any(m.file_size > max(_BOMB, _BOMB_RATIO * m.compress_size) for m in members)
            if dense or len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > _LARGEST:
                refuse("too_large")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        if re.search(rb"<!(?:DOCTYPE|ENTITY)", stream.read(_HEAD)):
                            refuse("entities")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        refuse("broken_workbook")


def sheet_part(path: Path, sheet: str) -> str:
    """Name of the member that holds a sheet of an .xlsx; '' where it is not found."""
    with zipfile.ZipFile(path) as archive:
        members = {name.lower(): name for name in archive.namelist()}
        book, links = (members.get(name, "") for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
        if not book or not links:
            return ""
        targets = {e.get("Id"): e.get("Target", "") for e in ElementTree.fromstring(archive.read(links))}
        for element in ElementTree.fromstring(archive.read(book)).iter():
            if element.tag.endswith("}sheet") and element.get("name") == sheet:
                target = targets.get(element.get(_RELATION) or element.get(_STRICT), "")
                return members.get((target[1:] if target.startswith("/") else f"xl/{target}").lower(), "")
    return ""


def counts_from_1904(path: Path) -> bool:
    """Whether the workbook's serial numbers of days begin in 1904, as old ones of the Macintosh do."""
    with zipfile.ZipFile(path) as archive:
        found = re.search(rb"\bdate1904=[\"']([^\"']*)", archive.read("xl/workbook.xml"))
    return found is not None and found[1] in (b"1", b"true", b"on")


def silent_cells(path: Path, part: str) -> dict[str, int]:
    """How many cells of a sheet hold an error, and how many a formula without its result."""
    errors = formulas = 0
    marks: tuple[bytes, ...] = ()  # without which a piece has neither; to look for few is the cheaper
    for chunk in _chunks(path, part):
        marks = marks or ((b"='e'" if b" r='" in chunk else b'="e"'), b":f" if b":row" in chunk else b"<f")
        errors += len(_ERROR.findall(chunk)) if marks[0] in chunk else 0
        if marks[1] in chunk:
            formulas += sum(not _TEXT.search(cell) for cell in _FORMULA.findall(chunk))
    return {"error": errors, "uncached": formulas}


def as_written(path: Path, part: str) -> dict[tuple[int, int], str]:
    """(row, column), from 0, of long and of very early numbers -> their digits in the file."""
    return {
        (int(row) - 1, _column(letters)): digits.decode()
        for chunk in _chunks(path, part)
        for letters, row, digits in _WRITTEN.findall(chunk)
    }


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _chunks(path: Path, part: str) -> Iterator[bytes]:
    """A member in pieces that end with a row."""
    rest = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        while read := stream.read(_CHUNK):
            whole = rest + read
            end = whole.rfind(b"</row>")
            end = whole.rfind(b":row>") if end < 0 else end
            yield whole[: end + 1]
            rest = whole[end + 1 :]
            if len(rest) > _LONGEST_ROW:
                refuse("too_large")
    yield rest

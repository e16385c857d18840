"""What a file is, told by its content: how to declare it as a format, or why it is no table."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from crm_lib.ingest.readers.encoding import decode, find_encoding

WORKBOOKS = ("xlsx", "xls", "ods")
TEXTS = ("csv", "tsv", "jsonl")
# Files that are often sent in place of a table; each has words `errors.kind.<kind>` and is refused.
REFUSED = (
    "encrypted",
    "html",
    "xml",
    "pdf",
    "archive",
    "broken_archive",
    "document",
    "image",
    "database",
    "pickle",
    "json",
)
_HEAD = 65536
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEGINNINGS = {
    b"PAR1": "parquet",
    b"%PDF-": "pdf",
    b"\x1f\x8b": "archive",
    b"Rar!\x1a\x07": "archive",
    b"7z\xbc\xaf\x27\x1c": "archive",
    b"BZh": "archive",
    b"\xfd7zXZ\x00": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"GIF8": "image",
    b"SQLite format 3\x00": "database",
    b"\x00\x01\x00\x00Standard ": "database",  # Access
    b"{\\rtf": "document",
    b"PARE": "encrypted",
    **{b"\x80" + bytes([protocol]): "pickle" for protocol in range(2, 6)},
}
_OLD_PICKLE = (b"(dp0\n", b"(lp0\n", b"(dp1\n", b"(lp1\n", b"ccopy_reg\n", b"c__builtin__\n", b"cos\n", b"cposix\n")


def file_kind(path: Path) -> str:
    """One of WORKBOOKS or TEXTS, 'parquet', or one of REFUSED; '' where the bytes do not tell."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(max(0, path.stat().st_size - 4))
        tail = stream.read()
    if head.startswith(b"PK\x03\x04"):
        return _archive(path)
    if head.startswith(_OLE):
        return _compound(path)
    if head.startswith(b"PAR1") and tail == b"PARE":
        return "encrypted"
    told = next((kind for begin, kind in _BEGINNINGS.items() if head.startswith(begin)), "")
    return told or ("pickle" if head.startswith(_OLD_PICKLE) and tail.endswith(b".") else _text(head))


def fits(declared: str | None, kind: str) -> bool:
    """Whether a file of a kind can be read as declared. Text is read as it is declared: only its rows can tell."""
    families = (WORKBOOKS, TEXTS, ("parquet",))
    return declared is None or not kind or any(declared in family and kind in family for family in families)


def _archive(path: Path) -> str:
    """A workbook is a zip with certain members."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if any(member.flag_bits & 1 for member in members):
                return "encrypted"
            if "content.xml" in names:
                manifest = _member(archive, "META-INF/manifest.xml")
                sheet = b"opendocument.spreadsheet" in _member(archive, "mimetype") + manifest
                return "encrypted" if b"encryption-data" in manifest else "ods" if sheet else "document"
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return "broken_archive"
    if any(name.lower().startswith("xl/workbook") for name in names):
        return "xlsx"
    return "document" if "[Content_Types].xml" in names else "archive"


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a member, b'' where there is none."""
    if name not in archive.namelist():
        return b""
    with archive.open(name) as stream:
        return stream.read(_HEAD)


def _compound(path: Path) -> str:
    """Excel's binary workbooks, and workbooks behind a password, are OLE compound files; so are old Word documents."""
    names = {"EncryptedPackage": "encrypted", "Workbook": "xls", "Book": "xls"}
    with path.open("rb") as stream:
        data = stream.read(_HEAD)
        stream.seek(max(0, path.stat().st_size - _HEAD))
        data += stream.read()
    return next((kind for name, kind in names.items() if name.encode("utf-16-le") + b"\0\0" in data), "xls")


def _text(head: bytes) -> str:
    whole = head[: head.rfind(b"\n") + 1] or head
    encoding = find_encoding(whole)
    if not head or not encoding or (b"\0" in head and not encoding.startswith(("utf-16", "utf-32"))):
        return ""
    text = decode(whole, encoding).lstrip()
    start = text[:400].lower()
    if start.startswith(("<!doctype html", "<html", "<table", "<meta", "<head")):
        return "html"
    if start.startswith("<?xml") or "<workbook" in start:
        return "html" if "<html" in start else "xml"
    if text.startswith("{"):
        return "jsonl" if _is_object(text.splitlines()[0]) else "json" if _opens_json(text) else "csv"
    return "json" if text.startswith("[") and _opens_json(text) else "csv"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _opens_json(text: str) -> bool:
    """Whether a document of JSON over several lines begins here: `{` or `[`, then a key, an object or a list."""
    inner = text[1:].lstrip()
    return (text[0] == "{" and inner.startswith('"') and ":" in inner) or (text[0] == "[" and inner[:1] in ("{", "["))

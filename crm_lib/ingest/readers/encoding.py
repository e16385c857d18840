"""Encoding of a file, found from its bytes; bytes that do not decode are marked, so that only their rows are set aside."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

MARK = "\udcff"  # stands for undecodable bytes; no decoder gives a lone surrogate for text
CUT = "\udcfe"  # ends a line that was too long to keep
LONGEST_LINE = 1 << 20  # bytes of UTF-8

_HEAD = 1 << 20  # bytes
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030"}  # the same bytes mean the same, and more of them mean something
_FEW = 0.1  # of the bytes beyond ASCII may be wrong
_RUNS = 2000
_PAIRS = re.compile(rb"(?:[\xb0-\xf7][\xa1-\xfe]){2,}")  # Chinese characters of GB2312
HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error("crm_mark", _mark)


def find_encoding(data: bytes) -> str | None:
    """Encoding by byte order mark, then UTF-8, then GB18030 (which holds GBK and GB2312); None where none fits.

    A few bytes that do not decode cost their rows, not the file. Western text (Windows-1252) is told by its accented
    letters standing alone: Chinese ones come in pairs of bytes.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    if (wide := _wide(data[:4000])) and _decodes(data, wide):
        return wide
    if _decodes(data, "utf-8"):
        return "gb18030" if _by_chance_utf8(data) else "utf-8"
    if _mostly_utf8(data):
        return "utf-8"
    if _western(data) and _decodes(data, "cp1252"):
        return "cp1252"
    return "gb18030" if _nearly_decodes(data, "gb18030") else None


def find_encoding_of_file(path: Path) -> str | None:
    """`find_encoding` of a file of any size; the head tells what is tried, the whole file what it is."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    likely = None if head.isascii() else find_encoding(head[: head.rfind(b"\n") + 1] or head)
    tried = [likely] if likely in ("utf-8", "gb18030") else [_wide(head[:4000]), "utf-8", likely, "gb18030"]
    return next((name for name in tried if name and _file_decodes(path, name)), likely)


def _mostly_utf8(data: bytes) -> bool:
    """Whether most lines beyond ASCII are UTF-8, which other text hardly ever is by chance."""
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return 2 * sum(_decodes(line, "utf-8") for line in lines) > len(lines)


def _nearly_decodes(data: bytes, encoding: str) -> bool:
    beyond = sum(map(len, HIGH_RUN.findall(data)))
    return data.decode(encoding, errors="crm_mark").count(MARK) <= _FEW * beyond


def _by_chance_utf8(data: bytes) -> bool:
    """Chinese characters of GB2312 that happen to be valid UTF-8: its letters would be of several scripts in one word."""
    runs = HIGH_RUN.findall(data[:_HEAD])[:_RUNS]
    mixed = sum(_PAIRS.fullmatch(run) is not None and _scripts(run) > 1 for run in runs)
    return 2 * mixed > len(runs)


def _scripts(run: bytes) -> int:
    return len({unicodedata.name(c, "?").split()[0] for c in run.decode("utf-8", "ignore")})


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, told without decoding them."""
    import pyarrow as pa

    try:
        pa.StringArray.from_buffers(1, pa.array([0, len(data)], pa.int32()).buffers()[1], pa.py_buffer(data)).validate(
            full=True
        )
    except pa.ArrowInvalid:
        return False
    return True


def whole_utf8(data: bytes) -> int:
    """Bytes of data that end with a character, where they are UTF-8."""
    for back in range(1, min(4, len(data)) + 1):
        if data[-back] >= 0xC0:  # begins a character of 2 to 4 bytes
            return len(data) - back if (2 + (data[-back] >= 0xE0) + (data[-back] >= 0xF0)) > back else len(data)
        if data[-back] < 0x80:
            break
    return len(data)


def _file_is_utf8(path: Path) -> bool:
    rest = b""
    with path.open("rb") as stream:
        while data := stream.read(_HEAD):
            data = rest + data
            end = whole_utf8(data)
            if not is_utf8(data[:end]):
                return False
            rest = data[end:]
    return not rest


def _file_decodes(path: Path, encoding: str) -> bool:
    if encoding == "utf-8":
        return _file_is_utf8(path)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while data := stream.read(_HEAD):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _western(data: bytes) -> bool:
    """Most runs of bytes above ASCII are one byte long."""
    runs = HIGH_RUN.findall(data[:_HEAD])
    return bool(runs) and sum(len(run) == 1 for run in runs) > 0.8 * len(runs)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: delimiters, digits and line ends leave a NUL in every second byte."""
    if head[1::2].count(0) > len(head) / 8:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > len(head) / 8 else None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def known(encoding: str) -> bool:
    """Whether Python can decode text by this name."""
    try:
        return codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        return False


def decode(data: bytes, encoding: str) -> str:
    """Text without byte order mark; undecodable bytes become `MARK`."""
    return data.decode(python_codec(encoding), errors="crm_mark").removeprefix("\ufeff")


def python_codec(encoding: str) -> str:
    """Name by which Python decodes an encoding."""
    name = codecs.lookup(encoding).name
    return _WIDER.get(name, name)

"""A text file of any size and encoding as blocks of UTF-8 that end with a line: memory does not grow with the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crm_lib.ingest.readers.encoding import LONGEST_LINE, MARK, is_utf8, python_codec, whole_utf8
from crm_lib.ingest.readers.read_csv import shortened

BLOCK_BYTES = 4 << 20
_BOM = codecs.BOM_UTF8
_BIG_ENDIAN = {"utf-16": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_BE}


def encoded(text: str) -> bytes:
    """UTF-8; the marks of what could not be read become bytes that UTF-8 never has."""
    return text.encode("utf-8", "surrogatepass")


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def line_feeds(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many there are; of many in short lines faster than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(data, "u1")[start:end] == 10))


def blocks(path: Path, encoding: str, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Whole lines, as `encoded`, without byte order mark; undecodable bytes are marked, lines that are too long cut."""
    rest, first = b"", True
    for piece in _pieces(path, encoding, size):
        data = rest + (piece.removeprefix(_BOM) if first else piece)
        first = first and not piece
        at = _last_end(data)
        rest = _bounded(data[at:])
        if at:
            yield _without_long_lines(data[:at])
    if rest:
        yield _without_long_lines(rest)


def _pieces(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    codec = python_codec(encoding)
    utf8 = codec in ("utf-8", "utf-8-sig")
    with path.open("rb") as stream:
        if codec in ("utf-16", "utf-32"):  # their decoders refuse a stream without a mark
            codec += "-be" if stream.read(4).startswith(_BIG_ENDIAN[codec]) else "-le"
            stream.seek(0)
        decoder = codecs.getincrementaldecoder(codec)("crm_mark")
        while data := stream.read(size):
            yield _checked(data, decoder) if utf8 else encoded(decoder.decode(data))
        yield encoded(decoder.decode(b"", final=True))


def _checked(data: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
    """Bytes that are UTF-8 already need not be encoded again."""
    pending = decoder.getstate()[0]
    known = pending + data
    if is_utf8(known[: (end := whole_utf8(known))]):
        decoder.setstate((known[end:], 0))
        return known[:end]
    text = decoder.decode(data)
    left = decoder.getstate()[0]
    whole = pending + data
    if MARK not in text:
        return whole[: len(whole) - len(left)] if left else whole
    return encoded(text)


def _last_end(data: bytes) -> int:
    """Where the last line ends that is known to be whole: a carriage return may yet be followed by a line feed."""
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1


def _bounded(rest: bytes) -> bytes:
    """What is kept of a line whose end has not come: its beginning, and that it was too long."""
    if len(rest) <= 4 * LONGEST_LINE:
        return rest
    return rest[: LONGEST_LINE + 8]  # still too long, so that it is cut when its end comes


def _without_long_lines(data: bytes) -> bytes:
    if len(data) <= LONGEST_LINE:
        return data
    at, kept, parts = 0, 0, []
    while len(data) - at > LONGEST_LINE:
        end = max(data.rfind(b"\n", at, at + LONGEST_LINE), data.rfind(b"\r", at, at + LONGEST_LINE)) + 1
        if end <= at:
            end = min((found + 1 for mark in (b"\n", b"\r") if (found := data.find(mark, at)) >= 0), default=len(data))
            end += data[end - 1 : end + 1] == b"\r\n"
            parts += [data[kept:at], encoded(shortened(data[at:end].decode("utf-8", "replace")))]
            kept = end
        at = end
    return b"".join([*parts, data[kept:]]) if parts else data

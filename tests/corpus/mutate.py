"""Files of the corpus, spoilt by chance: the same seed gives the same bytes."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

from tests.corpus.workbook import packed

_INSERTED = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"=1+1",
    "合计".encode(), "合计".encode("gbk"), "１".encode(), b"\xe2\x80\x8b", b"\\", b"-", b".", b"(", b"9" * 40, b"e999", b"\x1a",
    b",,,,", b"a" * 40_000, b"NaN", b"{0}", b"%s", b"'; --", "\u202e".encode(), "\u2028".encode(),
)  # fmt: skip


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """One to four changes; of a workbook mostly in one of its parts, packed again."""
    if zipfile.is_zipfile(io.BytesIO(data)) and chance.random() < 0.8:
        return _part_spoilt(data, chance)
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_CHANGES)(data, chance)
    return data


def _part_spoilt(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    parts[name] = chance.choice(_CHANGES)(bytes(parts[name]), chance)  # type: ignore[arg-type]
    return packed(parts)


def _at(data: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = _at(data, chance)
    return data[:at] + chance.choice(_INSERTED) + data[at:]


def _delete(data: bytes, chance: random.Random) -> bytes:
    at = _at(data, chance)
    return data[:at] + data[at + chance.randint(1, 8) :]


def _flip(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _at(data, chance)]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted((_at(data, chance), _at(data, chance)))
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def _swap_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _rubbish(data: bytes, chance: random.Random) -> bytes:
    at = _at(data, chance)
    return data[:at] + chance.randbytes(chance.randint(1, 64)) + data[at:]


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _insert, _insert, _insert, _delete, _flip, _flip, _cut, _repeat, _swap_lines, _rubbish
)  # fmt: skip

"""The catalogue's files, `<language>/*.po`: id -> words.

What Babel has read may be kept, as Python keeps the bytecode of a module: every process of every run wants the words,
and to read them from the files takes ten times as long.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

OURS = Path(sys.prefix) / "crm-playbooks" if sys.prefix != sys.base_prefix else None  # in a virtual environment only


def read(folder: Path, locale: str, keep: Path | None = None) -> dict[str, str]:
    """The words of a language, fuzzy and empty ones left out; kept in the folder `keep` where that can be written to."""
    paths = sorted(folder.glob("*.po"))
    stamp = [[path.name, told.st_size, told.st_mtime_ns] for path in paths for told in (path.stat(),)]
    if keep is None:
        return _read(paths, locale)
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    kept = keep / f"words-{name}.json"
    words = _kept(kept, stamp)
    if words is None:
        words = _read(paths, locale)
        with suppress(OSError):
            _keep(kept, {"stamp": stamp, "words": words})
    return words


def _kept(path: Path, stamp: Sequence[Any]) -> dict[str, str] | None:
    """None where nothing is kept of these files as they are."""
    try:
        told = json.loads(path.read_bytes())
        words = told["words"] if told["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return words if isinstance(words, dict) else None


def _keep(path: Path, told: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as stream:
        try:
            json.dump(told, stream, ensure_ascii=False)
            stream.close()
            Path(stream.name).replace(path)
        except OSError:
            Path(stream.name).unlink()
            raise


def _read(paths: Sequence[Path], locale: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in paths:
        with path.open("rb") as stream:
            for entry in read_po(stream, locale=locale):
                if entry.id and entry.string and not entry.fuzzy:
                    found[str(entry.id)] = str(entry.string)
    return found

"""Where a source's files are."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from crm_lib.engagement import Source


class NotThere(Exception):
    """`reason` is 'no_file', 'no_package' or 'no_match'; `what` is the file or package."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(f"{reason}: {what}")
        self.reason, self.what = reason, what


def locate(source: Source, folder: Path) -> dict[str, Path]:
    """Name -> path, in the order of names; {} for a database. Raise NotThere."""
    root = _package(source.package) if source.package else folder
    if source.files:
        return {name: _one(root, file) for name, file in source.files.items()}
    if not source.file:
        return {}
    if set("*?") & set(source.file):
        found = sorted(path for path in root.glob(source.file) if path.is_file())
        if not found:
            raise NotThere("no_match", source.file)
        return {path.relative_to(root).as_posix(): path for path in found}
    return {source.file: _one(root, source.file)}


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise NotThere("no_package", name)
    return Path(next(iter(spec.submodule_search_locations)), *name.split(".")[1:])


def _one(root: Path, file: str) -> Path:
    path = root / file
    if not path.is_file():
        raise NotThere("no_file", file)
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

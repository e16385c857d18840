"""Where a source's files are."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

from crm_lib.engagement import Source


class NotThere(Exception):
    """`reason` is 'no_file', 'no_package', 'no_match', 'not_a_file' (a folder, a device) or 'no_access'; `what` is the
    file or package, `near` a file of nearly that name."""

    def __init__(self, reason: str, what: str, near: str = "") -> None:
        super().__init__(f"{reason}: {what}")
        self.reason, self.what, self.near = reason, what, near


class Found(NamedTuple):
    """A file of a source: what reports call it, and its name in `files`, '' where the source has the one `file`."""

    file: str
    path: Path
    named: str = ""


def locate(source: Source, folder: Path) -> list[Found]:
    """The files in the order of names; [] for a database. Raise NotThere."""
    root = _package(source.package) if source.package else folder
    if source.files:
        return [found._replace(named=name) for name, one in source.files.items() for found in _several(root, one.file)]
    return [found._replace(file=_shown(found.file)) for found in _several(root, source.file)] if source.file else []


def _several(root: Path, file: str) -> list[Found]:
    if not set("*?") & set(file):
        return [Found(file, _one(root, file))]
    root, pattern = _fixed(root, file)
    paths = sorted(path for path in root.glob(pattern) if path.is_file())
    if not paths:
        raise NotThere("no_match", file)
    return [Found(name := path.relative_to(root).as_posix(), _readable(path, name)) for path in paths]


def _fixed(root: Path, pattern: str) -> tuple[Path, str]:
    """The folder to look in and what to look for in it; outside of the engagement it is the last that is named in full."""
    if not Path(pattern).is_absolute():
        return root, pattern
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if set("*?") & set(part))
    return Path(*parts[:first]), "/".join(parts[first:])


def _shown(file: str) -> str:
    """What a file is called in reports: where it lies outside the engagement, its name alone."""
    path = Path(file)
    return path.name if path.is_absolute() or ".." in path.parts else file


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise NotThere("no_package", name)
    return Path(next(iter(spec.submodule_search_locations)), *name.split(".")[1:])


def _one(root: Path, file: str) -> Path:
    path = root / file
    if not path.is_file():
        raise NotThere("not_a_file", file) if path.exists() else NotThere("no_file", file, _near(path))
    return _readable(path, file)


def _readable(path: Path, file: str) -> Path:
    if not os.access(path, os.R_OK):
        raise NotThere("no_access", file)
    return path


def _near(path: Path) -> str:
    """The file beside it of the same name but for the case of its letters, or of a very similar one."""
    names = sorted(p.name for p in path.parent.iterdir() if p.is_file()) if path.parent.is_dir() else []
    same = [name for name in names if name.casefold() == path.name.casefold()]
    return (same or difflib.get_close_matches(path.name, names, n=1, cutoff=0.85) or [""])[0]


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

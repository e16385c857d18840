"""The first step of every run: the engagement's files -> canonical tables, kept by the fingerprint of their inputs.

Kept under the engagement's `.work/` (mode 0700): `canonical/<fingerprint>/` with `<table>.parquet`, `inventory/`
(the account) and `trail/` (what values and records were before); `quarantine/<fingerprint>/<source>.csv`, which is
never written twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

import crm_lib
from crm_lib.engagement import Engagement
from crm_lib.identity.decisions import Decisions
from crm_lib.ingest.account import FRAMES, known_by
from crm_lib.ingest.databases.database_url import DatabaseFailed, called
from crm_lib.ingest.databases.snapshot import asked_once, content_hash, snapshot
from crm_lib.ingest.locate import NotThere, locate, sha256
from crm_lib.run.build import build
from crm_lib.run.plan import CANONICAL_ENV
from crm_lib.run.review_sheet import taken_in, write_sheet
from crm_lib.scratch import scratch

_KEEP = 4  # canonical folders of an engagement; an older one is made again when it is wanted
_STALE = 24 * 3600  # seconds after which the leavings of a killed run are swept


def prepare(folder: Path, engagement: Engagement) -> Path:
    """Canonical folder of the engagement, made if there is none for these inputs. Raise UserError."""
    root = folder / ".work" / "canonical"
    if (given := os.environ.get(CANONICAL_ENV)) and (place := Path(given).resolve()).parent == root.resolve():
        return place
    decisions = taken_in(folder)
    with asked_once(folder):
        fingerprint = _fingerprint(folder, engagement, decisions)
        final = root / fingerprint
        if not final.is_dir():
            _private(folder / ".work", root)
            _make(folder, engagement, root, fingerprint, decisions)
    write_sheet(folder, engagement, final)
    os.utime(final)
    _sweep(root, final)
    return final


def _make(folder: Path, engagement: Engagement, root: Path, fingerprint: str, decisions: Decisions) -> None:
    """Build beside the final place and rename: whole or not at all, and the first of two processes wins."""
    staging = Path(tempfile.mkdtemp(prefix=".", dir=root))
    try:
        aside = staging / "quarantine"
        aside.mkdir(mode=0o700)
        build(folder, engagement, staging, aside, decisions)
        shutil.rmtree(staging / "spill", ignore_errors=True)
        quarantine = folder / ".work" / "quarantine"
        _private(quarantine)
        _rename(aside, quarantine / fingerprint)
        _rename(staging, root / fingerprint)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _rename(staged: Path, final: Path) -> None:
    try:
        staged.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        shutil.rmtree(staged)


def _private(*folders: Path) -> None:
    """Folders that only their owner may enter."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)


def _sweep(root: Path, current: Path) -> None:
    """Keep the newest canonical folders and what a living process may be building."""
    now = current.stat().st_mtime
    folders = [(path.stat().st_mtime, path) for path in root.iterdir() if path != current and path.is_dir()]
    made = sorted((entry for entry in folders if not entry[1].name.startswith(".")), reverse=True)
    left = [entry for entry in folders if entry[1].name.startswith(".") and now - entry[0] > _STALE]
    for _, path in [*made[_KEEP - 1 :], *left]:
        shutil.rmtree(path, ignore_errors=True)


def fingerprints(folder: Path, engagement: Engagement) -> dict[str, str]:
    """Input file -> sha256 of its bytes; of a database source, of what its query gives. Missing ones are left out."""
    found: dict[str, str] = {}
    for source in engagement.sources:
        try:
            if source.database:
                with asked_once(folder):
                    found[f"{source.name}: {called(source)}"] = content_hash(snapshot(source, folder))
            else:
                for one in locate(source, folder):
                    file = f"{source.package}/{one.file}" if source.package else _relative(one.path, folder)
                    found[file] = sha256(one.path)
        except (NotThere, DatabaseFailed):
            continue
    return found


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _fingerprint(folder: Path, engagement: Engagement, decisions: Decisions) -> str:
    """Everything that can change the canonical tables: files, what is said about them, and the code that reads them."""
    settings = {
        "files": fingerprints(folder, engagement),
        "sources": [source.model_dump(mode="json") for source in engagement.sources],
        "identity": engagement.identity.model_dump(mode="json"),
        "decisions": [(d.left, d.right, d.decision) for d in decisions.given],
        "region": engagement.report.phone_region,
        "base": engagement.report.currency,
        "data": engagement.data.model_dump(mode="json"),
        "currency": engagement.currency.model_dump(mode="json"),
        "fills": [entry.model_dump(mode="json") for entry in engagement.fills],
        "zone": engagement.report.time_zone,
        "version": crm_lib.__version__,
        "code": _code_hash(),
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _code_hash() -> str:
    """Hash of the code of the rooms that make the canonical tables, so that a changed rule is never a stale table."""
    package = Path(crm_lib.__file__).parent
    paths = [package / "tables.py", package / "run" / "build.py"]
    paths += [
        path
        for room in ("ingest", "identity")
        for path in (package / room).rglob("*")
        if path.suffix in (".py", ".sql", ".csv", ".toml")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def inventory(canonical: Path, as_of: date | None = None) -> dict[str, pd.DataFrame]:
    """The account of the canonical tables: the frames of `ingest.account.FRAMES`, as known by a day where given."""
    frames = dict(_inventory(canonical))
    return known_by(frames, as_of) if as_of else frames


@lru_cache(maxsize=2)
def _inventory(canonical: Path) -> dict[str, pd.DataFrame]:
    """A folder's name is the fingerprint of what is in it, so that it never changes."""
    with scratch() as connection:
        query, folder = "SELECT * FROM read_parquet(?)", canonical / "inventory"
        return {name: connection.execute(query, [str(folder / f"{name}.parquet")]).df() for name in FRAMES}

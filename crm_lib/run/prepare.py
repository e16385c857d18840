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
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

import crm_lib
from crm_lib.engagement import FILE_NAME, Engagement
from crm_lib.engine import connect
from crm_lib.errors import Problem, UserError
from crm_lib.ingest.account import FRAMES, known_by
from crm_lib.ingest.load import QueryFailed, fetch
from crm_lib.ingest.locate import NotThere, locate, sha256
from crm_lib.ingest.opened import source_place
from crm_lib.language import Message, Value, msg
from crm_lib.run.build import build
from crm_lib.run.plan import CANONICAL_ENV
from crm_lib.tables import SOURCE_TABLES

_KEEP = 4  # canonical folders of an engagement; an older one is made again when it is wanted
_STALE = 24 * 3600  # seconds after which the leavings of a killed run are swept
_SLIPS = 0.01  # of the events
_LATE = timedelta(days=31)  # an as_of later than this after the last event is a slip
# Tables that say when something happened; a customer's or a campaign's own date may lie ahead.
_EVENTS = ("order_lines", "tickets", "interactions", "surveys", "campaign_members", "loyalty")


def prepare(folder: Path, engagement: Engagement) -> Path:
    """Canonical folder of the engagement, made if there is none for these inputs. Raise UserError."""
    root = folder / ".work" / "canonical"
    if (given := os.environ.get(CANONICAL_ENV)) and Path(given).parent == root.resolve():
        return Path(given)
    fingerprint = _fingerprint(folder, engagement)
    final = root / fingerprint
    if not final.is_dir():
        _private(folder / ".work", root)
        _make(folder, engagement, root, fingerprint)
    os.utime(final)
    _sweep(root, final)
    return final


def _make(folder: Path, engagement: Engagement, root: Path, fingerprint: str) -> None:
    """Build beside the final place and rename: whole or not at all, and the first of two processes wins."""
    staging = Path(tempfile.mkdtemp(prefix=".", dir=root))
    try:
        aside = staging / "quarantine"
        aside.mkdir()
        build(folder, engagement, staging, aside)
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
            if source.url_env:
                found[f"{source.name}: {source.url_env}"] = _table_hash(fetch(source))
            else:
                for name, path in locate(source, folder).items():
                    file = f"{source.package}/{source.files[name]}" if source.package else _relative(path, folder)
                    found[file] = sha256(path)
        except (NotThere, QueryFailed):
            continue
    return found


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _table_hash(table: pa.Table) -> str:
    """Hash of what a query gave, whatever the order of its rows."""
    rows = sorted(json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())
    return hashlib.sha256("\n".join([str(table.schema), *rows]).encode()).hexdigest()


def _fingerprint(folder: Path, engagement: Engagement) -> str:
    """Everything that can change the canonical tables: files, what is said about them, and the code that reads them."""
    settings = {
        "files": fingerprints(folder, engagement),
        "sources": [source.model_dump(mode="json") for source in engagement.sources],
        "region": engagement.report.phone_region,
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
        path for room in ("ingest", "identity") for path in (package / room).iterdir() if path.suffix in (".py", ".sql")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def inventory(canonical: Path, as_of: date | None = None) -> dict[str, pd.DataFrame]:
    """The account of the canonical tables: the frames of `ingest.account.FRAMES`, as known by a day where given."""
    with duckdb.connect() as connection:
        query = "SELECT * FROM read_parquet(?)"
        frames = {
            name: connection.execute(query, [str(canonical / "inventory" / f"{name}.parquet")]).df() for name in FRAMES
        }
    return known_by(frames, as_of) if as_of else frames


def check_data(folder: Path, engagement: Engagement) -> list[Problem]:
    """Everything that is wrong with the engagement's data, [] where nothing is; of sources that can be opened also what
    their rows tell, though others cannot. The engagement may be the sound part of one (`engagement.examine`)."""
    if not engagement.sources:
        return []
    try:
        canonical = prepare(folder, engagement)
    except UserError as error:
        told = {problem.where for problem in error.problems}
        sound = [s for s in engagement.sources if not any(where.startswith(source_place(s)) for where in told)]
        rest = engagement.model_copy(update={"sources": tuple(sound)})
        more = _mostly_unusable(inventory(prepare(folder, rest)), rest) if sound else ()
        return [*error.problems, *more]
    return [*_mostly_unusable(inventory(canonical), engagement), *_dates_outside(canonical, engagement)]


def _mostly_unusable(frames: dict[str, pd.DataFrame], engagement: Engagement) -> Iterator[Problem]:
    """A file of which more rows were set aside than accepted was misunderstood."""
    places = {source.name: source_place(source) for source in engagement.sources}
    for file in frames["files"].to_dict("records"):
        where = places[file["source"]]
        if file["accepted"] and file["quarantined"] <= file["accepted"]:
            continue
        if not file["quarantined"]:
            yield Problem(msg("errors.data.empty", file=file["file"]), where)
            continue
        same = (frames["quarantine"]["source"] == file["source"]) & (frames["quarantine"]["file"] == file["file"])
        reason = _worst_reason(frames["quarantine"][same])[1]
        counts = {"n": int(file["quarantined"]), "accepted": int(file["accepted"])}
        yield Problem(msg("errors.data.nothing_accepted", file=file["file"], reason=reason, **counts), where)


def _worst_reason(rows: pd.DataFrame) -> tuple[int, Message]:
    """How many rows of a file's quarantine have its most frequent reason, and its words with the column."""
    worst = rows.sort_values("rows", ascending=False, kind="stable").iloc[0]
    reason = msg(f"ingest.reason.{worst['reason']}")
    column = str(worst["column"])
    return int(worst["rows"]), msg("ingest.reason_in", reason=reason, column=column) if column else reason


def set_aside(canonical: Path, as_of: date) -> list[Message]:
    """What a user should know of each file: rows taken for totals, rows dated after `as_of`, rows set aside and the
    most frequent reason."""
    frames = inventory(canonical, as_of)
    files = frames["files"].to_dict("records")
    some = [msg("ingest.later_file", **_later(file)) for file in files if 0 < file["later"] <= file["accepted"]]
    first = [msg("ingest.later", as_of=as_of, files=Value("list", some))] if some else []
    return first + [sentence for file in files for sentence in _told_of(file, frames, as_of)]


def _later(file: dict[Any, Any]) -> dict[str, str | int]:
    return {"file": str(file["file"]), "n": int(file["later"]), "rows": int(file["rows_read"])}


def _told_of(file: dict[Any, Any], frames: dict[str, pd.DataFrame], as_of: date) -> Iterator[Message]:
    def own(name: str) -> pd.DataFrame:
        frame = frames[name]
        return frame[(frame["source"] == file["source"]) & (frame["file"] == file["file"])]

    of: dict[str, str | int] = {"file": str(file["file"]), "rows": int(file["rows_read"])}
    if totals := int(own("non_data").query("kind == 'total'")["rows"].sum()):
        yield msg("ingest.totals", n=totals, **of)
    if file["later"] > file["accepted"]:
        yield msg("ingest.later_most", as_of=as_of, **_later(file))
    if not own("quarantine").empty:
        worst, reason = _worst_reason(own("quarantine"))
        yield msg("ingest.set_aside", n=int(file["quarantined"]), worst=worst, reason=reason, **of)


def _dates_outside(canonical: Path, engagement: Engagement) -> Iterator[Problem]:
    """as_of and baseline must lie within the days that the data tell of."""
    first, last = _span(canonical, engagement.as_of)
    if first is None or last is None:
        return
    if engagement.as_of and not first <= engagement.as_of <= last + _LATE:
        args = {"as_of": engagement.as_of, "first": first, "last": last}
        yield Problem(msg("errors.data.as_of_outside", **args), f"{FILE_NAME} as_of")
    for cycle in engagement.cycles:
        if not first <= cycle.baseline:
            message = msg("errors.data.baseline_outside", baseline=cycle.baseline, first=first)
            yield Problem(message, f"{FILE_NAME} {cycle.place} baseline")


def _span(canonical: Path, as_of: date | None) -> tuple[date | None, date | None]:
    """First and last day of the events. A few days after as_of, such as slips of the year, do not say that the data
    go on till then."""
    engine = connect(canonical)
    days = [
        f'SELECT CAST("{SOURCE_TABLES[name].event}" AS DATE) AS day FROM "{name}"'
        for name in _EVENTS
        if engine.has(name)
    ]
    if not days:
        return None, None
    query = "SELECT MIN(day), MAX(day), MAX(day) FILTER (day <= $as_of), COUNT(*) FILTER (day > $as_of), COUNT(*)"
    row = engine.connection.execute(f"{query} FROM ({' UNION ALL '.join(days)})", {"as_of": as_of}).fetchone()
    engine.close()
    first, last, known, later, count = row or (None, None, None, 0, 0)
    return first, known if known and later < _SLIPS * count else last

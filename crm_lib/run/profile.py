"""`tasks.py profile`: looks at files that nobody has seen, tells what they seem to be, and drafts an engagement.toml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crm_lib.engagement import FILE_NAME
from crm_lib.errors import Problem, UserError
from crm_lib.ingest.children.in_child import UnreadableFile
from crm_lib.ingest.databases.database_url import DatabaseFailed
from crm_lib.ingest.load import FilesFailed, QueryFailed, UnknownEncoding
from crm_lib.ingest.profile import files as ingest
from crm_lib.ingest.profile.files import Profile
from crm_lib.ingest.profile.match import SURE
from crm_lib.ingest.profile.notes import is_table, notes, reads_as
from crm_lib.ingest.profile.together import with_shared_keys, without_ways_added
from crm_lib.ingest.profile.values import Evidence
from crm_lib.ingest.readers.layout import looks_like_data
from crm_lib.language import NOT_KNOWN, Catalogue, Message, Value, msg
from crm_lib.run.profile_draft import draft

_COLUMNS = ("header", "reads_as", "filled", "distinct", "form", "column", "sure", "reason")
_NUMBERS = ("filled", "distinct", "sure")


def look_at(paths: Sequence[Path]) -> tuple[list[Profile], list[Problem]]:
    """What every file seems to be, and the files that cannot be read."""
    found: list[Profile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            if not path.is_file():
                problems.append(Problem(msg("errors.data.no_file", file=path.name), str(path)))
                continue
            if not path.stat().st_size:
                problems.append(Problem(msg("errors.data.empty_file", file=path.name), str(path)))
                continue
            found += ingest.profile(path)
        except FilesFailed as error:
            problems += [Problem(_failure(path, why), str(path)) for _, why in error.failures]
        except DatabaseFailed as error:
            problems.append(Problem(msg(f"errors.data.sql.{error.rule}", **error.given), str(path)))
        except (UnreadableFile, QueryFailed) as error:
            problems.append(Problem(_failure(path, error), str(path)))
    return without_ways_added(with_shared_keys(found)), problems


def _failure(path: Path, error: Exception) -> Message:
    if isinstance(error, UnreadableFile):
        details = {**error.details, "kind": msg(f"errors.kind.{error.details.get('kind', 'archive')}")}
        return msg(f"errors.data.{error.reason}", **{"file": path.name, "sheet": "", **details})
    if isinstance(error, UnknownEncoding):
        return msg("errors.data.undecodable", file=path.name)
    return msg("errors.data.query_failed", reason=str(error))


def write_draft(found: Sequence[Profile], folder: Path, words: Catalogue, client: str, industry: str) -> Path:
    """Raise UserError where there is an engagement already."""
    path = folder / FILE_NAME
    if path.exists():
        raise UserError(Problem(msg("run.exists"), where=str(path)))
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    path.write_text(draft(found, folder, words, client, industry), encoding="utf-8")
    return path


def tell(found: Sequence[Profile], words: Catalogue, console: Console) -> None:
    for one in found:
        console.print(Text(words.text(_title(one)), style="bold"), soft_wrap=True)
        console.print(Text(words.text(_facts(one))), soft_wrap=True)
        for note in notes(one):
            console.print(Text(f"- {words.text(note)}"), soft_wrap=True)
        console.print(_table(one, words))


def _title(one: Profile) -> Message:
    name = f"{one.path.name} [{one.sheet}]" if one.sheet else one.path.name
    if not is_table(one):
        return msg("profile.title.no_table", file=name)
    sure = Value("percent", one.guess.confidence)
    return msg("profile.title.table", file=name, table=msg(f"table.{one.guess.table}"), id=one.guess.table, sure=sure)


def _facts(one: Profile) -> Message:
    facts: dict[str, str | int] = {"format": one.format, "row": one.header_row, "rows": one.rows}
    facts["columns"] = len(one.columns)
    if one.encoding:
        return msg("profile.facts.text", encoding=one.encoding, **facts)
    return msg("profile.facts.typed", **facts)


def _table(one: Profile, words: Catalogue) -> Table:
    table = Table()
    for name in _COLUMNS:
        table.add_column(words.text(f"profile.head.{name}"), justify="right" if name in _NUMBERS else "left")
    for column in one.columns:
        table.add_row(*map(Text, _cells(one, column, words)))
    return table


def _cells(one: Profile, column: Evidence, words: Catalogue) -> Iterator[str]:
    """A column in a row; what may be a row of customers' data is not shown as a header."""
    yield "***" if one.headless or looks_like_data([column.header]) else column.header
    yield words.text(f"profile.kind.{reads_as(column)}")
    yield words.format("percent", column.completeness)
    yield words.format("int", column.distinct) + (f" {words.text('profile.key')}" if column.is_key else "")
    yield " · ".join(column.masked) or NOT_KNOWN
    pair = next((pair for pair in one.mapping if pair.header == column.header), None) if is_table(one) else None
    yield pair.column if pair else NOT_KNOWN
    yield words.format("percent", pair.confidence) + ("" if pair.confidence >= SURE else " ?") if pair else ""
    yield words.text(f"profile.reason.{pair.reason}") if pair else ""

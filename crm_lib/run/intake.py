"""`tasks.py intake`: the workbook by which a client is asked for data, and the sources that read it when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_lib.engagement import FILE_NAME
from crm_lib.errors import Problem, UserError
from crm_lib.language import catalogue, msg
from crm_lib.report.brand import load_brand
from crm_lib.run.intake_plan import HEADER_ROW, IntakeSheet, data_sheets
from crm_lib.run.intake_workbook import workbook
from crm_lib.run.template import toml

KEY_SPACE = "intake"  # the client's own customer numbers are the same on every sheet


@dataclass(frozen=True)
class Intake:
    """`sources`: TOML that reads the filled workbook; `noted`: the engagement.toml that now has it as comments."""

    path: Path
    sources: str
    noted: Path | None


def create(folder: Path, language: str) -> Intake:
    """Write `intake.<language>.xlsx` into a folder. Raise UserError where it is there already: it may be filled in."""
    path = folder / f"intake.{language}.xlsx"
    if path.exists():
        raise UserError(Problem(msg("intake.exists", file=path.name), where=str(path)))
    words = catalogue(language)
    sheets = data_sheets(words)
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook(sheets, words, load_brand()))
    sources = sources_toml(sheets, path.name, language)
    return Intake(path, sources, _note(folder / FILE_NAME, words.text("intake.toml", file=path.name), sources))


def sources_toml(sheets: Sequence[IntakeSheet], file: str, language: str) -> str:
    """A [[sources]] for each sheet of the filled workbook in `raw/`."""
    return "\n\n".join("\n".join(_source(sheet, file, language)) for sheet in sheets) + "\n"


def _source(sheet: IntakeSheet, file: str, language: str) -> list[str]:
    both = {other: catalogue(other).word(f"table.{sheet.table}") for other in ("zh", "en")}
    settings = {
        "name": f"intake_{sheet.table}",
        "label": both,
        "table": sheet.table,
        "file": f"raw/{file}",
        "format": "xlsx",
        "sheet": sheet.name,
        "header_row": HEADER_ROW,
    }
    if any(column.name == "customer_key" for column in sheet.columns):
        settings["key_space"] = KEY_SPACE
    lines = ["[[sources]]", *(f"{key} = {toml(value)}" for key, value in settings.items()), "[sources.columns]"]
    lines += [f"{column.name} = {toml(column.header)}" for column in sheet.columns]
    for column in sheet.columns:
        if column.choices:
            lines += [f"[sources.values.{column.name}]"]
            lines += [f"{toml(word)} = {toml(value)}" for word, value in column.choices.items()]
    return lines


def _note(path: Path, heading: str, sources: str) -> Path | None:
    """Add the sources as comments to the engagement, where there is one."""
    if not path.is_file():
        return None
    lines = [heading, *sources.splitlines()]
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n" + "".join(f"# {line}".rstrip() + "\n" for line in lines))
    return path

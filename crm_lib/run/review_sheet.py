"""The review sheet: pairs that are neither surely one customer nor surely two, for a person to decide in a workbook.

`.work/review.xlsx` holds personal data: mode 0600, never in `reports/`. What is filled in goes to `decisions.csv` before
the data are prepared again; the sheet is then written anew with what still waits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm_lib.engagement import Engagement
from crm_lib.errors import Problem, UserError
from crm_lib.identity.decisions import (
    DIFFERENT,
    SAME,
    Decision,
    Decisions,
    contradictions,
    read_decisions,
    with_more,
    write_decisions,
)
from crm_lib.identity.model import Model, model
from crm_lib.ingest import sql
from crm_lib.language import Catalogue, catalogue, msg

SHEET = Path(".work") / "review.xlsx"
_SHOWN = ("source", "name", "phone", "email", "gender", "birth_date", "city", "address", "id_number", "last_on")
_MOST = 2000  # pairs in a sheet, the likeliest first
_LEFT, _RIGHT, _ANSWER = 0, 1, 2  # columns of the sheet; the first two are hidden


def taken_in(folder: Path) -> Decisions:
    """All decisions of an engagement, with those newly filled into the sheet, which are now kept. Raise UserError."""
    known = read_decisions(folder)
    more, problems = _answers(folder / SHEET)
    problems += contradictions(with_more(known, more).given) if not problems else []
    if problems:
        raise UserError(problems)
    decisions = with_more(known, more)
    if decisions != known:
        write_decisions(folder, decisions)
    return decisions


def _answers(path: Path) -> tuple[list[Decision], list[Problem]]:
    if not path.exists():
        return [], []
    from python_calamine import CalamineWorkbook

    words = {word: kind for lang in ("zh", "en") for kind, word in _choices(catalogue(lang)).items()}
    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception:  # calamine's errors have no common base
        return [], [Problem(msg("identity.review.unreadable"), path.name)]
    found, problems = [], []
    for line, row in enumerate(rows[1:], 2):
        cells = [str(cell).strip() for cell in row[:3]]
        if len(cells) < 3 or not cells[_ANSWER]:
            continue
        answer = words.get(cells[_ANSWER].casefold())
        if answer is None or not cells[_LEFT] or not cells[_RIGHT]:
            problems.append(Problem(msg("identity.review.unknown_answer", known=" / ".join(words)), path.name, line))
        else:
            found.append(Decision(cells[_LEFT], cells[_RIGHT], answer, f"{path.name}:{line}"))
    return found, problems


def _choices(words: Catalogue) -> dict[str, str]:
    return {kind: words.word(f"identity.review.{kind}").casefold() for kind in (SAME, DIFFERENT)}


def write_sheet(folder: Path, engagement: Engagement, canonical: Path) -> None:
    """Write the pairs that wait; without any there is no sheet. It is left as it is where they are the same pairs."""
    path, pairs = folder / SHEET, canonical / "trail" / "review.parquet"
    mark = path.with_suffix(".of")
    if not pairs.exists():
        path.unlink(missing_ok=True)
        mark.unlink(missing_ok=True)
        return
    if path.exists() and mark.exists() and mark.read_text(encoding="utf-8") == canonical.name:
        return
    words = engagement.words(engagement.report.languages[0])
    fresh = path.with_suffix(".new")
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    _write(fresh, list(_pairs(canonical)), model(_kind(engagement), engagement.identity.branches == "separate"), words)
    fresh.chmod(0o600)
    fresh.replace(path)
    mark.write_text(canonical.name, encoding="utf-8")


def _kind(engagement: Engagement) -> Any:
    return "company" if engagement.identity.kind == "company" else "person"


def _pairs(canonical: Path) -> Iterator[dict[str, Any]]:
    with sql.connect(1) as connection:
        sides = ", ".join(f"{side}.{name} AS {side}_{name}" for side in ("a", "b") for name in _SHOWN)
        found = connection.execute(
            f"SELECT p.*, {sides} FROM read_parquet({_path(canonical, 'review')}) AS p"
            f" JOIN read_parquet({_path(canonical, 'records')}) AS a ON p.left = a.record_id"
            f" JOIN read_parquet({_path(canonical, 'records')}) AS b ON p.right = b.record_id"
            f" ORDER BY probability DESC, p.left, p.right LIMIT {_MOST}"
        )
        names = [column[0] for column in found.description or ()]
        yield from (dict(zip(names, row, strict=True)) for row in found.fetchall())


def _path(canonical: Path, name: str) -> str:
    return sql.string(str(canonical / "trail" / f"{name}.parquet"))


def _write(path: Path, pairs: list[dict[str, Any]], chosen: Model, words: Catalogue) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(words.word("identity.review.sheet")[:31])
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "border": 1})
        cell, percent = (
            book.add_format({"text_wrap": True, "valign": "top"}),
            book.add_format({"num_format": "0.0%", "valign": "top"}),
        )
        shown = [name for name in _SHOWN if any(pair[f"{side}_{name}"] is not None for pair in pairs for side in "ab")]
        for i, title in enumerate(_titles(shown, words)):
            sheet.write_string(0, i, title, head)
        for row, pair in enumerate(pairs, 1):
            sheet.write_string(row, _LEFT, pair["left_reference"])
            sheet.write_string(row, _RIGHT, pair["right_reference"])
            sheet.write_blank(row, _ANSWER, None, cell)
            sheet.write_number(row, 3, pair["probability"], percent)
            sheet.write_string(row, 4, reasons(pair, chosen, words), cell)
            for i, name in enumerate(shown):
                for k, side in enumerate("ab"):
                    sheet.write_string(row, 5 + 2 * i + k, _shown(pair[f"{side}_{name}"]), cell)
        choices = [words.word(f"identity.review.{kind}") for kind in (SAME, DIFFERENT)]
        if pairs:
            sheet.data_validation(1, _ANSWER, len(pairs), _ANSWER, {"validate": "list", "source": choices})
        sheet.set_column(_LEFT, _RIGHT, None, None, {"hidden": True})
        sheet.set_column(_ANSWER, 3, 11)
        sheet.set_column(4, 4, 44)
        sheet.set_column(5, 4 + 2 * len(shown), 18)
        sheet.freeze_panes(1, 5)


def _titles(shown: list[str], words: Catalogue) -> list[str]:
    plain = [words.word(f"identity.review.{name}") for name in ("left", "right", "answer", "probability", "reasons")]
    fields = [
        words.word(f"identity.review.{name}")
        if name in ("source", "last_on")
        else words.word(f"column.customers.{name}")
        for name in shown
    ]
    return [*plain, *(f"{field} {side}" for field in fields for side in ("A", "B"))]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def reasons(pair: dict[str, Any], chosen: Model, words: Catalogue) -> str:
    """What agrees and what does not, in words."""
    parts = []
    for comparison in chosen.comparisons:
        level = chosen.level(comparison.column, int(pair[f"gamma_{comparison.column}"]))
        if level:
            parts.append(
                words.text(
                    "identity.reason",
                    what=words.word(f"identity.compared.{comparison.column}"),
                    how=words.word(f"identity.level.{level.id}"),
                )
            )
    return words.word("identity.reason_separator").join(parts)

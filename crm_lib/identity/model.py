"""The scoring model of a kind of customers, read from `person.toml` and `company.toml`, as settings of Splink."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crm_lib.identity.births import AGREE
from crm_lib.identity.evidence import Kind

# Functions that the levels are written with. DuckDB's distances count bytes: Chinese names are compared by character.
MACROS = {
    "one_character(a, b)": "length(a) = length(b) AND 1 = "
    + " + ".join(f"CAST(a[{i}] <> b[{i}] AS INTEGER)" for i in range(1, 6)),
    "all_characters(a, b)": "list_has_all(string_split(a, ''), string_split(b, ''))",
    "same_characters(a, b)": "length(a) = length(b) AND list_sort(string_split(a, '')) = list_sort(string_split(b, ''))",
    # a distance of one; the cheap tests, which it implies, come first
    "one_slip(a, b)": "CASE WHEN strlen(a) = strlen(b) THEN hamming(a, b) <= 2 AND damerau_levenshtein(a, b) = 1"
    " WHEN abs(strlen(a) - strlen(b)) = 1 THEN damerau_levenshtein(a, b) = 1 ELSE FALSE END",
    "one_date_part(a, b)": "1 = CAST(a[1:4] <> b[1:4] AS INTEGER) + CAST(a[5:6] <> b[5:6] AS INTEGER)"
    " + CAST(a[7:8] <> b[7:8] AS INTEGER)",
    "day_month_turned(a, b)": "a[1:4] = b[1:4] AND a[5:6] = b[7:8] AND a[7:8] = b[5:6]",
    "births_agree(a, b)": AGREE,
    "both_near(a, b, c, d)": "jaro_winkler_similarity(a, b) >= 0.85 AND jaro_winkler_similarity(c, d) >= 0.85",
}

# Of rows l and r: whether nothing joins them already.
APART = (
    "l.token <> r.token AND NOT coalesce(l.name = r.name AND (l.phone = r.phone OR l.email = r.email)"
    " AND coalesce(births_agree(l.birth_text, r.birth_text), TRUE), FALSE)"
)


@dataclass(frozen=True)
class Level:
    """`gamma` is Splink's number of the level, -1 of a missing value."""

    id: str
    when: str
    m: float
    u: float
    gamma: int
    contradicts: bool = False  # a pair at this level is never joined unless another `decides`
    doubtful: bool = False  # joined only where another level `agrees` or `decides`
    agrees: bool = False
    decides: bool = False


@dataclass(frozen=True)
class Comparison:
    column: str
    present: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Model:
    kind: Kind
    prior: float
    blocks: dict[str, str]
    comparisons: tuple[Comparison, ...]

    def level(self, column: str, gamma: int) -> Level | None:
        comparison = next(part for part in self.comparisons if part.column == column)
        return next((level for level in comparison.levels if level.gamma == gamma), None)

    def where(self, mark: str) -> str:
        """SQL over the gamma columns: whether any level has the mark."""
        parts = [
            f"gamma_{comparison.column} = {level.gamma}"
            for comparison in self.comparisons
            for level in comparison.levels
            if getattr(level, mark)
        ]
        return f"({' OR '.join(parts)})" if parts else "FALSE"


@cache
def model(kind: Kind, branches_apart: bool = True) -> Model:
    plain = tomllib.loads((Path(__file__).parent / f"{kind}.toml").read_text(encoding="utf-8"))
    comparisons = [part for part in plain["comparisons"] if branches_apart or part["column"] != "branch"]
    return Model(
        kind,
        plain["prior"],
        plain["blocks"],
        tuple(Comparison(part["column"], part["present"], _levels(part["levels"])) for part in comparisons),
    )


def _levels(given: list[dict[str, Any]]) -> tuple[Level, ...]:
    return tuple(Level(**level, gamma=len(given) - 1 - i) for i, level in enumerate(given))


def splink_settings(model: Model) -> dict[str, Any]:
    """Every probability is fixed: nothing is estimated from the client's data."""
    blocks = [f"{_sides(key, 'l')} = {_sides(key, 'r')} AND {APART}" for key in model.blocks]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "node",
        "probability_two_random_records_match": model.prior,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in blocks],
        "comparisons": [_comparison(part) for part in model.comparisons],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "additional_columns_to_retain": [],
    }


def _sides(key: str, side: str) -> str:
    return f"{side}.block_{key}"


def _comparison(part: Comparison) -> dict[str, Any]:
    missing = f"{part.present}_l IS NULL OR {part.present}_r IS NULL"
    levels: list[dict[str, Any]] = [{"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True}]
    levels += [
        {
            "sql_condition": level.when,
            "label_for_charts": level.id,
            "m_probability": level.m,
            "u_probability": level.u,
            "fix_m_probability": True,
            "fix_u_probability": True,
        }
        for level in part.levels
    ]
    return {"output_column_name": part.column, "comparison_levels": levels}

"""From features to the columns of a model: standardised, words as indicators, what never varies left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_lib.layering.churn.features import CATEGORIES, REASONS

LEVELS = 6  # words of a category that get an indicator each
FEWEST = 30  # rows of a word that gets one


@dataclass(frozen=True)
class Design:
    """Columns as (feature, word or None), with what each is centred at and scaled by."""

    columns: tuple[tuple[str, str | None], ...]
    centre: np.ndarray
    scale: np.ndarray

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """Rows x columns."""
        if not self.columns:
            return np.zeros((len(frame), 0))
        plain = np.column_stack([_column(frame, name, word) for name, word in self.columns])
        return np.asarray((plain - self.centre) / self.scale)

    @property
    def groups(self) -> dict[str, list[int]]:
        """Reason -> positions of its columns."""
        found: dict[str, list[int]] = {}
        for i, (name, _) in enumerate(self.columns):
            found.setdefault(REASONS[name], []).append(i)
        return found


def design(frame: pd.DataFrame, names: Sequence[str]) -> Design:
    """Design learnt from the training rows; categories keep their most frequent words (ties by the word)."""
    columns = [column for name in names for column in _columns_of(frame, name)]
    varied = [(column, values) for column in columns if (values := _column(frame, *column)).std() > 1e-9]
    return Design(
        tuple(column for column, _ in varied),
        np.array([values.mean() for _, values in varied]),
        np.array([values.std() for _, values in varied]),
    )


def _columns_of(frame: pd.DataFrame, name: str) -> list[tuple[str, str | None]]:
    if name not in CATEGORIES:
        return [(name, None)]
    counts = frame[name].dropna().value_counts()
    frequent = sorted((-count, str(word)) for word, count in counts.items() if count >= FEWEST)[:LEVELS]
    return [(name, word) for _, word in frequent]


def _column(frame: pd.DataFrame, name: str, word: str | None) -> np.ndarray:
    values = frame[name]
    return np.asarray(
        values.to_numpy("float64") if word is None else (values == word).fillna(False).to_numpy("float64")
    )

"""From features to the columns of a model: standardised, words as indicators, what never varies left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        plain = np.empty((len(frame), len(self.columns)))
        for i, values in enumerate(_columns(frame, self.columns)):
            plain[:, i] = values
        plain -= self.centre
        plain /= self.scale
        return plain

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
    pairs = zip(columns, _columns(frame, columns), strict=True)
    found = [(column, values.mean(), values.std()) for column, values in pairs]
    varied = [one for one in found if one[2] > 1e-9]
    return Design(
        tuple(column for column, _, _ in varied),
        np.array([mean for _, mean, _ in varied]),
        np.array([spread for _, _, spread in varied]),
    )


def _columns_of(frame: pd.DataFrame, name: str) -> list[tuple[str, str | None]]:
    if name not in CATEGORIES:
        return [(name, None)]
    counts = frame[name].dropna().value_counts()
    frequent = sorted((-count, str(word)) for word, count in counts.items() if count >= FEWEST)[:LEVELS]
    return [(name, word) for _, word in frequent]


def _columns(frame: pd.DataFrame, columns: Sequence[tuple[str, str | None]]) -> Iterator[np.ndarray]:
    words = {
        name: frame[name].fillna("").to_numpy(object) for name in dict.fromkeys(name for name, word in columns if word)
    }
    for name, word in columns:
        yield frame[name].to_numpy("float64") if word is None else (words[name] == word).astype("float64")

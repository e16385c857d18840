"""How well customers found agree with the truth: precision, recall and F1 over all pairs of records."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Quality:
    precision: float
    recall: float
    largest: int  # records in the largest customer

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def quality(found: pd.Series, truth: pd.Series) -> Quality:
    """found: customer of each record (missing: a customer of its own); truth: its person."""
    plain = found.astype(object).reset_index(drop=True)
    plain = plain.where(plain.notna(), [f"\x1f{i}" for i in range(len(plain))])
    sizes = plain.value_counts()
    agreeing = _pairs(pd.DataFrame({"a": plain, "b": truth.reset_index(drop=True)}).groupby(["a", "b"]).size())
    made, wanted = _pairs(sizes), _pairs(truth.value_counts())
    return Quality(agreeing / made if made else 1.0, agreeing / wanted if wanted else 1.0, int(sizes.max()))


def _pairs(sizes: pd.Series) -> int:
    return int((sizes * (sizes - 1) // 2).sum())

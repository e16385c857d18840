"""Logistic regression and gradient boosting of one outcome, calibrated on rows that the model has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_lib.layering.churn.design import Design, design

Kind = Literal["logistic", "boosting"]
KINDS: tuple[Kind, ...] = ("logistic", "boosting")
FOLDS = 3
STEPS_FROM = 1000  # rows of the rarer outcome from which isotonic regression calibrates, below them a sigmoid does
_SEED = 20260630


@dataclass(frozen=True)
class Fitted:
    """`probability` is calibrated; `score` is on the scale of log odds, before calibration."""

    kind: Kind
    design: Design
    estimator: Any
    calibration: Any
    isotonic: bool
    shift: float  # log odds by which the newest rows' share differs from what the calibration says
    rows: int

    def score_of(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.estimator.decision_function(matrix), dtype="float64")

    def probability(self, frame: pd.DataFrame) -> np.ndarray:
        return self.probability_of(self.design.matrix(frame))

    def probability_of(self, matrix: np.ndarray) -> np.ndarray:
        return _shifted(_calibrated(self.calibration, self.score_of(matrix), self.isotonic), self.shift)

    @property
    def weights(self) -> np.ndarray | None:
        """Of the columns, where a score is their weighted sum."""
        return np.asarray(self.estimator.coef_[0]) if self.kind == "logistic" else None


@dataclass(frozen=True)
class Cases:
    """What models learn from, whatever the outcome: rows x columns, the fold of each row, and which are the newest."""

    design: Design
    matrix: np.ndarray
    fold: np.ndarray
    newest: np.ndarray


def cases(frame: pd.DataFrame, names: Sequence[str], newest: np.ndarray | None = None) -> Cases:
    """Cases from the features `names` of `frame` (columns of `features.features`); `newest` are all without it."""
    found = design(frame, names)
    recent = np.ones(len(frame), dtype=bool) if newest is None else newest
    return Cases(found, found.matrix(frame), _fold(frame["customer_id"]), recent)


def fit(kind: Kind, given: Cases, outcome: np.ndarray, estimator: Any = None) -> Fitted:
    """Model of `outcome` (True, False); `estimator` is what `learnt` gave for the same, where that is known.

    Calibrated on scores of `FOLDS` folds of customers, each scored by a model that has not seen them: isotonic
    regression from `STEPS_FROM` rows of the rarer outcome on, else a sigmoid (Platt 1999; Niculescu-Mizil and Caruana
    2005: isotonic overfits on fewer); then moved so that the mean is the share of the newest rows, the nearest to what
    comes.
    """
    outcome, newest = np.asarray(outcome, dtype=bool), given.newest
    unseen = _scores_of_unseen(kind, given.matrix, outcome, given.fold)
    isotonic = bool(min(outcome.sum(), (~outcome).sum()) >= STEPS_FROM)
    calibration = _calibration(unseen, outcome, isotonic)
    shift = _shift(_calibrated(calibration, unseen[newest], isotonic), float(outcome[newest].mean()))
    estimator = learnt(kind, given, outcome) if estimator is None else estimator
    return Fitted(kind, given.design, estimator, calibration, isotonic, shift, len(outcome))


def learnt(kind: Kind, given: Cases, outcome: np.ndarray) -> Any:
    """Estimator of all cases, not calibrated: its decision_function is enough to compare the order."""
    return _estimator(kind).fit(given.matrix, np.asarray(outcome, dtype=bool))


def _fold(ids: pd.Series) -> np.ndarray:
    """A fold for each row; all rows of a customer share one."""
    return np.asarray(pd.factorize(ids, sort=True)[0] % FOLDS)


def _scores_of_unseen(kind: Kind, matrix: np.ndarray, outcome: np.ndarray, fold: np.ndarray) -> np.ndarray:
    scores = np.zeros(len(matrix))
    for k in range(FOLDS):
        out = fold == k
        scores[out] = _estimator(kind).fit(matrix[~out], outcome[~out]).decision_function(matrix[out])
    return scores


def _estimator(kind: Kind) -> Any:
    if kind == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=1.0, max_iter=500, tol=1e-8, solver="newton-cholesky")
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=80,
        learning_rate=0.1,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=_SEED,
    )


def _calibration(scores: np.ndarray, outcome: np.ndarray, isotonic: bool) -> Any:
    """Points (score, probability) of a centred isotonic regression, or a sigmoid's LogisticRegression."""
    if isotonic:
        return _centred(scores, outcome)
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1e6, tol=1e-10, solver="newton-cholesky").fit(scores[:, None], outcome)


def _centred(scores: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Isotonic regression whose steps are points at their mean score, joined by lines: nobody is tied with others for
    want of a step between them (Oron and Flournoy 2017)."""
    from sklearn.isotonic import IsotonicRegression

    level = IsotonicRegression(y_min=0, y_max=1).fit_transform(scores, outcome)
    steps = pd.DataFrame({"level": level, "score": scores}).groupby("level", as_index=False)["score"].mean()
    return steps["score"].to_numpy(), steps["level"].to_numpy()


def _calibrated(calibration: Any, scores: np.ndarray, isotonic: bool) -> np.ndarray:
    if isotonic:
        return np.interp(scores, *calibration)
    return np.asarray(calibration.predict_proba(scores[:, None])[:, 1], dtype="float64")


def _shifted(probability: np.ndarray, shift: float) -> np.ndarray:
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(1 / (1 + (1 - inside) / inside * np.exp(-shift)))


def _shift(probability: np.ndarray, share: float) -> float:
    """Log odds to add so that the mean is `share`."""
    from scipy.optimize import brentq

    return float(brentq(lambda shift: _shifted(probability, shift).mean() - share, -20, 20, xtol=1e-12))

"""Maximum likelihood by gradient in logarithms of positive parameters, with the covariance from the Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]  # parameters -> log-likelihood and its gradient in them

SMALLEST, LARGEST = 1e-4, 500.0  # of a parameter in units of the data: there it counts as at its boundary
_STEP = 1e-4  # of a logarithm, for differences of the gradient
_NEWTON_STEPS = 20


@dataclass(frozen=True)
class Fit:
    """`covariance` is that of the logarithms of `parameters`, those `at_boundary` held there; None where the Hessian
    has no inverse to trust."""

    names: tuple[str, ...]
    parameters: np.ndarray
    covariance: np.ndarray | None
    log_likelihood: float
    converged: bool
    at_boundary: tuple[str, ...]

    def interval(self, name: str) -> tuple[float, float]:
        """95 % of one parameter, from the Hessian; NaN without a covariance."""
        i = self.names.index(name)
        if self.covariance is None:
            return np.nan, np.nan
        half = 1.959964 * np.sqrt(self.covariance[i, i])
        return float(self.parameters[i] * np.exp(-half)), float(self.parameters[i] * np.exp(half))


def maximise(objective: Objective, start: np.ndarray, names: tuple[str, ...], scales: np.ndarray, rows: float) -> Fit:
    """Fit from `start`; `scales` are the units of the parameters (1, or a typical time or amount), `rows` how many
    customers stand behind the likelihood."""
    from scipy.optimize import minimize

    def negative(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = scales * np.exp(logs)
        value, gradient = objective(parameters)
        return -value / rows, -gradient * parameters / rows

    low, high = np.log(SMALLEST), np.log(LARGEST)
    found = minimize(
        negative, np.clip(np.log(start / scales), low, high), jac=True, method="L-BFGS-B",
        bounds=[(low, high)] * len(start), options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-7},
    )  # fmt: skip
    logs, free = _polished(negative, found.x, low, high)
    hessian = differences(negative, logs)
    value, gradient = negative(logs)
    return Fit(
        names,
        scales * np.exp(logs),
        _covariance(hessian * rows, free),
        -value * rows,
        bool(np.isfinite(value) and (not free.any() or np.abs(gradient[free]).max() < 1e-6)),
        tuple(name for name, one in zip(names, free, strict=True) if not one),
    )


def _polished(negative: Objective, logs: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps to the precision of the arithmetic, so that the answer hangs on the data alone; and which of the
    parameters are free: one that a step takes to its bound stays there."""
    free = (logs > low + 1e-6) & (logs < high - 1e-6)
    gradient = negative(logs)[1]
    covariance = _covariance(differences(negative, logs), free)
    for _ in range(_NEWTON_STEPS):
        if covariance is None or np.abs(gradient[free]).max(initial=0) < 1e-13:
            break
        step = -covariance @ np.where(free, gradient, 0)
        room = np.where(step > 0, high - logs, low - logs)
        reach = np.divide(room, step, out=np.full(len(step), np.inf), where=free & (step != 0))
        if pinned := bool(reach.min() <= 1):
            logs, free = logs + step * reach.min(), free & (reach > reach.min())
            gradient = negative(logs)[1]
        else:
            found = negative(logs + step)[1]
            if not np.abs(found[free]).max() < np.abs(gradient[free]).max():
                break
            logs, gradient = logs + step, found
        if pinned or np.abs(gradient[free]).max(initial=0) > 1e-8:
            covariance = _covariance(differences(negative, logs), free)
    return logs, free


def differences(negative: Objective, logs: np.ndarray) -> np.ndarray:
    """Hessian by central differences of the gradient."""
    steps = np.eye(len(logs)) * _STEP
    rows = [(negative(logs + step)[1] - negative(logs - step)[1]) / (2 * _STEP) for step in steps]
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def _covariance(hessian: np.ndarray, free: np.ndarray) -> np.ndarray | None:
    """Inverse over the free parameters, zero for the others; None where it is not positive definite."""
    inside = hessian[np.ix_(free, free)]
    if not np.isfinite(inside).all():
        return None
    whole = np.zeros_like(hessian)
    if free.any():
        values, vectors = np.linalg.eigh(inside)
        if values[0] <= values[-1] * 1e-10:
            return None
        whole[np.ix_(free, free)] = (vectors / values) @ vectors.T
    return whole

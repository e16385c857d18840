"""Maximum likelihood by gradient in logarithms of positive parameters, with the covariance from the Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]  # parameters -> log-likelihood and its gradient in them

SMALLEST, LARGEST = 1e-3, 1e3  # beyond these, in units of the data, a parameter counts as at its boundary
_STEP = 1e-4  # of a logarithm, for differences of the gradient
_NEWTON_STEPS = 8


@dataclass(frozen=True)
class Fit:
    """`covariance` is that of the logarithms of `parameters`; None where the Hessian has no inverse to trust."""

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


def maximise(
    objective: Objective, start: np.ndarray, names: tuple[str, ...], scales: np.ndarray, rows: float
) -> Fit:
    """Fit from `start`; `scales` are the units of the parameters (1, or a typical time or amount), `rows` how many
    customers stand behind the likelihood."""
    from scipy.optimize import minimize

    def negative(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = scales * np.exp(logs)
        value, gradient = objective(parameters)
        return -value / rows, -gradient * parameters / rows

    edge = np.log(LARGEST) + 1
    bounds = [(-edge, edge)] * len(start)
    found = minimize(
        negative, np.log(start / scales), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8},
    )  # fmt: skip
    logs, hessian = _polished(negative, found.x)
    sized = np.exp(logs)
    value, gradient = negative(logs)
    boundary = tuple(n for n, one in zip(names, sized, strict=True) if not SMALLEST < one < LARGEST)
    return Fit(
        names,
        scales * sized,
        _inverse(hessian * rows) if not boundary else None,
        -value * rows,
        bool(np.abs(gradient).max() < 1e-5) or bool(boundary),
        boundary,
    )


def _polished(negative: Objective, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps to the precision of the arithmetic: the answer then hangs on the data alone."""
    hessian = differences(negative, logs)
    value, gradient = negative(logs)
    for _ in range(_NEWTON_STEPS):
        inverse = _inverse(hessian)
        if inverse is None or np.abs(gradient).max() < 1e-12:
            break
        tried = logs - inverse @ gradient
        new_value, new_gradient = negative(tried)
        if not np.isfinite(new_value) or np.abs(new_gradient).max() >= np.abs(gradient).max():
            break
        logs, value, gradient = tried, new_value, new_gradient
    return logs, differences(negative, logs)


def differences(negative: Objective, logs: np.ndarray) -> np.ndarray:
    """Hessian by central differences of the gradient."""
    steps = np.eye(len(logs)) * _STEP
    rows = [(negative(logs + step)[1] - negative(logs - step)[1]) / (2 * _STEP) for step in steps]
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def _inverse(hessian: np.ndarray) -> np.ndarray | None:
    """Inverse of a positive definite matrix; None of another."""
    if not np.isfinite(hessian).all():
        return None
    values, vectors = np.linalg.eigh(hessian)
    if values[0] <= values[-1] * 1e-10:
        return None
    inverse: np.ndarray = (vectors / values) @ vectors.T
    return inverse

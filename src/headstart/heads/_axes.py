"""Features rotated to their principal axes, once for all problems over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.heads._problems import Float


@dataclass(frozen=True)
class PrincipalAxes:
    """Centred features in an orthonormal basis of the space they span.

    With an L2 penalty the optimal weights lie in the span of the features, so for fewer examples
    than features nothing is lost by solving in the at most n-dimensional row space, and a
    rotation changes no penalty. Labels take no part in it.

    Attributes:
        coordinates: float ``(examples, axes)``, columns mean 0 and uncorrelated.
        mean: float64 ``(features,)``.
        basis: orthonormal columns, float64 ``(features, axes)``.
        variance: total variance of the features, the scale of the penalties.
    """

    coordinates: Float
    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    variance: float

    def to_features(self, weights: Float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights ``(outputs, axes + 1)`` as ``(outputs, features)`` and intercepts."""
        weights = np.asarray(weights, dtype=np.float64)
        kernel = weights[:, :-1] @ self.basis.T
        return kernel, weights[:, -1] - kernel @ self.mean


def principal_axes(features: Float, *, dtype: type[np.floating]) -> PrincipalAxes:
    """Rotate `features` to their principal axes.

    Args:
        features: float ``(examples, features)``, finite.
        dtype: of the coordinates.

    Axes whose deviation is below rounding error (constant or duplicated features, a rank below
    n) are dropped.
    """
    features = np.asarray(features)
    count, width = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    if count <= width:
        centred = features.astype(np.float64) - mean
        squared, left = np.linalg.eigh(centred @ centred.T)
        keep = _significant(squared)
        deviation = np.sqrt(squared[keep])
        coordinates = left[:, keep] * deviation
        basis = centred.T @ (left[:, keep] / deviation)
    else:
        # In slices: a centred copy of 10,000 x 1,280 in float64 would be 102 MB.
        squared, right = np.linalg.eigh(_second_moments(features, mean))
        keep = _significant(squared)
        basis = right[:, keep]
        coordinates = np.empty((count, basis.shape[1]), dtype)
        for rows in _slices(count):
            coordinates[rows] = (features[rows] - mean).astype(dtype) @ basis.astype(dtype)
    return PrincipalAxes(
        coordinates=np.ascontiguousarray(coordinates, dtype=dtype),
        mean=mean,
        basis=np.ascontiguousarray(basis),
        variance=float(squared[keep].sum() / max(count, 1)),
    )


def _significant(squared: NDArray[np.float64]) -> NDArray[np.bool_]:
    largest = squared.max(initial=0.0)
    return np.asarray(squared > largest * len(squared) * np.finfo(np.float64).eps)


def _second_moments(features: Float, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros((len(mean), len(mean)))
    for rows in _slices(len(features)):
        part = features[rows] - mean
        total += part.T @ part
    return total


def _slices(count: int) -> Iterator[slice]:
    return (slice(begin, begin + 1024) for begin in range(0, count, 1024))

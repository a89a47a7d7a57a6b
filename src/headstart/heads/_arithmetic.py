"""In what precision, and on how many threads of BLAS, heads are solved."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np

from headstart.heads._problems import Float

DOUBLE_PRECISION_ELEMENTS = 4_000_000
"""Up to this size of ``(examples, axes)`` the final head is solved in float64, beyond in float32:
at 32 MB the copy starts to show in the memory of a run."""


def precision(features: Float) -> type[np.floating]:
    """Of the final head of these features."""
    small = len(features) * min(features.shape) <= DOUBLE_PRECISION_ELEMENTS
    return np.float64 if small else np.float32


def one_blas_thread() -> AbstractContextManager[object]:
    """Keep BLAS from spreading small products over threads.

    Its threads wait for each other spinning: the eigenvectors of 244 x 244 took 7 ms on one
    thread and up to 0.9 s on two, on two cores that had other work. Slices of the batch run on
    threads of ours instead.
    """
    from threadpoolctl import threadpool_limits  # 0.05 s

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits

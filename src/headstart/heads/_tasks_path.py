"""Batches of alike tasks through the solver, and their heads put side by side again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from headstart.examples import Outputs
from headstart.heads._batches import batches
from headstart.heads._cells import Cells, Rows
from headstart.heads._layers import FinalLayer, OuterLayers
from headstart.heads._lbfgs import Minimum, minimize
from headstart.heads._linear import FALLBACK_PENALTY, TOLERANCE
from headstart.heads._made import solvable
from headstart.heads._path import cross_validate
from headstart.heads._problems import Float, Problems

PATH_TOLERANCE = 1e-4
"""Relative gradient norm at which a head that only judges a penalty counts as solved: 0.6 of the
iterations that 1e-6 takes, and curves of three tasks of ToxCast were the same to 5e-5. Heads that
predict are solved further, to `TOLERANCE`."""


def search_layers(
    axes: Float,
    final_axes: Float,
    cells: Cells,
    folds: NDArray[np.int64],
    *,
    penalties: NDArray[np.float64],
    nested: bool,
    threads: int,
    on_progress: Callable[[float], None] | None,
) -> tuple[FinalLayer, OuterLayers]:
    """Cross-validate and fit every task that has labels of two classes.

    Args:
        axes: features in their principal axes, float32 ``(examples, axes)``.
        final_axes: the same in the precision of the final heads.
        cells: what the tasks are trained on.
        folds: int64 ``(repeats, examples)``.
        penalties: candidates, from strong to weak. float64 ``(candidates,)``.
        nested: as of `cross_validate`.
        threads: to work on.
        on_progress: told the share that is done.
    """
    outputs, width = cells.outputs, axes.shape[1] + 1
    counts = cells.class_counts(np.ones(len(axes), dtype=bool))
    final = FinalLayer.constant(counts, outputs, width=width)
    outer = OuterLayers.empty(folds, outputs, width=width)
    used = outer.heads.shape[1]
    progress = _Progress(on_progress)

    def work(tasks: NDArray[np.int64], spare: int) -> None:
        rows, logits = cells.rows(tasks), _logits(outputs, tasks)
        tell = progress.of(len(tasks))
        part = _gathered(axes, rows)
        found = cross_validate(
            part, rows.targets, folds[:, rows.examples], rows.weights,
            outputs=logits, penalties=penalties, fallback=FALLBACK_PENALTY,
            tolerance=PATH_TOLERANCE, polish=TOLERANCE, nested=nested, threads=spare,
            scored=rows.scored, on_progress=tell,
        )  # fmt: skip
        chosen = np.array([each.curve.chosen for each in found])
        start = np.stack([each.start for each in found])
        if final_axes is not axes:
            part = _gathered(final_axes, rows)
        solved = _solve(part, rows, chosen, start, logits, spare)
        final.put(tasks, solved, chosen, outputs)
        for task, each in zip(tasks.tolist(), found, strict=True):
            outer.put(task, each, outputs)
        tell(1.0)  # a path may end before its last penalty

    heads = len(folds) * (used * (used + 1) // 2 if nested else used)
    groups = _groups(cells, counts, heads=heads)
    progress.total = sum(map(len, groups))
    _each(work, groups, threads)
    outer.fill(cells, folds, final)
    return final, outer


def fit_layer(
    axes: Float,
    cells: Cells,
    penalties: NDArray[np.float64],
    *,
    threads: int,
    tolerance: float = TOLERANCE,
) -> FinalLayer:
    """Fit every task that has labels of two classes, at penalties that are given."""
    outputs, width = cells.outputs, axes.shape[1] + 1
    counts = cells.class_counts(np.ones(len(axes), dtype=bool))
    layer = FinalLayer.constant(counts, outputs, width=width)

    def work(tasks: NDArray[np.int64], spare: int) -> None:
        rows, logits = cells.rows(tasks), _logits(outputs, tasks)
        start = np.zeros((len(tasks), logits, width))
        found = _solve(
            _gathered(axes, rows), rows, penalties[tasks], start, logits, spare, tolerance
        )
        layer.put(tasks, found, penalties[tasks], outputs)

    _each(work, _groups(cells, counts, heads=1), threads)
    return layer


def _groups(cells: Cells, counts: NDArray[np.float64], *, heads: int) -> list[NDArray[np.int64]]:
    sizes = np.array(cells.outputs.sizes)
    logits = np.where(sizes == 2, 1, sizes) * solvable(counts, cells.outputs)
    return batches(cells.trained, logits, heads=heads)


def _each(
    work: Callable[[NDArray[np.int64], int], None],
    groups: list[NDArray[np.int64]],
    threads: int,
) -> None:
    """Work on all batches; few of them have the threads inside, many one each."""
    if threads == 1 or len(groups) < 2 * threads:
        for tasks in groups:
            work(tasks, threads)
        return
    with ThreadPoolExecutor(threads) as executor:
        for done in [executor.submit(work, tasks, 1) for tasks in groups]:
            done.result()


def _solve(
    axes: Float,
    rows: Rows,
    penalties: Float,
    start: Float,
    logits: int,
    threads: int,
    tolerance: float = TOLERANCE,
) -> Minimum:
    """The final heads of a batch."""
    weights = np.ascontiguousarray(rows.weights.T)
    problems = Problems(
        targets=rows.targets,
        task=np.arange(len(rows.tasks)),
        weights=weights / weights.sum(axis=1, keepdims=True),
        penalties=np.asarray(penalties, dtype=np.float64),
        outputs=logits,
    )
    return minimize(axes, problems, start=start, tolerance=tolerance, threads=threads)


def _gathered(axes: Float, rows: Rows) -> Float:
    """The rows' coordinates; without a copy where they are all examples in their order."""
    if len(rows.examples) == len(axes) and (np.diff(rows.examples) == 1).all():
        return axes
    return axes[rows.examples]


def _logits(outputs: Outputs, tasks: NDArray[np.int64]) -> int:
    size = outputs.sizes[int(tasks[0])]
    return 1 if size == 2 else size


class _Progress:
    """One share of what is done, from batches that run at the same time."""

    def __init__(self, tell: Callable[[float], None] | None) -> None:
        self.total = 1
        self._tell = tell
        self._done = 0.0
        self._lock = Lock()

    def of(self, tasks: int) -> Callable[[float], None]:
        """What a batch of so many tasks tells its share to."""
        last = 0.0

        def more(share: float) -> None:
            nonlocal last
            with self._lock:
                self._done += (share - last) * tasks / self.total
                last = share
                if self._tell is not None:
                    self._tell(min(self._done, 1.0))

        return more

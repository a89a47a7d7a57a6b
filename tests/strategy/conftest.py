"""A network without arithmetic, and candidates whose true log loss is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.backbones import Backbone, Form, PhotoPreprocessing, Stage
from headstart.strategy import Candidate, rungs_of


def _stage(name: str, *, weights: bool = True) -> Stage:
    tensors = (f"{name}.weight", f"{name}.running_mean") if weights else ()
    return Stage(name, tensors, {"features": (2, 1, 1)}, 10, tensors[:1])


@pytest.fixture
def network() -> Callable[..., Backbone]:
    """A backbone of named stages; those with a ``-`` before the name have no weights."""

    def make(*names: str) -> Backbone:
        stages = tuple(_stage(name.lstrip("-"), weights=name[0] != "-") for name in names)
        return Backbone(
            name="toy",
            architecture="toy",
            origin="made up",
            input_kind="photo",
            preprocessing=PhotoPreprocessing(8, 8, (0.5,) * 3, (0.5,) * 3),
            stages=stages,
            weights={name: np.ones(3) for stage in stages for name in stage.tensors},
            form=cast("Form", None),
        )

    return make


@pytest.fixture
def backbone(network: Callable[..., Backbone]) -> Backbone:
    return network("stem", "a", "b", "c", "conv", "-pool")


class World:
    """Held-out predictions for two classes with given log losses.

    Args:
        random: draws everything.
        examples: how many.
        repeats: of the cross-validation.
        folds: of it.
    """

    def __init__(
        self, random: np.random.Generator, *, examples: int = 200, repeats: int = 1, folds: int = 5
    ) -> None:
        self.random = random
        self.targets = np.asarray(random.integers(0, 2, examples), dtype=np.int64)
        dealt = np.arange(examples) % folds
        self.folds = np.stack([random.permutation(dealt) for _ in range(repeats)]).astype(np.int64)
        self.units = np.arange(examples)

    def losses(self, means: Sequence[float], *, alike: float = 0.7) -> NDArray[np.float64]:
        """Losses around means; `alike` is the correlation. ``(candidates, repeats, examples)``."""
        examples = len(self.targets)
        shared = self.random.exponential(size=(1, 1, examples)) - 1
        own = self.random.exponential(size=(len(means), len(self.folds), examples)) - 1
        spread = np.sqrt(alike) * shared + np.sqrt(1 - alike) * own
        # No loss is below 0: the means are far enough above their spread.
        return np.asarray(np.array(means)[:, None, None] + 0.3 * spread)

    def probabilities(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        right = np.exp(-losses)
        of_one = np.where(self.targets == 1, right, 1 - right)
        return np.stack([1 - of_one, of_one], axis=-1)

    def candidates(self, backbone: Backbone, losses: NDArray[np.float64]) -> list[Candidate]:
        """Head, 1, 2, ... with these losses."""
        rungs = rungs_of(backbone)
        return [
            Candidate(rungs[place], self.probabilities(row), 1.0 + place, 10 ** (place + 1), place)
            for place, row in enumerate(losses)
        ]

    @property
    def arguments(self) -> dict[str, Any]:
        return {"targets": self.targets, "folds": self.folds, "units": self.units, "question": 2}


@pytest.fixture
def make_world() -> Callable[..., World]:
    return World

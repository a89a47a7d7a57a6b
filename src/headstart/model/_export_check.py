"""Whether an exported network is the model: it is run on noise beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headstart.activations import choose_engine, engine_maker
from headstart.backbones import FEATURES
from headstart.errors import ModelError
from headstart.model._export_input import trial_inputs

if TYPE_CHECKING:
    from headstart.model._model import Model

Run = Callable[[NDArray[Any]], NDArray[np.floating[Any]]]
"""Photos, uint8 ``(batch, size, size, 3)``, or vectors, float32 ``(batch, width)``, to
probabilities ``(batch, outputs)``."""

TOLERANCE = 1e-3
"""So far an exported network's probabilities may be from the model's own at float32. Rounding in
another order moves them by about 1e-6; what is wrong (a padding, a channel order) moves them by
far more."""


def compared(model: Model, run: Run, batch: int | None) -> float:
    """Largest difference of a probability from the model's own on a processor at float32.

    Args:
        model: the model.
        run: the exported network.
        batch: how many examples it takes at once; ``None``: one and two are tried.

    Raises:
        ModelError: it is not the model, or cannot be run.
    """
    inputs = trial_inputs(model)
    expected = _expected(model, inputs)
    try:
        found = np.concatenate([run(inputs[row : row + 1]) for row in range(len(inputs))])
        together = found if batch == 1 else run(inputs)
    except RuntimeError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"the exported network cannot be run ({reason}); try another format"
        ) from error
    difference = max(_largest(each, expected) for each in (found, together))
    if not difference <= TOLERANCE:  # NaN too
        raise ModelError(
            f"the exported network gives other probabilities than the model (by {difference:.2g} "
            f"on a test input, where {TOLERANCE} is allowed); try another format"
        )
    return difference


def _expected(model: Model, inputs: NDArray[Any]) -> NDArray[np.float64]:
    if model.backbone.input_kind == "vector":
        return model.probabilities(inputs)
    # Not `predict`: it rounds features to 16 bits, as they are stored.
    cut = model.backbone.last_cut
    info = choose_engine(precision="f32", device="cpu", threads=model.engine.threads)
    found = dict(engine_maker(model.backbone, (cut,), info)().map(enumerate(inputs)))
    features = np.stack([found[row][cut][FEATURES] for row in range(len(inputs))])
    return model.probabilities(features)


def _largest(found: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(np.abs(found - expected).max()) if found.shape == expected.shape else np.inf

"""Intervals of a held-out part hold the truth; benchmarks/interval_coverage.py shows the rest."""

import numpy as np
import pytest

from headstart.evaluation import task_figures

DRAWS = 300


@pytest.mark.parametrize("size", [1, 3])
def test_held_out_intervals_hold_the_truth(size: int) -> None:
    """Logistic truth, predictions a little overconfident; examples of one unit are copies."""
    random = np.random.default_rng(0)

    def draw(units: int) -> tuple[np.ndarray, np.ndarray]:
        logits = random.normal(scale=2.0, size=units)
        targets = (random.random(units) < 1 / (1 + np.exp(-logits))).astype(np.int64)
        of_one = 1 / (1 + np.exp(-1.3 * logits))
        return targets, np.stack([1 - of_one, of_one], axis=1)[None]

    names = ["no", "yes"]
    truth = task_figures(*draw(50_000), classes=names, design="test")
    held = dict.fromkeys(("accuracy", "balanced_accuracy", "log_loss", "auroc"), 0)
    for _ in range(DRAWS):
        targets, probabilities = draw(80)
        figures = task_figures(
            np.repeat(targets, size),
            np.repeat(probabilities, size, axis=1),
            classes=names,
            design="test",
            units=np.repeat(np.arange(80), size),
        )
        for name in held:
            figure, true = getattr(figures, name), getattr(truth, name).value
            held[name] += figure.low <= true <= figure.high
    # Three standard errors of 300 draws around 95 %.
    for name, count in held.items():
        assert 0.91 * DRAWS <= count <= 0.99 * DRAWS, name

"""Several candidates at once say the same as two by two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.errors import SettingError
from headstart.evaluation import headline, paired_comparison, several_losses, task_figures

EXAMPLES, CLASSES = 60, 3


def predictions(random: np.random.Generator, count: int, *, repeats: int = 2) -> list[Any]:
    given = random.dirichlet(np.ones(CLASSES), size=(count, repeats, EXAMPLES))
    given[:, :, 5] = np.nan  # was never held out
    return list(given)


@pytest.fixture
def targets(random: np.random.Generator) -> NDArray[np.int64]:
    found = np.asarray(random.integers(0, CLASSES, EXAMPLES), dtype=np.int64)
    found[7] = -1
    return found


@pytest.mark.parametrize("grouped", [False, True])
def test_they_agree_with_pairs(
    random: np.random.Generator, targets: NDArray[np.int64], grouped: bool
) -> None:
    given = predictions(random, 3)
    design: dict[str, Any] = {
        "classes": CLASSES,
        "design": "cross-validation",
        "folds": 5,
        "units": np.arange(EXAMPLES) // 3 if grouped else None,
    }
    losses = several_losses(targets, given, **design)
    assert losses.examples == EXAMPLES - 2
    for place, one in enumerate(given):
        pair = paired_comparison(targets, one, given[1], **design)
        assert losses.difference(place, 1) == pair
        assert losses.difference_errors(1)[place] == pytest.approx(pair.standard_error)
        assert losses.means[place] == pytest.approx(headline(targets, one, **design).log_loss.value)


def test_keeping_some_is_giving_only_those(
    random: np.random.Generator, targets: NDArray[np.int64]
) -> None:
    given = predictions(random, 2)
    kept, units = random.random(EXAMPLES) < 0.5, np.arange(EXAMPLES) // 4
    design: dict[str, Any] = {"classes": CLASSES, "design": "cross-validation", "folds": 5}
    losses = several_losses(targets, given, units=units, **design).keep(kept)
    fewer = several_losses(
        targets[kept], [one[:, kept] for one in given], units=units[kept], **design
    )
    assert np.array_equal(losses.losses, fewer.losses)
    assert losses.difference(0, 1) == fewer.difference(0, 1)
    nothing = losses.keep(np.zeros(EXAMPLES, dtype=bool))
    assert nothing.difference(0, 1).figure.why == "no example with a known label was held out"


def test_one_unit_has_an_infinite_error(
    random: np.random.Generator, targets: NDArray[np.int64]
) -> None:
    given = predictions(random, 2, repeats=1)
    single = np.zeros(EXAMPLES, dtype=np.int64)
    losses = several_losses(targets, given, classes=CLASSES, design="test", units=single)
    assert np.isinf(losses.difference_errors(0)).all()
    assert np.isinf(losses.standard_errors).all()


def test_what_does_not_fit(random: np.random.Generator, targets: NDArray[np.int64]) -> None:
    one, two = predictions(random, 2, repeats=1)
    two[:, 5] = 1 / CLASSES
    two[:, 6] = np.nan  # as many, but others
    with pytest.raises(SettingError, match="or for other examples; expected the same"):
        several_losses(targets, [one, two], classes=CLASSES, design="test")
    with pytest.raises(SettingError, match="there is no candidate"):
        several_losses(targets, [], classes=CLASSES, design="test")


def test_the_headline_is_that_of_all_figures(
    random: np.random.Generator, targets: NDArray[np.int64]
) -> None:
    one = predictions(random, 1)[0]
    few = headline(targets, one, classes=CLASSES, design="cross-validation", folds=4)
    figures = task_figures(
        targets, one, classes=("a", "b", "c"), design="cross-validation", folds=4
    )
    assert few.log_loss == figures.log_loss
    assert few.accuracy == figures.accuracy

"""The forecast of what a cut costs."""

from __future__ import annotations

import pytest

from headstart.backbones import INPUT, Backbone, load_backbone
from headstart.errors import SettingError
from headstart.runs._cost import Cost, cost

MEASURED = {"blocks.6": 1000, "blocks.5": 340, "blocks.4": 85, "blocks.3": 45, "blocks.2": 38,
            INPUT: 18}  # fmt: skip
"""Photos a second of training what is behind a cut of the built-in network, on 2 cores."""


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone()


def of(backbone: Backbone, cut: str, **settings: object) -> Cost:
    return cost(backbone, cut, 1000, **{"threads": 2, **settings})  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", MEASURED)
def test_an_epoch_takes_about_what_was_measured(backbone: Backbone, cut: str) -> None:
    assert of(backbone, cut).epoch_seconds == pytest.approx(1000 / MEASURED[cut], rel=0.3)


def test_the_frozen_pass_takes_about_what_was_measured(backbone: Backbone) -> None:
    assert of(backbone, "pool").frozen_seconds == pytest.approx(11, rel=0.1)
    assert of(backbone, INPUT).frozen_seconds == pytest.approx(2.5)


def test_a_later_cut_freezes_more_and_trains_less(backbone: Backbone) -> None:
    costs = [of(backbone, cut) for cut in (INPUT, *(stage.name for stage in backbone.stages))]
    frozen = [each.frozen_seconds for each in costs]
    epochs = [each.epoch_seconds for each in costs]
    assert frozen == sorted(frozen)
    assert epochs == sorted(epochs, reverse=True)
    assert costs[-1].epoch_seconds == pytest.approx(0.05)


def test_what_it_grows_with(backbone: Backbone) -> None:
    once = of(backbone, "blocks.5")
    views = of(backbone, "blocks.5", views=4)
    assert views.frozen_seconds == pytest.approx(4 * once.frozen_seconds)
    assert views.stored_bytes == 4 * once.stored_bytes == 4 * 1000 * 2 * 192 * 7 * 7
    assert views.epoch_seconds == once.epoch_seconds
    alone = of(backbone, "blocks.5", threads=1)
    assert alone.frozen_seconds == pytest.approx(2 * once.frozen_seconds)
    lowered = of(backbone, "blocks.5", precision="bf16")
    assert lowered.frozen_seconds < once.frozen_seconds
    assert lowered.epoch_seconds < once.epoch_seconds
    assert of(backbone, "blocks.5", device="cuda").epoch_seconds < once.epoch_seconds
    assert of(backbone, INPUT).stored_bytes == 1000 * 224 * 224 * 3


def test_an_unknown_cut(backbone: Backbone) -> None:
    with pytest.raises(SettingError, match="no stage 'middle'"):
        of(backbone, "middle")

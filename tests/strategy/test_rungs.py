"""Rungs by name, by number, by stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headstart.backbones import INPUT, Backbone, load_backbone, vector_backbone
from headstart.errors import SettingError
from headstart.strategy import resolve, rungs_of

Network = Callable[..., Backbone]


def test_the_ladder_in_order_of_cost(backbone: Backbone) -> None:
    rungs = rungs_of(backbone)
    assert [rung.name for rung in rungs] == ["head", "1", "2", "3", "4", "all"]
    assert [rung.cut for rung in rungs] == ["pool", "c", "b", "a", "stem", INPUT]
    assert [len(rung.trainable) for rung in rungs] == [0, 1, 2, 3, 4, 5]
    assert rungs[2].trainable == {"conv", "c"}
    assert [str(rung) for rung in rungs[::2]] == [
        "head only",
        "2 of 5 stages retrained",
        "4 of 5 stages retrained",
    ]
    assert str(rungs[-1]) == "all stages retrained"


def test_the_built_in_network_has_nine() -> None:
    rungs = rungs_of(load_backbone())
    assert len(rungs) == 10
    assert rungs[1].cut == "blocks.6"
    assert str(rungs[3]) == "3 of 9 stages retrained"


def test_nothing_with_weights_before_is_the_input(network: Network) -> None:
    rungs = rungs_of(network("-scale", "stem", "-pool", "fc"))
    assert [rung.cut for rung in rungs] == ["fc", "pool", INPUT]


def test_one_stage_is_all(network: Network) -> None:
    rungs = rungs_of(network("only", "-pool"))
    assert [rung.name for rung in rungs] == ["head", "all"]
    assert str(rungs[1]) == "the one stage retrained"


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("head", "head"),
        (0, "head"),
        (2, "2"),
        ("2", "2"),
        (" All ", "all"),
        (5, "all"),
        ({"conv": True, "c": True}, "2"),
        ({"conv": False, "pool": False}, "head"),
        ({"b": True, "stem": True}, "stages:stem,b"),
        ({"stem": True, "a": True, "b": True, "c": True, "conv": True}, "all"),
    ],
)
def test_wishes(backbone: Backbone, wish: Any, name: str) -> None:
    assert resolve(backbone, wish, []).name == name


def test_stages_by_name(backbone: Backbone) -> None:
    middle = resolve(backbone, "auto", ["c", "a", "a"])
    assert middle.name == "stages:a,c"
    assert middle.cut == "stem"
    assert middle.trainable == {"a", "c"}
    assert str(middle) == "stages a, c of 5 retrained"
    assert resolve(backbone, "auto", ["conv", "c"]) == resolve(backbone, 2, [])
    assert resolve(backbone, "auto", "conv, c") == resolve(backbone, 2)  # one string is a list
    assert str(resolve(backbone, "auto", ["b"])) == "stage b of 5 retrained"


@pytest.mark.parametrize(
    ("wish", "stages", "message"),
    [
        ("auto", ["x", "a", "y"], r"toy has no stage 'x', 'y'; .* are stem, a, b, c, conv$"),
        ("auto", ["pool"], r"'pool' has no weights to retrain; .* stem, a"),
        ("auto", ["pool", "x"], r"no stage 'x'; 'pool' has no weights"),
        ("2", ["a"], r"retrain is '2' and train_stages names a; give one of the two"),
        ({"a": True}, ["a"], r"retrain is given for the stages a and train_stages names a"),
        ({"x": False}, [], r"toy has no stage 'x'"),
        ({"pool": True}, [], r"'pool' has no weights"),
        ({"a": 1}, [], r"retrain says 1 of stage 'a'; expected True"),
        (6, [], r"retrain is 6; expected head, a number of last stages from 1 to 5"),
        ("-1", [], r"retrain is '-1'; expected head"),
        ("two", [], r"retrain is 'two'; expected head"),
        (True, [], r"retrain is True; expected head"),
        (1.5, [], r"retrain is 1.5; expected head"),
        ("auto", [], r"retrain is 'auto'; expected head"),
    ],
)
def test_what_cannot_be(backbone: Backbone, wish: Any, stages: list[str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        resolve(backbone, wish, stages)


def test_new_hidden_layers(backbone: Backbone) -> None:
    rung = resolve(backbone, 2).with_hidden([256, 64])
    assert rung.name == "2"
    assert rung.key == "2+256,64"
    assert str(rung) == "2 of 5 stages retrained with new hidden layers of 256 and 64"
    assert str(resolve(backbone, 0).with_hidden((8,))) == "head only with new hidden layer of 8"


def test_without_a_network_new_layers_are_all_there_is() -> None:
    rung = rungs_of(vector_backbone(("a", "b")))[0]
    assert str(rung) == "head only"
    assert str(rung.with_hidden((16,))) == "new hidden layer of 16"
    assert str(rung.with_hidden((16, 8))) == "new hidden layers of 16 and 8"

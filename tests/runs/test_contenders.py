"""The names of what is to be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("timm")

from tests.runs.small import run, small_backbone

from headstart.errors import HeadstartError, SettingError
from headstart.runs import TrainSettings
from headstart.runs._contenders import Contender, contenders

RANDOM = "timm:test_resnet=random"


def read(*names: str, **settings: Any) -> list[Contender]:
    given = TrainSettings(**settings) if settings else TrainSettings(backbone=small_backbone())
    return contenders(
        names, given, architecture="timm:test_resnet", size=32, input_kind="photo"
    )  # fmt: skip


def test_depths_of_the_usual_network() -> None:
    found = read("head", "1", "2", "all")
    assert [one.name for one in found] == ["head", "1", "2", "all"]
    assert [sorted(one.rung.trainable) for one in found] == [
        [], ["top"], ["middle", "top"], ["middle", "stem", "top"],
    ]  # fmt: skip
    assert {one.source for one in found} == {""}
    assert not any(one.scratch for one in found)
    assert [str(one) for one in found[:2]] == ["small, head only", "small, 1 of 3 stages retrained"]


def test_scratch_is_all_of_another_network_of_its_own_size() -> None:
    found = read("scratch", "head")[0]
    assert found.scratch
    assert found.rung.name == "all"
    assert found.backbone.photos.size == 32
    assert str(found) == "timm:test_resnet from random weights"


def test_other_networks_and_how_much_of_them() -> None:
    found = read("head", RANDOM, f"{RANDOM}@2", "builtin@all", "builtin")
    assert [one.name for one in found][1:3] == [RANDOM, f"{RANDOM}@2"]
    assert [one.rung.name for one in found] == ["head", "head", "2", "all", "head"]
    assert [one.source for one in found] == ["", RANDOM, RANDOM, "builtin", "builtin"]
    assert found[1].backbone is found[2].backbone
    assert found[3].backbone.name == "efficientnet_lite0"
    assert str(found[2]) == f"{RANDOM}, 2 of 5 stages retrained"


def test_the_directory_of_a_model(data: Path, tmp_path: Path) -> None:
    backbone = small_backbone()
    run(data, tmp_path / "a@b", backbone=backbone, retrain="head", cache=tmp_path / "cache")
    found = read(str(tmp_path / "a@b"), "builtin")
    assert found[0].source == str(tmp_path / "a@b")
    assert found[0].rung.name == "head"
    assert found[0].backbone.fingerprint == backbone.fingerprint


def test_one_network_under_two_names_is_one_source() -> None:
    found = read("head", "builtin@2", seed=0)
    assert [one.source for one in found] == ["", ""]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "there is 0 to compare; give two or more with --with"),
        (("head",), "there is 1 to compare"),
        (("head", "1", "head"), "head is there twice; name each once"),
        (("scratch",), "there is 1 to compare"),
        (("head", "4"), "retrain is '4'; expected head, a number of last stages from 1 to 3"),
        (("head", "nosuch"), "no pretrained network is named 'nosuch'"),
        (("head", "timm:nosuch=random"), "no model named 'nosuch'"),
        (("head", "timm:test_resnet=missing.safetensors"), "there is no such weight file"),
        (("head", f"{RANDOM}@9"), "a number of last stages from 1 to 5"),
        (("head", "nosuch@2"), "no pretrained network is named 'nosuch'"),
    ],
)
def test_what_cannot_be_compared(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(HeadstartError) as raised:
        read(*names)
    assert words in str(raised.value)


def test_the_same_under_two_names_is_refused() -> None:
    words = "head and builtin are the same: efficientnet_lite0, head only; name it once"
    with pytest.raises(SettingError, match=words):
        read("head", "builtin", seed=0)


def test_speech_is_refused_for_photos_with_the_reason() -> None:
    with pytest.raises(SettingError) as raised:
        read("head", "speech_embedding")
    assert str(raised.value) == (
        "speech_embedding was trained on about 200 million clips of 2 seconds from YouTube, 5,000 "
        "keywords and reads sounds; the data holds photos. A network helps with the kind of input "
        "that it knows"
    )

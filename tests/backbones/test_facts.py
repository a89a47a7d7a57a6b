"""What a source was trained on: told by its name or the files beside it, or said to be unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headstart.backbones import TrainedOn, facts
from headstart.backbones._timm_tags import read_tag
from headstart.errors import BackboneError


def beside(folder: Path, recipe: dict[str, Any]) -> Path:
    """A weight file's name with a recipe beside it; the file itself is never opened."""
    (folder / "mine.json").write_text(json.dumps(recipe))
    return folder / "mine.safetensors"


def known(name: str, weights: str | Path | None = None) -> TrainedOn:
    found = facts(name, weights)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "what", "examples", "classes"),
    [
        ("efficientnet_lite0", "ImageNet-1k", 1_281_167, 1000),
        ("timm:resnet18.a1_in1k", "ImageNet-1k", 1_281_167, 1000),
        ("timm:vit_base.augreg_in21k_ft_in1k_384", "ImageNet-22k, then ImageNet-1k", 14_197_122,
         21_841),
        ("timm:convnext.fcmae_ft_in22k_in1k", "ImageNet-22k, then ImageNet-1k", 14_197_122, 21_841),
        ("timm:resnet50.sw_in12k_ft_in1k", "ImageNet-12k, then ImageNet-1k", 12_129_687, 11_821),
        ("timm:vit.lvd142m", "LVD-142M (no labels)", 142_000_000, None),
        ("timm:vit.mae", "ImageNet-1k (no labels)", 1_281_167, None),
    ],
)  # fmt: skip
def test_named_sources(name: str, what: str, examples: int, classes: int | None) -> None:
    found = known(name)
    assert (found.what, found.input_kind) == (what, "photo")
    assert (found.examples, found.classes) == (examples, classes)
    assert found.origin


@pytest.mark.parametrize(
    "tag", ["indomain_pt", "ns_jft_in1k", "fb_swsl_ig1b_ft_in1k", "webli", "miil_in21k", "seer", ""]
)
def test_a_size_that_is_not_known_is_not_guessed(tag: str) -> None:
    """Fine-tuned on ImageNet-1k last, or with a name that looks like it: that is not the size."""
    found = known(f"timm:some_network.{tag}" if tag else "timm:some_network")
    assert found.examples is None
    assert "known here" in found.origin or "does not say" in found.origin


def test_an_unknown_word_makes_the_tag_unknown() -> None:
    assert [each.name for each in read_tag("ra_in1k")] == ["ImageNet-1k"]
    assert read_tag("ra_moredata_in1k") == ()


def test_random_weights_were_trained_on_nothing() -> None:
    assert known("timm:resnet18", "random").examples == 0


def test_sound() -> None:
    assert known("speech_embedding").input_kind == "sound"


def test_what_is_no_source() -> None:
    assert facts("resnet18") is None


def test_the_recipe_beside_the_weights(tmp_path: Path) -> None:
    told = {"what": "24,000 leaves", "examples": 24_000, "origin": "our herbarium"}
    weights = beside(tmp_path, {"num_classes": 31, "trained_on": told})
    assert known("timm:resnet18", weights) == TrainedOn(
        "24,000 leaves", "photo", 24_000, 31, "our herbarium"
    )


def test_a_recipe_that_does_not_say(tmp_path: Path) -> None:
    found = known("timm:resnet18", beside(tmp_path, {"num_classes": 31}))
    assert (found.examples, found.classes) == (None, 31)
    assert "mine.json" in found.origin


def test_no_recipe_at_all(tmp_path: Path) -> None:
    assert known("timm:resnet18", tmp_path / "mine.safetensors").examples is None


def test_faults_of_the_recipe_are_all_named(tmp_path: Path) -> None:
    weights = beside(tmp_path, {"num_classes": -1, "trained_on": {"examples": "many"}})
    with pytest.raises(BackboneError, match=r"num_classes is -1.*'many'.*lacks 'what'"):
        facts("timm:resnet18", weights)


def test_there_and_back() -> None:
    for name in ("efficientnet_lite0", "timm:vit.webli"):
        found = known(name)
        assert TrainedOn.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from headstart.backbones import facts; facts('timm:resnet18.a1_in1k');"
        "print({'torch', 'timm', 'openvino'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"set()"

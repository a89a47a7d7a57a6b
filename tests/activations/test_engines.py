"""Which engine is chosen, and that all of them compute the same function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from headstart.activations import (
    Engine,
    EngineInfo,
    _hardware,
    _select,
    choose_engine,
    engine_maker,
)
from headstart.activations._openvino_engine import OpenVinoEngine
from headstart.backbones import Backbone, load_backbone
from headstart.errors import MissingExtraError, SettingError

CPU = EngineInfo("openvino", "any", "cpu", "f32", 2, "any")


@pytest.fixture(scope="module")
def network() -> Backbone:
    return load_backbone()


@pytest.fixture
def pixels(random: np.random.Generator) -> list[NDArray[np.uint8]]:
    smooth = random.integers(0, 256, (5, 7, 7, 3), dtype=np.uint8)
    return list(smooth.repeat(32, axis=1).repeat(32, axis=2))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says what this machine can do."""

    def make(*, bf16: bool = False, gpu: bool = False, torch: bool = True) -> None:
        monkeypatch.setattr(_select, "has_bf16", lambda: bf16)
        monkeypatch.setattr(_select, "has_gpu", lambda: gpu)
        monkeypatch.setattr(_select, "has_gpu_engine", lambda: gpu and torch)

    return make


Found = dict[str, dict[str, NDArray[np.float32]]]


def outputs(engine: Engine, photos: list[NDArray[np.uint8]]) -> Found:
    """Arrays at each cut, batch axis first."""
    found = dict(engine.map(enumerate(photos)))
    assert found.keys() == set(range(len(photos)))
    rows = [found[number] for number in range(len(photos))]
    return {
        cut: {name: np.stack([row[cut][name] for row in rows]) for name in rows[0][cut]}
        for cut in rows[0]
    }


def assert_same(first: Found, second: Found) -> None:
    """To the bit."""
    assert first.keys() == second.keys()
    for cut, arrays in first.items():
        assert arrays.keys() == second[cut].keys()
        for name, array in arrays.items():
            assert array.dtype == np.float32
            assert array.tobytes() == second[cut][name].tobytes()


def test_activations_depend_on_nothing_but_the_photo(
    network: Backbone, pixels: list[NDArray[np.uint8]]
) -> None:
    engine = OpenVinoEngine(network, ("pool",), CPU)
    together = outputs(engine, pixels)["pool"]["features"]
    alone = [outputs(engine, [photo])["pool"]["features"] for photo in pixels]
    assert together.tobytes() == np.concatenate(alone).tobytes()
    assert together.shape == (5, 1280)
    assert together.dtype == np.float32


def test_the_number_of_threads_changes_no_bit(
    network: Backbone, pixels: list[NDArray[np.uint8]]
) -> None:
    engines = [OpenVinoEngine(network, ("pool",), replace(CPU, threads=n)) for n in (1, 2)]
    assert_same(*(outputs(engine, pixels) for engine in engines))


PRECISIONS = pytest.mark.parametrize(
    "precision",
    [
        "f32",
        pytest.param(
            "bf16",
            marks=pytest.mark.skipif(
                not _hardware.has_bf16(), reason="needs a processor that computes in bfloat16"
            ),
        ),
    ],
)


@PRECISIONS
def test_several_cuts_equal_one_at_a_time_to_the_bit(
    network: Backbone, pixels: list[NDArray[np.uint8]], precision: Any
) -> None:
    cuts = ("blocks.2", "blocks.5", "conv_head", "pool")
    info = replace(CPU, precision=precision)
    together = outputs(OpenVinoEngine(network, cuts, info), pixels[:2])
    assert tuple(together) == cuts
    for cut in cuts:
        alone = outputs(OpenVinoEngine(network, (cut,), info), pixels[:2])
        assert_same(alone, {cut: together[cut]})
        assert together[cut]["features"].shape[1:] == network.output_shapes(cut)["features"]


def test_a_graph_for_each_cut_gives_what_one_for_all_gives(
    network: Backbone, pixels: list[NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32, where both can be had."""
    cuts = ("pool", "blocks.2")
    together = outputs(OpenVinoEngine(network, cuts, CPU), pixels)
    monkeypatch.setattr(EngineInfo, "one_pass", False)
    assert_same(outputs(OpenVinoEngine(network, cuts, CPU), pixels), together)


@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [("openvino", "f32", True), ("openvino", "bf16", False), ("torch", "bf16", True)],
)
def test_where_one_pass_serves_several_cuts(name: str, precision: Any, expected: bool) -> None:
    assert replace(CPU, name=name, precision=precision).one_pass is expected


def test_every_array_at_a_cut_is_given_out(backbone: Backbone) -> None:
    found = outputs(OpenVinoEngine(backbone, ("all/tokens", "pool"), CPU), tiny_photos(3))
    tokens = found["all/tokens"]
    assert {name: array.shape for name, array in tokens.items()} == {
        "features": (3, 64, 4),
        "mask": (3, 64),
    }
    assert 0 < tokens["mask"].mean() < 1
    valid = tokens["mask"][..., None]
    expected = (tokens["features"] * valid).sum(axis=1) / valid.sum(axis=1)
    np.testing.assert_allclose(found["pool"]["features"], expected, rtol=1e-5)


def tiny_photos(count: int) -> list[NDArray[np.uint8]]:
    return list(np.random.default_rng(1).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8))


def test_pytorch_gives_out_the_same_arrays_at_several_cuts(backbone: Backbone) -> None:
    pytest.importorskip("torch")
    from headstart.activations._torch_engine import BATCH, TorchEngine

    cuts, photos = ("conv", "all/tokens", "pool"), tiny_photos(BATCH + 6)
    ours = outputs(OpenVinoEngine(backbone, cuts, CPU), photos)
    info = replace(CPU, name="torch")
    theirs = outputs(TorchEngine(backbone, cuts, info), photos)
    assert theirs.keys() == ours.keys()
    for cut, arrays in ours.items():
        assert theirs[cut].keys() == arrays.keys()
        for name, array in arrays.items():
            assert theirs[cut][name].dtype == np.float32
            np.testing.assert_allclose(theirs[cut][name], array, atol=1e-5)
    for cut in cuts:  # a photo's activations do not depend on what came with it
        alone = outputs(TorchEngine(backbone, (cut,), info), photos[BATCH + 2 :])
        last = {name: array[BATCH + 2 :] for name, array in theirs[cut].items()}
        assert_same(alone, {cut: last})


def test_a_stage_that_begins_in_place_does_not_spoil_the_cut_before_it(backbone: Backbone) -> None:
    pytest.importorskip("torch")
    from headstart.activations._torch_engine import TorchEngine

    class Spoiling:
        def __init__(self, form: Any) -> None:
            self.form = form

        def torch_stages(self, backbone: Backbone) -> dict[str, Any]:
            stages: dict[str, Any] = self.form.torch_stages(backbone)
            stages["all/tokens"].register_forward_pre_hook(self.spoil)
            return stages

        def spoil(self, stage: Any, given: Any) -> None:
            given[0]["features"].zero_()

    info = replace(CPU, name="torch")
    spoilt = replace(backbone, form=Spoiling(backbone.form))  # type: ignore[arg-type]
    alone = outputs(TorchEngine(backbone, ("conv",), info), tiny_photos(2))
    found = outputs(TorchEngine(spoilt, ("conv", "pool"), info), tiny_photos(2))
    assert_same(alone, {"conv": found["conv"]})
    assert not found["pool"]["features"].any()


@pytest.mark.slow
def test_pytorch_agrees_with_openvino(network: Backbone, pixels: list[NDArray[np.uint8]]) -> None:
    pytest.importorskip("torch")
    from headstart.activations._torch_engine import TorchEngine

    cuts = ("blocks.3", "pool")
    ours = outputs(OpenVinoEngine(network, cuts, CPU), pixels[:2])
    theirs = outputs(TorchEngine(network, cuts, replace(CPU, name="torch")), pixels[:2])
    for cut in cuts:
        mine, other = ours[cut]["features"], theirs[cut]["features"]
        assert np.linalg.norm(mine - other) < 1e-3 * np.linalg.norm(mine)


def test_an_engine_is_made_for_its_name(backbone: Backbone) -> None:
    assert isinstance(engine_maker(backbone, ("conv",), CPU)(), OpenVinoEngine)


@pytest.mark.parametrize(
    ("bf16", "asked", "expected"),
    [(True, "auto", "bf16"), (False, "auto", "f32"), (True, "f32", "f32"), (True, "bf16", "bf16")],
)
def test_precision_on_a_processor(
    machine: Callable[..., None], bf16: bool, asked: str, expected: str
) -> None:
    machine(bf16=bf16)
    info = choose_engine(precision=asked)
    assert (info.name, info.device, info.precision) == ("openvino", "cpu", expected)
    assert info.threads >= 1


def test_bf16_where_the_processor_has_none(machine: Callable[..., None]) -> None:
    machine(bf16=False)
    with pytest.raises(SettingError, match="'bf16' needs a processor that computes in bfloat16"):
        choose_engine(precision="bf16")


def test_a_gpu_is_taken_where_there_is_one(machine: Callable[..., None]) -> None:
    pytest.importorskip("torch")
    machine(gpu=True)
    assert choose_engine().name == "torch"
    assert choose_engine().precision == "bf16"
    assert choose_engine(precision="f32", device="cuda").precision == "f32"
    assert choose_engine(device="cpu").name == "openvino"


def test_a_gpu_that_is_not_there(machine: Callable[..., None]) -> None:
    machine(gpu=False)
    with pytest.raises(SettingError, match="no NVIDIA GPU with its driver"):
        choose_engine(device="cuda")


def test_a_gpu_without_pytorch_names_the_extra(machine: Callable[..., None]) -> None:
    machine(gpu=True, torch=False)
    assert choose_engine().name == "openvino"
    with pytest.raises(MissingExtraError, match=r"pip install 'headstart\[train\]'"):
        choose_engine(device="cuda")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"precision": "f64"}, "precision 'f64' is none of auto, f32, bf16"),
        ({"device": "tpu"}, "device 'tpu' is none of auto, cpu, cuda"),
        ({"threads": 0}, "threads must be 1 or more, not 0"),
    ],
)
def test_settings_that_cannot_be(setting: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        choose_engine(**setting)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flags", "name", "bf16"),
    [
        ("flags : fpu avx2 avx512f avx512_bf16 amx_bf16", "amx_bf16", True),
        ("flags : fpu avx2 avx512f avx512_bf16", "avx512_bf16", True),
        ("flags : fpu avx2 avx512f", "avx512f", False),
        ("flags : fpu avx2", "avx2", False),
        ("Features : fp asimd", "", False),
    ],
)
def test_the_instruction_set_of_a_processor(
    monkeypatch: pytest.MonkeyPatch, flags: str, name: str, bf16: bool
) -> None:
    found = frozenset(flags.partition(":")[2].split())
    monkeypatch.setattr(_hardware, "_cpu_flags", lambda: found)
    assert _hardware.instruction_set.__wrapped__().endswith(f"-{name}" if name else "")
    assert _hardware.has_bf16.__wrapped__() is bf16

"""Which engine is chosen, and that all of them compute the same function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
def backbone() -> Backbone:
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


def outputs(engine: Engine, photos: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    found = dict(engine.map(enumerate(photos)))
    assert found.keys() == set(range(len(photos)))
    return np.stack([found[number] for number in range(len(photos))])


def test_activations_depend_on_nothing_but_the_photo(
    backbone: Backbone, pixels: list[NDArray[np.uint8]]
) -> None:
    engine = OpenVinoEngine(backbone, "features", CPU)
    together = outputs(engine, pixels)
    alone = np.concatenate([outputs(engine, [photo]) for photo in pixels])
    assert together.tobytes() == alone.tobytes()
    assert together.shape == (5, 1280)
    assert together.dtype == np.float32


def test_the_number_of_threads_changes_no_bit(
    backbone: Backbone, pixels: list[NDArray[np.uint8]]
) -> None:
    engines = [OpenVinoEngine(backbone, "features", replace(CPU, threads=n)) for n in (1, 2)]
    one, two = (outputs(engine, pixels) for engine in engines)
    assert one.tobytes() == two.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("cut", ["features", "blocks.3"])
def test_pytorch_agrees_with_openvino(
    backbone: Backbone, pixels: list[NDArray[np.uint8]], cut: str
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    from headstart.activations._torch_engine import BATCH, TorchEngine

    info = replace(CPU, name="torch")
    photos = pixels[:2]
    ours = outputs(OpenVinoEngine(backbone, cut, CPU), photos)
    theirs = outputs(TorchEngine(backbone, cut, info), photos)
    assert len(photos) < BATCH
    assert theirs.dtype == np.float32
    assert np.linalg.norm(ours - theirs) < 1e-3 * np.linalg.norm(ours)


@pytest.mark.slow
def test_more_photos_than_a_batch_of_pytorch(backbone: Backbone) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    from headstart.activations._torch_engine import TorchEngine

    engine = TorchEngine(backbone, "stem", replace(CPU, name="torch"))
    photos = [np.full((224, 224, 3), number, np.uint8) for number in range(70)]
    found = outputs(engine, photos)
    assert np.array_equal(outputs(engine, photos[66:67])[0], found[66])
    assert np.abs(np.diff(found, axis=0)).max(axis=(1, 2, 3)).all()


def test_an_engine_is_made_for_its_name(backbone: Backbone) -> None:
    assert isinstance(engine_maker(backbone, "stem", CPU)(), OpenVinoEngine)


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

"""A model in other runtimes is the same model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.cli.several import TASKS, model_of_tasks
from tests.model.runtimes import FORMATS, Run, needs, run_file

import headstart.model
from headstart import backbones
from headstart.activations import choose_engine
from headstart.backbones import Backbone, load_backbone, operators
from headstart.errors import MissingExtraError, ModelError, SettingError
from headstart.examples import Task
from headstart.heads import DenseHead, Layer
from headstart.media import load_photo
from headstart.model import (
    FORMAT,
    FORMAT_VERSION,
    Exported,
    Model,
    _export_openvino,
    export,
    load,
)

CLASSES = ("a <b> & 'c'", 'd "e"\n', "ü 🐝", "half \udc80")
"""Names that XML, JSON and UTF-8 have trouble with."""


def head(features: int, *hidden: int, spread: float) -> DenseHead:
    random = np.random.default_rng(0)
    widths = [features, *hidden, len(CLASSES)]
    layers = []
    for entering, leaving in pairwise(widths):
        weights = random.normal(0, spread / np.sqrt(entering), (leaving, entering))
        bias = random.normal(0, 0.3, leaving)
        layers.append(Layer(weights.astype(np.float32), bias.astype(np.float32)))
    return DenseHead(tuple(layers))


def model_of(
    backbone: Backbone, *hidden: int, retrained: tuple[str, ...] = (), spread: float = 2.0
) -> Model:
    """A model whose output layers have weights of a size that suits its features."""
    return Model(
        backbone=backbone,
        tasks=(Task("insect", "category", CLASSES),),
        head=head(backbone.stages[-1].output_shape[0], *hidden, spread=spread),
        engine=choose_engine(precision="f32", device="cpu", threads=2),
        description={"created": "2026-01-01T00:00:00+00:00"},
        retrained=retrained,
    )


def perturbed(backbone: Backbone, stages: Sequence[str]) -> Backbone:
    """As if the stages had been retrained, statistics and all."""
    random = np.random.default_rng(1)
    moved = {
        name: (backbone.weights[name] * random.uniform(0.8, 1.2, backbone.weights[name].shape))
        .astype(np.float32)
        for stage in backbone.stages
        if stage.name in stages
        for name in stage.tensors
    }  # fmt: skip
    return backbone.with_weights(moved)


def few_stages() -> Backbone:
    """Quick to export: what is left is stem and three stages."""
    return backbones.drop_stages(load_backbone(), 5)


def timm_network(name: str) -> Backbone:
    pytest.importorskip("timm")
    return load_backbone(f"timm:{name}", weights="random")


MODELS: dict[str, Callable[[], Model]] = {
    "head only": lambda: model_of(load_backbone()),
    "retrained": lambda: model_of(
        perturbed(load_backbone(), ["stem", "blocks.6", "conv_head"]),
        retrained=("stem", "blocks.6", "conv_head"),
    ),
    "hidden layers": lambda: model_of(load_backbone(), 32, 16),
    "dropped stages": lambda: model_of(
        perturbed(few_stages(), ["blocks.2"]), 16, retrained=("blocks.2",), spread=0.5
    ),
    "timm, convolutions": lambda: model_of(timm_network("test_efficientnet"), spread=20.0),
    "timm, transformer": lambda: model_of(timm_network("test_vit")),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Real photos, of several sizes and formats."""
    data = pytest.importorskip("skimage.data")
    from sklearn.datasets import load_sample_images

    folder = tmp_path_factory.mktemp("pictures")
    found = {
        "cat.jpg": data.chelsea(),
        "coffee.png": data.coffee(),
        "astronaut.jpg": data.astronaut(),
        "china.jpg": load_sample_images().images[0],
        "flower.png": load_sample_images().images[1],
    }
    for name, pixels in found.items():
        Image.fromarray(pixels).save(folder / name)
    return [folder / name for name in found]


def pixels_of(model: Model, files: Sequence[Path]) -> NDArray[np.uint8]:
    settings = model.backbone.photos
    return np.stack([
        load_photo(path.read_bytes(), path.name, resize=settings.resize, size=settings.size)
        for path in files
    ])  # fmt: skip


def predicted(model: Model, files: Sequence[Path]) -> NDArray[np.float64]:
    return np.array([list(found.probabilities.values()) for found in model.predict(files)])


def assert_agrees(run: Run, model: Model, files: Sequence[Path]) -> None:
    """The same probabilities, of however many photos at once."""
    photos, expected = pixels_of(model, files), predicted(model, files)
    assert np.ptp(expected, axis=0).max() > 0.01, "the photos are to be told apart"
    together = run(photos)
    assert together.dtype == np.float32
    assert together == pytest.approx(expected, abs=1e-3)
    assert run(photos[:1]) == pytest.approx(together[:1], abs=1e-5)
    assert run(photos[1:3]) == pytest.approx(together[1:3], abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "format_",
    ["openvino", pytest.param("torch", marks=pytest.mark.slow),
     pytest.param("onnx", marks=pytest.mark.slow)],
)  # fmt: skip
def test_every_runtime_agrees(
    name: str, format_: str, pictures: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    needs(format_)
    model = MODELS[name]()
    done = export(model, tmp_path / "out", format_)
    assert capfd.readouterr() == ("", "")
    assert sorted(tmp_path.iterdir()) == sorted(done.files)
    assert_is(done, model, pictures)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Model, Exported]]:
    """A small model in a format, exported once."""
    model = MODELS["dropped stages"]()

    @cache
    def make(format_: str) -> tuple[Model, Exported]:
        needs(format_)
        return model, export(model, tmp_path_factory.mktemp("small") / "it's", format_)

    return make


Small = Callable[[str], tuple[Model, Exported]]


@pytest.mark.parametrize("format_", ["torch", "onnx"])
def test_a_small_network_in_every_runtime(format_: str, pictures: list[Path], small: Small) -> None:
    model, done = small(format_)
    assert_is(done, model, pictures)


def assert_is(done: Exported, model: Model, pictures: list[Path]) -> None:
    """The model, and described in full."""
    assert done.batch is None
    assert done.difference < 1e-4
    run, described = run_file(done.files[0])
    assert_agrees(run, model, pictures)
    assert_described(described, model)


def assert_described(described: dict[str, Any], model: Model) -> None:
    settings = model.backbone.photos
    assert tuple(described["classes"]) == CLASSES
    assert described["tasks"] == [
        {"name": "insect", "kind": "category", "classes": list(CLASSES), "threshold": None}
    ]
    assert described["headstart"] == headstart.__version__
    assert described["created"] == "2026-01-01T00:00:00+00:00"
    assert described["input"]["shape"] == ["any number", settings.size, settings.size, 3]
    assert described["preprocessing"]["resize"] == settings.resize
    words = " ".join(described["preprocessing"]["steps"])
    for word in (str(settings.resize), f"{settings.size} x {settings.size}", "bicubic", "EXIF",
                 "antialiasing", "red, green, blue", "inside the network"):  # fmt: skip
        assert word in words
    assert described["backbone"]["retrained"] == list(model.retrained)
    assert described["backbone"]["fingerprint"] == model.backbone.fingerprint
    assert described["backbone"]["origin"]


@pytest.mark.parametrize("format_", FORMATS)
def test_several_tasks_in_every_runtime(format_: str, pictures: list[Path], tmp_path: Path) -> None:
    """A softmax within each task, whatever order tasks of 2, 3, 2 and 2 classes stand in."""
    needs(format_)
    model = model_of_tasks()
    done = export(model, tmp_path / "road", format_)
    run, described = run_file(done.files[0])
    found = run(pixels_of(model, pictures))
    expected = np.array([
        [chance for answer in one.answers.values() for chance in answer.probabilities.values()]
        for one in model.predict(pictures)
    ])  # fmt: skip
    assert np.ptp(expected, axis=0).max() > 0.01, "the photos are to be told apart"
    assert found == pytest.approx(expected, abs=1e-3)
    for place in range(len(TASKS)):
        assert found[:, model.outputs.columns(place)].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert described["classes"] == [
        "stop=no", "stop=yes", "light=green", "light=off", "light=red", "side=left", "side=right",
        "crossing=no", "crossing=yes",
    ]  # fmt: skip
    assert [task["name"] for task in described["tasks"]] == [task.name for task in TASKS]


@pytest.mark.parametrize("name", MODELS)
def test_as_a_pytorch_module(name: str, pictures: list[Path]) -> None:
    torch = pytest.importorskip("torch")
    model = MODELS[name]()
    network = model.to_torch()
    assert not any(module.training for module in network.modules())
    assert network.classes == CLASSES

    def run(photos: NDArray[np.uint8]) -> NDArray[Any]:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(photos)).numpy())

    assert_agrees(run, model, pictures)


def test_a_pytorch_module_can_be_trained_on() -> None:
    torch = pytest.importorskip("torch")
    model = MODELS["dropped stages"]()
    before = {name: array.tobytes() for name, array in model.backbone.weights.items()}
    network = model.to_torch()
    names = [name.replace(".", "_") for name in (stage.name for stage in model.backbone.stages)]
    assert [name for name, _ in network.stages.named_children()] == names
    assert network.stages.blocks_1 is network.stages["blocks_1"]
    assert {"mean", "std"} <= dict(network.named_buffers()).keys()
    size = model.backbone.photos.size
    photos = torch.arange(4 * size * size * 3).reshape(4, size, size, 3).to(torch.uint8)
    targets = torch.tensor([0, 1, 2, 3])
    optimiser = torch.optim.SGD(network.parameters(), 1e-3)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network.logits(photos), targets)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(each.grad is not None and each.grad.abs().max() > 0
               for each in network.parameters())  # fmt: skip
    assert {name: array.tobytes() for name, array in model.backbone.weights.items()} == before


@pytest.mark.parametrize("format_", FORMATS)
def test_the_snippet_runs_as_it_stands(
    format_: str,
    pictures: list[Path],
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, done = small(format_)
    monkeypatch.chdir(tmp_path)
    Path("new.jpg").write_bytes(pictures[0].read_bytes())
    shown: list[Any] = []
    exec(compile(done.snippet, "snippet", "exec"), {"print": shown.append})  # noqa: S102 - our own
    assert shown == [pytest.approx(model.predict(["new.jpg"])[0].probabilities, abs=2e-3)]


@dataclass(frozen=True)
class OnePhoto:
    """A network that has a batch of one written into it."""

    inner: Any

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        graph = self.inner.graph(backbone, cuts)
        node = graph.outputs[0].get_node().input_value(0)
        stiff = operators().reduce_mean(node, np.array([0]), keep_dims=True)
        name = graph.outputs[0].get_any_name()
        return backbones.finished_graph(graph.get_parameters()[0], {name: stiff}, "stiff")

    def torch_stages(self, backbone: Backbone) -> Any:
        stages = self.inner.torch_stages(backbone)
        width = backbone.stages[-1].output_shape[0]
        pool = list(stages.values())[-1]
        forward = pool.forward
        pool.forward = lambda arrays: {
            name: array.reshape(1, width) for name, array in forward(arrays).items()
        }
        return stages

    def describe(self) -> dict[str, Any]:
        return dict(self.inner.describe())


@pytest.mark.parametrize("format_", ["openvino", "torch"])
def test_a_network_that_takes_one_photo_at_a_time(
    format_: str, pictures: list[Path], tmp_path: Path
) -> None:
    needs(format_)
    backbone = few_stages()
    model = model_of(replace(backbone, form=OnePhoto(backbone.form)))
    done = export(model, tmp_path / "one", format_)
    assert done.batch == 1
    run, described = run_file(done.files[0])
    assert described["input"]["shape"][0] == described["output"]["shape"][0] == 1
    found = np.concatenate([run(photo[None]) for photo in pixels_of(model, pictures)])
    assert found == pytest.approx(predicted(model, pictures), abs=1e-3)


def test_what_is_not_the_model_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(few_stages())
    write = _export_openvino.write

    def wrong(*arguments: Any) -> Run:
        run = write(*arguments)
        return lambda photos: run(photos) + 0.01

    first = export(model, tmp_path / "out", "openvino")
    before = [path.read_bytes() for path in first.files]
    monkeypatch.setattr(_export_openvino, "write", wrong)
    with pytest.raises(ModelError, match=r"other probabilities than the model \(by 0.01"):
        export(model, tmp_path / "out", "openvino")
    assert [path.read_bytes() for path in first.files] == before
    assert sorted(tmp_path.iterdir()) == sorted(first.files)


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    model = model_of(few_stages())
    xml, weights = tmp_path / "net.v2.xml", tmp_path / "net.v2.bin"
    for place in (xml, weights):
        place.write_bytes(b"mine")
        with pytest.raises(SettingError, match=rf"{place.name}: exists and was not exported by"):
            export(model, tmp_path / "net.v2", "openvino")
        assert place.read_bytes() == b"mine"
        place.unlink()
    xml.write_bytes(b"")
    weights.symlink_to("nowhere")
    done = export(model, xml, "openvino", force=True)
    assert done.files == (xml, weights)
    assert done.bytes == xml.stat().st_size + weights.stat().st_size > 100_000
    again = export(replace(model, tasks=(Task("x", "category", tuple("wxyz")),)), xml, "openvino")
    assert run_file(again.files[0])[1]["classes"] == list("wxyz")


@pytest.mark.parametrize(
    ("place", "format_", "match"),
    [
        ("out.onnx", "openvino", "openvino is written to a file that ends in .xml"),
        ("out.bin", "openvino", "openvino is written to a file that ends in .xml"),
        ("out.xml", "torch", "torch is written to a file that ends in .pt2"),
        ("folder", "openvino", "folder.xml: is a directory"),
        (".", "openvino", "is a directory; give a file"),
        ("out", "tflite", "format 'tflite' is none of onnx, openvino, torch"),
    ],
)
def test_places_and_formats_that_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, format_: str, match: str
) -> None:
    needs(format_)
    monkeypatch.chdir(tmp_path)
    Path("folder.xml").mkdir()
    with pytest.raises(SettingError, match=match):
        export(model_of(few_stages()), place, format_)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match=r"out.xml: cannot be written \(.+\); choose another"):
        export(model_of(few_stages()), tmp_path / "file" / "out", "openvino")


@pytest.mark.parametrize(
    ("missing", "format_"), [("onnxscript", "onnx"), ("onnx", "onnx"), ("torch", "torch")]
)
def test_a_missing_extra_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, format_: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        MissingExtraError, match=r"exporting as .+ pip install 'headstart\[train\]'"
    ):
        export(model_of(few_stages()), tmp_path / "out", format_)
    assert not list(tmp_path.iterdir())


def test_no_pytorch_for_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "headstart.model._export_torch", raising=False)
    monkeypatch.delattr(headstart.model, "_export_torch", raising=False)
    with pytest.raises(MissingExtraError, match=r"a PyTorch module needs .+'headstart\[train\]'"):
        model_of(few_stages()).to_torch()


@pytest.mark.parametrize("format_", ["openvino", pytest.param("torch", marks=pytest.mark.slow)])
def test_a_network_of_timm_from_its_directory(
    format_: str, pictures: list[Path], tmp_path: Path
) -> None:
    model = MODELS["timm, transformer"]()
    described = {"format": FORMAT, "format_version": FORMAT_VERSION, **model.description}
    model = replace(
        model, tasks=(Task("insect", "category", tuple("abcd")),), description=described
    )
    model.save(tmp_path)
    done = export(load(tmp_path, precision="f32", device="cpu"), tmp_path / "out", format_)
    assert done.batch is None
    assert_agrees(run_file(done.files[0])[0], model, pictures)


def test_too_many_weights_for_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("onnx")
    monkeypatch.setattr("headstart.model._export._ONNX_BYTES", 1000)
    with pytest.raises(ModelError, match="GB of weights and an ONNX file holds less than 2"):
        export(model_of(few_stages()), tmp_path / "out", "onnx")


def test_openvino_needs_no_pytorch(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'timm', 'onnx', 'onnxscript', 'sklearn'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from headstart.activations import choose_engine\n"
        "from headstart.backbones import load_backbone\n"
        "from headstart.examples import Task\n"
        "from headstart.heads import DenseHead, Layer\n"
        "from headstart.model import Model, export\n"
        "head = DenseHead((Layer(np.ones((2, 1280), 'f'), np.zeros(2, 'f')),))\n"
        "engine = choose_engine(precision='f32', device='cpu')\n"
        "model = Model(load_backbone(), (Task('x', 'category', ('a', 'b')),), head, engine, {})\n"
        "print(*(path.name for path in export(model, sys.argv[1], 'openvino').files))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "out"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "out.xml out.bin\n", "")

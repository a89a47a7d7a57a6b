"""A model of feature vectors in other runtimes is the same model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cli.several import TASKS, vector_model
from tests.model.runtimes import needs, run_file

from headstart.errors import ModelError
from headstart.examples import Task, VectorSource
from headstart.heads import DenseHead, Layer
from headstart.model import Model, export, load

NAMES = ("mass", 'a "b", c', "ü")
RANGES = np.array([[1e4, 300.0], [-2.0, 0.1], [0.0, 1.0]])
"""Mean and deviation of each number: no two on one scale."""

ONE = (Task("insect", "category", ("ant", "bee", "wasp")),)


def fitted(tasks: Sequence[Task], *hidden: int) -> Model:
    """Layers with weights of a size that suits numbers of these ranges, as training leaves them."""
    model = vector_model(NAMES, tasks)
    random = np.random.default_rng(1)
    layers = []
    for number, (entering, leaving) in enumerate(pairwise([3, *hidden, len(model.outputs)])):
        weights, bias = random.normal(0, 1.5, (leaving, entering)), random.normal(0, 0.3, leaving)
        if not number:
            weights /= RANGES[:, 1]
            bias -= weights @ RANGES[:, 0]
        layers.append(Layer(weights.astype(np.float32), bias.astype(np.float32)))
    return replace(model, head=DenseHead(tuple(layers)), thresholds={"stop": 0.3})


MODELS: dict[str, Callable[[], Model]] = {
    "one task": lambda: replace(fitted(ONE), thresholds={}),
    "several tasks": lambda: fitted(TASKS),
    "hidden layers": lambda: fitted(TASKS, 16, 8),
}


def vectors(count: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(2).normal(size=(count, 3))
    return (RANGES[:, 0] + RANGES[:, 1] * noise).astype(np.float32)


def predicted(model: Model, given: NDArray[np.float32]) -> NDArray[np.float64]:
    found = model.predict([VectorSource(vector, "") for vector in given])
    return np.array([
        [chance for answer in one.answers.values() for chance in answer.probabilities.values()]
        for one in found
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "format_"),
    [*((name, "openvino") for name in MODELS), ("hidden layers", "torch"),
     ("hidden layers", "onnx"),
     *(pytest.param(name, format_, marks=pytest.mark.slow)
       for name in ("one task", "several tasks") for format_ in ("torch", "onnx"))],
)  # fmt: skip
def test_every_runtime_agrees(
    name: str, format_: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    needs(format_)
    (tmp_path / "model").mkdir()
    MODELS[name]().save(tmp_path / "model")
    model = load(tmp_path / "model", device="cpu", precision="f32")
    done = export(model, tmp_path / "out", format_)
    assert capfd.readouterr() == ("", "")
    assert done.batch is None
    assert done.difference < 1e-4
    run, described = run_file(done.files[0])
    given = vectors(20)
    expected = predicted(model, given)
    assert np.ptp(expected, axis=0).min() > 0.1, "the vectors are to be told apart"
    together = run(given)
    assert together.dtype == np.float32
    assert together == pytest.approx(expected, abs=1e-3)
    assert run(given[:1]) == pytest.approx(together[:1], abs=1e-5)
    for place in range(len(model.tasks)):
        assert together[:, model.outputs.columns(place)].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert_described(described, model)


@pytest.mark.parametrize("name", MODELS)
def test_as_a_pytorch_module(name: str) -> None:
    torch = pytest.importorskip("torch")
    model = MODELS[name]()
    network = model.to_torch()
    given = vectors(20)
    with torch.inference_mode():
        found = network(torch.from_numpy(given)).numpy()
    assert found == pytest.approx(predicted(model, given), abs=1e-3)
    assert network.names == NAMES
    assert len(network.classes) == len(model.outputs)
    network.logits(torch.from_numpy(given)).square().sum().backward()
    assert all(each.grad.abs().max() > 0 for each in network.parameters())


def assert_described(described: dict[str, Any], model: Model) -> None:
    assert described["input"] == {
        "name": "vector", "dtype": "float32", "shape": ["any number", 3]
    }  # fmt: skip
    assert described["output"]["shape"] == ["any number", len(model.outputs)]
    assert len(described["classes"]) == len(model.outputs)
    assert [task["threshold"] for task in described["tasks"]] == [
        model.thresholds.get(task.name) for task in model.tasks
    ]
    assert described["preprocessing"]["names"] == list(NAMES)
    words = " ".join(described["preprocessing"]["steps"])
    assert "3 numbers in the order of `names`, float32" in words
    assert "where training centred or scaled them" in words
    assert described["backbone"]["name"] == "feature vectors"
    shapes = [list(layer.weights.shape) for layer in model.head.layers]
    assert described["head"]["layers"] == shapes


@pytest.mark.parametrize(
    ("format_", "named"),
    [("openvino", True), ("openvino", False), ("torch", False), ("onnx", True)],
)
def test_the_snippet_runs_as_it_stands(
    format_: str, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(format_)
    monkeypatch.chdir(tmp_path)
    model, (one,) = fitted(ONE), vectors(1)
    if named:
        text = '"a ""b"", c",mass,other,ü\n' + f"{one[1]},{one[0]},word,{one[2]}\n"
        Path("new.csv").write_text(text, "utf-8")
    else:
        model = replace(model, backbone=vector_model(("0", "1", "2"), ONE).backbone)
        np.save("new.npy", one[None].astype(np.float64))
    done = export(model, "it's", format_)
    shown: list[Any] = []
    exec(compile(done.snippet, "snippet", "exec"), {"print": shown.append})  # noqa: S102 - our own
    expected = dict(zip(ONE[0].classes, predicted(model, one[None])[0], strict=True))
    assert shown == [pytest.approx(expected, abs=1e-3)]


@pytest.mark.parametrize("hidden", [(), (16,)], ids=["head only", "hidden layer"])
def test_what_is_not_the_model_is_not_written(
    hidden: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial vectors lie where the model's answers change, whatever the numbers' ranges."""
    from headstart.model import _export_openvino

    model = fitted(TASKS, *hidden)
    write = _export_openvino.write

    def of_another(_: Model, *arguments: Any) -> Any:
        first, *others = model.head.layers
        swapped = Layer(first.weights[:, [0, 2, 1]], first.bias)
        return write(replace(model, head=DenseHead((swapped, *others))), *arguments)

    monkeypatch.setattr(_export_openvino, "write", of_another)
    with pytest.raises(ModelError, match="other probabilities than the model"):
        export(model, tmp_path / "out", "openvino")
    assert not list(tmp_path.iterdir())

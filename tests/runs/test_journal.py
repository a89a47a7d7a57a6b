"""What is finished stays finished: a run that was killed goes on where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.runs.small import run, saved, small_backbone

import headstart.training
from headstart.errors import StoreError
from headstart.runs import Event, Progress, _fits
from headstart.runs._journal import FOLDER, Journal

KEY = Journal.key({"a": 1})


class Killed(BaseException):
    """Nothing in the product knows it."""


def kill_in(step: str, done: float) -> Any:
    def on_event(event: Event) -> None:
        if isinstance(event, Progress) and event.step == step and event.done >= done:
            raise Killed

    return on_event


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int | str]:
    """What each fit that is made was to keep: "best" of a fold, or epochs of the model."""
    made: list[int | str] = []
    fine_tune = headstart.training.fine_tune

    def counted(*arguments: Any, **settings: Any) -> Any:
        made.append(settings["keep"])
        return fine_tune(*arguments, **settings)

    monkeypatch.setattr(headstart.training, "fine_tune", counted)
    return made


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The model and the figures of a run that nothing happened to."""
    root = tmp_path_factory.mktemp("unbroken")
    found = run(data, root / "m", cache=root / "c", **lengthy())
    return root / "m", found.metrics


def lengthy() -> dict[str, Any]:
    return {
        "backbone": small_backbone(colour_blind=True), "retrain": 2, "dropout": 0.2, "epochs": 6,
        "learning_rate": 0.01,
    }  # fmt: skip


STEPS = [("Retrain 2", 0.2, 0), ("Retrain 2", 1.7, 1), ("Retrain 2", 3.0, 2),
         ("Retrain the model", 0.5, 3)]  # fmt: skip
"""When it is killed: in each of the three folds, and in the fit on everything."""


@pytest.mark.parametrize(("step", "done", "finished"), STEPS)
def test_killed_and_started_again(
    data: Path,
    tmp_path: Path,
    fits: list[int | str],
    unbroken: tuple[Path, dict[str, Any]],
    step: str,
    done: float,
    finished: int,
) -> None:
    """The same bytes as if nothing had been, and no fold is fitted twice."""
    model, metrics = unbroken
    again = tmp_path / "again"
    with pytest.raises(Killed, match=r"^$"):
        run(data, again, cache=tmp_path / "c", on_event=kill_in(step, done), **lengthy())
    assert not again.exists()
    left = [path.suffix for path in (tmp_path / "c" / FOLDER).iterdir()]
    assert left.count(".safetensors") == finished
    fits.clear()
    found = run(data, again, cache=tmp_path / "c", **lengthy())
    assert len(fits) == 4 - finished
    assert saved(again) == saved(model)
    assert (again / "predictions.csv").read_bytes() == (model / "predictions.csv").read_bytes()
    for part in ("plan", "tasks"):
        assert undated(found.metrics[part]) == undated(metrics[part])
    kept = [path.suffix for path in (tmp_path / "c" / FOLDER).iterdir()]
    assert kept == [".safetensors"] * 4, "checkpoints of finished fits are removed"


def undated(value: Any) -> Any:
    """Without how long anything took."""
    if isinstance(value, dict):
        return {key: undated(each) for key, each in value.items() if key != "seconds"}
    return [undated(each) for each in value] if isinstance(value, list) else value


def test_an_interrupted_fold_goes_on_from_its_checkpoint(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only is the result the same: the epochs that ended are not run again."""
    changes: dict[str, Any] = {"epochs": 6, "retrain": 1}
    with pytest.raises(Killed, match=r"^$"):
        run(data, cache=tmp_path, on_event=kill_in("Retrain 1", 0.7), **changes)
    assert len(list((tmp_path / FOLDER).glob("*.checkpoint"))) == 1
    seen: list[float] = []

    def watch(event: Event) -> None:
        if isinstance(event, Progress) and event.step == "Retrain 1" and event.done <= 1:
            seen.append(event.done)

    run(data, cache=tmp_path, on_event=watch, **changes)
    assert min(seen) > 1 / 6, "at least the first epoch was not run again"
    assert max(seen) == pytest.approx(1)


def test_the_same_run_again_fits_nothing(data: Path, tmp_path: Path, fits: list[int | str]) -> None:
    first = run(data, tmp_path / "a", cache=tmp_path / "c", retrain=1)
    assert fits == ["best"] * 3 + [first.metrics["plan"]["epochs"]]
    fits.clear()
    run(data, tmp_path / "b", cache=tmp_path / "c", retrain=1)
    assert fits == []
    assert saved(tmp_path / "a") == saved(tmp_path / "b")


def test_what_was_fitted_earlier_took_as_long_as_it_took_then(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = _fits._noted
    with monkeypatch.context() as patch:
        patch.setattr(_fits, "_noted", lambda *given: {**noted(*given), "seconds": np.array(1e3)})
        run(data, cache=tmp_path, retrain=1)
    again = run(data, cache=tmp_path, retrain=1)
    assert again.metrics["plan"]["candidates"][1]["seconds"] == 3000, "three folds"


def test_whatever_could_change_a_fit_makes_it_another(
    data: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two networks that differ behind the cut in what is 0 after the ReLU anyway.
    came = small_backbone()
    silent = []
    for shift in (100, 200):
        bias = came.weights["top.1.bias"].copy()
        bias[0] = -shift
        silent.append(came.with_weights({"top.1.bias": bias}))
    files = sorted(data.rglob("*.png"))[3:]
    table = "\n".join(["file,label", *(f"{path},{path.parent.name}" for path in files)])
    (tmp_path / "fewer.csv").write_text(table)
    others: list[dict[str, Any]] = [
        {"learning_rate": 2e-3}, {"epochs": 3}, {"seed": 1}, {"dropout": 0.1}, {"views": 2},
        {"statistics": "learned"}, {"head_init": "random"}, {"hidden": (4,)}, {"max_cache": 0.0},
        {"backbone": silent[0]}, {"backbone": silent[1]}, {"data": tmp_path / "fewer.csv"},
        {"data": tmp_path / "fewer.csv", "class_weight": "balanced"}, {"retrain": 2},
    ]  # fmt: skip
    keys: list[str] = []

    def stop(_: Journal, key: str) -> None:
        keys.append(key)
        raise Killed

    monkeypatch.setattr(Journal, "read", stop)
    for changes in [{}, {}, *others]:
        given = {"retrain": 1, "cache": cache, **changes}
        with pytest.raises(Killed, match=r"^$"):
            run(given.pop("data", data), **given)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 1 + len(others)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.read(KEY) is None
    arrays = {"a": np.arange(6.0).reshape(2, 3)[:, ::2], "b": np.array([1, 2], np.int64)}
    journal.write(KEY, arrays)
    found = journal.read(KEY)
    assert found is not None
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
    assert journal.read(Journal.key({"a": 2})) is None
    journal.write(KEY, {"c": np.zeros(1)})
    again = journal.read(KEY)
    assert again is not None
    assert again.keys() == {"c"}
    assert [path.suffix for path in (tmp_path / FOLDER).iterdir()] == [".safetensors"]


@pytest.mark.parametrize("keep", [0, 10, 31, 32, -1])
def test_a_file_cut_short_is_not_there(tmp_path: Path, keep: int) -> None:
    journal = Journal(tmp_path)
    journal.write(KEY, {"a": np.arange(100.0)})
    (path,) = (tmp_path / FOLDER).iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    assert journal.read(KEY) is None


@pytest.mark.parametrize("at", [0, 0.3, 0.9, -1])
def test_a_changed_byte_is_seen(tmp_path: Path, at: float) -> None:
    journal = Journal(tmp_path)
    journal.write(KEY, {"a": np.arange(100.0)})
    (path,) = (tmp_path / FOLDER).iterdir()
    data = bytearray(path.read_bytes())
    data[-1 if at < 0 else int(at * len(data))] ^= 1
    path.write_bytes(data)
    assert journal.read(KEY) is None


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    journal = Journal(tmp_path)
    assert journal.read(KEY) is None
    for use in (lambda: journal.write(KEY, {"a": np.zeros(1)}), lambda: journal.checkpoint(KEY)):
        with pytest.raises(StoreError, match=r"cannot be noted .* choose another place with --"):
            use()


def test_keys_do_not_depend_on_the_order(tmp_path: Path) -> None:
    assert Journal.key({"a": 1, "b": [2]}) == Journal.key({"b": [2], "a": 1})
    assert Journal.key({"a": 1}) != Journal.key({"a": 1.5})
    assert Journal.key({"a": None}) != Journal.key({})


def test_pruning_deletes_what_is_old_enough(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.size() == (0, 0)
    for key in ("a" * 64, "b" * 64):
        journal.write(key, {"x": np.zeros(4)})
    files, size = journal.size()
    assert files == 2
    assert journal.prune(unused_seconds=3600) == (0, 0)
    assert journal.prune() == (2, size)
    assert journal.read("a" * 64) is None

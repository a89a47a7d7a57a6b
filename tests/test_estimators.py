"""The scikit-learn face: any kind of photos in, labels back as what they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.utils import get_tags

from headstart import TransferClassifier
from headstart.activations import ActivationStore
from headstart.errors import DataError, SettingError, UnreadableFileError
from headstart.model import Model


@pytest.fixture
def files(photos: Path) -> list[str]:
    return [str(path) for path in sorted(photos.rglob("*.png"))]


@pytest.fixture
def labels(files: list[str]) -> list[str]:
    return [Path(file).parent.name for file in files]


def images(files: list[str]) -> list[Image.Image]:
    return [Image.open(file).copy() for file in files]


def array(files: list[str]) -> NDArray[np.uint8]:
    return np.stack([np.asarray(image) for image in images(files)])


def pandas_frame(files: list[str]) -> Any:
    return pytest.importorskip("pandas").DataFrame({"file": files, "other": 1})


def polars_frame(files: list[str]) -> Any:
    return pytest.importorskip("polars").DataFrame({"image": files, "other": 1})


def paths(files: list[str]) -> list[Path]:
    return [Path(file) for file in files]


KINDS = [list, paths, np.array, images, array, pandas_frame, polars_frame]


@pytest.mark.parametrize("make", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_photos(
    files: list[str], labels: list[str], make: Callable[[list[str]], Any]
) -> None:
    X = make(files)  # noqa: N806
    classifier = TransferClassifier().fit(X, labels)
    assert classifier.classes_.tolist() == ["checks", "stripes"]
    assert classifier.predict(X).tolist() == labels
    chances = classifier.predict_proba(X)
    assert chances.shape == (18, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert classifier.score(X, labels) == 1.0
    assert isinstance(classifier.model_, Model)
    assert classifier.metrics_["examples"]["train"] == 18


def test_a_folder(photos: Path, files: list[str], labels: list[str]) -> None:
    classifier = TransferClassifier().fit(photos)
    assert classifier.predict(files).tolist() == labels
    assert sorted(classifier.predict(str(photos)).tolist()) == sorted(labels)
    assert classifier.predict(files[0]).tolist() == labels[:1]


def test_a_table(photos: Path, files: list[str], labels: list[str]) -> None:
    rows = [f"{file},{label}" for file, label in zip(files, labels, strict=True)]
    (photos / "t.csv").write_text("\n".join(["file,label", *rows]))
    assert TransferClassifier().fit(photos / "t.csv").predict(files).tolist() == labels


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (0, 1, "i"), (-1, 1, "i"), (7, 30, "i"), (0.0, 1.0, "f"), (2.0, 5.0, "f"), (-1.0, 1.0, "f"),
        (False, True, "b"), ("no", "yes", "U"), ("10", "9", "U"), (" a ", "b", "U"),
    ],
)  # fmt: skip
def test_labels_come_back_as_what_they_were(
    files: list[str], labels: list[str], first: object, second: object, kind: str
) -> None:
    y = np.array([first if label == "checks" else second for label in labels])
    classifier = TransferClassifier().fit(files, y)
    found = classifier.predict(files)
    assert found.dtype.kind == classifier.classes_.dtype.kind == kind
    np.testing.assert_array_equal(found, y)
    assert classifier.score(files, y) == 1.0
    chances = classifier.predict_proba(files)
    np.testing.assert_array_equal(classifier.classes_[chances.argmax(axis=1)], y)


def test_labels_of_a_data_frame_library(files: list[str], labels: list[str]) -> None:
    numbers = [int(label == "stripes") for label in labels]
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    for y in (pandas.Series(numbers), polars.Series(numbers), tuple(numbers)):
        found = TransferClassifier().fit(files, y).predict(files)
        assert found.dtype.kind == "i"
        assert found.tolist() == numbers
    named = TransferClassifier().fit(files, pandas.Series(labels, dtype="category"))
    assert named.predict(files).tolist() == labels


def test_unknown_labels_are_left_out(files: list[str], labels: list[str]) -> None:
    some: list[str | None] = [*labels]
    some[0] = some[-1] = None
    classifier = TransferClassifier().fit(files, some)
    assert classifier.metrics_["examples"]["train"] == 16
    assert classifier.predict(files).tolist() == labels
    numbers = [float(label == "stripes") for label in labels]
    numbers[0] = float("nan")
    classifier = TransferClassifier().fit(files, numbers)
    assert classifier.classes_.tolist() == [0.0, 1.0]
    assert classifier.metrics_["examples"]["train"] == 17


def test_get_params_and_clone() -> None:
    classifier = TransferClassifier(folds=4, class_weight="balanced", random_state=7, views=2)
    params = classifier.get_params()
    assert params == {
        "backbone": "efficientnet_lite0", "weights": None, "retrain": "head", "budget": "2m",
        "hidden": (), "dropout": 0.0, "drop_stages": 0, "head_init": "solved",
        "statistics": "fixed", "learning_rate": None, "epochs": None,
        "views": 2, "folds": 4, "class_weight": "balanced",
        "precision": "auto", "device": "auto", "threads": None, "cache": None, "random_state": 7,
    }  # fmt: skip
    other = clone(classifier)
    assert other.get_params() == params
    assert not hasattr(other, "model_")
    assert clone(classifier).set_params(folds=6).folds == 6
    assert "folds=4" in repr(classifier)


def test_settings_are_checked_by_fit(files: list[str], labels: list[str]) -> None:
    classifier = TransferClassifier(folds=2)
    with pytest.raises(SettingError, match="folds must be 3 or more, not 2"):
        classifier.fit(files, labels)


def test_cross_val_score_computes_each_photo_once(
    files: list[str], labels: list[str], tmp_path: Path
) -> None:
    scores = cross_val_score(TransferClassifier(cache=str(tmp_path)), files, labels, cv=3)
    assert scores.tolist() == [1.0, 1.0, 1.0]
    with ActivationStore(tmp_path) as store:
        assert store.info()[0].rows == 18


def test_a_network_of_ones_own_is_retrained(
    files: list[str], labels: list[str], tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    from headstart.backbones import PhotoPreprocessing, backbone_from_module

    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 8, 5, 2), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 5, 2)]
    backbone = backbone_from_module(
        torch.nn.Sequential(*layers),
        stages=["0", "1", "2"],
        preprocessing=PhotoPreprocessing(32, 32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
    )
    classifier = TransferClassifier(
        backbone, retrain={"2": True}, folds=3, threads=1, cache=str(tmp_path)
    )
    fitted = clone(classifier).fit(files, labels)
    assert fitted.metrics_["plan"]["retrained_stages"] == ["2"]
    assert fitted.score(files, labels) > 0.8
    assert (
        backbone.weights["2.weight"].tobytes()
        != fitted.model_.backbone.weights["2.weight"].tobytes()
    )
    assert (
        backbone.weights["0.weight"].tobytes()
        == fitted.model_.backbone.weights["0.weight"].tobytes()
    )


@pytest.mark.slow
def test_grid_search(files: list[str], labels: list[str]) -> None:
    grid = {"class_weight": [None, "balanced"], "folds": [3, 4]}
    search = GridSearchCV(TransferClassifier(), grid, cv=3).fit(files, labels)
    assert search.best_score_ == 1.0
    assert search.best_params_.keys() == grid.keys()
    assert search.predict(files).tolist() == labels


@pytest.mark.slow
def test_cross_validation_by_groups_and_auroc(files: list[str], labels: list[str]) -> None:
    groups = [Path(file).stem for file in files]
    scores = cross_val_score(
        TransferClassifier(), files, labels, cv=GroupKFold(3), groups=groups, scoring="roc_auc"
    )
    assert scores.tolist() == [1.0, 1.0, 1.0]


def test_groups(files: list[str], labels: list[str]) -> None:
    groups = [Path(file).stem for file in files]
    classifier = TransferClassifier(folds=3).fit(files, labels, groups=groups)
    assert classifier.metrics_["tasks"][0]["held_out"]["groups"] == 9
    with pytest.raises(DataError, match="18 examples but 3 groups"):
        classifier.fit(files, labels, groups=groups[:3])


def test_an_unreadable_photo_at_predict(
    files: list[str], labels: list[str], tmp_path: Path
) -> None:
    classifier = TransferClassifier().fit(files, labels)
    broken = tmp_path / "broken.jpg"
    broken.write_text("not a photo")
    with pytest.raises(UnreadableFileError, match=r"broken\.jpg: is not a photo .* with text"):
        classifier.predict([files[0], str(broken)])


def test_an_unreadable_photo_at_fit_is_set_aside(
    files: list[str], labels: list[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_text("not a photo")
    classifier = TransferClassifier().fit(
        [*files, str(tmp_path / "broken.jpg")], [*labels, "checks"]
    )
    assert classifier.metrics_["examples"]["quarantined"] == 1


def test_not_fitted(files: list[str]) -> None:
    for method in (TransferClassifier().predict, TransferClassifier().predict_proba):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            method(files)


def test_no_photos(files: list[str], labels: list[str]) -> None:
    classifier = TransferClassifier().fit(files, labels)
    assert classifier.predict([]).shape == (0,)
    assert classifier.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("X", "y", "match"),
    [
        (["a.jpg", "b.jpg"], ["a"], "2 examples but 1 labels"),
        (["a.jpg", "b.jpg"], None, "without labels"),
        (np.zeros((2, 8, 8), np.uint8), ["a", "b"], "uint8 of shape"),
        (np.zeros((2, 8, 8, 3)), ["a", "b"], "uint8 of shape"),
        (17, ["a"], "cannot be read as examples"),
        ("missing", None, "does not exist"),
    ],
)
def test_what_cannot_be_fitted(X: Any, y: Any, match: str) -> None:  # noqa: N803
    with pytest.raises(DataError, match=match):
        TransferClassifier().fit(X, y)


@pytest.mark.parametrize("kind", [np.array, list, "frame"])
def test_labels_of_several_tasks_are_refused(files: list[str], kind: Any) -> None:
    labels = [[0, 1]] * len(files)
    if kind == "frame":
        kind = pytest.importorskip("pandas").DataFrame
    y = kind(labels)
    with pytest.raises(DataError, match=r"y has the shape \(18, 2\), .*headstart\.train"):
        TransferClassifier().fit(files, y)


def test_a_table_of_several_tasks_is_refused_before_any_work(
    files: list[str], tmp_path: Path
) -> None:
    rows = [f"{file},{number % 2},{number % 3 % 2}" for number, file in enumerate(files)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,stop,go", *rows]))
    with pytest.raises(DataError, match="the examples have 2 tasks, and a TransferClassifier"):
        TransferClassifier().fit(tmp_path / "labels.csv")


def test_tags(files: list[str]) -> None:
    tags = get_tags(TransferClassifier())
    assert is_classifier(TransferClassifier())
    assert tags.classifier_tags is not None
    assert tags.classifier_tags.multi_class
    assert tags.target_tags.required is True
    assert not tags.input_tags.two_d_array
    assert tags.input_tags.string


@pytest.mark.slow
def test_one_seed_twice(files: list[str], labels: list[str]) -> None:
    first, second = (TransferClassifier(random_state=5).fit(files, labels) for _ in range(2))
    assert first.predict_proba(files).tobytes() == second.predict_proba(files).tobytes()

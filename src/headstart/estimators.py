"""The scikit-learn face: photos in, a fitted classifier out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from headstart.activations import ActivationStore
from headstart.backbones import Backbone
from headstart.errors import DataError, UnreadableFileError
from headstart.examples import UNKNOWN, Examples, read_examples, read_sources
from headstart.runs import TrainSettings, cache_directory, train


class TransferClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A pretrained network with a new head, as a scikit-learn estimator.

    Settings are those of ``headstart train``. Activations are stored on disk, so that
    `cross_val_score` and `GridSearchCV` run each photo through the network once.

    Args:
        backbone: name of the pretrained network, ``timm:NAME``, the directory of a model whose
            network is taken, or a `Backbone` made from a module of your own.
        weights: file of its weights, or ``"random"``.
        retrain: ``"head"``, a number of last stages, ``"all"``, for each stage by name whether it
            is retrained, or ``"auto"``, which measures what pays: in every fit, so that a
            cross-validation around it takes its time.
        budget: what ``"auto"`` may spend on measuring, seconds or a text such as ``"2m"``.
        hidden: widths of new hidden layers.
        dropout: share of the new layers' inputs that is dropped in training.
        drop_stages: how many of the last stages are thrown away.
        head_init: ``"solved"`` or ``"random"``: where training of the head starts.
        statistics: BatchNorm's in retrained stages, ``"fixed"`` or ``"learned"``.
        learning_rate: of the topmost retrained layers; chosen from the data where ``None``.
        epochs: at most so many; chosen from the data where ``None``.
        views: seeded views of each photo to train on.
        folds: of the cross-validation that chooses the penalty, 3 or more.
        class_weight: ``"balanced"`` weighs each class by the inverse of its frequency.
        precision: ``"auto"``, ``"f32"`` or ``"bf16"``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: of the processor; all that this process may use where ``None``.
        cache: directory of the activation store; the user's where ``None``.
        random_state: seed of the folds.

    Attributes:
        classes_: the classes, in the order of `predict_proba`'s columns.
        model_: the trained `headstart.Model`.
        metrics_: held-out figures with intervals, as in ``metrics.json``.

    Example:
        >>> from headstart import TransferClassifier
        >>> classifier = TransferClassifier().fit(files, labels)  # doctest: +SKIP
        >>> classifier.predict_proba(["new.jpg"])  # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: str | Path | Backbone = "efficientnet_lite0",
        *,
        weights: str | Path | None = None,
        retrain: str | int | Mapping[str, bool] = "head",
        budget: float | str = "2m",
        hidden: tuple[int, ...] = (),
        dropout: float = 0.0,
        drop_stages: int = 0,
        head_init: Literal["solved", "random"] = "solved",
        statistics: Literal["fixed", "learned"] = "fixed",
        learning_rate: float | None = None,
        epochs: int | None = None,
        views: int = 1,
        folds: int = 5,
        class_weight: Literal["balanced"] | None = None,
        precision: str = "auto",
        device: str = "auto",
        threads: int | None = None,
        cache: str | Path | None = None,
        random_state: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.retrain = retrain
        self.budget = budget
        self.hidden = hidden
        self.dropout = dropout
        self.drop_stages = drop_stages
        self.head_init = head_init
        self.statistics = statistics
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.views = views
        self.folds = folds
        self.class_weight = class_weight
        self.precision = precision
        self.device = device
        self.threads = threads
        self.cache = cache
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, groups: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on photos.

        Args:
            X: a folder of class folders or a table file (with `y` ``None``), a list of files or of
                PIL images, a uint8 array ``(n, height, width, 3)``, or a data frame with a file
                column.
            y: labels, one a photo.
            groups: one a photo; photos of a group are never split.

        Returns:
            Itself.

        Raises:
            DataError: several labels a photo: this learns one task.
            HeadstartError: says what was given, what was expected and what to do.
        """
        _check_one_label_each(y)
        examples = read_examples(X, y, groups=groups)
        if len(examples.tasks) > 1:
            raise DataError(_SEVERAL.format(f"the examples have {len(examples.tasks):,} tasks"))
        run = train(examples, self._settings())
        self.model_ = run.model
        self.metrics_ = run.metrics
        given = _given_labels(examples, y)
        self.classes_ = np.array([given.get(name, name) for name in run.model.classes])
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Class probabilities, float64 ``(n, classes)``.

        Raises:
            UnreadableFileError: a photo cannot be read; every row needs a prediction.
        """
        check_is_fitted(self, "model_")
        sources = read_sources(X)
        with ActivationStore(cache_directory(self.cache)) as store:
            passed = self.model_.activations(sources, store=store)
        if passed.unreadable:
            row, reason = next(iter(passed.unreadable.items()))
            raise UnreadableFileError(sources[row].name, reason)
        return self.model_.probabilities(passed.features)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The most probable class of each photo."""
        probabilities = self.predict_proba(X)  # first: it says where nothing is fitted
        chosen: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return chosen

    def _settings(self) -> TrainSettings:
        return TrainSettings(
            backbone=self.backbone,
            weights=self.weights,
            retrain=self.retrain,
            budget=self.budget,
            hidden=self.hidden,
            dropout=self.dropout,
            drop_stages=self.drop_stages,
            head_init=self.head_init,
            statistics=self.statistics,
            learning_rate=self.learning_rate,
            epochs=self.epochs,
            views=self.views,
            seed=self.random_state,
            folds=self.folds,
            precision=self.precision,
            device=self.device,
            threads=self.threads,
            class_weight=self.class_weight,
            cache=self.cache,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Photos come as files or pictures, not as a two-dimensional array of numbers.
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags


_SEVERAL = (
    "{}, and a TransferClassifier learns one: write a table with a file column and a column for "
    "each task and give it to headstart.train, which makes one model of them all; or give the "
    "labels of one task as y"
)


def _check_one_label_each(y: Any) -> None:
    """Refuse labels of several tasks, as scikit-learn's multi-output estimators take them."""
    shape = tuple(getattr(y, "shape", _shape_of_lists(y)))
    if len(shape) > 1:
        raise DataError(_SEVERAL.format(f"y has the shape {shape}, not one label a photo"))


def _shape_of_lists(y: Any) -> tuple[int, ...]:
    if isinstance(y, list | tuple) and y and isinstance(y[0], list | tuple | np.ndarray):
        return len(y), len(y[0])
    return ()


def _given_labels(examples: Examples, y: Any) -> dict[str, Any]:
    """What the user gave for each class: numbers stay numbers."""
    labels = () if y is None else np.asarray(y)
    if len(labels) != len(examples):  # rows of a data frame that name no file are not examples
        return {}
    targets = examples.targets[:, 0].tolist()
    classes = examples.tasks[0].classes
    pairs = zip(targets, labels, strict=True)
    return {classes[target]: label for target, label in pairs if target != UNKNOWN}

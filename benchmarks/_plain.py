"""The plain script of a good engineer: timm features, then scikit-learn's cross-validated head.

It knows nothing of headstart. As a program it trains on DATA/train, predicts DATA/val and prints
one line of JSON: `python benchmarks/_plain.py DATA WEIGHTS.safetensors`. Float32, channels_last,
batches of 32, Pillow and timm's own transforms on threads that decode ahead of the network.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL = "efficientnet_lite0"
MODEL_ARGUMENTS: dict[str, Any] = {"pad_type": "same", "bn_eps": 1e-3}
MEAN = STD = (0.5, 0.5, 0.5)
BATCH = 32
PENALTIES = 10
FOLDS = 5


def network(weights: Path) -> Any:
    """Timm's model with these weights and without its output layer."""
    import timm
    import torch
    from safetensors.torch import load_file

    model: Any = timm.create_model(MODEL, pretrained=False, **MODEL_ARGUMENTS)
    model.load_state_dict(load_file(weights), strict=False)  # no file counts batches
    model.reset_classifier(0)
    return model.eval().to(memory_format=torch.channels_last)


def features(model: Any, paths: Sequence[Path], threads: int) -> NDArray[np.float32]:
    """Features of each photo, float32 ``(photos, features)``."""
    import torch
    from PIL import Image
    from timm.data.transforms_factory import create_transform

    torch.set_num_threads(threads)
    transform = create_transform(
        224, interpolation="bicubic", mean=MEAN, std=STD, crop_pct=0.875, is_training=False
    )

    def pixels(path: Path) -> torch.Tensor:
        with Image.open(path) as image:
            found: torch.Tensor = transform(image.convert("RGB"))
            return found

    with ThreadPoolExecutor(threads) as executor, torch.inference_mode():
        decoded = executor.map(pixels, paths)
        batches: Iterator[list[torch.Tensor]] = iter(lambda: list(islice(decoded, BATCH)), [])
        found = [
            model(torch.stack(batch).contiguous(memory_format=torch.channels_last)).numpy()
            for batch in batches
        ]
    return np.concatenate(found)


def head(activations: NDArray[np.float32], targets: NDArray[np.int64]) -> Any:
    """A fitted head: the penalty cross-validated on log loss, where classes have several photos.

    By accuracy, scikit-learn's own choice, its log loss was far worse: of many penalties with the
    same accuracy the strongest is taken. There are as many folds as the rarest class has examples,
    5 at most; with one example of a class the penalty is C = 1. In one process, as workers have to
    start first: 0.4 s against 2.9 s on hymenoptera (both 0.4 s once they run; 2026-11-21).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

    rarest = int(np.bincount(targets)[np.unique(targets)].min())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # defaults that will change
        warnings.simplefilter("ignore", ConvergenceWarning)  # at the weakest penalties
        if rarest < 2:
            return LogisticRegression(C=1.0, max_iter=1000).fit(activations, targets)
        folds = min(FOLDS, rarest)
        search = LogisticRegressionCV(Cs=PENALTIES, cv=folds, scoring="neg_log_loss", max_iter=1000)
        return search.fit(activations, targets)


def _photos(folder: Path) -> tuple[list[Path], list[str]]:
    paths = sorted(path for path in folder.glob("*/*") if not path.name.startswith("."))
    return paths, [path.parent.name for path in paths]


def _main(data: Path, weights: Path) -> None:
    started = time.perf_counter()
    model = network(weights)
    threads = os.cpu_count() or 1
    loaded = time.perf_counter()
    (train, train_labels), (val, val_labels) = _photos(data / "train"), _photos(data / "val")
    classes, targets = np.unique(train_labels, return_inverse=True)
    activations = features(model, [*train, *val], threads)
    computed = time.perf_counter()
    fitted = head(activations[: len(train)], targets.astype(np.int64))
    right = classes[fitted.predict(activations[len(train) :])] == np.array(val_labels)
    seconds = {
        "imports and network": loaded - started,
        "features": computed - loaded,
        "head": time.perf_counter() - computed,
    }
    print(json.dumps({"right": int(right.sum()), "of": len(right), "seconds": seconds}))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))

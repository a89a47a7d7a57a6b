"""fastai's side of a comparison; runs in an environment of its own, without headstart.

`python _fastai_side.py JOB.json` trains once for every draw of the job and prints a line of JSON
each. A job holds `weights` (safetensors by timm's names), `epochs`, and `draws`, each with `train`
and `test` (lists of [file, label]), `seed` and `all_layers` (train all layers from the first step
on, to time them; `photos_a_second` is that of the last epoch).

As fastai's own quick start: `Resize(224)`, `vision_learner`, `fine_tune`. The weights come in
through timm's own door for local files, with the arguments and the normalisation that belong to
them; fastai adds the normalisation itself. A batch is a fifth of the training photos, for the last
incomplete batch of an epoch is dropped; 32 at most, and 4 at least where there are so many: with
batches of 2 ten photos gave chance level (50 % on hymenoptera, 63 % with 4, 2026-11-21), BatchNorm
having too little to go by.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from fastai.callback.core import Callback
from fastai.callback.schedule import Learner  # noqa: F401 - brings Learner.fine_tune
from fastai.data.block import CategoryBlock, DataBlock
from fastai.torch_core import set_seed
from fastai.vision.augment import Resize
from fastai.vision.data import ImageBlock
from fastai.vision.learner import vision_learner

ARCHITECTURE = "efficientnet_lite0"
MEAN = STD = (0.5, 0.5, 0.5)
LARGEST_BATCH, SMALLEST_BATCH = 32, 4


class Steps(Callback):  # type: ignore[misc]  # fastai has no types
    """Counts training steps."""

    count = 0
    epoch_seconds = 0.0

    def before_train(self) -> None:
        self._began = time.perf_counter()

    def after_train(self) -> None:
        self.epoch_seconds = time.perf_counter() - self._began

    def after_step(self) -> None:
        self.count += 1


def run(draw: dict[str, Any], weights: str, epochs: int) -> dict[str, Any]:
    """Train on one draw and judge on its test part."""
    started = time.perf_counter()
    set_seed(draw["seed"], reproducible=True)
    classes = sorted({label for _, label in draw["train"]})
    photos = len(draw["train"])
    batch = min(LARGEST_BATCH, max(SMALLEST_BATCH, photos // 5), photos)
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=classes)),
        get_x=lambda row: Path(row[0]),
        get_y=lambda row: row[1],
        splitter=lambda rows: (list(range(len(rows))), []),
        item_tfms=Resize(224),
    )
    # Worker processes cost more than they bring where there are only a few photos.
    workers = None if photos > 100 else 0
    loaders = block.dataloaders(draw["train"], bs=batch, num_workers=workers)
    source = {"file": weights, "mean": MEAN, "std": STD}
    learner = vision_learner(
        loaders, ARCHITECTURE, pad_type="same", bn_eps=1e-3, pretrained_cfg_overlay=source
    )
    steps = Steps()
    learner.add_cb(steps)
    with learner.no_bar(), learner.no_logging():
        if draw["all_layers"]:
            learner.unfreeze()
            learner.fit_one_cycle(epochs)
        else:
            learner.fine_tune(epochs)
        trained = time.perf_counter()
        test = loaders.test_dl([row[0] for row in draw["test"]], num_workers=None)
        probabilities = learner.get_preds(dl=test)[0].numpy().astype(np.float64)
    targets = np.array([classes.index(row[1]) for row in draw["test"]])
    true = probabilities[np.arange(len(targets)), targets]
    return {
        "accuracy": float((probabilities.argmax(axis=1) == targets).mean()),
        "log_loss": float(-np.log(np.maximum(true, np.finfo(np.float64).eps)).mean()),
        "steps": steps.count,
        "photos_a_second": steps.count / epochs * batch / steps.epoch_seconds,
        "batch": batch,
        "train_seconds": trained - started,
        "test_seconds": time.perf_counter() - trained,
        "transforms": [type(step).__name__ for step in loaders.after_batch.fs],
    }


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for draw in job["draws"]:
        print(json.dumps(run(draw, job["weights"], job["epochs"])), flush=True)


if __name__ == "__main__":
    main()

"""fastai's side of training from scratch; runs in an environment of its own, without headstart.

`python _fastai_scratch_side.py JOB.json` prints a line of JSON. A job holds `network` (of timm),
`files` (lists of [file, label]), `size`, `batch`, `epochs` and `threads`. As fastai's guides have
it: an `ImageBlock`, `RandomResizedCrop` and `Flip` with brightness and contrast, `Learner`,
`fit_one_cycle`; `photos_a_second` is that of the last epoch, validation not included.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import timm
import torch
from fastai.callback.core import Callback
from fastai.callback.schedule import Learner
from fastai.data.block import CategoryBlock, DataBlock
from fastai.losses import CrossEntropyLossFlat
from fastai.vision.augment import Brightness, Contrast, Flip, RandomResizedCrop
from fastai.vision.data import ImageBlock


class Steps(Callback):  # type: ignore[misc]  # fastai has no types
    """Counts the photos of the last epoch, and its seconds."""

    photos = 0
    seconds = 0.0

    def before_train(self) -> None:
        self.photos, self._began = 0, time.perf_counter()

    def after_step(self) -> None:
        self.photos += len(self.yb[0])

    def after_train(self) -> None:
        self.seconds = time.perf_counter() - self._began


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Train and time."""
    torch.set_num_threads(job["threads"])
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_x=lambda row: Path(row[0]),
        get_y=lambda row: row[1],
        splitter=lambda rows: (list(range(len(rows))), []),
        item_tfms=RandomResizedCrop(job["size"], min_scale=0.35),
        batch_tfms=[Flip(), Brightness(0.2), Contrast(0.2)],
    )
    loaders = block.dataloaders(job["files"], bs=job["batch"], num_workers=job["workers"])
    network = timm.create_model(job["network"], num_classes=len(loaders.vocab))
    steps = Steps()
    learner = Learner(loaders, network, loss_func=CrossEntropyLossFlat(), cbs=[steps])
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(job["epochs"], 2e-3)
    return {"photos_a_second": steps.photos / steps.seconds, "photos": steps.photos}


if __name__ == "__main__":
    print(json.dumps(run(json.loads(Path(sys.argv[1]).read_text("utf-8")))), flush=True)

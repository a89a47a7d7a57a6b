"""fastai with the same weights and data beside `headstart train`.

Measures: whole-process seconds, peak memory and accuracy on hymenoptera's `val`, of
`headstart train` with nothing stored and of fastai's `vision_learner` and `fine_tune(4)`. fastai
gets timm's `efficientnet_lite0` with the same weights and arguments, the normalisation that
belongs to them, `Resize(224)`, its own learning rates, and batches of 32 (a fifth of the training
photos where that is less); its training steps are printed. Each run has its own seed.

fastai lives in an environment of its own (`--env`), made on the first run with
`pip install fastai timm safetensors` (fastai 2.8.12 works with torch 2.15). Nothing is downloaded
after that.

Command: python benchmarks/vs_fastai.py [--runs 3] [--env DIRECTORY] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import _fastai
from _common import (
    Process,
    alternate,
    announce,
    arguments,
    folder,
    middle,
    ratio,
    spread,
    train_afresh,
)
from _data import copies
from headstart.examples import FileSource, read_examples

Result = tuple[Process, float, str]
"""The process, its accuracy, a remark."""


def files(data: Path, part: str) -> list[_fastai.File]:
    """The photos of one part and their labels."""
    examples = read_examples(data)
    labels = [examples.tasks[0].classes[target] for target in examples.targets[:, 0]]
    parts = examples.parts or ()
    return [
        (source.path, label)
        for source, label, own in zip(examples.sources, labels, parts, strict=True)
        if own == part and isinstance(source, FileSource)
    ]


def ours(data: Path) -> Result:
    ran, metrics = train_afresh(data)
    accuracy = metrics["tasks"][0]["accuracy"]
    return ran, accuracy["value"], f"95 % interval {accuracy['low']:.3f} to {accuracy['high']:.3f}"


def theirs(python: Path, data: Path, *, seed: int, epochs: int) -> Result:
    draw = _fastai.Draw(files(data, "train"), files(data, "validation"), seed)
    ran, found = _fastai.train(python, [draw], epochs=epochs)
    said: dict[str, Any] = found[0]
    remark = (
        f"{said['steps']} training steps of {said['batch']} photos, {said['train_seconds']:.1f} s "
        f"of it training; on each batch: {', '.join(said['transforms'])}"
    )
    return ran, said["accuracy"], remark


def main() -> None:
    parser = arguments(__doc__, runs=3)
    _fastai.add_option(parser)
    given = parser.parse_args()
    data = folder(given.data, "hymenoptera")
    announce(__doc__)
    python = _fastai.interpreter(given.env)
    seeds, epochs = count(), 1 if given.quick else _fastai.EPOCHS
    with tempfile.TemporaryDirectory() as temporary:
        if given.quick:
            copies(data, Path(temporary), count=60)
            data = Path(temporary)
        found = alternate(
            1 if given.quick else given.runs,
            {
                "headstart": lambda: ours(data),
                "fastai": lambda: theirs(python, data, seed=next(seeds), epochs=epochs),
            },
        )
    seconds = {name: [ran.seconds for ran, _, _ in runs] for name, runs in found.items()}
    for name, runs in found.items():
        peak = middle([ran.megabytes for ran, _, _ in runs])
        right = spread([accuracy for _, accuracy, _ in runs], "", digits=3)
        print(
            f"{name:10}{spread(seconds[name]):30}{peak:6.0f} MB   accuracy {right}; {runs[-1][2]}"
        )
    print(f"{ratio(seconds['fastai'], seconds['headstart']):.1f} times faster")


if __name__ == "__main__":
    main()

"""A plain timm + scikit-learn script, the honest baseline of a good engineer, beside headstart.

Measures: whole-process seconds, peak memory and accuracy on hymenoptera's `val` of
`headstart train` with nothing stored, and of `_plain.py`: the same network and weights in timm
(float32, batches of 32, timm's transforms on threads), then `LogisticRegressionCV` (10 penalties,
5 folds, log loss). The script gives no intervals, no report and no held-out figures for
the training part, keeps nothing for the next time and ends at the first broken file.

Command: python benchmarks/plain_script.py [--runs 3] [--quick]

Printed on 2026-11-21: see RESULTS.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from _common import (
    Process,
    alternate,
    announce,
    arguments,
    folder,
    measure,
    middle,
    ratio,
    spread,
    train_afresh,
)
from _data import copies, save_weights


def ours(data: Path) -> tuple[Process, str]:
    ran, metrics = train_afresh(data)
    accuracy = metrics["tasks"][0]["accuracy"]
    return ran, (f"accuracy {accuracy['value']:.3f} ({accuracy['low']:.3f} to "
                 f"{accuracy['high']:.3f}); steps {metrics['seconds']}")  # fmt: skip


def plain(data: Path, weights: Path) -> tuple[Process, str]:
    script = Path(__file__).with_name("_plain.py")
    ran = measure([sys.executable, str(script), str(data), str(weights)])
    found = json.loads(ran.output)
    steps = {name: round(value, 2) for name, value in found["seconds"].items()}
    return ran, (f"accuracy {found['right'] / found['of']:.3f} ({found['right']} of "
                 f"{found['of']}); steps {steps}")  # fmt: skip


def main() -> None:
    given = arguments(__doc__, runs=3).parse_args()
    data = folder(given.data, "hymenoptera")
    announce(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        weights = save_weights(Path(temporary) / "weights.safetensors")
        if given.quick:
            copies(data, Path(temporary) / "photos", count=60)
            data = Path(temporary) / "photos"
        found = alternate(
            1 if given.quick else given.runs,
            {"headstart": lambda: ours(data), "plain script": lambda: plain(data, weights)},
        )
    seconds = {name: [ran.seconds for ran, _ in runs] for name, runs in found.items()}
    for name, runs in found.items():
        peak = middle([ran.megabytes for ran, _ in runs])
        print(f"{name:14}{spread(seconds[name]):28}{peak:6.0f} MB   {runs[-1][1]}")
    print(f"{ratio(seconds['plain script'], seconds['headstart']):.1f} times faster")


if __name__ == "__main__":
    main()

"""Which padding, BatchNorm epsilon and input scaling the built-in weights were trained with.

Measures, for five forms of timm's ``efficientnet_lite0`` with the built-in weights: accuracy and
log loss of the original output layer on ants and bees (ImageNet classes 310 and 309), and held-out
log loss and accuracy of a new output layer (scikit-learn, best of four penalties, five folds).

    python benchmarks/network_form.py [--data ../shared/data]

Printed on 2026-11-21: the tables of docs/decisions/0001-the-built-in-network.md.
Needs the extra ``train``; takes about 8 minutes on 2 cores.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from headstart.backbones._efficientnet_lite0 import builtin_weights

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
FORMS = (
    ("", 1e-5, IMAGENET),
    ("", 1e-5, HALF),
    ("", 1e-3, HALF),
    ("same", 1e-3, IMAGENET),
    ("same", 1e-3, HALF),
)


def load(path: Path) -> NDArray[np.float32]:
    """Shorter side to 256 px, centre crop of 224, 0 to 1."""
    image = Image.open(path).convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), 3)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    square = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32)
    return square / np.float32(255)


def network(padding: str, epsilon: float) -> Any:
    model = timm.create_model("efficientnet_lite0", pad_type=padding, bn_eps=epsilon).eval()
    state = {name: torch.from_numpy(array.copy()) for name, array in builtin_weights().items()}
    model.load_state_dict(state, strict=False)
    return model


def forward(
    model: Any, photos: torch.Tensor, scaling: Sequence[Sequence[float]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Activations before the output layer, and logits."""
    mean, deviation = (torch.tensor(values)[:, None, None] for values in scaling)
    features, logits = [], []
    with torch.inference_mode():
        for part in torch.split((photos - mean) / deviation, 64):
            found = model.forward_head(model.forward_features(part), pre_logits=True)
            features.append(found.numpy())
            logits.append(model.classifier(found).numpy())
    return np.concatenate(features), np.concatenate(logits)


def files(folder: Path, most: int) -> tuple[list[Path], NDArray[np.int64]]:
    random = np.random.default_rng(0)
    found: list[Path] = []
    labels: list[int] = []
    for target, path in enumerate(sorted(item for item in folder.iterdir() if item.is_dir())):
        photos = sorted(item for item in path.iterdir() if item.suffix in {".jpg", ".jpeg", ".png"})
        chosen = random.permutation(len(photos))[:most]
        found += [photos[number] for number in chosen]
        labels += [target] * len(chosen)
    return found, np.array(labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED)
    data = parser.parse_args().data
    if not data.is_dir():
        parser.error(f"{data} is not there; give the folder that holds hymenoptera with --data")
    warnings.simplefilter("ignore")
    for name, most in (("hymenoptera/val", 60), ("flowers5", 120), ("xray", 1000)):
        paths, labels = files(data / name, most)
        photos = torch.from_numpy(np.stack([load(path) for path in paths])).permute(0, 3, 1, 2)
        for padding, epsilon, scaling in FORMS:
            features, logits = forward(network(padding, epsilon), photos, scaling)
            line = f"{name:16} {padding or 'symmetric':10} {epsilon:g} mean {scaling[0][0]:<6}"
            if name.startswith("hymenoptera"):
                truth = np.array([310, 309])[labels]
                loss = log_loss(truth, torch.from_numpy(logits).softmax(1), labels=range(1000))
                line += f" zero-shot {(logits.argmax(1) == truth).mean():.3f} {loss:.3f}"
            folds = StratifiedKFold(5, shuffle=True, random_state=0)
            best = min(
                (log_loss(labels, chances), (chances.argmax(1) == labels).mean())
                for strength in (0.001, 0.01, 0.1, 1)
                for chances in [
                    cross_val_predict(
                        LogisticRegression(C=strength, max_iter=500),
                        features,
                        labels,
                        cv=folds,
                        method="predict_proba",
                    )
                ]
            )
            print(f"{line} new layer {best[1]:.3f} {best[0]:.3f}", flush=True)


if __name__ == "__main__":
    main()

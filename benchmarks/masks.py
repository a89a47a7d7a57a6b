"""What the mask and the constants are worth: the same network under three losses.

    python benchmarks/masks.py [--tables tox21 toxcast] [--seeds 3] [--epochs 10]

Molecules as Morgan fingerprints (`pip install rdkit`), one shared hidden layer, one output a task,
a plain PyTorch loop; what differs is the loss alone:

- `constants`: headstart's, a sum over known labels with constants of the training set;
- `batch means`: torchxrayvision's, each task's mean over what is known of it in the batch;
- `unknown as 0`: the mean of plain binary cross-entropy, every unknown label taken for a no.

A fifth of the molecules is held out (by identical fingerprint), and each loss is judged after its
best epoch there, so that none loses by its length: mean AUROC over the tasks with both classes,
on known labels alone, and the mean over the seeds of the difference to `constants`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from _common import announce, arguments, progress
from _molecules import molecules
from headstart.examples import UNKNOWN, Outputs
from headstart.heads import Objective
from headstart.training._loss import TaskLoss

HIDDEN, BATCH, RATE, DROPOUT = 256, 64, 1e-3, 0.25
Loss = Callable[[Tensor, NDArray[np.int64]], Tensor]


def losses(targets: NDArray[np.int64]) -> Mapping[str, Loss]:
    """Of logits of yes, ``(batch, tasks)``, and targets, given the training set's targets."""
    outputs = Outputs((2,) * targets.shape[1])
    objective = Objective.of(outputs, targets)
    ours = TaskLoss(outputs, torch.device("cpu"))

    def constants(logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        both = torch.stack([-logits / 2, logits / 2], dim=2).flatten(1)
        weights = torch.from_numpy(objective.cell_weights(rows).astype(np.float32))
        return ours(both, torch.from_numpy(rows), weights) / len(rows)

    def batch_means(logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        known = torch.from_numpy((rows != UNKNOWN).astype(np.float32))
        given = torch.from_numpy(np.maximum(rows, 0).astype(np.float32))
        each = functional.binary_cross_entropy_with_logits(logits, given, reduction="none") * known
        counts = known.sum(dim=0)
        return (each.sum(dim=0) / counts.clamp_min(1)).sum()

    def as_no(logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        given = torch.from_numpy(np.maximum(rows, 0).astype(np.float32))
        return functional.binary_cross_entropy_with_logits(logits, given)

    return {"constants": constants, "batch means": batch_means, "unknown as 0": as_no}


def best_auroc(
    loss: Loss,
    vectors: Tensor,
    targets: NDArray[np.int64],
    train: NDArray[np.int64],
    held: NDArray[np.int64],
    *,
    epochs: int,
    seed: int,
) -> float:
    """Mean AUROC of the held-out molecules after the best epoch."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Linear(vectors.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, targets.shape[1]),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    random, best = np.random.default_rng(seed), 0.0
    for _ in range(epochs):
        network.train()
        order = random.permutation(train)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            loss(network(vectors[rows]), targets[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.no_grad():
            best = max(best, mean_auroc(network(vectors[held]).numpy(), targets[held]))
    return best


def mean_auroc(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """Over the tasks of which both classes are held out."""
    found = []
    for said, truth in zip(logits.T, targets.T, strict=True):
        known = truth != UNKNOWN
        if len(np.unique(truth[known])) == 2:
            found.append(roc_auc_score(truth[known], said[known]))
    return float(np.mean(found))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tables", nargs="+", choices=("tox21", "toxcast"), default=["tox21"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args()
    announce(__doc__)
    for name in given.tables:
        table = molecules(given.data, {"toxcast": "toxcast_data"}.get(name, name))
        vectors, targets = torch.from_numpy(table.fingerprints.astype(np.float32)), table.targets
        _, unit = np.unique(table.fingerprints, axis=0, return_inverse=True)
        found: dict[str, list[float]] = {}
        for seed in range(given.seeds):
            random = np.random.default_rng(seed)
            held_units = random.permutation(unit.max() + 1) % 5 == 0
            held, train = np.flatnonzero(held_units[unit]), np.flatnonzero(~held_units[unit])
            for way, loss in losses(targets[train]).items():
                progress(f"{name}, seed {seed}: {way}")
                auroc = best_auroc(
                    loss, vectors, targets, train, held, epochs=given.epochs, seed=seed
                )
                found.setdefault(way, []).append(auroc)
        first = np.array(found["constants"])
        print(f"{name}: {targets.shape[1]} tasks, {(targets < 0).mean():.0%} unknown")
        for way, aurocs in found.items():
            less = np.array(aurocs) - first
            print(f"  {way:<13} mean AUROC {np.mean(aurocs):.4f}, {less.mean():+.4f} "
                  f"({less.min():+.4f} to {less.max():+.4f} over seeds)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

"""Made-up tasks that are related by as much as one asks for, with their true probabilities.

A random network with one hidden layer of ReLUs is the teacher. `relatedness` is the share of the
variance of a task's logits that comes from hidden features common to its family of tasks; the rest
comes from hidden features of its own. Each task has output weights of its own. So a trunk that
several tasks train together can find what no task finds by itself in a thousand labels, and there
is nothing to find where `relatedness` is 0. Inputs are independent standard normals; few directions
of the input space matter, and every input takes part in them.

Each example is labelled in few of the tasks (one, by default), so that labels of different tasks
lie on different examples: of 100 tasks with 1,000 labels each the 100th can learn from 99,000
others.

Measures: whether a shared trunk helps on it. Log loss on new examples, mean over ten tasks: the
truth's own, that of a network with one hidden layer trained on all tasks together, of the same
network for each task alone, and of a logistic regression for each task. All are read at the epoch
and weight decay (or penalty) that turn out best, so that none is beaten for how long it trained.

Command: python benchmarks/_related_tasks.py [--tasks 100] [--examples 1000] [--seed 0]

Printed on 2026-11-21 (two cores, much other work beside it):

    relatedness   truth  together   alone  logistic
           1.00   0.291     0.319   0.389     0.410   (120 s)
           0.75   0.293     0.378   0.407     0.418   (93 s)
           0.50   0.294     0.412   0.410     0.422   (24 s)
           0.00   0.295     0.446   0.392     0.403   (38 s)

So a trunk of 64 helps where three quarters or more of the tasks' variance is shared, and harms
where nothing is: 100 tasks then have 500 hidden features, and the trunk room for 64.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from _common import announce, stopwatch
from headstart.examples import UNKNOWN

Floats = NDArray[np.float64]

CHUNK = 2048
"""Rows whose hidden features are held at a time: 100 tasks with 6 of their own are 10 MB."""

PROBE = 20_000
"""Examples that tell the mean and spread of a teacher's outputs."""


@dataclass(frozen=True)
class Teacher:
    """What is true of every example.

    Attributes:
        shared: directions of the hidden features of each family, float64
            ``(families, hidden, features)``.
        own: likewise of each task, ``(tasks, hidden, features)``.
        offsets: at which the hidden features of both begin, ``(families + tasks, hidden)``.
        weights: of the outputs on shared and on own hidden features, ``(2, tasks, hidden)``; the
            two parts have the variances `relatedness` and 1 less that.
        bias: of the outputs, so that their mean is 0, ``(tasks,)``.
        families: of each task, int64 ``(tasks,)``.
        sharpness: standard deviation of the logits.
        noise: chance that a label is the other one, whatever the input.
    """

    shared: Floats
    own: Floats
    offsets: Floats
    weights: Floats
    bias: Floats
    families: NDArray[np.int64]
    sharpness: float
    noise: float

    def parts(self, inputs: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """What shared and own hidden features add to each output, ``(examples, tasks)`` both."""
        rows = np.asarray(inputs, dtype=np.float64)
        count = len(self.shared)
        shared = np.maximum(rows @ self.shared.swapaxes(1, 2) + self.offsets[:count, None], 0.0)
        own = np.maximum(rows @ self.own.swapaxes(1, 2) + self.offsets[count:, None], 0.0)
        return (
            np.einsum("tnh,th->nt", shared[self.families], self.weights[0]),
            np.einsum("tnh,th->nt", own, self.weights[1]),
        )

    def probabilities(self, inputs: NDArray[np.floating]) -> Floats:
        """True chance of the second class, float64 ``(examples, tasks)``."""
        found = np.empty((len(inputs), len(self.families)))
        for start in range(0, len(inputs), CHUNK):
            rows = slice(start, start + CHUNK)
            shared, own = self.parts(inputs[rows])
            logits = self.sharpness * (shared + own + self.bias)
            found[rows] = self.noise + (1 - 2 * self.noise) / (1 + np.exp(-logits))
        return found


@dataclass(frozen=True)
class RelatedTasks:
    """A table of made-up tasks.

    Attributes:
        features: float32 ``(examples, features)``.
        targets: 0 or 1, `UNKNOWN` where not labelled, int64 ``(examples, tasks)``.
        probabilities: true chance of the second class, float32 ``(examples, tasks)``.
        teacher: that made them.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    teacher: Teacher

    @property
    def families(self) -> NDArray[np.int64]:
        """Family of each task, int64 ``(tasks,)``; tasks of one family share hidden features."""
        return self.teacher.families

    def fresh(self, examples: int, *, seed: int = 0) -> RelatedTasks:
        """New examples of the same tasks, every label known."""
        random = np.random.default_rng([seed, examples, 1])
        return _labelled(self.teacher, random, examples, known=len(self.families))


def related_tasks(
    tasks: int = 100,
    examples: int = 1000,
    *,
    features: int = 32,
    hidden: int = 5,
    relatedness: float = 1.0,
    families: int = 1,
    known: int = 1,
    sharpness: float = 4.0,
    noise: float = 0.0,
    seed: int = 0,
) -> RelatedTasks:
    """Draw a teacher and a table of its labels.

    Args:
        tasks: how many.
        examples: labels of each task; the table has ``tasks * examples // known`` rows.
        features: inputs.
        hidden: features of a family, and as many of each task's own.
        relatedness: share of the variance of a task's logits that shared features explain, 0 to 1.
        families: that the tasks are dealt into; what one knows is of no use to another.
        known: tasks that each example is labelled in.
        sharpness: standard deviation of the logits; at 4 the best possible log loss is about 0.3.
        noise: chance that a label is the other one, 0 to 0.5.
        seed: of everything.

    Example:
        >>> table = related_tasks(4, 50, seed=1)
        >>> table.features.shape, (table.targets >= 0).sum(axis=0).tolist()
        ((200, 32), [50, 50, 50, 50])
    """
    random = np.random.default_rng(seed)
    teacher = _teacher(
        random, (tasks, families, hidden, features), relatedness, sharpness=sharpness, noise=noise
    )
    return _labelled(teacher, random, tasks * examples // known, known=known)


def _teacher(
    random: np.random.Generator,
    sizes: tuple[int, int, int, int],
    relatedness: float,
    *,
    sharpness: float,
    noise: float,
) -> Teacher:
    tasks, families, hidden, features = sizes
    # Of length 1, so that what a hidden feature sees has the variance of one input.
    directions = random.normal(size=(families + tasks, hidden, features))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    raw = Teacher(
        shared=directions[:families],
        own=directions[families:],
        offsets=random.normal(0, 0.5, size=(families + tasks, hidden)),
        weights=random.normal(size=(2, tasks, hidden)),
        bias=np.zeros(tasks),
        families=random.permutation(np.arange(tasks) % families),
        sharpness=sharpness,
        noise=noise,
    )
    probe = random.normal(size=(PROBE, features))
    chunks = [raw.parts(probe[start : start + CHUNK]) for start in range(0, PROBE, CHUNK)]
    each = [np.concatenate(part) for part in zip(*chunks, strict=True)]
    scales = [
        np.sqrt(share) / part.std(axis=0)
        for share, part in zip((relatedness, 1 - relatedness), each, strict=True)
    ]
    bias = -sum(part.mean(axis=0) * scale for part, scale in zip(each, scales, strict=True))
    weights = raw.weights * np.stack(scales)[:, :, None]
    return Teacher(raw.shared, raw.own, raw.offsets, weights, np.asarray(bias), raw.families,
                   sharpness, noise)  # fmt: skip


def _labelled(
    teacher: Teacher, random: np.random.Generator, examples: int, *, known: int
) -> RelatedTasks:
    tasks = len(teacher.families)
    inputs = random.normal(size=(examples, teacher.shared.shape[2])).astype(np.float32)
    probabilities = teacher.probabilities(inputs)
    labels = (random.random(probabilities.shape) < probabilities).astype(np.int64)
    targets = np.where(_known(random, examples, tasks, known), labels, UNKNOWN)
    return RelatedTasks(inputs, targets, probabilities.astype(np.float32), teacher)


def _known(random: np.random.Generator, examples: int, tasks: int, known: int) -> NDArray[np.bool_]:
    """`known` tasks of each example; of as many examples as there are tasks all equally often."""
    rounds = -(-examples // tasks)
    order = random.permuted(np.tile(np.arange(tasks), (rounds, 1)), axis=1)
    places = (np.arange(tasks)[:, None] + np.arange(known)) % tasks
    chosen = order[:, places].reshape(rounds * tasks, known)[:examples]
    mask = np.zeros((examples, tasks), dtype=np.bool_)
    np.put_along_axis(mask, chosen, values=True, axis=1)
    return mask


# Below: whether the generator does what it is for.

LOOKED_AT = 10  # tasks that are also trained alone
WIDTH = 64
EPOCHS = {"together": 8, "alone": 40}
RATE = 0.01
DECAYS = (0.01, 0.3)
BATCHES = {"together": 256, "alone": 32}


def _log_loss(true: Floats, said: NDArray[np.floating]) -> float:
    """Expected over labels, mean over examples and tasks."""
    given = np.clip(np.asarray(said, dtype=np.float64), 1e-7, 1 - 1e-7)
    return float(-(true * np.log(given) + (1 - true) * np.log(1 - given)).mean())


def _trained(
    inputs: NDArray[np.float32],
    targets: NDArray[np.int64],
    rows: NDArray[np.float32],
    *,
    decay: float,
    side: str,
    seed: int,
) -> Iterator[Floats]:
    """Probabilities after each epoch, ``(tasks, examples)``: one network or many at a time.

    Args:
        inputs: ``(networks, examples, features)``.
        targets: of every network's tasks, ``(networks, examples, tasks of each)``.
        rows: to predict.
        decay: of the weights.
        side: of the comparison.
        seed: of weights and order.
    """
    import torch

    torch.manual_seed(seed)
    networks, examples, width = inputs.shape
    predicted = torch.from_numpy(rows).expand(networks, *rows.shape)
    known = torch.from_numpy(targets != UNKNOWN)
    given, wanted = torch.from_numpy(inputs), torch.from_numpy(targets).clamp(min=0).float()
    layers = [
        torch.empty(networks, width, WIDTH).uniform_(-1, 1) / width**0.5,
        torch.zeros(networks, 1, WIDTH),
        torch.empty(networks, WIDTH, targets.shape[2]).uniform_(-1, 1) / WIDTH**0.5,
        torch.zeros(networks, 1, targets.shape[2]),
    ]
    for layer in layers:
        layer.requires_grad_()

    def logits(some: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(torch.baddbmm(layers[1], some, layers[0]))
        return torch.baddbmm(layers[3], hidden, layers[2])

    batch, epochs = BATCHES[side], EPOCHS[side]
    optimizer = torch.optim.AdamW(layers, lr=RATE, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=epochs * (examples // batch)
    )
    measure = torch.nn.BCEWithLogitsLoss(reduction="none")
    for _ in range(epochs):
        order = torch.randperm(examples)
        for start in range(0, examples - batch + 1, batch):
            some = order[start : start + batch]
            losses = measure(logits(given[:, some]), wanted[:, some]) * known[:, some]
            optimizer.zero_grad()
            (losses.sum() / batch).backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            said = torch.sigmoid(logits(predicted))
        yield said.movedim(2, 1).flatten(0, 1).double().numpy()


def _together(table: RelatedTasks, fresh: RelatedTasks, seed: int) -> float:
    true = fresh.probabilities.T[:LOOKED_AT].astype(np.float64)
    return min(
        _log_loss(true, said[:LOOKED_AT])
        for decay in DECAYS
        for said in _trained(
            table.features[None], table.targets[None], fresh.features,
            decay=decay, side="together", seed=seed,
        )
    )  # fmt: skip


def _alone(table: RelatedTasks, fresh: RelatedTasks, seed: int) -> float:
    looked_at = min(LOOKED_AT, table.targets.shape[1])
    rows = [np.flatnonzero(table.targets[:, task] >= 0) for task in range(looked_at)]
    fewest = min(map(len, rows))
    inputs = np.stack([table.features[mine[:fewest]] for mine in rows])
    targets = np.stack([table.targets[mine[:fewest], [task]][:, None]
                        for task, mine in enumerate(rows)])  # fmt: skip
    true = fresh.probabilities.T[:looked_at].astype(np.float64)
    return min(
        _log_loss(true, said)
        for decay in DECAYS
        for said in _trained(inputs, targets, fresh.features, decay=decay,
                             side="alone", seed=seed)
    )  # fmt: skip


def _linear(table: RelatedTasks, fresh: RelatedTasks, seed: int) -> float:
    from sklearn.linear_model import LogisticRegression

    found = []
    for task in range(min(LOOKED_AT, table.targets.shape[1])):
        mine = table.targets[:, task] >= 0
        true = fresh.probabilities[:, task].astype(np.float64)
        models = [
            LogisticRegression(C=strength, max_iter=500, random_state=seed).fit(
                table.features[mine], table.targets[mine, task]
            )
            for strength in (0.01, 0.1, 1.0)
        ]
        found.append(
            min(_log_loss(true, model.predict_proba(fresh.features)[:, 1]) for model in models)
        )
    return float(np.mean(found))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--examples", type=int, default=1000, help="labels a task [%(default)s]")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    announce(__doc__)
    sides: dict[str, Callable[[RelatedTasks, RelatedTasks, int], float]] = {
        "together": _together, "alone": _alone, "logistic": _linear,
    }  # fmt: skip
    print("relatedness   truth  together   alone  logistic")
    for relatedness in (1.0, 0.75, 0.5, 0.0):
        with stopwatch() as seconds:
            table = related_tasks(
                given.tasks, given.examples, relatedness=relatedness, seed=given.seed
            )
            fresh = table.fresh(4000)
            true = fresh.probabilities[:, :LOOKED_AT].astype(np.float64)
            cells = [_log_loss(true, true), *(side(table, fresh, given.seed)
                                              for side in sides.values())]  # fmt: skip
        print(f"{relatedness:11.2f}{cells[0]:8.3f}{cells[1]:10.3f}{cells[2]:8.3f}{cells[3]:10.3f}"
              f"   ({seconds():.0f} s)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

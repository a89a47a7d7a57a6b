"""Differences in many tasks: hand-worked, blind to hidden values, corrected for their number."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from headstart.errors import SettingError
from headstart.evaluation import Scores, TaskContrasts, TaskScore, task_contrasts
from headstart.evaluation._intervals import student_quantile
from headstart.evaluation._masked_ranking import masked_ranking
from headstart.evaluation._sampling import Sampling, score_inflation, share_inflation
from headstart.examples import Outputs

Floats = NDArray[np.float64]
SCORES: tuple[TaskScore, ...] = ("log_loss", "auroc", "accuracy")


class Table:
    """Tasks of 2, 3 and 2 classes, two candidates, half of the cells unknown."""

    def __init__(self, *, examples: int = 120, repeats: int = 2, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.outputs = Outputs((2, 3, 2))
        shape = (examples, 3)
        self.targets = np.stack(
            [self.random.integers(0, size, examples) for size in self.outputs.sizes], axis=1
        )
        self.targets = np.where(self.random.random(shape) < 0.5, self.targets, -1)
        self.first = self.said(repeats, 1.0)
        self.second = self.said(repeats, 0.5)

    def said(self, repeats: int, strength: float) -> Floats:
        logits = self.random.normal(size=(repeats, len(self.targets), len(self.outputs)))
        known = self.targets != -1
        columns = np.where(known, self.targets, 0) + self.outputs.starts
        rows = np.arange(len(columns))[:, None]
        logits[:, rows, columns] += strength * known
        return self.outputs.softmax(logits)

    def compare(self, score: TaskScore, **others: object) -> TaskContrasts:
        arguments = {"folds": 5, "outputs": self.outputs, "score": score, **others}
        return task_contrasts(self.targets, self.first, self.second, **arguments)  # type: ignore[arg-type]


def half(figure: object) -> float:
    return (figure.high - figure.low) / 2  # type: ignore[attr-defined, no-any-return]


def alone(table: Table, task: int, score: TaskScore, repeat: int, which: Floats) -> float:
    """scikit-learn's figure of one task over its known rows."""
    rows = table.targets[:, task] >= 0
    labels = table.targets[rows, task]
    given = which[repeat][rows][:, table.outputs.columns(task)]
    if score == "accuracy":
        return float((given.argmax(axis=1) == labels).mean())
    if score == "log_loss":
        return float(log_loss(labels, given, labels=np.arange(given.shape[1])))
    if given.shape[1] == 2:
        return float(roc_auc_score(labels, given[:, 1]))
    return float(roc_auc_score(labels, given, multi_class="ovr", average="macro"))


@pytest.mark.parametrize("score", SCORES)
def test_values_are_scikit_learn_s(score: TaskScore) -> None:
    table = Table()
    found = table.compare(score)
    expected = [
        np.mean([
            alone(table, task, score, repeat, table.first)
            - alone(table, task, score, repeat, table.second)
            for repeat in range(2)
        ])
        for task in range(3)
    ]  # fmt: skip
    assert [figure.value for figure in found.figures] == pytest.approx(expected)
    assert found.mean.value == pytest.approx(np.mean(expected))
    assert found.known.tolist() == (table.targets >= 0).sum(axis=0).tolist()


@pytest.mark.parametrize("score", SCORES)
def test_one_candidate_alone_has_its_own_scores(score: TaskScore) -> None:
    table = Table()
    found = task_contrasts(table.targets, table.first, None, outputs=table.outputs, score=score,
                           folds=5)  # fmt: skip
    expected = [
        np.mean([alone(table, task, score, repeat, table.first) for repeat in range(2)])
        for task in range(3)
    ]
    assert [figure.value for figure in found.simultaneous] == pytest.approx(expected)
    assert found.simultaneous[0].method == "Student, corrected for 3 tasks"
    chance = np.full_like(table.second, 0.5)
    if score == "auroc":
        against = task_contrasts(table.targets, table.first, chance, outputs=table.outputs,
                                 score=score, folds=5)  # fmt: skip
        for one, other in zip(found.simultaneous, against.simultaneous, strict=True):
            assert half(one) == pytest.approx(half(other))


def test_an_interval_is_hand_worked() -> None:
    table = Table(repeats=1)
    figure = table.compare("log_loss").figures[0]
    rows = table.targets[:, 0] >= 0
    labels, each = table.targets[rows, 0], np.arange(rows.sum())
    losses = [-np.log(said[0, rows][each, labels]) for said in (table.first, table.second)]
    variance = (losses[0] - losses[1]).var(ddof=1) / len(labels)
    variance *= score_inflation(folds=5, repeats=1)
    assert half(figure) == pytest.approx(
        student_quantile(0.95, len(labels) - 1) * np.sqrt(variance)
    )
    assert figure.method == "paired Student"


def test_an_area_has_delong_s_interval() -> None:
    """The variance of the difference, from placements of members and of others."""
    table = Table(repeats=1, examples=200)
    figure = table.compare("auroc", folds=None).figures[0]
    rows = table.targets[:, 0] >= 0
    labels = table.targets[rows, 0]
    placed = []
    for said in (table.first, table.second):
        values = said[0, rows, 1]
        above = values[labels == 1][:, None] > values[labels == 0]
        placed.append((above.mean(axis=1), above.mean(axis=0)))
    members, others = (placed[0][side] - placed[1][side] for side in (0, 1))
    spreads = [members.var(ddof=1) / len(members), others.var(ddof=1) / len(others)]
    lost = [
        (spread / sum(spreads)) ** 2 / (len(some) - 1)
        for spread, some in zip(spreads, (members, others), strict=True)
    ]
    quantile = student_quantile(0.95, int(1 / sum(lost)))
    assert half(figure) == pytest.approx(quantile * np.sqrt(1.25 * sum(spreads)))


@pytest.mark.parametrize("rare", [5, 100])
def test_a_rare_class_leaves_few_degrees_of_freedom(rare: int) -> None:
    random = np.random.default_rng(0)
    targets = np.repeat([1, 0], [rare, 200])[:, None]
    of_one = np.clip(random.random((2, 1, len(targets))) * 0.7 + 0.3 * targets[:, 0], 0, 1)
    said = np.stack([1 - of_one, of_one], axis=-1)
    (figure,) = task_contrasts(targets, *said, outputs=Outputs((2,)), score="auroc").figures
    influence = [masked_ranking(one[0, :, 1:], targets == 1, targets >= 0)[1] for one in said]
    naive = np.sqrt(1.25 * np.square(influence[0] - influence[1]).sum())
    ratio = half(figure) / naive / student_quantile(0.95, len(targets) - 1)
    assert ratio == pytest.approx(1.5 if rare == 5 else 1.0, abs=0.1)


@pytest.mark.parametrize("folds", [5, None])
@pytest.mark.parametrize("score", ["log_loss", "accuracy"])
def test_one_task_with_every_label_is_what_a_comparison_says(
    score: Literal["log_loss", "accuracy"], folds: int | None
) -> None:
    random = np.random.default_rng(3)
    targets = random.integers(0, 2, (90, 1))
    of_one = random.random((2, 3, 90))
    said = np.stack([1 - of_one, of_one], axis=-1)
    found = task_contrasts(targets, *said, outputs=Outputs((2,)), score=score, folds=folds)
    if score == "accuracy":
        cells = (said.argmax(axis=3) == targets[:, 0]).astype(float)
    else:
        cells = -np.log(np.where(targets[:, 0] == 1, of_one, 1 - of_one))
    sampling = Sampling(np.arange(90), 90)
    if folds:
        sampling = Sampling(np.arange(90), 90, share_inflation(folds=5, repeats=3),
                            score_inflation(folds=5, repeats=3))  # fmt: skip
    scores = Scores({score: cells[:, None]}, sampling, np.zeros((3, 90), np.int64), folds is None)
    expected = scores.contrast({(0, 0): 1.0, (1, 0): -1.0}, score)
    for figure in (*found.figures, *found.simultaneous, found.mean):
        assert (figure.value, figure.low, figure.high) == pytest.approx(
            (expected.value, expected.low, expected.high)
        )


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), score=st.sampled_from(SCORES))
def test_what_was_said_of_unknown_cells_does_not_matter(seed: int, score: TaskScore) -> None:
    table = Table(seed=seed)
    before = table.compare(score)
    hidden = (table.targets < 0)[:, table.outputs.task_of]
    table.first = np.where(hidden, 0.25, table.first)
    table.second = np.where(hidden, 1.0, table.second)
    after = table.compare(score)
    assert after.figures == before.figures
    assert after.simultaneous == before.simultaneous
    assert after.mean == before.mean


@pytest.mark.parametrize("score", SCORES)
def test_what_was_never_held_out_is_left_out(score: TaskScore) -> None:
    table = Table()
    fewer = Table()
    gone = np.arange(120) % 7 == 0
    fewer.first[:, gone], fewer.second[:, gone] = np.nan, np.nan
    table.targets[gone] = -1
    assert fewer.compare(score).figures == table.compare(score).figures


@pytest.mark.parametrize("score", SCORES)
def test_the_other_way_round_is_the_opposite(score: TaskScore) -> None:
    table = Table()
    one = table.compare(score)
    table.first, table.second = table.second, table.first
    other = table.compare(score)
    for figure, opposite in zip(one.simultaneous, other.simultaneous, strict=True):
        assert figure.value is not None
        assert figure.value == pytest.approx(-(opposite.value or 0))
        assert half(figure) == pytest.approx(half(opposite))


@pytest.mark.parametrize("score", SCORES)
def test_dependent_examples_count_once(score: TaskScore) -> None:
    table, copies = Table(), Table()
    copies.targets = np.repeat(table.targets, 3, axis=0)
    copies.first, copies.second = (
        np.repeat(said, 3, axis=1) for said in (table.first, table.second)
    )
    units = np.repeat(np.arange(120), 3)
    plain, grouped = table.compare(score), copies.compare(score, units=units)
    taken_apart = copies.compare(score)
    for one, other, naive in zip(plain.figures, grouped.figures, taken_apart.figures, strict=True):
        assert half(other) == pytest.approx(half(one))
        assert half(naive) < 0.8 * half(one)


def test_intervals_for_all_tasks_are_wider_the_more_tasks_there_are() -> None:
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, (200, 30))
    of_one = random.random((2, 1, 200, 30))
    said = np.stack([1 - of_one, of_one], axis=-1)
    widths = []
    for tasks in (1, 4, 30):
        found = task_contrasts(
            targets[:, :tasks],
            *said[:, :, :, :tasks].reshape(2, 1, 200, 2 * tasks),
            outputs=Outputs((2,) * tasks),
        )
        widths.append(half(found.simultaneous[0]) / half(found.figures[0]))
        corrected = f"paired Student, corrected for {tasks} tasks"
        assert found.simultaneous[0].method == (corrected if tasks > 1 else "paired Student")
        assert found.simultaneous[0].level == 0.95
    assert widths[0] == 1
    # Šidák's for 4 and 30 independent tasks: 2.49 and 3.13 against 1.96.
    assert widths[1:] == pytest.approx([1.27, 1.60], abs=0.03)


def test_tasks_that_fail_together_are_corrected_less() -> None:
    random = np.random.default_rng(0)
    targets = np.repeat(random.integers(0, 2, (200, 1)), 30, axis=1)
    of_one = np.repeat(random.random((2, 1, 200, 1)), 30, axis=3)
    said = np.stack([1 - of_one, of_one], axis=-1).reshape(2, 1, 200, 60)
    found = task_contrasts(targets, *said, outputs=Outputs((2,) * 30))
    assert half(found.simultaneous[0]) == pytest.approx(half(found.figures[0]), rel=0.01)


def test_the_mean_of_tasks_on_other_examples_is_surer_than_that_of_copies() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 100)
    of_one = random.random((2, 1, 100))
    copies = np.stack([1 - of_one, of_one] * 4, axis=-1)
    same = task_contrasts(np.repeat(labels[:, None], 4, 1), *copies, outputs=Outputs((2,) * 4))
    assert half(same.mean) == pytest.approx(half(same.figures[0]))

    targets = random.integers(0, 2, (400, 4))
    targets[(np.arange(400) % 4)[:, None] != np.arange(4)] = -1
    of_one = random.random((2, 1, 400, 4))
    said = np.stack([1 - of_one, of_one], axis=-1).reshape(2, 1, 400, 8)
    apart = task_contrasts(targets, *said, outputs=Outputs((2,) * 4))
    expected = np.sqrt(sum(half(figure) ** 2 for figure in apart.figures)) / 4
    assert half(apart.mean) == pytest.approx(expected, rel=0.03)


def test_agreeing_on_a_few_examples_is_no_proof_of_being_equal() -> None:
    targets = np.tile([0, 1], 10)[:, None]
    said = np.tile([0.6, 0.4], (1, 20, 1))
    found = task_contrasts(targets, said, said, outputs=Outputs((2,)), score="accuracy")
    assert found.figures[0].value == 0
    assert half(found.figures[0]) > 0.1
    assert half(found.mean) > 0.1


def why(targets: NDArray[np.int64]) -> str | None:
    said = np.full((1, len(targets), 2), 0.5)
    found = task_contrasts(targets[:, None], said, said, outputs=Outputs((2,)), score="auroc")
    (figure,) = found.figures
    assert (figure.value is None) == (figure.low is None) == (found.mean.value is None)
    assert found.compared == (figure.value is not None)
    return figure.why


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([-1] * 30, "no example with a known label was held out"),
        ([0, 1, 0, 1] + [-1] * 30, "only 4 labels were held out; at least 10 are needed"),
        ([1] * 30, "only one class in the held-out part"),
        (
            [0] * 30 + [1] * 4,
            "only 4 held-out labels are not of its most frequent class; at least 5 are needed",
        ),
        ([0] * 30 + [1] * 5, None),
    ],
)
def test_a_task_with_too_little_says_so(labels: list[int], reason: str | None) -> None:
    assert why(np.array(labels)) == reason


def test_groups_are_counted_not_labels() -> None:
    targets, said = np.tile([0, 1], 20)[:, None], np.full((1, 40, 2), 0.5)
    found = task_contrasts(targets, said, said, outputs=Outputs((2,)), units=np.arange(40) // 8)
    assert found.figures[0].why == "only 5 groups with labels were held out; at least 10 are needed"


def test_a_task_that_cannot_be_compared_leaves_the_others_as_they_are() -> None:
    table = Table()
    table.targets[:, 1] = -1
    found = table.compare("log_loss")
    assert found.compared == 2
    assert found.figures[1].value is None
    assert found.simultaneous[0].method == "paired Student, corrected for 2 tasks"
    assert found.mean.value == pytest.approx(
        np.mean([found.figures[0].value or 0, found.figures[2].value or 0])
    )


def test_few_examples_are_marked_approximate() -> None:
    table = Table(examples=40)
    table.targets[:, 0] = np.tile([0, 1], 20)
    found = table.compare("log_loss")
    assert [figure.approximate for figure in found.figures] == [False, True, True]


def test_draws_of_the_training_part_vary_beside_the_examples() -> None:
    random = np.random.default_rng(0)
    targets = np.tile([0, 1], 50)[:, None]
    strength = np.array([0.5, 0.7, 0.9])[:, None]
    right = np.where(targets[:, 0] == 1, strength, 1 - strength) + random.normal(0, 0.01, (3, 100))
    first = np.stack([1 - right, right], axis=-1)
    second = np.full((3, 100, 2), 0.5)
    figure = task_contrasts(targets, first, second, outputs=Outputs((2,))).figures[0]
    losses = -np.log(np.where(targets[:, 0] == 1, right, 1 - right)) - np.log(2)
    variance = losses.mean(axis=0).var(ddof=1) / 100 + losses.mean(axis=1).var(ddof=1) / 3
    assert half(figure) == pytest.approx(student_quantile(0.95, 99) * np.sqrt(variance))


def test_arguments_that_do_not_fit() -> None:
    table = Table()
    with pytest.raises(SettingError, match=r"targets have the shape \(120, 2\); expected"):
        task_contrasts(table.targets[:, :2], table.first, table.second, outputs=table.outputs)
    with pytest.raises(SettingError, match=r"\(1, 120, 7\); expected \(repeats, 120, 7\)"):
        task_contrasts(table.targets, table.first, table.second[:1], outputs=table.outputs)
    with pytest.raises(SettingError, match="outside 0 to 1"):
        task_contrasts(table.targets, table.first * 2, table.second, outputs=table.outputs)
    with pytest.raises(SettingError, match="a class of their task"):
        task_contrasts(table.targets + 1, table.first, table.second, outputs=table.outputs)
    with pytest.raises(SettingError, match="one for each example"):
        table.compare("log_loss", units=np.arange(5))


def test_candidates_must_have_predicted_the_same() -> None:
    table = Table()
    table.first[0, 3, :2] = np.nan
    with pytest.raises(SettingError, match="in some repeats only"):
        table.compare("log_loss")
    table.first[1, 3, :2] = np.nan
    with pytest.raises(SettingError, match="the candidates predicted different examples"):
        table.compare("log_loss")

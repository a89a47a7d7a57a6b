"""Joint or separate in words: no stronger than the intervals, and readable for any number."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.errors import SettingError
from headstart.evaluation import Figure, TaskContrasts, TaskScore, task_contrasts
from headstart.examples import Outputs
from headstart.strategy import Together, judge_together
from headstart.strategy._worth import NEGLIGIBLE

Interval = tuple[float, float] | None
HELPS, HARMS, SAME, OPEN = (0.02, 0.1), (-0.1, -0.02), (-0.01, 0.01), (-0.1, 0.1)


def figure(interval: Interval) -> Figure:
    if interval is None:
        return Figure(None, None, None, 0.95, None, why="only one class in the held-out part")
    return Figure(sum(interval) / 2, *interval, 0.95, "given")


def judged(
    *intervals: Interval,
    mean: Interval = OPEN,
    score: TaskScore = "auroc",
    names: Sequence[str] | None = None,
) -> Together:
    figures = tuple(map(figure, intervals))
    contrasts = TaskContrasts(
        score, figures, figures, figure(mean), np.full(len(figures), 50), 0.99
    )
    given_names = [chr(97 + place) for place in range(len(figures))] if names is None else names
    return judge_together(contrasts, given_names)


@pytest.mark.parametrize(
    ("intervals", "words"),
    [
        (
            [HELPS, HELPS, HELPS, OPEN],
            "joint helps 3 of 4 tasks (a, b and c), harms none, one cannot be told (d) (corrected "
            "for 4 tasks)",
        ),
        (
            [HELPS, HARMS],
            "joint helps 1 of 2 tasks (a), harms one (b) (corrected for 2 tasks)",
        ),
        (
            [HELPS, HELPS],
            "joint helps both tasks (a and b), harms none (corrected for 2 tasks)",
        ),
        (
            [OPEN, OPEN],
            "joint helps neither of 2 tasks, harms none, 2 cannot be told (a and b) (corrected for "
            "2 tasks)",
        ),
        (
            [SAME, SAME, None],
            "joint helps none of 3 tasks, harms none, changes 2 by no more than 2 points (a and "
            "b), one has too few labels to compare (corrected for 2 tasks)",
        ),
        ([HELPS, None], "joint helps 1 of 2 tasks (a), harms none, one has too few labels to "
                        "compare"),
        ([None, None], "none of 2 tasks can be compared: only one class in the held-out part"),
        ([HELPS], "joint helps 'a': AUROC +6.0 points (95 % +2.0 to +10)"),
        ([HARMS], "joint harms 'a': AUROC −6.0 points (95 % −10 to −2.0)"),
        ([SAME], "joint makes no difference to speak of to 'a': AUROC +0.0 points (95 % −1.0 to "
                 "+1.0)"),
        ([OPEN], "cannot tell whether joint helps or harms 'a': AUROC +0.0 points (95 % −10 to "
                 "+10)"),
        ([None], "'a' cannot be compared: only one class in the held-out part"),
    ],
)  # fmt: skip
def test_the_verdict_in_words(intervals: list[Interval], words: str) -> None:
    assert str(judged(*intervals)) == words


def test_hundreds_of_tasks_are_counted_and_few_are_named() -> None:
    intervals = [HELPS] * 42 + [(0.3, 0.5)] + [HARMS] * 3 + [SAME] * 9 + [None] * 2 + [OPEN] * 560
    names = [f"t{place}" for place in range(617)]
    assert str(judged(*intervals, names=names)) == (
        "joint helps 43 of 617 tasks (t42, t0, t1, t2 and 39 others), harms 3 (t43, t44 and t45), "
        "changes 9 by no more than 2 points, 560 cannot be told, 2 have too few labels to compare "
        "(corrected for 615 tasks)"
    )


def test_all_of_many() -> None:
    assert str(judged(*[HELPS] * 5)) == (
        "joint helps all 5 tasks (a, b, c, d and 1 other), harms none (corrected for 5 tasks)"
    )


def test_of_a_log_loss_less_is_better() -> None:
    found = judged(HARMS, HELPS, SAME, score="log_loss", mean=HARMS)
    assert str(found) == (
        "joint helps 1 of 3 tasks (a), harms one (b), changes one by no more than 0.02 (c) "
        "(corrected for 3 tasks)"
    )
    assert found.sentences[1:] == [
        "a: log loss −0.06 (95 % −0.10 to −0.02)",
        "b: log loss +0.06 (95 % +0.02 to +0.10)",
        "on average over 3 tasks joint is better: log loss −0.06 (95 % −0.10 to −0.02)",
    ]


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (HELPS, "on average over 2 tasks joint is better: AUROC +6.0 points (95 % +2.0 to +10)"),
        (HARMS, "on average over 2 tasks joint is worse: AUROC −6.0 points (95 % −10 to −2.0)"),
        (SAME, "on average over 2 tasks joint makes no difference to speak of: AUROC +0.0 points "
               "(95 % −1.0 to +1.0)"),
        (OPEN, "on average over 2 tasks it cannot be told which is better: AUROC +0.0 points "
               "(95 % −10 to +10)"),
    ],
)  # fmt: skip
def test_the_mean_in_words(mean: Interval, words: str) -> None:
    assert judged(OPEN, OPEN, mean=mean).sentences[-1] == words


ends = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)).map(lambda pair: tuple(sorted(pair)))


@given(st.lists(st.one_of(st.none(), ends), min_size=2, max_size=12))
def test_no_word_is_stronger_than_the_interval(intervals: list[Interval]) -> None:
    found = judged(*intervals)
    for interval, verdict in zip(intervals, found.verdicts, strict=True):
        if interval is None:
            assert verdict.word == "cannot tell"
            continue
        assert (verdict.word == "helps") == (interval[0] > 0)
        assert (verdict.word == "harms") == (interval[1] < 0)
        assert verdict.word != "no gain" or max(map(abs, interval)) <= NEGLIGIBLE
    counted = sum(len(found.tasks(word)) for word in ("helps", "harms", "no gain", "cannot tell"))
    assert counted == found.compared == sum(interval is not None for interval in intervals)


def test_figures_of_a_real_comparison() -> None:
    """Words rest on intervals for all tasks, though a single task's own would say more."""
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, (300, 20))
    noise = random.normal(0, 1.2, (300, 20))
    right = 1 / (1 + np.exp(-(0.22 + noise)))
    of_one = np.where(targets == 1, right, 1 - right)
    first = np.stack([1 - of_one, of_one], axis=-1).reshape(1, 300, 40)
    contrasts = task_contrasts(targets, first, np.full_like(first, 0.5), outputs=Outputs((2,) * 20))
    found = judge_together(contrasts, [f"t{place}" for place in range(20)])
    alone = sum((verdict.alone.high is not None and verdict.alone.high < 0)
                or (verdict.alone.low is not None and verdict.alone.low > 0)
                for verdict in found.verdicts)  # fmt: skip
    told = len(found.tasks("helps")) + len(found.tasks("harms"))
    assert told < alone
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["verdict"] == str(found)
    assert [task["word"] for task in document["tasks"]] == [each.word for each in found.verdicts]


def test_names_are_needed_for_all() -> None:
    with pytest.raises(SettingError, match="1 names for 2 tasks"):
        judged(OPEN, OPEN, names=["a"])

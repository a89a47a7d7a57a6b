"""Where harm ends over widths: said only where the intervals allow it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.evaluation import Figure, TaskContrasts, TaskScore
from headstart.strategy import Together, judge_together, sweep_sentences
from headstart.strategy._worth import NEGLIGIBLE

Interval = tuple[float, float] | None
WORSE, WORST, OPEN, SAME = (-0.1, -0.04), (-0.2, -0.15), (-0.1, 0.1), (-0.01, 0.01)
SLIGHTLY_WORSE, BETTER = (-0.03, -0.006), (0.02, 0.06)


def figure(interval: Interval) -> Figure:
    if interval is None:
        return Figure(None, None, None, 0.95, None, why="only one class in the held-out part")
    return Figure(sum(interval) / 2, *interval, 0.95, "given")


def at_width(
    mean: Interval, *, tasks: tuple[Interval, ...] = (OPEN, OPEN), score: TaskScore = "auroc"
) -> Together:
    figures = tuple(map(figure, tasks))
    contrasts = TaskContrasts(
        score, figures, figures, figure(mean), np.full(len(figures), 50), 0.99
    )
    return judge_together(contrasts, [chr(97 + place) for place in range(len(figures))])


@pytest.mark.parametrize(
    ("means", "words"),
    [
        (
            {4: WORSE, 16: SAME, 64: SAME},
            "harm ends between 4 and 16: joint harms with a shared layer of 4 (AUROC −7.0 points "
            "(95 % −10 to −4.0)), and with 16 and 64 harm of more than 2 points is ruled out",
        ),
        (
            {4: WORST, 16: WORSE, 64: BETTER},
            "harm ends between 16 and 64: joint harms with a shared layer of 4 and 16 (AUROC −7.0 "
            "points (95 % −10 to −4.0) with 16); it helps with 64 (AUROC +4.0 points (95 % +2.0 to "
            "+6.0))",
        ),
        (
            {4: SLIGHTLY_WORSE, 16: SAME},
            "joint harms with a shared layer of 4 (AUROC −1.8 points (95 % −3.0 to −0.6)); with 16 "
            "harm of more than 2 points is ruled out, but whether there is less than before cannot "
            "be told",
        ),
        (
            {4: WORSE, 16: SAME, 64: OPEN},
            "where harm ends cannot be told: joint harms with a shared layer of 4 (AUROC −7.0 "
            "points (95 % −10 to −4.0)); with 16 and 64 none is shown, but more than 2 points of "
            "it cannot be ruled out with 64",
        ),
        (
            {4: WORSE, 16: OPEN, 64: OPEN},
            "where harm ends cannot be told: joint harms with a shared layer of 4 (AUROC −7.0 "
            "points (95 % −10 to −4.0)); with 16 and 64 none is shown, but more than 2 points of "
            "it cannot be ruled out there",
        ),
        (
            {4: SAME, 1024: WORSE},
            "harm does not end within these widths: joint harms with a shared layer of 1,024, the "
            "widest tried (AUROC −7.0 points (95 % −10 to −4.0) there)",
        ),
        (
            {4: WORSE, 16: WORSE},
            "harm does not end within these widths: joint harms with a shared layer of 4 and 16, "
            "the widest tried (AUROC −7.0 points (95 % −10 to −4.0) there)",
        ),
        (
            {8: WORSE},
            "joint harms with a shared layer of 8 (AUROC −7.0 points (95 % −10 to −4.0)), and no "
            "other width was tried",
        ),
        (
            {4: SAME, 16: BETTER, 64: BETTER},
            "joint does no harm of more than 2 points with a shared layer of 4, 16 and 64; it "
            "helps with 16 and 64 (AUROC +4.0 points (95 % +2.0 to +6.0) with 64)",
        ),
        (
            {4: OPEN, 16: SAME, 64: SAME},
            "joint is not shown to do harm with a shared layer of 4, 16 and 64, and more than 2 "
            "points of it is ruled out with 16 and 64 only",
        ),
        (
            {4: OPEN, 16: OPEN},
            "joint is not shown to do harm with a shared layer of 4 and 16, but more than 2 points "
            "of it cannot be ruled out either",
        ),
        (
            {4: None, 16: SAME},
            "joint does no harm of more than 2 points with a shared layer of 16",
        ),
    ],
)  # fmt: skip
def test_the_average_in_words(means: dict[int, Interval], words: str) -> None:
    assert sweep_sentences({width: at_width(mean) for width, mean in means.items()})[0] == (
        f"by AUROC, on average over 2 tasks {words}"
    )


def test_of_a_log_loss_less_is_better() -> None:
    judged = {4: at_width(BETTER, score="log_loss"), 16: at_width(WORSE, score="log_loss")}
    assert sweep_sentences(judged)[0] == (
        "by log loss, on average over 2 tasks harm ends between 4 and 16: joint harms with a "
        "shared layer of 4 (log loss +0.04 (95 % +0.02 to +0.06)); it helps with 16 (log loss "
        "−0.07 (95 % −0.10 to −0.04))"
    )


def test_single_tasks_are_counted() -> None:
    judged = {
        64: at_width(SAME, tasks=(SAME, OPEN, None)),
        4: at_width(WORSE, tasks=(WORSE, WORST, OPEN)),
        16: at_width(OPEN, tasks=(OPEN, WORSE, OPEN)),
    }
    assert sweep_sentences(judged)[1] == (
        "by AUROC, so many tasks are shown to be harmed: 2 with 4, 1 with 16, none with 64"
    )
    judged = {4: at_width(OPEN), 16: at_width(BETTER, tasks=(BETTER, OPEN))}
    assert sweep_sentences(judged)[1] == (
        "by AUROC, no single task is shown to be harmed with 4 or 16"
    )


def test_of_one_task_the_mean_says_it_all() -> None:
    (said,) = sweep_sentences({4: at_width(WORSE, tasks=(WORSE, None))})
    assert said.startswith("by AUROC, on average over one task joint harms with a shared ")


def test_nothing_to_compare_says_why() -> None:
    judged = {width: at_width(None, tasks=(None, None)) for width in (4, 16)}
    assert sweep_sentences(judged) == [
        "widths 4 and 16 cannot be compared by AUROC: only one class in the held-out part"
    ]
    assert sweep_sentences({}) == []


ends = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)).map(lambda pair: tuple(sorted(pair)))


@given(st.lists(ends, min_size=1, max_size=6), st.sampled_from(["auroc", "log_loss"]))
def test_no_end_of_harm_is_said_that_the_intervals_do_not_show(
    means: list[tuple[float, float]], score: TaskScore
) -> None:
    judged = {2**place: at_width(mean, score=score) for place, mean in enumerate(means)}
    (said, _) = sweep_sentences(judged)
    gains = [(low, high) if score == "auroc" else (-high, -low) for low, high in means]
    ended = re.search(r"harm ends between (\d+) and (\d+)", said)
    if ended:
        place = int(ended[1]).bit_length() - 1
        assert int(ended[2]) == 2 ** (place + 1)
        assert gains[place][1] < 0
        assert all(low >= -NEGLIGIBLE and low > gains[place][1] for low, _ in gains[place + 1 :])
    assert ("does not end" in said) == (len(gains) > 1 and gains[-1][1] < 0)
    assert ("does no harm" in said) == all(low >= -NEGLIGIBLE and high >= 0 for low, high in gains)
    assert ("it helps with" in said) == any(low > 0 for low, _ in gains)

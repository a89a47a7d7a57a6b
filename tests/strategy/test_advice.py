"""The lecture's rules on counts: each case once, and none stronger than its numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headstart.backbones import TrainedOn
from headstart.examples import Survey, TaskSurvey
from headstart.strategy import Advice, DepthProposal, Machine, SourceAdvice, advise_on, judge_source

LAPTOP = Machine(threads=4, bf16=False, gpu=False, pytorch=True, free_bytes=10**10)
DEPTH = DepthProposal("net", ("head only", "1 of 9 stages retrained"), "1", 20.0)


def photos(*counts: int, **others: object) -> Survey:
    task = TaskSurvey("label", {f"class{number}": count for number, count in enumerate(counts)})
    return replace(Survey("photo", sum(counts), (task,), {}), **others)  # type: ignore[arg-type]


def a_source(name: str, examples: int | None, found: Survey, kind: str = "photo") -> SourceAdvice:
    told = TrainedOn(name, kind, examples, None, "counted")  # type: ignore[arg-type]
    return judge_source(name, told, kind=found.kind, examples=found.training)


def advice_for(found: Survey, *sizes: int | None, machine: Machine = LAPTOP) -> Advice:
    sources = [a_source(f"a{place}", size, found) for place, size in enumerate(sizes)]
    return advise_on(found, sources, machine, DEPTH)


def test_far_more_is_transfer() -> None:
    found = advice_for(photos(50, 50), 1_000_000)
    assert (found.start, found.source) == ("transfer", "a0")
    assert "place to start unless data and compute are both exceptional" in found.reasons[0]
    assert "your data and machine are not" in found.reasons[0]


def test_more_but_not_far_more_is_measured() -> None:
    found = advice_for(photos(50, 50), 300)
    assert found.start == "transfer"
    assert "measure whether that gains anything" in found.headline


def test_a_smaller_source_does_no_harm_and_gains_nothing() -> None:
    found = advice_for(photos(500, 500), 100)
    assert found.start == "either"
    assert "will do no harm, but expect no gain" in found.headline


def test_an_unknown_size_says_nothing() -> None:
    found = advice_for(photos(50, 50), None)
    assert found.start == "either"
    assert "cannot be told" in found.headline


def test_random_weights_are_scratch() -> None:
    assert advice_for(photos(50, 50), 0).start == "scratch"


def test_the_largest_source_is_taken() -> None:
    assert advice_for(photos(50, 50), 2000, 1_000_000, None, 0).source == "a1"
    assert advice_for(photos(50, 50), 0, None).source == "a1"


def test_another_kind_is_never_taken() -> None:
    found = photos(50, 50)
    sources = [a_source("speech", 10**8, found, kind="sound"), a_source("small", 20, found)]
    assert advise_on(found, sources, LAPTOP, DEPTH).source == "small"
    alone = advise_on(found, sources[:1], LAPTOP, DEPTH)
    assert (alone.start, alone.source) == ("scratch", "")


def test_a_better_one_comes_with_the_installation() -> None:
    found = photos(50, 50)
    usual = a_source("usual", 1_000_000, found)
    small = [a_source("small", 20, found)]
    assert any("usual, which comes" in each
               for each in advise_on(found, small, LAPTOP, DEPTH, usual=usual).reasons)  # fmt: skip
    large = [a_source("large", 2_000_000, found)]
    assert len(advise_on(found, large, LAPTOP, DEPTH, usual=usual).reasons) == 1


@pytest.mark.parametrize(
    ("each", "gpu", "start", "words"),
    [
        (1_000_000, True, "either", "may be"),
        (1_000_000, False, "transfer", "your machine is not"),
        (100, True, "transfer", "your data are not"),
    ],
)
def test_only_exceptional_data_and_compute_are_exceptional(
    each: int, gpu: bool, start: str, words: str
) -> None:
    found = advice_for(photos(each, each), 10**9, machine=replace(LAPTOP, gpu=gpu))
    assert found.start == start
    assert words in found.reasons[0]


def test_one_class() -> None:
    found = advice_for(photos(50), 1_000_000)
    assert found.start == "nothing yet"
    assert "the only class is 'class0'" in found.headline
    assert found.depth == ""


def test_sounds_are_said_not_to_be_read() -> None:
    assert "does not train on yet" in advice_for(photos(5, 5, kind="sound"), None).headline


def test_no_training_part() -> None:
    assert "No example" in advice_for(photos(5, 5, parts={"test": 10}), 10**6).headline


def test_how_deep() -> None:
    assert "1 of 9 stages retrained" in advice_for(photos(50, 50), 10**6).depth
    no_torch = advice_for(photos(50, 50), 10**6, machine=replace(LAPTOP, pytorch=False))
    assert "PyTorch, which is not installed" in no_torch.depth
    shallow = advise_on(photos(2, 2), [], LAPTOP, DepthProposal("net", ("head only",), "head", 0.0))
    assert "nothing deeper" in shallow.depth
    left_out = advise_on(photos(2, 2), [], LAPTOP, replace(DEPTH, left_out=("all",)))
    assert "(all only with a larger --budget)" in left_out.depth


def test_what_to_be_careful_about() -> None:
    words = " ".join(advice_for(photos(96, 4), 10**6).careful)
    assert "'class1' has 4 examples" in words
    assert "look at balanced accuracy" in words
    assert "known to about 5.9 points" in words
    assert "balanced" not in " ".join(advice_for(photos(50, 50), 10**6).careful)
    assert "hardly any accuracy" in " ".join(advice_for(photos(4, 4), 10**6).careful)
    held_out = photos(500, 500, parts={"train": 900, "test": 100})
    assert "With 100 photos held out" in " ".join(advice_for(held_out, 10**6).careful)


def several(*known: int) -> str:
    tasks = tuple(
        TaskSurvey(f"t{place}", {"0": count, "1": 0}) for place, count in enumerate(known)
    )
    found = Survey("photo", 100, tasks, {})
    return " ".join(advise_on(found, [a_source("a", 10**6, found)], LAPTOP, DEPTH).reasons)


def test_several_tasks() -> None:
    words = several(*[1000] * 100)
    assert "100 tasks on the same photos with similar amounts of labels" in words
    assert "have about 99 times as many labels: that speaks for training them together" in words
    assert "on frozen stages joint and separate output layers are the same thing" in words
    assert "little speaks for training them together" in several(1000, 1000)
    assert "very uneven amounts of labels, 10 to 1,000 known" in several(10, 1000)
    assert "'t1' has no known label at all" in several(5, 0)
    assert "same photos" not in several(1000)

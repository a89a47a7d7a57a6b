"""The lecture's rules on counts: each case once, and none stronger than its numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headstart.backbones import TrainedOn
from headstart.examples import Survey, TaskSurvey
from headstart.strategy import (
    Advice,
    DepthProposal,
    Machine,
    SourceAdvice,
    advise_on,
    judge_source,
    natural_focus,
)

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
    assert "With 100 examples held out" in " ".join(advice_for(held_out, 10**6).careful)


def tasks_of(*known: int, rare: int | None = None) -> Survey:
    """Yes/no tasks with so many known labels of 1,000 examples, half of them yes unless rare."""
    tasks = tuple(
        TaskSurvey(
            f"t{place}",
            {"no": count - yes, "yes": yes},
            1000 - count,
        )
        for place, count in enumerate(known)
        for yes in [count // 2 if rare is None else rare]
    )
    return Survey("photo", 1000, tasks, {})


def why(found: Survey) -> str:
    return " ".join(advice_for(found, 10**6).reasons)


def test_one_model_for_all_tasks() -> None:
    found = advice_for(tasks_of(1000, 1000, 1000), 10**6)
    assert found.headline == "Transfer: start from a0. One model for all 3 tasks."
    assert "One model" not in advice_for(tasks_of(1000), 10**6).headline


def test_many_tasks_of_similar_size_speak_for_one_network() -> None:
    words = why(tasks_of(*[1000] * 100))
    assert "100 tasks with similar amounts of labels, 1,000 each" in words
    assert "For any of them the other tasks together have about 99 times as many labels" in words
    assert "that speaks for training them together; --focus says which" in words
    assert "on frozen stages joint and separate output layers are the same thing" in words
    assert "one model that answers all 100 tasks in one pass; whether 100 networks" in words
    assert "compare --with joint,separate" in words


def test_a_few_tasks_of_the_same_size_say_little() -> None:
    words = why(tasks_of(1000, 1000))
    assert "no more than 1 times as many labels: little speaks for training them" in words
    assert "--focus" not in words


def test_the_task_with_the_fewest_labels_is_named() -> None:
    words = why(tasks_of(20, 1000))
    assert "very uneven amounts of labels, 20 to 1,000; 49% of all labels are unknown" in words
    assert "left out, never taken for no" in words
    assert "For 't0', which has the fewest, the other tasks together have about 50 times" in words
    assert "such as 't0'" in words


def test_a_single_task_is_not_compared_with_others() -> None:
    assert "joint" not in why(tasks_of(1000))


def test_a_task_of_one_class_helps_nobody() -> None:
    found = tasks_of(1000, 1000)
    one_class = TaskSurvey("always", {"no": 0, "yes": 900}, 100)
    more = replace(found, tasks=(*found.tasks, one_class))
    assert why(more) == why(found)
    careful = " ".join(advice_for(more, 10**6).careful)
    assert "1 of 3 tasks cannot be learned: fewer than two classes are known of 'always'" in careful


def test_tasks_of_one_class_each_are_nothing_yet() -> None:
    found = tasks_of(1000, 1000, rare=0)
    advice = advice_for(found, 10**6)
    assert advice.start == "nothing yet"
    assert advice.headline.startswith("None of the 2 tasks can be learned yet")


def test_what_to_be_careful_about_in_many_tasks() -> None:
    even = " ".join(advice_for(tasks_of(500, 600, 700), 10**6).careful)
    assert even == ""
    words = " ".join(advice_for(tasks_of(500, 600, 700, rare=4), 10**6).careful)
    assert "In 3 of 3 tasks a class has fewer than 10 examples ('yes' of t0 4" in words
    assert "In 3 of 3 tasks one class has at least 5 times as many examples as another" in words
    assert "('no' of t2 696, 'yes' 4): look at AUROC and average precision" in words


def test_the_natural_focus_is_the_smallest_task_that_others_could_help() -> None:
    focus = natural_focus(tasks_of(*[500] * 15, 30).tasks)
    assert focus is not None
    assert focus.name == "t15"
    assert natural_focus(tasks_of(500, 500).tasks) is None
    tied = [*tasks_of(*[500] * 15).tasks, TaskSurvey("rare", {"no": 490, "yes": 10})]
    focus = natural_focus(tied)
    assert focus is not None
    assert focus.name == "rare"


def test_feature_vectors_start_from_no_network() -> None:
    found = replace(tasks_of(1000, 1000), kind="vector", width=64)
    advice = advise_on(found, [], LAPTOP, None)
    assert (advice.start, advice.source) == ("scratch", "")
    assert advice.headline == "New layers on your vectors. One model for all 2 tasks."
    assert "go through no pretrained network" in advice.reasons[0]
    assert "share new hidden layers (--hidden)" in " ".join(advice.reasons)
    assert "PyTorch" not in advice.depth
    without = advise_on(found, [], replace(LAPTOP, pytorch=False), None)
    assert "PyTorch is needed (pip install" in without.depth

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.report.documents import Document, a_plan, figure, fine_tuned
from tests.report.page import Page, assert_self_contained
from tests.report.tasks import (
    WHY,
    a_category,
    a_question,
    a_summary,
    metrics_of,
    stored,
    write_predictions,
)

from headstart.examples import Outputs
from headstart.report import write_report
from headstart.report._read import read_model_files
from headstart.report._several import MOST_TASKS, in_full
from headstart.report._summary import Summary, summarise
from headstart.strategy._missing import missingness

MakeModel = Callable[..., Path]


def make(make_model: MakeModel, tasks: list[Document], **others: object) -> Path:
    return make_model(model={"tasks": stored(tasks)}, metrics=metrics_of(tasks, **others))


def text_of(directory: Path) -> str:
    return write_report(directory).read_text(encoding="utf-8")


def summary_of(directory: Path) -> Summary:
    return summarise(read_model_files(directory))


def questions(count: int) -> list[Document]:
    return [a_question(f"finding {place}", 50 + place) for place in range(count)]


@pytest.mark.parametrize("count", [2, 4, 12, 100, 617])
def test_any_number_of_tasks(make_model: MakeModel, count: int) -> None:
    text = text_of(make(make_model, questions(count)))
    assert_self_contained(text)
    page = Page(text)
    assert len(text) < 1_500_000
    assert f"finding {count - 1}" in page.words
    links = [attributes.get("href") for tag, attributes in page.elements if tag == "a"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert links == [f"#task-{place}" for place in range(min(count, MOST_TASKS))]
    assert {(link or "")[1:] for link in links} <= set(ids)
    assert len(ids) == len(set(ids))
    labels = {attributes.get("aria-labelledby") for _, attributes in page.elements}
    assert {label for label in labels if label} <= set(ids)
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all(attributes["aria-label"] for attributes in pictures)


def test_the_overview_says_how_good_each_is(make_model: MakeModel) -> None:
    tasks = [
        a_question("stop", 877),
        a_question("light", 40, auroc=figure(None), average_precision=figure(None)),
        a_category("weather", "sun", "rain", "snow"),
    ]
    words = Page(text_of(make(make_model, tasks, summary=a_summary(3, defined=2)))).flat
    for expected in (
        "Mean AUROC, 2 of 3 tasks defined",
        "Mean over the tasks where the figure is defined.",
        "stop87712.5 %0.9700.900 to 0.9900.8000.700 to 0.9000.7000.600 to 0.8000.250",
        f"undefined: {WHY}",
        "Undefined for light: Only one class in the held-out part.",
        "3 classes",
        "log loss 0.750 (0.700 to 0.800)",
    ):
        assert expected in words


def test_details_are_of_the_tasks_that_know_most() -> None:
    tasks = questions(100)
    assert in_full(tasks) == list(range(100 - MOST_TASKS, 100))
    assert in_full(questions(3)) == [0, 1, 2]
    assert in_full([a_question("a", 5)] * 30) == list(range(MOST_TASKS))


def test_few_tasks_are_unfolded(make_model: MakeModel) -> None:
    for count, expected in ((4, True), (5, False)):
        page = Page(text_of(make(make_model, questions(count))))
        unfolded = ["open" in attributes for tag, attributes in page.elements
                    if tag == "details" and attributes.get("class") == "one-task"]  # fmt: skip
        assert unfolded == [expected] * count


def test_counts_are_those_at_the_threshold(make_model: MakeModel) -> None:
    tasks = [a_question("stop"), a_category("weather", "sun", "rain", "snow")]
    directory = make(make_model, tasks)
    rows = [(f"{n}.jpg", "", "train", "", 0, "yes", 0.3, "sun", 0.6, 0.3, 0.1) for n in range(7)]
    rows += [(f"{n}.jpg", "", "train", "", 0, "no", 0.26, "", 0.6, 0.3, 0.1) for n in range(2)]
    rows += [(f"{n}.jpg", "", "train", "", 0, "yes", 0.1, "rain", 0.6, 0.3, 0.1) for n in range(3)]
    write_predictions(directory, tasks, rows)
    page = Page(text_of(directory))
    assert (
        "yes from a chance of 0.250 on, the threshold of the greatest F1: 7 of the 10 that are a "
        "yes are found, and 7 of the 9 said are right." in page.flat
    )
    assert "It was chosen on these very predictions" in page.flat
    several = summary_of(directory).several
    assert several is not None
    stop, weather = several.details
    assert [[cell.count for cell in row.cells] for row in stop.summary.matrix] == [
        ["0", "2"], ["3", "7"]
    ]  # fmt: skip
    assert not stop.summary.rows, "precision and recall of other thresholds would contradict them"
    assert (stop.decided[0] and not weather.decided) is True
    assert stop.gallery is not None
    assert stop.gallery.words == "The 5 of 12 photos that were answered wrongly, the surest first."
    assert {card.predicted for card in stop.gallery.cards} == {"stop", "no stop"}


def test_a_part_that_was_held_out_has_the_threshold_of_others(make_model: MakeModel) -> None:
    held = {"design": "test", "examples": 4, "groups": None, "folds": None, "repeats": None}
    tasks = [a_question("stop", held_out=held), a_question("go", held_out=held)]
    directory = make(make_model, tasks, other_parts={"validation": tasks})
    write_predictions(directory, tasks, [("a", "", "test", "", "", "yes", 0.9, "no", 0.1)])
    words = Page(text_of(directory)).flat
    assert "It was chosen on examples to learn from, not on these." in words
    assert "On the validation part" in words
    assert words.count("go10012.5 %") == 2


def test_one_task_read_as_one_of_several(make_model: MakeModel) -> None:
    """As where uncertain labels are trained."""
    text = text_of(make(make_model, [a_question("stop")]))
    assert_self_contained(text)
    words = Page(text).flat
    assert "The task" in words
    assert "Can the tasks help one another?" not in words
    assert "share nothing" not in words


def test_feature_vectors_have_no_photos(make_model: MakeModel) -> None:
    tasks = questions(2)
    names = {"names": [f"bit {place}" for place in range(1024)]}
    directory = make_model(
        model={"tasks": stored(tasks), "input_kind": "vector", "preprocessing": names,
               "command": "headstart train t.csv --features x.npy",
               "head": {"layers": [[4, 1024]], "origin": {"by": "solver", "tasks": 2, "solved": 2,
                                                          "converged": 1}}},
        metrics=metrics_of(tasks, notes=[]),
    )  # fmt: skip
    write_predictions(directory, tasks, [("m1", "h", "train", "", 0, "yes", 0.1, "no", 0.7)])
    text = text_of(directory)
    words = Page(text).flat
    assert "photo" not in words.lower()
    assert (
        "20examples to learn from" in words.replace(" ", "", 1) or "examples to learn from" in words
    )
    assert "feature vectors of 1,024 numbers, given" in words
    assert "none; the numbers bit 0, bit 1, bit 2, bit 3, bit 4, bit 5 and 1,018 more" in words
    assert "In 1 task the solver stopped before it had converged" in words
    assert "The frozen part" not in words


def test_what_the_tasks_share_is_said(make_model: MakeModel) -> None:
    tasks = questions(2)
    alone = Page(text_of(make(make_model, tasks, plan=a_plan()))).flat
    assert "the tasks share nothing that was trained" in alone
    model = {
        "tasks": stored(tasks),
        "backbone": {"name": "n", "stages": ["stem", "top"], "retrained": ["top"]},
        "head": {"layers": [[64, 1280], [4, 64]], "origin": fine_tuned()},
    }
    together = make_model(model=model, metrics=metrics_of(tasks, plan=a_plan("top")))
    assert (
        "The 2 tasks share top and the new hidden layers: one sum over"
        in Page(text_of(together)).flat
    )


def test_candidates_of_several_tasks_have_no_accuracy(make_model: MakeModel) -> None:
    candidates = [{"name": "head", "log_loss": figure(0.6, 0.5, 0.7), "accuracy": None,
                   "difference_to_best": figure(0.0, 0.0, 0.0)}]  # fmt: skip
    words = Page(text_of(make(make_model, questions(2), plan=a_plan(candidates=candidates)))).flat
    section = words[words.index("How much to retrain") :]
    assert "summed over the tasks" in section
    assert "Accuracy" not in section


def test_focus_and_unknown_labels_stand_where_they_were_looked_at(make_model: MakeModel) -> None:
    tasks = questions(3)
    plain = Page(text_of(make(make_model, tasks))).flat
    assert "in focus" not in plain
    assert "random?" not in plain
    missing = {
        "sentences": ["labels are not unknown at random in 1 of 2 tasks"],
        "tasks": [
            {"name": "finding 0", "unknown": 0.25, "auroc": figure(0.52, 0.48, 0.56),
             "warned": False},
            {"name": "<b>", "unknown": 0.5, "auroc": figure(0.8, 0.7, 0.9), "warned": True},
            {"name": "finding 2", "unknown": 0.0, "auroc": None, "warned": False},
        ],
    }  # fmt: skip
    focus = {"sentences": ["the other 2 tasks were worth about 340 own labels (95 % 210 to 500)"]}
    directory = make(make_model, tasks, missing=missing, focus=focus)
    text = text_of(directory)
    assert_self_contained(text)
    words = Page(text).flat
    assert "The other 2 tasks were worth about 340 own labels (95 % 210 to 500)." in words
    assert "Labels are not unknown at random in 1 of 2 tasks." in words
    found = summary_of(directory).missing
    assert found is not None
    assert [(row.name, row.unknown, row.warned) for row in found.rows] == [
        ("<b>", "50.0\N{NARROW NO-BREAK SPACE}%", True),
        ("finding 0", "25.0\N{NARROW NO-BREAK SPACE}%", False),
        ("finding 2", "0\N{NARROW NO-BREAK SPACE}%", False),
    ]  # fmt: skip
    assert found.rows[2].told is None


@pytest.mark.parametrize(
    "others",
    [
        {"summary": "odd"},
        {"summary": {"auroc": [1], "words": 3}},
        {"missing": {"tasks": [3, {"auroc": "x"}], "sentences": 3}, "focus": [1]},
        {"other_parts": {"test": "x", "validation": [{}]}},
        {"tasks": [{}, {"known": "x", "classes": 3, "threshold": "y", "confusion": [[1]]}]},
        {"tasks": [{"name": "a", "classes": ["a", "b"]}, a_question("b", known=0)]},
    ],
)
def test_odd_metrics_leave_gaps_and_nothing_more(
    make_model: MakeModel, others: dict[str, object]
) -> None:
    directory = make_model(metrics={**metrics_of(questions(2)), **others})
    write_predictions(directory, questions(2), [("a", "", "train", "", 0, "yes", "x", "no", "")])
    assert_self_contained(text_of(directory))


def test_names_are_escaped(make_model: MakeModel) -> None:
    evil = "<script>alert(1)</script>&\u202e"
    tasks = [a_question(evil, auroc=figure(None)), a_category(f"{evil}2", evil, "b", "c")]
    directory = make(make_model, tasks, missing={"sentences": [evil]}, focus={"text": evil})
    write_predictions(
        directory, tasks, [(evil, "", "train", "", 0, "yes", 0.1, evil, 0.1, 0.8, 0.1)]
    )
    text = text_of(directory)
    assert_self_contained(text)
    assert "<script" not in text
    assert "\u202e" not in text


def test_unknown_labels_as_they_were_found_out(make_model: MakeModel) -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(300, 3))
    targets = random.integers(0, 2, (300, 2))
    targets[features[:, 0] > 0.4, 0] = -1
    targets[random.uniform(size=300) < 0.3, 1] = -1
    folds = random.integers(0, 5, (1, 300))
    found = missingness(
        targets, folds, outputs=Outputs((2, 2)), names=["stop", "go"], features=features
    ).as_dict()
    shown = summary_of(make(make_model, questions(2), missing=found)).missing
    assert shown is not None
    assert [(row.name, row.warned) for row in shown.rows] == [("stop", True), ("go", False)]
    share = (targets[:, 0] == -1).mean()
    assert shown.rows[0].unknown == f"{100 * share:.1f}\N{NARROW NO-BREAK SPACE}%"
    assert shown.rows[0].told is not None
    assert float(shown.rows[0].told.value) > 0.9

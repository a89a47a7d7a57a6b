"""The model card of several tasks, and of feature vectors."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.cli.several import TASKS, model_of_tasks, vector_model
from tests.report.documents import Document, figure, some_metrics
from tests.report.tasks import a_category, a_question, a_summary

from headstart.examples import Task
from headstart.model import Model
from headstart.runs._card import MOST_TASKS, model_card


def metrics_of(*tasks: Document, defined: int | None = None) -> Document:
    return {
        **some_metrics(tasks[0]),
        "tasks": list(tasks),
        "summary": a_summary(len(tasks), defined=defined),
    }


def rows_of(card: str) -> list[list[str]]:
    """The cells of the card's table, without its heading."""
    lines = [line for line in card.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines][2:]


def test_a_line_for_each_task() -> None:
    tasks = [
        a_question("stop", 877),
        a_category("light", "green", "off", "red", "amber", "blue", "white", known=40),
        a_question("a | b\n", auroc=figure(None)),
    ]
    card = model_card(model_of_tasks(), metrics_of(*tasks, defined=2))
    assert "It answers 3 questions at once, each with probabilities." in card
    stop, light, odd, mean = rows_of(card)
    assert stop == [
        "stop", "no, yes", "877", "0.970 (0.900 to 0.990)", "0.800 (0.700 to 0.900)",
        "0.700 (0.600 to 0.800)", "0.250",
    ]  # fmt: skip
    assert light[:3] == ["light", "green, off, red, amber and 2 more", "40"]
    assert light[4:] == ["", "", ""]
    assert odd[0] == "a \\| b"
    assert odd[3] == "undefined: only one class in the held-out part"
    assert mean[3] == "0.750 (0.700 to 0.800), 2 of 3 tasks defined"
    assert "the model answers every question for any photo whatever" in card.replace("\n", " ")
    assert "the solved output layers with L2 penalties of 0.1 to 0.1, each task its own" in card


def test_penalties_of_layers_that_were_trained_on_are_none_of_the_models() -> None:
    model = model_of_tasks()
    trained = replace(model, head=replace(model.head, origin={"by": "fine-tuning"}))
    metrics = metrics_of(a_question("a"), a_question("b"))
    assert "L2" in model_card(model, metrics)
    assert "L2" not in model_card(trained, metrics)


def test_hundreds_of_tasks_are_cut_short() -> None:
    card = model_card(model_of_tasks(), metrics_of(*map(a_question, map(str, range(617)))))
    rows = rows_of(card)
    assert len(rows) == MOST_TASKS + 2
    assert rows[-2][0] == f"and {617 - MOST_TASKS} more (`metrics.json`)"
    assert len(card) < 10_000


def test_feature_vectors_are_no_photos() -> None:
    model = vector_model([f"bit {place}" for place in range(1024)])
    card = model_card(model, {**metrics_of(a_question("a"), a_question("b")), "notes": []})
    assert "photo" not in card
    assert "It reads feature vectors of 1,024 numbers" in card
    assert "`headstart predict THIS_FOLDER table.csv`" in card
    assert "SHA-256" not in card, "there is no network whose weights could be hashed"


@pytest.mark.parametrize("model", [model_of_tasks(TASKS[1:2]), vector_model(("a",), TASKS[1:2])])
def test_one_task_has_its_figures_one_a_line(model: Model) -> None:
    task = a_category("light", "green", "off", "red")
    card = model_card(model, some_metrics(task))
    assert isinstance(model.task, Task)
    assert "It tells apart: green, off, red." in card
    assert rows_of(card)[2] == ["log loss", "0.250", "0.100 to 0.400", ""]
    assert "with an L2 penalty of 0.1, seed" in card

"""The page as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.page import Page, assert_self_contained

import headstart.report
from headstart.errors import ModelError, SettingError
from headstart.report import write_report

EVIL = "<script>alert(1)</script>"


def page_of(directory: Path) -> Page:
    return Page(write_report(directory).read_text(encoding="utf-8"))


def test_page_says_what_was_found(make_model: Callable[..., Path], photo: tuple[Path, str]) -> None:
    path, digest = photo
    directory = make_model(
        model={"data": str(path.parents[1])},
        predictions=[
            ("bees/red.jpg", digest, "validation", "bees", "ants", "0.87"),
            ("bees/gone.jpg", "", "validation", "ants", "ants", "0.6"),
        ],
    )
    report = write_report(directory)
    assert report == directory / "report.html"
    text = report.read_text(encoding="utf-8")
    assert_self_contained(text)
    words = Page(text).flat
    for expected in (
        "Right nine times in ten.",
        "90.0 %",
        "80.0 % to 95.0 %",
        "Two photos are the same.",
        "10 photos of the validation part",
        "undefined: only one class in the held-out part",
        "The one photo of 2 that was named wrongly.",
        "87 %",
        "bees/x.jpg",
        "is empty",
        "2,562 numbers were fitted. Why this much: Head only, as asked for.",
        "The penalty 0.1 was chosen from 2 candidates",
        "frozen pass 4.0 s",
        "headstart train photos",
        "cd" * 32,
    ):
        assert expected in words
    assert 'lang="en"' in text
    assert text.count("data:image/jpeg;base64,") == 1


def test_names_are_escaped_wherever_they_stand(make_model: Callable[..., Path]) -> None:
    odd = f"a \"quoted\"\n'name' {EVIL}.jpg"
    share = {"value": 0.5, "low": 0.2, "high": 0.8, "level": 0.95, "method": EVIL}
    candidates = [{"penalty": 1.0, "log_loss": 0.4, "standard_error": 0.02, EVIL: EVIL}]
    directory = make_model(
        model={"command": EVIL, "data": EVIL, "files": {EVIL: EVIL}, "versions": {EVIL: EVIL},
               "backbone": {"name": EVIL, "stages": [EVIL, "b"], "retrained": ["b", EVIL],
                            "form": {EVIL: [EVIL]}},
               "settings": {"retrain": {EVIL: True}},
               "head": {"layers": [[2, 8]], "origin": {"by": EVIL, "start": {EVIL: EVIL}}}},
        metrics={
            "verdict": EVIL,
            "notes": [EVIL],
            "quarantined": [{"file": odd, "reason": EVIL}],
            "plan": {"chosen_by": EVIL, "why": EVIL, "retrain": EVIL, "per_fold": [[EVIL, EVIL]],
                     "candidates": [{"name": EVIL, "what": EVIL, "hidden": [EVIL],
                                     "log_loss": {"value": 0.5}, "accuracy": {"why": EVIL},
                                     "difference_to_best": {"value": 0.1}}]},
            "seconds": {"total": 1.0, EVIL: 0.5},
            "other_parts": {EVIL: [{"accuracy": share, "classes": [EVIL]}]},
        },
        task={
            "name": EVIL,
            "classes": [EVIL, "bees"],
            "accuracy": share | {"why": EVIL},
            "auroc": {"value": None, "why": EVIL},
            "per_class": [{"class": EVIL, "known": 3, "precision": share, "recall": share}],
            "penalty": {"chosen": 1.0, "candidates": candidates},
        },
        predictions=[(odd, "", "validation", EVIL, "bees", "0.9")],
    )  # fmt: skip
    text = write_report(directory).read_text(encoding="utf-8")
    assert_self_contained(text)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 30
    assert "␊" in text  # the line break in the name can be seen


@pytest.mark.parametrize("classes", [2, 3, 20, 21, 200])
def test_any_number_of_classes(make_model: Callable[..., Path], classes: int) -> None:
    names = [f"class {place}" for place in range(classes)]
    confusion = [[0] * classes for _ in names]
    for place in range(classes):
        confusion[place][place] = 9
        confusion[place][(place + 1) % classes] = 1
    directory = make_model(task={"classes": names, "confusion": confusion})
    text = write_report(directory).read_text(encoding="utf-8")
    assert_self_contained(text)
    assert ('class="map"' in text) == (classes > 20)
    assert ('<table class="matrix' in text) == (classes <= 20)
    assert ("Most often confused" in text) == (classes > 2)
    assert len(text) < 400_000


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {"tasks": []},
        {"tasks": "odd", "notes": 3, "quarantined": [1], "plan": [], "seconds": {"total": "x"}},
        {"tasks": [{}]},
        {"examples": None, "verdict": None, "cache": None, "plan": None, "seconds": None},
        {"plan": {"candidates": [{}, {"log_loss": 3, "difference_to_best": [], "epochs": "x"}]}},
        {"plan": {"candidates": "odd", "per_fold": {"a": 1}, "frozen_stages": "x"}},
        {"plan": {"candidates": [{"name": "1", "hidden": 3, "log_loss": {"value": 1e300}}]}},
        {"plan": {"per_fold": [3, [None, 1]], "candidates": [{"name": "head"}] * 3}},
    ],
)
def test_missing_parts_leave_gaps_and_nothing_more(
    make_model: Callable[..., Path], metrics: dict[str, object] | None
) -> None:
    directory = make_model(metrics=metrics)
    assert_self_contained(write_report(directory).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "model",
    [
        {"backbone": {}, "head": {}},
        {"backbone": {"stages": 3, "retrained": {"a": 1}}, "head": {"layers": [[1], "x"]}},
        {"backbone": {"stages": ["a", "a"]}, "head": {"layers": [[3, 8], [2, 4]], "origin": []}},
        {"settings": [1], "engine": {"a": {"b": {"c": {"d": {"e": [[[[[1]]]]]}}}}}},
    ],
)
def test_odd_descriptions_leave_gaps_and_nothing_more(
    make_model: Callable[..., Path], model: dict[str, object]
) -> None:
    directory = make_model(model=model)
    assert_self_contained(write_report(directory).read_text(encoding="utf-8"))


def test_undefined_figure_says_why(make_model: Callable[..., Path]) -> None:
    undefined = {"value": None, "low": None, "high": None, "why": "nothing was held out"}
    directory = make_model(task={"accuracy": undefined, "confusion": [], "reliability": []})
    assert page_of(directory).flat.count("Undefined: nothing was held out.") == 2


def test_other_parts_are_shown_beside_the_headline(make_model: Callable[..., Path]) -> None:
    share = {"value": 0.625, "low": 0.2, "high": 0.8, "level": 0.95, "method": "Wilson"}
    other = {"classes": ["ants", "bees"], "accuracy": share,
             "held_out": {"design": "validation", "examples": 8}}  # fmt: skip
    words = page_of(make_model(metrics={"other_parts": {"validation": [other]}})).flat
    assert "On the validation part" in words
    assert "62.5 %" in words


def test_ids_are_unique(make_model: Callable[..., Path]) -> None:
    page = page_of(make_model())
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = [attributes.get("aria-labelledby") for _, attributes in page.elements]
    assert {label for label in labels if label} <= set(ids)


def test_pictures_have_words_for_those_who_cannot_see_them(
    make_model: Callable[..., Path],
) -> None:
    page = page_of(make_model(predictions=[("x", "", "validation", "ants", "bees", "0.9")]))
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(pictures) > 8
    assert all(attributes["aria-label"] for attributes in pictures)


def test_templates_never_switch_escaping_off() -> None:
    folder = Path(headstart.report.__file__).parent / "templates"
    templates = [path.read_text(encoding="utf-8") for path in folder.glob("*.jinja")]
    assert templates
    for template in templates:
        assert not re.search(r"\|\s*safe|autoescape", template)


def test_output_can_lie_elsewhere_and_is_replaced_whole(
    make_model: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere.html"
    target.write_text("old", encoding="utf-8")
    assert write_report(make_model(), output=target) == target
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["a-model", "elsewhere.html"]


def test_same_model_gives_the_same_page(make_model: Callable[..., Path]) -> None:
    directory = make_model(
        predictions=[(f"{row}.jpg", "", "validation", "ants", "bees", "0.9") for row in range(50)]
    )
    first = write_report(directory).read_bytes()
    assert write_report(directory).read_bytes() == first


def test_output_that_cannot_be_written(make_model: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"r\.html: the report cannot be written: No such file"):
        write_report(make_model(), output=tmp_path / "missing" / "r.html")
    directory = make_model()
    (directory / "report.html").mkdir()
    with pytest.raises(SettingError, match="the report cannot be written: Is a directory"):
        write_report(directory)
    assert not list(directory.glob(".report*"))


def test_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is not a model directory.*headstart train"):
        write_report(tmp_path)
    with pytest.raises(ModelError, match="there is no such model directory"):
        write_report(tmp_path / "missing")
    (tmp_path / "model.json").write_text(json.dumps({"format": "other"}), encoding="utf-8")
    with pytest.raises(ModelError, match="does not describe a headstart model"):
        write_report(tmp_path)


def test_damaged_or_newer_model(make_model: Callable[..., Path]) -> None:
    directory = make_model(model={"format_version": 99})
    with pytest.raises(ModelError, match=r"newer format \(99.*update headstart"):
        write_report(directory)
    directory = make_model()
    (directory / "metrics.json").write_bytes(b'{"a": \xff')
    with pytest.raises(ModelError, match=r"metrics\.json: is damaged"):
        write_report(directory)
    (directory / "metrics.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError, match="expected a JSON object"):
        write_report(directory)

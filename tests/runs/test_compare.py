"""Candidates on the same examples, from photos to findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("timm")

from tests.runs.small import COUNT, photos, settings, write_photo

from headstart.errors import DataError, MissingExtraError, SettingError
from headstart.examples import read_examples
from headstart.runs import (
    CompareSettings,
    Comparison,
    Event,
    Note,
    OnEvent,
    Progress,
    TrainSettings,
    compare,
    ignore,
)
from headstart.runs import _compare as module
from headstart.runs._fits import Fits

RANDOM = "timm:test_resnet=random"


def versus(
    data: Path,
    *names: str,
    on_event: OnEvent = ignore,
    train: TrainSettings | None = None,
    **changes: Any,
) -> Comparison:
    own = {"draws": 3} | {key: changes.pop(key) for key in ("sizes", "draws") if key in changes}
    given = CompareSettings(
        names=names or ("head", "1"), architecture="test_resnet", size=32,
        train=train or settings(**changes), **own,
    )  # fmt: skip
    return compare(read_examples(data), given, on_event=on_event)


def figures(found: Comparison) -> dict[str, Any]:
    """All that is told but for the time it took."""
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    del told["seconds"]
    for row in told["candidates"]:
        del row["seconds"]
    return dict(told)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    """From scratch, two depths and another network at two sizes, and the cache they left."""
    cache = tmp_path_factory.mktemp("compare")
    names = ("scratch", "head", "1", RANDOM)
    return versus(data, *names, sizes=(9, "all"), cache=cache), cache


def test_everyone_is_trained_at_every_size(whole: tuple[Comparison, Path]) -> None:
    found = whole[0]
    rows = [(row.entrant.name, row.examples) for row in found.findings.rows]
    assert rows == [(name, size) for name in ("scratch", "head", "1", RANDOM) for size in (9, 20)]
    assert found.design == "3 training parts: 3-fold cross-validation x 1"
    assert found.classes == ("blue", "green", "red")
    parameters = [row.entrant.parameters for row in found.findings.rows][::2]
    assert parameters[0] > parameters[2] > parameters[1] == 13 * 3
    head, _, last = found.findings.rows[2], found.findings.rows[3], found.findings.rows[5]
    assert head.epochs == 0
    assert last.epochs <= 2
    assert found.findings.transfer == ("head", "1", RANDOM)
    assert [verdict.examples for verdict in found.findings.verdicts] == [9, 20]
    assert found.findings.sources is not None
    assert RANDOM in found.findings.sources


def test_a_head_on_colours_beats_two_epochs_from_scratch(whole: tuple[Comparison, Path]) -> None:
    rows = {(row.entrant.name, row.examples): row for row in whole[0].findings.rows}
    assert (rows["head", 20].accuracy.value or 0) > 0.8
    assert whole[0].findings.verdicts[-1].word == "helps"
    assert whole[0].findings.sentences[0].startswith("Transfer helps: +")


def test_a_second_run_reads_what_the_first_did(
    data: Path, whole: tuple[Comparison, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fits nothing, and comes to the same figures to the last digit."""

    def fail(*arguments: object, **settings: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("headstart.training.fine_tune", fail)
    before, cache = whole
    again = versus(data, "scratch", "head", "1", RANDOM, sizes=(9, "all"), cache=cache)
    assert figures(again) == figures(before)


def test_a_fit_that_was_done_before_makes_none_look_shorter(held: Path, tmp_path: Path) -> None:
    """All there is, is fitted once for three draws; its time is that of one fit."""
    times: list[float] = []

    class Slow(Fits):
        def run(self, fit: Any, on_progress: Callable[[float], None] | None = None) -> Any:
            started = time.perf_counter()
            found = super().run(fit, on_progress)
            times.append(time.perf_counter() - started)
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Fits", Slow)
        found = versus(held, "scratch", "head", cache=tmp_path)
    assert len(times) == 3
    assert found.findings.rows[0].seconds >= max(times)


def test_a_candidate_has_the_same_figures_in_other_company(
    data: Path, whole: tuple[Comparison, Path]
) -> None:
    alone = versus(data, "1", "head", cache=whole[1])
    rows = {(row.entrant.name, row.examples): row for row in whole[0].findings.rows}
    for row in alone.findings.rows:
        assert row.accuracy == rows[row.entrant.name, 20].accuracy
        assert row.log_loss == rows[row.entrant.name, 20].log_loss


def test_the_seed_draws_other_training_parts(data: Path, cache: Path) -> None:
    found = [versus(data, "head", RANDOM, seed=seed, cache=cache) for seed in (0, 0, 1)]
    assert figures(found[0]) == figures(found[1])
    assert figures(found[0]) != figures(found[2])


def test_progress_and_notes_are_told(data: Path, cache: Path) -> None:
    events: list[Event] = []
    versus(data, "head", RANDOM, sizes=(9, 300), cache=cache, on_event=events.append)
    told = [event for event in events if isinstance(event, Progress) and event.step == "Compare"]
    assert told[-1].done == told[-1].total == 2 * 2 * 3
    assert [event.done for event in told] == sorted(event.done for event in told)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert any(text.startswith("left out: 300 examples") for text in notes)
    assert not any("from scratch" in text for text in notes)


def test_the_users_epochs_are_said_to_hold_for_scratch_too(
    whole: tuple[Comparison, Path],
) -> None:
    assert any(
        note.startswith("epochs is 2 for the training from scratch too") for note in whole[0].notes
    )


def test_sizes_that_no_training_part_has_are_left_out_with_a_note(data: Path, cache: Path) -> None:
    found = versus(data, "head", RANDOM, sizes=(3, 12, 200, 100), cache=cache)
    assert found.findings.sizes == (12, 20)
    assert (
        "left out: 3, 100, 200 examples; a training part has 20, and two of each of 3 classes are "
        "the fewest"
    ) in found.notes


def test_a_size_that_is_too_small_leaves_all_there_is(data: Path, cache: Path) -> None:
    assert versus(data, "head", RANDOM, sizes=(2,), cache=cache).findings.sizes == (20,)


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Training and validation photos, no two alike."""
    random = np.random.default_rng(4)
    for part, each in (("train", 8), ("val", 5)):
        for name in ("blue", "green", "red"):
            for number in range(each):
                write_photo(tmp_path / "held" / part / name / f"{number}.png", name, random)
    return tmp_path / "held"


def test_the_users_held_out_part_is_predicted_by_models_of_several_draws(
    held: Path, cache: Path
) -> None:
    found = versus(held, "head", RANDOM, sizes=(9, "all"), cache=cache)
    assert found.design == "3 draws of training examples, 15 held-out examples"
    assert found.findings.sizes == (9, 24)
    values = found.scores.values["log_loss"]
    assert values.shape == (2, 2, 3, 15)
    assert not np.array_equal(values[0, 0, 0], values[0, 0, 1])
    # All there is, is the same whichever way it is drawn.
    np.testing.assert_array_equal(values[:, 1, 0], values[:, 1, 2])


def test_any_number_of_draws_suits_a_held_out_part(held: Path, cache: Path) -> None:
    assert versus(held, "head", RANDOM, draws=11, cache=cache).design.startswith("11 draws")


def test_copies_in_a_held_out_part_are_not_parted(held: Path, cache: Path) -> None:
    """Else a candidate would be chosen by what it is judged on."""
    for name in ("blue", "green", "red"):
        source = held / "val" / name / "0.png"
        for number in range(10, 14):
            (held / "val" / name / f"{number}.png").write_bytes(source.read_bytes())
    found = versus(held, "head", RANDOM, cache=cache).scores
    assert found.sampling.count == 15
    for unit in range(15):
        assert len(np.unique(found.parts[0][found.sampling.units == unit])) == 1


def test_draws_that_make_no_cross_validation_are_refused_before_any_work(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "choose_engine", lambda **_: pytest.fail("work was done"))
    with pytest.raises(SettingError, match="11 draws cannot be divided into whole"):
        versus(data, "head", RANDOM, draws=11, cache=cache)


@pytest.mark.parametrize(("draws", "words"), [(4, "4-fold"), (10, "5-fold cross-validation x 2")])
def test_draws_are_folds(draws: int, words: str, data: Path, cache: Path) -> None:
    assert words in versus(data, "head", RANDOM, draws=draws, cache=cache).design


def test_two_photos_a_class(tmp_path: Path) -> None:
    found = versus(
        photos(tmp_path / "few", each=2), "scratch", "head", "1", draws=5, cache=tmp_path
    )
    assert found.design == "5 training parts: 5-fold cross-validation x 1"
    assert found.findings.verdicts[0].gain.approximate
    assert "NaN" not in json.dumps(found.as_dict())


def test_classes_of_very_unequal_size(tmp_path: Path) -> None:
    """Every training part has the rare class, and every size."""
    root, random = tmp_path / "photos", np.random.default_rng(3)
    for name, count in (("blue", 30), ("red", 2)):
        for number in range(count):
            write_photo(root / name / f"{number}.png", name, random)
    found = versus(root, "scratch", "head", "1", sizes=(4, 10, "all"), epochs=1, cache=tmp_path)
    assert list(found.findings.sizes) == [4, 10, 21]
    assert not np.isnan(found.scores.values["log_loss"]).any()


def test_a_class_of_one_photo_is_trained_on_and_never_predicted(tmp_path: Path) -> None:
    root, random = photos(tmp_path / "photos", classes=["blue", "green"]), np.random.default_rng(9)
    write_photo(root / "red" / "0.png", "red", random)
    found = versus(root, "head", "1", cache=tmp_path)
    assert found.scores.values["accuracy"].shape[-1] == 20
    assert found.classes == ("blue", "green", "red")


def test_unreadable_files_are_left_out_and_named(tmp_path: Path) -> None:
    root = photos(tmp_path / "photos")
    (root / "red" / "broken.png").write_bytes(b"no photo")
    found = versus(root, "head", RANDOM, cache=tmp_path)
    assert any(note.startswith("1 left out: red/broken.png (") for note in found.notes)
    assert found.scores.values["accuracy"].shape[-1] == COUNT


@pytest.mark.parametrize(
    ("classes", "each", "words"),
    [
        (["red"], 5, "only one class, 'red'; a classifier needs two or more"),
        (["red", "blue"], 1, "too few examples to train on some and predict others"),
    ],
)
def test_data_that_cannot_be_compared_on(
    classes: list[str], each: int, words: str, tmp_path: Path
) -> None:
    root = photos(tmp_path / "photos", each=each, classes=classes)
    with pytest.raises(DataError, match=words):
        versus(root, "head", RANDOM, cache=tmp_path)


def test_the_built_in_networks_head(photos: Path, cache: Path) -> None:
    """Pictures of 64 px, as the network sees them, of class folders in its first minutes."""
    given = TrainSettings(threads=1, epochs=1, cache=cache)
    found = versus(photos, "scratch", "head", train=given)
    rows = {row.entrant.name: row for row in found.findings.rows}
    assert rows["head"].accuracy.value == 1
    assert rows["head"].entrant.parameters == 1281 * 2
    assert "efficientnet_lite0" in rows["head"].entrant.what


@pytest.mark.parametrize("names", [("scratch", "head"), ("1", "head")])
def test_an_interrupted_fit_is_no_evidence(
    names: tuple[str, ...], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Fits.run

    def interrupted(fits: Any, fit: Any, on_progress: Callable[[float], None] | None = None) -> Any:
        return replace(run(fits, fit, on_progress), interrupted=True)

    monkeypatch.setattr(Fits, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        versus(data, *names, cache=tmp_path)


def test_training_needs_the_extra(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "can_train", lambda: False)
    with pytest.raises(MissingExtraError, match=r"training 1, 2 .*headstart\[train\]"):
        versus(data, "head", "1", "2", cache=cache)
    assert versus(data, "head", RANDOM, cache=cache).findings.rows


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": ()}, "sizes are missing; expected numbers of examples, 2 or more, and 'all'"),
        ({"sizes": (1, "all")}, "sizes 1; expected"),
        ({"sizes": ("some",)}, "sizes some; expected"),
        ({"draws": 1}, "draws is 1; expected 2 or more"),
        ({"train": TrainSettings(hidden=(8,), views=2)}, "does not heed hidden, views"),
        ({"train": TrainSettings(retrain="2")}, "does not heed retrain"),
    ],
)
def test_settings_that_cannot_be_used(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        CompareSettings(names=("head", "1"), **changes)

"""How much of the network to retrain: the candidates, what they showed, and what was taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._dots import Row, dot_rows
from headstart.report._svg import Svg

_LARGEST = 1e6
"""Nothing that makes sense is larger; a chart of it would show nothing else."""


@dataclass(frozen=True)
class Cell:
    """A figure in a table: its value and interval, or why there is none."""

    value: str
    interval: str = ""
    why: str = ""


@dataclass(frozen=True)
class CandidateRow:
    """What was tried, and what came of it.

    Attributes:
        mark: what is said beside the one that was taken; empty for the others.
        difference: log loss less that of the best.
        parameters: how many numbers were fitted.
    """

    what: str
    mark: str
    log_loss: Cell
    accuracy: Cell
    difference: Cell
    seconds: str
    parameters: str
    epochs: str


@dataclass(frozen=True)
class Depth:
    """The section on how much to retrain.

    Attributes:
        why: what was done and why, in a sentence.
        log_loss: the candidates' log loss with intervals, drawn.
        differences: their differences to the best with standard errors, drawn.
        differences_words: how to read that.
        rows: the candidates in order of cost.
        level: of the intervals, ``"95 %"``.
        summed: whether the log loss is a sum over several tasks; there is no accuracy then.
        notes: what to keep in mind about these figures, sentence by sentence.
    """

    why: str
    log_loss: Svg
    differences: Svg
    differences_words: str
    rows: tuple[CandidateRow, ...]
    level: str
    summed: bool
    notes: tuple[str, ...]


def read_depth(metrics: Mapping[str, object], *, input_kind: str) -> Depth | None:
    """What there is to say about how much to retrain; None where nothing was compared or missing.

    Args:
        metrics: as in ``metrics.json``.
        input_kind: ``"photo"`` and the like.
    """
    plan = fields.mapping(metrics.get("plan"))
    candidates = fields.mappings(plan.get("candidates"))
    by = fields.text(plan.get("chosen_by"))
    why = form.sentence(fields.text(plan.get("why")) or fields.text(plan.get("sentence")))
    if not candidates:
        return _without_extra(why) if "not installed" in by else None
    asked = by.startswith("asked")
    taken = fields.text(plan.get("retrain")) or fields.text(plan.get("chosen"))
    marks = [("asked for" if asked else "chosen") if _key(one) == taken else ""
             for one in candidates]  # fmt: skip
    best = fields.text(plan.get("best"))
    level = fields.number(fields.mapping(candidates[0].get("log_loss")).get("level"))
    return Depth(
        why=why,
        log_loss=_losses(candidates, marks),
        differences=_differences(candidates, marks),
        differences_words=_how_to_read(asked=asked),
        rows=tuple(
            _row(one, mark, best=_key(one) == best)
            for one, mark in zip(candidates, marks, strict=True)
        ),
        level=form.whole_percent(0.95 if level is None else level),
        summed=bool(fields.mapping(metrics.get("summary"))),
        notes=_notes(plan, metrics, candidates, asked=asked, input_kind=input_kind),
    )


def way_of_choosing(metrics: Mapping[str, object]) -> str:
    """How the retraining came about that the figures of the model rest on.

    Returns:
        ``"measured"``, ``"asked for"``, ``"pre-trained"`` where all layers were trained from the
        start, or empty where every prediction is that of a solved head.
    """
    plan = fields.mapping(metrics.get("plan"))
    if plan.get("retrain") == "scratch":
        return "pre-trained"
    candidates = fields.mappings(plan.get("candidates"))
    if not candidates:
        return ""
    if fields.text(plan.get("chosen_by")).startswith("asked"):
        return "asked for"
    first = _key(candidates[0])
    used = {fields.text(plan.get("retrain")), *_used(plan)}
    return "measured" if used - {"", first} else ""


def _without_extra(why: str) -> Depth:
    notes = (
        "Run the same command again once PyTorch is there: photos that are stored are not computed "
        "again, stages are retrained for as long as that pays on the same folds, and this section "
        "shows what each step brought.",
        "Predicting with this model does not need it.",
    )
    return Depth(why, Svg(""), Svg(""), "", (), "", False, notes)


def _key(candidate: Mapping[str, object]) -> str:
    """What a candidate is called elsewhere in the plan: ``2`` or ``2+256,64``."""
    name = fields.text(candidate.get("name"))
    hidden = [str(width) for width in map(fields.whole, fields.items(candidate.get("hidden")))
              if width is not None]  # fmt: skip
    return f"{name}+{','.join(hidden)}" if hidden else name


def _what(candidate: Mapping[str, object]) -> str:
    return form.visible(fields.text(candidate.get("what")) or _key(candidate)) or form.DASH


def _row(candidate: Mapping[str, object], mark: str, *, best: bool) -> CandidateRow:
    seconds = fields.number(candidate.get("seconds"))
    parameters = fields.whole(candidate.get("trainable_parameters"))
    epochs = fields.whole(candidate.get("epochs"))
    difference = _cell(candidate.get("difference_to_best"), form.decimal)
    return CandidateRow(
        what=_what(candidate),
        mark=mark,
        log_loss=_cell(candidate.get("log_loss"), form.decimal),
        accuracy=_cell(candidate.get("accuracy"), form.percent),
        difference=Cell("best") if best and not difference.why else difference,
        seconds=form.DASH if seconds is None else form.seconds(seconds),
        parameters=form.DASH if parameters is None else form.count(parameters),
        epochs=form.DASH if epochs is None else form.count(epochs),
    )


def _cell(value: object, write: Callable[[float], str]) -> Cell:
    figure = fields.mapping(value)
    number = fields.number(figure.get("value"))
    if number is None:
        why = form.visible(fields.text(figure.get("why"))) or "no reason was recorded"
        return Cell("undefined", why=why)
    low, high = fields.number(figure.get("low")), fields.number(figure.get("high"))
    interval = "" if low is None or high is None else f"{write(low)} to {write(high)}"
    return Cell(write(number), interval)


def _losses(candidates: Sequence[Mapping[str, object]], marks: Sequence[str]) -> Svg:
    rows = []
    for one, mark in zip(candidates, marks, strict=True):
        figure = fields.mapping(one.get("log_loss"))
        value, low, high = (fields.number(figure.get(key)) for key in ("value", "low", "high"))
        rows += _drawn(one, mark, value, value if low is None else low,
                       value if high is None else high)  # fmt: skip
    label = f"Log loss of {form.counted(len(rows), 'candidate', 'candidates')} with its interval"
    return dot_rows(rows, title="log loss on held-out examples", label=label)


def _differences(candidates: Sequence[Mapping[str, object]], marks: Sequence[str]) -> Svg:
    rows = []
    for one, mark in zip(candidates, marks, strict=True):
        figure = fields.mapping(one.get("difference_to_best"))
        value = fields.number(figure.get("value"))
        error = fields.number(figure.get("standard_error")) or 0.0
        if value is not None:
            rows += _drawn(one, mark, value, value - error, value + error)
    label = (
        f"Log loss of {form.counted(len(rows), 'candidate', 'candidates')} less that of the best, "
        "with one standard error"
    )
    return dot_rows(rows, title="log loss less that of the best", label=label, zero=True)


def _drawn(
    candidate: Mapping[str, object],
    mark: str,
    value: float | None,
    low: float | None,
    high: float | None,
) -> list[Row]:
    """The row of a chart; none where a number is missing or makes no sense."""
    if value is None or low is None or high is None:
        return []
    if max(abs(value), abs(low), abs(high)) > _LARGEST:
        return []
    return [Row(_what(candidate), value, low, high, mark)]


def _how_to_read(*, asked: bool) -> str:
    words = (
        "Whiskers are one standard error of the paired difference. Where a whisker reaches the "
        "dashed line, the difference to the best may well be chance"
    )
    if asked:
        return f"{words}."
    return f"{words}: of these and the best itself the topmost, which costs least, is taken."


def _notes(
    plan: Mapping[str, object],
    metrics: Mapping[str, object],
    candidates: Sequence[Mapping[str, object]],
    *,
    asked: bool,
    input_kind: str,
) -> tuple[str, ...]:
    _, many = form.nouns(input_kind)
    if asked:
        return (
            "What was not asked for stands here for comparison; nothing was chosen by these "
            f"figures. All are for {many} that were held out.",
        )
    notes = [
        "These are the figures that the choice looked at, so those of the chosen one look a little "
        "better here than they are: it was picked for its luck too."
    ]
    tasks = fields.mappings(metrics.get("tasks"))
    design = fields.mapping(tasks[0].get("held_out")).get("design") if tasks else None
    if design == "cross-validation":
        notes.append(
            "The figures at the top of this page are not flattered by the choosing: they are "
            "those of a choice made anew for each fold, as follows."
        )
    elif design in ("validation", "test"):
        notes.append(
            "The figures at the top of this page are not flattered by the choosing: they come from "
            f"the {design} part, which no choice looked at."
        )
    notes += _made_anew(plan, {_key(one): _what(one) for one in candidates})
    return tuple(notes)


def _made_anew(plan: Mapping[str, object], names: Mapping[str, str]) -> list[str]:
    """What the choice would have been for each fold by the others alone, and how good it is."""
    notes, taken = [], Counter(_used(plan))
    if taken:
        total = form.counted(sum(taken.values()), "fold", "folds")
        shares = [f"{names.get(key, form.visible(key))} for {form.count(times)}"
                  for key, times in taken.most_common()]  # fmt: skip
        shares[0] += f" of {total}"
        notes.append(
            "Made for each fold by how well the other folds were predicted, the choice falls on "
            f"{form.listing(shares)}."
        )
    reported = _cell(plan.get("log_loss"), form.decimal)
    if not reported.why:
        interval = f" ({reported.interval})" if reported.interval else ""
        notes.append(f"The log loss of predictions made that way is {reported.value}{interval}.")
    return notes


def _used(plan: Mapping[str, object]) -> list[str]:
    """What was chosen for each fold without looking at it."""
    return [key for repeat in fields.items(plan.get("per_fold")) for key in fields.texts(repeat)]

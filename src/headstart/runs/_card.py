"""The model card: ``README.md`` of a model directory."""

from __future__ import annotations

from typing import Any

from headstart.model import Model

_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy (mean recall of the classes)",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "ece": "calibration error",
}
_OF_TASKS = {"auroc": "AUROC", "average_precision": "average precision", "f1": "F1"}

MOST_TASKS = 50
"""More do not stand in the card; all stand in ``metrics.json``."""


def model_card(model: Model, metrics: dict[str, Any]) -> str:
    """The card, as Markdown."""
    described = model.description
    counts, plan = metrics["examples"], metrics["plan"]
    notes = "".join(f"- {note}\n" for note in metrics["notes"])
    several = metrics.get("summary") is not None
    return f"""# Model card

{metrics["verdict"]}

Made by headstart {described["headstart"]} on {described["created"]} with

    {described["command"] or "headstart.train(...) from Python"}

{_several(metrics) if several else _one(metrics["tasks"][0])}

{_limits(model, several=several)}

- Examples: {counts["train"]} to train on, {counts["validation"]} validation, {counts["test"]} test,
  {counts["quarantined"]} set aside (`metrics.json` says why).
{_network(model, plan)}
- {plan["trainable_parameters"]:,} numbers were fitted{_penalty(metrics, model)}, seed
  {described["seed"]}.
- Computed by {model.engine.name} {model.engine.version}, {model.engine.precision}.
{notes}
Use it: `headstart predict THIS_FOLDER {_given(model)}`. Each example's held-out prediction
stands in `predictions.csv`, everything in `report.html`.
"""


def _one(task: dict[str, Any]) -> str:
    """The only task and its figures."""
    rows = "\n".join(_row(name, task[key]) for key, name in _FIGURES.items())
    return f"""It tells apart: {", ".join(task["classes"])}.

| figure | value | 95 % interval | |
| --- | --- | --- | --- |
{rows}"""


def _several(metrics: dict[str, Any]) -> str:
    """The tasks, a line each, and their means."""
    tasks, means = metrics["tasks"], metrics["summary"]
    rows = [
        " | ".join([f"| {_cell(task['name'])}", _asked(task), f"{task['known']:,}",
                    *(_figure(task.get(key)) for key in _OF_TASKS), _from(task)]) + " |"
        for task in tasks[:MOST_TASKS]
    ]  # fmt: skip
    if (more := len(tasks) - MOST_TASKS) > 0:
        rows.append(f"| and {more:,} more (`metrics.json`) | | | | | | |")
    if len(tasks) > 1:
        found = " | ".join(_mean(means.get(key)) for key in _OF_TASKS)
        rows.append(f"| **mean** | | | {found} | |")
    lines = "\n".join(rows)
    plural = "s at once" if len(tasks) > 1 else ""
    return f"""It answers {len(tasks):,} question{plural}, each with probabilities.

| task | answers | known | {" | ".join(_OF_TASKS.values())} | yes from |
| --- | --- | --- | --- | --- | --- | --- |
{lines}

In brackets 95 % intervals. {means["averaged"][:1].upper()}{means["averaged"][1:]}. "Yes from": the
chance from which on the answer is yes."""


def _asked(task: dict[str, Any]) -> str:
    classes = task["classes"]
    shown = ", ".join(classes[:4]) + (f" and {len(classes) - 4} more" if len(classes) > 4 else "")
    return _cell(shown)


def _from(task: dict[str, Any]) -> str:
    threshold = task.get("threshold")
    return "" if threshold is None else f"{threshold:.3f}"


def _mean(figure: dict[str, Any] | None) -> str:
    """A mean over tasks; of how many, where it is not defined for all."""
    if figure is None or figure["value"] is None or figure["defined"] == figure["of"]:
        return _figure(figure)
    return f"{_figure(figure)}, {figure['words']}"


def _figure(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    if figure["value"] is None:
        return f"undefined: {_cell(figure['why'] or '')}"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _cell(text: str) -> str:
    """Text that keeps to its cell of a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _limits(model: Model, *, several: bool) -> str:
    vectors = model.backbone.input_kind == "vector"
    other = "of examples of another kind" if vectors else "of photos of another kind"
    whatever = "vector" if vectors else "photo"
    does = "answers every question" if several else "names one of its classes"
    return (
        "The intervals are for this model on new examples like those it was made from. They say "
        f"nothing\n{other}, and the model {does} for any {whatever} whatever."
    )


def _network(model: Model, plan: dict[str, Any]) -> str:
    """What is before the head."""
    if model.backbone.input_kind == "vector":
        features = model.head.features
        return (
            f"- It reads feature vectors of {features:,} numbers, whose names stand in "
            f"`model.json`; no network\n  computes them. {_retrained(plan)} Why: {plan['why']}."
        )
    backbone = model.backbone
    return f"""- Network: {backbone.name}. {backbone.origin}.
- {_retrained(plan)} Why: {plan["why"]}.
- Frozen: {plan["frozen_stages"]} of {plan["weighted_stages"]} stages, SHA-256
  of their weights and statistics `{backbone.frozen_sha256(model.frozen)}`."""


def _given(model: Model) -> str:
    return "table.csv" if model.backbone.input_kind == "vector" else "photo.jpg"


def _penalty(metrics: dict[str, Any], model: Model) -> str:
    """How the output layers were solved; those of several tasks that were trained on were not."""
    tasks = metrics["tasks"]
    chosen = [task["penalty"]["chosen"] for task in tasks if "penalty" in task]
    if not chosen:
        return ""
    if len(tasks) == 1:
        return f", the solved output layer with an L2 penalty of {chosen[0]:.3g}"
    if model.head.origin.get("by") == "fine-tuning":
        return ""
    return (
        f", the solved output layers with L2 penalties of {min(chosen):.3g} to {max(chosen):.3g}, "
        "each task its own"
    )


def _retrained(plan: dict[str, Any]) -> str:
    names = plan["retrained_stages"]
    if not names:
        return "Retrained: a new head only."
    done = "Trained" if plan["retrain"] == "scratch" else "Retrained"
    return f"{done}: {', '.join(names)}, for {plan['epochs']} epochs."


def _row(name: str, figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"| {name} | undefined | | {figure['why']} |"
    interval = "" if figure["low"] is None else f"{figure['low']:.3f} to {figure['high']:.3f}"
    remark = "approximate" if figure["approximate"] else ""
    return f"| {name} | {figure['value']:.3f} | {interval} | {remark} |"

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


def model_card(model: Model, metrics: dict[str, Any]) -> str:
    """The card, as Markdown."""
    described = model.description
    task = metrics["tasks"][0]
    counts = metrics["examples"]
    backbone = model.backbone
    rows = "\n".join(_row(name, task[key]) for key, name in _FIGURES.items())
    notes = "".join(f"- {note}\n" for note in metrics["notes"])
    return f"""# Model card

{metrics["verdict"]}

Made by headstart {described["headstart"]} on {described["created"]} with

    {described["command"] or "headstart.train(...) from Python"}

It tells apart: {", ".join(task["classes"])}.

| figure | value | 95 % interval | |
| --- | --- | --- | --- |
{rows}

The intervals are for this model on new examples like those it was made from. They say nothing of
photos of another kind, and the model names one of its classes for any photo whatever.

- Examples: {counts["train"]} to train on, {counts["validation"]} validation, {counts["test"]} test,
  {counts["quarantined"]} set aside (`metrics.json` says why).
- Network: {backbone.name}. {backbone.origin}.
- {_retrained(metrics["plan"])} Why: {metrics["plan"]["why"]}.
- Frozen: {metrics["plan"]["frozen_stages"]} of {metrics["plan"]["weighted_stages"]} stages, SHA-256
  of their weights and statistics `{backbone.frozen_sha256(model.frozen)}`.
- {metrics["plan"]["trainable_parameters"]:,} numbers were fitted{_penalty(task)}, seed
  {described["seed"]}.
- Computed by {model.engine.name} {model.engine.version}, {model.engine.precision}.
{notes}
Use it: `headstart predict THIS_FOLDER photo.jpg`. Each example's held-out prediction stands in
`predictions.csv`, everything in `report.html`.
"""


def _penalty(task: dict[str, Any]) -> str:
    if "penalty" not in task:
        return ""
    return f", the solved output layer with an L2 penalty of {task['penalty']['chosen']:.3g}"


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

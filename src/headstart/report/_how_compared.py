"""How a comparison of several tasks was measured, and how its words are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headstart.report import _fields as fields
from headstart.report import _format as form
from headstart.report._versus import Versus
from headstart.strategy import NEGLIGIBLE


def how_compared(
    found: Mapping[str, object], contests: Sequence[Versus], *, swept: str
) -> tuple[str, ...]:
    """The design in words, a paragraph each.

    Args:
        found: a comparison's figures.
        contests: of the first way with each of the others.
        swept: level of the intervals of the sweep over sizes; empty where there was none.
    """
    paragraphs = [_design(_held_out(found))]
    if contests:
        first = contests[0].first
        paragraphs.append(
            f"Differences are paired: {first} less the other way, on the same labels of the same "
            "examples. The interval of a single task is wider than it would be alone: those of all "
            "tasks hold together, so that none stands out by chance among many. The interval of "
            "the mean over tasks is its own."
        )
        points = f"{100 * NEGLIGIBLE:g} points"
        paragraphs.append(
            "Helps, harms: the whole interval lies on one side of 0. No gain: it lies within "
            f"{points} of AUROC, or {NEGLIGIBLE:g} of log loss, on both sides. Cannot tell: "
            "anything else; more examples might decide."
        )
    if swept:
        paragraphs.append(
            f"Of the sweep over sizes, the intervals hold for all sizes together, which makes "
            f"each of them one of {swept}: its words can differ from those of the comparison above."
        )
    return tuple(paragraphs)


def _held_out(found: Mapping[str, object]) -> Mapping[str, object]:
    """How the examples of the first way's first task were held out."""
    ways = fields.mappings(found.get("ways"))
    figures = fields.mappings(ways[0].get("figures")) if ways else []
    return fields.mapping(figures[0].get("held_out")) if figures else {}


def _design(held_out: Mapping[str, object]) -> str:
    folds = fields.whole(held_out.get("folds"))
    into = form.counted(folds, "fold", "folds") if folds else "folds"
    return (
        f"The training examples were split into {into}, the same for all ways, and each fold was "
        "predicted by networks that had not seen it. How many epochs to train and how far to trust "
        "the probabilities was chosen for each way, and for each of its networks, on the other "
        "folds. Examples of one group never stand on both sides, and what was set apart for "
        "validation or test took no part."
    )

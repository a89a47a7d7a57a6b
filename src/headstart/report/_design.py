"""How the figures came about, in words."""

from __future__ import annotations

from collections.abc import Mapping

from headstart.report import _fields as fields
from headstart.report import _format as form

_WITHOUT_THEM = {
    "": "The penalty was",
    "pre-trained": "The number of epochs was",
    "asked for": "Penalty and number of epochs were",
    "measured": "How much to retrain, for how many epochs and with which penalty was",
}
_BY_THE_OTHERS = {
    "": (
        "a head that was fitted to the other folds and had its penalty chosen inside them. "
        "The saved head is fitted to all of them."
    ),
    "asked for": (
        "a model that was fitted to the other folds; for how many epochs was chosen by how well "
        "those were predicted, each held out in turn. The saved model is fitted to all of them."
    ),
    "measured": (
        "a model that was fitted to the other folds; how much to retrain and for how many epochs "
        "was chosen by how well those were predicted, each held out in turn. The saved model is "
        "fitted to all of them."
    ),
}


def how_measured(held_out: Mapping[str, object], *, input_kind: str, retraining: str) -> str:
    """How the figures were obtained, in words.

    Args:
        held_out: as in ``metrics.json``.
        input_kind: ``"photo"`` and the like.
        retraining: ``"measured"``, ``"asked for"``, ``"pre-trained"`` or empty, as of
            `way_of_choosing`.
    """
    one, many = form.nouns(input_kind)
    examples = fields.whole(held_out.get("examples"))
    groups = fields.whole(held_out.get("groups"))
    folds, repeats = fields.whole(held_out.get("folds")), fields.whole(held_out.get("repeats"))
    size = f"the {form.counted(examples, one, many)}" if examples else f"the {many}"
    design = held_out.get("design")
    if design in ("validation", "test"):
        words = (
            f"Measured on {size} of the {design} part, which the saved model was not fitted to. "
            f"{_WITHOUT_THEM[retraining]} chosen without them too."
        )
    elif design == "cross-validation":
        into = f"into {form.count(folds)} folds" if folds else "into folds"
        times = f", {form.count(repeats)} times over" if repeats and repeats > 1 else ""
        words = (
            f"Measured by {'repeated ' if times else ''}cross-validation: {size} were split "
            f"{into}{times}, and each fold was predicted by {_BY_THE_OTHERS[retraining]}"
        )
    else:
        return ""
    if repeats and repeats > 1:
        words += (
            f" The figures are means over the {form.count(repeats)} rounds; "
            "counts, charts and pictures are of the first."
        )
    if groups:
        words += (
            f" They come from {form.counted(groups, 'group', 'groups')}; "
            "a group never stands on both sides of a split."
        )
    return words

"""What is said of the task in focus."""

from __future__ import annotations

from collections.abc import Mapping

from headstart.report import _fields as fields
from headstart.report import _format as form


def read_focus(metrics: Mapping[str, object]) -> tuple[str, ...]:
    """The sentences on the task in focus; none where no task was.

    Args:
        metrics: as in ``metrics.json``. Under ``"focus"`` it holds ``"sentences"``, and the parts
            of which each has a ``"text"``.
    """
    focus = fields.mapping(metrics.get("focus"))
    told = [*fields.texts(focus.get("sentences"))]
    if not told:
        told = [fields.text(focus.get("text"))]
        told += [fields.text(fields.mapping(part).get("text")) for part in focus.values()]
    return tuple(form.sentence(words) for words in told if words)

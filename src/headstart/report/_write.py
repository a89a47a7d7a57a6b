"""A model directory -> ``report.html``."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from headstart.activations import Activations
from headstart.model import Model
from headstart.report._looking import Eyes, open_eyes
from headstart.report._page import replace_file, template
from headstart.report._read import read_model_files
from headstart.report._summary import summarise


def write_report(
    model_dir: Path,
    *,
    output: Path | None = None,
    photos_root: Path | None = None,
    model: Model | None = None,
    cache: Path | None = None,
    maps: Mapping[str, Activations] | None = None,
) -> Path:
    """Write the report of a trained model: one HTML file that needs nothing else.

    Args:
        model_dir: the model directory, as `headstart train` wrote it.
        output: where to write; ``report.html`` in the model directory if not given. A file that
            is there is replaced in one step, so that it is never seen half written.
        photos_root: where the photos lie now, if not where they were at training. A photo that
            is no longer there leaves a placeholder.
        model: the model of that directory; loaded from it where ``None``.
        cache: where activations are stored; those of the photos that are shown are computed, and
            kept nowhere, where ``None``.
        maps: of photos, by hash and cut, that are at hand and need not be computed.

    Returns:
        The path of the report.

    Raises:
        ModelError: `model_dir` is not a model, is damaged or comes from a newer version.
        SettingError: the report cannot be written to `output`.
    """
    files = read_model_files(Path(model_dir))
    target = Path(model_dir) / "report.html" if output is None else Path(output)
    # What is computed for the page leaves the interpreter to others most of the time.
    with ThreadPoolExecutor(1) as other:
        compiled = other.submit(template, "report.html.jinja")
        eyes = open_eyes(files.directory, cache) if model is None else Eyes(model, cache, maps)
        summary = summarise(files, photos_root=photos_root, eyes=eyes)
        page = compiled.result().render(report=summary)
    replace_file(target, page)
    return target

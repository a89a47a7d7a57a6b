"""A model directory -> ``report.html``."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from headstart.errors import SettingError
from headstart.model import Model
from headstart.report._looking import Eyes, open_eyes
from headstart.report._read import read_model_files
from headstart.report._summary import Summary, summarise


def write_report(
    model_dir: Path,
    *,
    output: Path | None = None,
    photos_root: Path | None = None,
    model: Model | None = None,
    cache: Path | None = None,
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

    Returns:
        The path of the report.

    Raises:
        ModelError: `model_dir` is not a model, is damaged or comes from a newer version.
        SettingError: the report cannot be written to `output`.
    """
    files = read_model_files(Path(model_dir))
    eyes = open_eyes(files.directory, cache) if model is None else Eyes(model, cache)
    summary = summarise(files, photos_root=photos_root, eyes=eyes)
    target = Path(model_dir) / "report.html" if output is None else Path(output)
    _replace(target, render(summary))
    return target


def render(summary: Summary) -> str:
    """The page as text."""
    import jinja2  # costs time

    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("report.html.jinja").render(report=summary)


def _replace(target: Path, page: str) -> None:
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        temporary.write_text(page, encoding="utf-8", newline="\n")
        temporary.replace(target)
    except OSError as error:
        raise SettingError(
            f"{target}: the report cannot be written: {error.strerror}; give another place for it"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)

"""Templates, and writing a page."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import SettingError

if TYPE_CHECKING:
    from jinja2 import Template


def template(name: str) -> Template:
    """One of the templates, compiled."""
    import jinja2  # costs time, and so does compiling

    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # a page is made once: folding constants costs more than it saves
    )
    return templates.get_template(name)


def replace_file(target: Path, page: str) -> None:
    """Write a page in one step, so that it is never seen half written.

    Raises:
        SettingError: it cannot be written.
    """
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

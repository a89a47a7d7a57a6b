"""``headstart demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headstart.cli import _options
from headstart.cli._train import train_and_print


@click.command(name="demo")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("headstart-digits"),
    show_default=True,
    help="Where the digits are written as class folders.",
)
@_options.training
def command(*, data: Path, **options: Any) -> None:
    """The whole job on real data: handwritten digits that come with scikit-learn.

    Writes them as PNG class folders, trains on them, and says where the report is.
    """
    from headstart.errors import SettingError
    from headstart.runs import write_digits

    try:
        write_digits(data)
    except OSError as error:
        raise SettingError(
            f"{data}: the digits cannot be written ({error.strerror}); choose another place "
            "with --data"
        ) from error
    train_and_print(data, options)

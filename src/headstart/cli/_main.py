"""The command line: parse, call one function, print."""

from __future__ import annotations

import sys
from typing import Any

import click

from headstart import __version__
from headstart.cli._text import printable
from headstart.errors import HeadstartError

_COMMANDS = {
    "advise": "What the numbers suggest, before anything is trained.",
    "backbones": "The pretrained networks that are there.",
    "cache": "The store of activations: info, verify, prune.",
    "compare": "Compare networks, how much is retrained, and from scratch.",
    "demo": "The whole job on handwritten digits; works offline.",
    "evaluate": "A model's figures on labelled photos.",
    "export": "Write a model for ONNX Runtime, OpenVINO or PyTorch.",
    "predict": "Predict photos: a table, CSV or JSON.",
    "pretrain": "Train all layers of a network, for other tasks to start from.",
    "report": "Write (and open) a model's report.",
    "train": "Train a model on a folder of class folders or a table.",
}


class _LazyGroup(click.Group):
    """Commands are imported when they are run: `headstart --help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module

        command: click.Command = import_module(f"headstart.cli._{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="headstart")
def group() -> None:
    """Start from a network that already knows something.

    Give headstart a small labelled set of photos; it puts a new head on a pretrained network,
    measures how good that is, and hands you a model that you can trust, look into and ship.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit codes: 0 done, 1 our error in one line, 2 usage."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        result: Any = group.main(args=arguments, prog_name="headstart", standalone_mode=False)
    except HeadstartError as error:
        click.echo(f"error: {printable(str(error))}", err=True)
        return 1
    except click.exceptions.Abort:
        click.echo("\ninterrupted; everything computed so far is stored", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:  # the reader (head, less) has seen enough
        sys.stdout = None
        return 0
    return result if isinstance(result, int) else 0

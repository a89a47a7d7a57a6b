"""What the documents show is what there is. `python tests/test_docs.py` writes docs/commands.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from headstart.cli import group

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ROOT / "docs" / "commands.md"


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(
        group, [*path[1:], "--help"], prog_name="headstart", terminal_width=88
    )
    assert result.exit_code == 0, result.output
    return result.output


def document() -> str:
    parts = ["# The commands\n\nWhat `--help` says of each.\n"]
    for path in commands(group, ("headstart",)):
        text = "".join(f"    {line}".rstrip() + "\n" for line in help_of(path).splitlines())
        parts.append(f"## {' '.join(path)}\n\n{text}")
    return "\n".join(parts)


def test_every_command_stands_in_the_docs() -> None:
    assert COMMANDS.read_text("utf-8") == document(), "run: python tests/test_docs.py"


def test_the_examples_of_the_readme_run(
    photos: Path, monkeypatch: pytest.MonkeyPatch, random: np.random.Generator
) -> None:
    monkeypatch.chdir(photos.parent)
    Image.fromarray(random.integers(0, 255, (80, 60, 3), dtype=np.uint8)).save("new.jpg")
    files = sorted(str(path) for path in photos.glob("*/*.png"))
    labels = [Path(path).parent.name for path in files]
    rows = [f"{file},{int(label == 'stripes')},{('', '0', '1')[place % 3]}"
            for place, (file, label) in enumerate(zip(files, labels, strict=True))]  # fmt: skip
    Path("labels.csv").write_text("\n".join(["file,stop,crosswalk", *rows]))
    names: dict[str, Any] = {"files": files, "labels": labels, "network": small_network()}
    run_examples("README.md", names)
    assert names["model"].classes == ("checks", "stripes")
    assert [task.name for task in names["signs"].tasks] == ["stop", "crosswalk"]


def test_the_examples_of_the_library_run(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(photos.parent)
    names: dict[str, Any] = {}
    run_examples("docs/library.md", names)
    assert names["passed"].misses == len(names["examples"])
    assert names["found"].epochs_run == 2
    assert names["model"].classes == ("checks", "stripes")


def run_examples(document: str, names: dict[str, Any]) -> None:
    """The document's code, block after block."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, document, "exec"), names)  # noqa: S102 - our own document


def small_network() -> Any:
    """A module of the reader's own."""
    from torch import nn

    def layer(entering: int, leaving: int, stride: int) -> nn.Module:
        convolution = nn.Conv2d(entering, leaving, 3, stride, 1)
        return nn.Sequential(convolution, nn.BatchNorm2d(leaving), nn.ReLU())

    stages = {"stem": layer(3, 8, 8), "layer1": layer(8, 16, 4), "layer2": layer(16, 32, 2)}
    network = nn.Module()
    for name, module in stages.items():
        network.add_module(name, module)
    return network


@pytest.mark.parametrize("document", ["README.md", "docs/experiments.md", "docs/library.md"])
def test_files_that_documents_link_are_there(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8"))
    missing = [link for link in links if not (path.parent / link).exists()]
    assert not missing


if __name__ == "__main__":
    COMMANDS.write_text(document(), "utf-8")

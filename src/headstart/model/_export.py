"""A model out again: one file for another runtime, or a PyTorch module."""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from headstart.errors import MissingExtraError, ModelError, SettingError
from headstart.model import _export_openvino as openvino
from headstart.model._export_check import Run, compared
from headstart.model._export_snippet import snippet
from headstart.model._export_text import MARK, described

if TYPE_CHECKING:
    from headstart.model._model import Model

FORMATS = ("onnx", "openvino", "torch")

_SUFFIXES = {
    "onnx": (".onnx",),
    "openvino": (".xml", ".bin"),  # the first is the one to load; the others belong to it
    "torch": (".pt2",),
}
_NEEDED = {"onnx": ("torch", "onnx", "onnxscript"), "openvino": (), "torch": ("torch",)}

_ONNX_BYTES = 2**31
"""An ONNX file cannot hold more."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: the one to load first.
        format: one of `FORMATS`.
        batch: how many examples it takes at once; ``None`` for any number.
        difference: largest difference between its probabilities and the model's own at float32, on
            two examples of noise.
        snippet: Python that runs it.
    """

    files: tuple[Path, ...]
    format: str
    batch: int | None
    difference: float
    snippet: str

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(path.stat().st_size for path in self.files)


def export(model: Model, path: str | Path, format: str, *, force: bool = False) -> Exported:  # noqa: A002 - the option's name
    """Write a model for another runtime.

    Its input ``photo`` is uint8 ``(batch, size, size, 3)``, or ``vector`` float32
    ``(batch, width)``; its output ``probabilities`` float32 ``(batch, classes)``. Classes,
    preprocessing and origin stand in the file as JSON under the key ``headstart``. It is compared
    with the model before it is put in place.

    Args:
        model: the model.
        path: of the file; the format's suffix is added where it is missing.
        format: ``"openvino"`` (``.xml`` and ``.bin``), ``"onnx"`` or ``"torch"`` (``.pt2``); the
            latter two need the extra ``train``.
        force: also overwrite files that headstart did not export.

    Raises:
        SettingError: no such format, or the place is taken.
        ModelError: it cannot be written, or the format cannot express the network.
        MissingExtraError: the format needs something that is not installed.
    """
    if format not in FORMATS:
        raise SettingError(f"format {format!r} is none of {', '.join(FORMATS)}")
    if any(find_spec(name) is None for name in _NEEDED[format]):
        raise MissingExtraError(f"exporting as {format}", "train")
    files = _files(Path(path), format)
    _check_free(files, force=force)
    if format == "onnx" and (size := _weight_bytes(model)) >= _ONNX_BYTES:
        raise ModelError(
            f"the network has {size / 2**30:.1f} GB of weights and an ONNX file holds less than 2: "
            "export it as openvino or torch"
        )
    with _in_place(files) as written:
        batch, found = _write(model, written[0], format)
    return Exported(files, format, batch, found, snippet(model.backbone, format, files[0]))


def to_torch(model: Model) -> Any:
    """The whole model as a `torch.nn.Module`; see `Model.to_torch`.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    return _torch("a model as a PyTorch module").network_of(model)


def _torch(feature: str) -> ModuleType:
    try:
        from headstart.model import _export_torch  # imports torch
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != "torch":
            raise
        raise MissingExtraError(feature, "train") from None
    return _export_torch


def _write(model: Model, path: Path, format_: str) -> tuple[int | None, float]:
    """For any number of examples where the network allows it, else for one at a time."""
    try:
        return None, compared(model, _run(model, path, format_, None), None)
    except ModelError:
        return 1, compared(model, _run(model, path, format_, 1), 1)


def _run(model: Model, path: Path, format_: str, batch: int | None) -> Run:
    text = json.dumps(described(model, batch), allow_nan=False)
    if format_ == "openvino":
        return openvino.write(model, path, text, batch)
    torch = _torch(f"exporting as {format_}")
    run: Run = {"onnx": torch.write_onnx, "torch": torch.write_program}[format_](
        model, path, text, batch
    )
    return run


def _weight_bytes(model: Model) -> int:
    backbone = sum(array.nbytes for array in model.backbone.weights.values())
    return backbone + 4 * model.head.parameters


def _files(path: Path, format_: str) -> tuple[Path, ...]:
    suffixes = _SUFFIXES[format_]
    if path.name in {"", ".."}:
        raise SettingError(f"{path}: is a directory; give a file that ends in {suffixes[0]}")
    others = {suffix for each in _SUFFIXES.values() for suffix in each} - {suffixes[0]}
    if path.suffix in others:
        raise SettingError(
            f"{path}: the format {format_} is written to a file that ends in {suffixes[0]}"
        )
    name = path.name.removesuffix(suffixes[0]) or path.name
    return tuple(path.with_name(name + suffix) for suffix in suffixes)


def _check_free(files: tuple[Path, ...], *, force: bool) -> None:
    for path in files:
        if path.is_dir():
            raise SettingError(f"{path}: is a directory; choose another place with --output")
        # What belongs to the first file has no mark of its own.
        if os.path.lexists(path) and not force and not _is_ours(files[0]):
            raise SettingError(
                f"{path}: exists and was not exported by headstart; nothing was changed. Choose "
                "another place with --output, or overwrite it with --force"
            )


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return data.find(MARK.encode()) >= 0
    except (OSError, ValueError):  # unreadable, or empty
        return False


@contextmanager
def _in_place(files: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """New files that take the place of `files` only once they are complete."""
    directory = files[0].absolute().parent
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{files[0].name}.", dir=directory, ignore_cleanup_errors=True
        ) as made:
            written = tuple(Path(made) / path.name for path in files)
            yield written
            # The one to load comes last: where it is new, so is what belongs to it.
            for new, path in reversed(list(zip(written, files, strict=True))):
                new.replace(path)
    except OSError as error:
        raise ModelError(
            f"{files[0]}: cannot be written ({error.strerror or error}); choose another place with "
            "--output"
        ) from error

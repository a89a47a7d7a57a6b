"""The model directory: what ``model.json`` holds, and how a directory is written and checked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headstart.errors import ModelError

FORMAT = "headstart-model"
FORMAT_VERSION = 2
DESCRIPTION = "model.json"

_NEEDED = {
    "backbone": dict,
    "preprocessing": dict,
    "engine": dict,
    "tasks": list,
    "head": dict,
    "files": dict,
    "input_kind": str,
}


def read_description(directory: Path) -> dict[str, Any]:
    """``model.json`` of a model directory, with every file that it names checked by its hash.

    Raises:
        ModelError: it is not a model directory, is damaged, or comes from a newer version.
    """
    path = directory / DESCRIPTION
    if not directory.is_dir():
        raise ModelError(f"{directory}: there is no such model directory")
    try:
        described = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{directory}: is not a model directory, it has no {DESCRIPTION}; give the folder "
            "that `headstart train` wrote"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: is damaged and cannot be read ({error}); train again or restore "
                         "it from a copy") from None  # fmt: skip
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise ModelError(f"{path}: does not describe a headstart model")
    missing = [key for key, kind in _NEEDED.items() if not isinstance(described.get(key), kind)]
    version = described.get("format_version")
    if not isinstance(version, int):
        missing.append("format_version")
    elif version > FORMAT_VERSION:
        raise ModelError(
            f"{directory}: was made by headstart {described.get('headstart', '?')} in a newer "
            f"format ({version}, this version reads up to {FORMAT_VERSION}); "
            "update headstart: pip install --upgrade headstart"
        )
    elif version < FORMAT_VERSION:
        raise ModelError(
            f"{directory}: was made by headstart {described.get('headstart', '?')} in an older "
            f"format ({version}, this version reads {FORMAT_VERSION}); train again: stored "
            "activations make that quick"
        )
    if missing:
        raise ModelError(
            f"{path}: is damaged, it lacks or garbles {', '.join(missing)}; train again or restore "
            "it from a copy"
        )
    return described


def read_checked(directory: Path, name: str, described: Mapping[str, Any]) -> bytes:
    """The bytes of one of the model's files, after its hash has been checked.

    Raises:
        ModelError: the file is missing or was changed.
    """
    expected = described["files"].get(name)
    try:
        # A name from the file must not lead out of the directory.
        data = (directory / Path(name).name).read_bytes()
    except OSError as error:
        raise ModelError(f"{directory}: is incomplete, {name} cannot be read ({error.strerror}); "
                         "train again or restore it from a copy") from None  # fmt: skip
    if hashlib.sha256(data).hexdigest() != expected:
        raise ModelError(f"{directory}: is damaged, {name} is not what was saved (its SHA-256 "
                         "differs); train again or restore it from a copy")  # fmt: skip
    return data


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON that a person can read; NaN is refused."""
    text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)
    # A byte of a file name that is not text stands in a string as half a character; JSON can hold
    # it as an escape only.
    path.write_bytes(text.encode("utf-8", "backslashreplace") + b"\n")


def check_target(directory: Path) -> None:
    """Refuse a place where a model cannot be saved, before any work is done.

    Raises:
        ModelError: something that is not a model stands there, or it cannot be written.
    """
    if os.path.lexists(directory) and not _is_model_or_empty(directory):
        raise ModelError(f"{directory}: exists and is not a model directory; nothing was changed. "
                         "Choose another place with --out")  # fmt: skip
    if directory.absolute() == Path.cwd():
        raise ModelError(
            f"{directory}: is the current directory, which cannot be replaced; choose another "
            "place with --out"
        )
    nearest = directory.absolute().parent
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        reason = f"permission denied in {nearest}"
        if not nearest.is_dir():
            reason = f"{nearest} is not a directory"
        raise ModelError(
            f"{directory}: cannot be written ({reason}); choose another place with --out"
        )


@contextmanager
def replacing(directory: Path) -> Iterator[Path]:
    """A new directory that takes the place of `directory` only once it is complete.

    Raises:
        ModelError: it cannot be written.
    """
    check_target(directory)
    try:
        directory.absolute().parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.absolute().parent))
    except OSError as error:
        raise ModelError(f"{directory}: cannot be written ({error.strerror}); choose another place "
                         "with --out") from None  # fmt: skip
    try:
        made.chmod(0o777 & ~_umask())  # mkdtemp makes it private; a model is like any other file
        yield made
        _put_in_place(made, directory)
    except OSError as error:
        raise ModelError(f"{directory}: cannot be written ({error.strerror}); what stood there "
                         "before is unchanged") from error  # fmt: skip
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, directory: Path) -> None:
    """Rename `made` to `directory`; what stood there comes back where that fails."""
    if not directory.exists():
        made.replace(directory)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{directory.name}.old.", dir=made.parent))
    try:
        old = directory.replace(aside / "model")
        try:
            made.replace(directory)
        except OSError:
            old.replace(directory)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_model_or_empty(directory: Path) -> bool:
    if not directory.is_dir():
        return False
    if not any(directory.iterdir()):
        return True
    try:
        described = json.loads((directory / DESCRIPTION).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(described, dict) and described.get("format") == FORMAT


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

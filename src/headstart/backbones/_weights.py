"""Weight files of others: read without running anything that they hold, and matched exactly."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import BackboneError

if TYPE_CHECKING:
    from torch import Tensor, nn

SAFETENSORS = ".safetensors"
PYTORCH = (".pt", ".pth", ".bin")
_WRAPPINGS = ("state_dict", "model_state_dict", "model")
_UNCOUNTED = "num_batches_tracked"


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a weight file, by name.

    Raises:
        BackboneError: there is no such file, or it cannot be read without running code.
    """
    if path.suffix not in {SAFETENSORS, *PYTORCH}:
        raise BackboneError(
            f"{path}: weights are read from {SAFETENSORS} files, and from {', '.join(PYTORCH)} "
            f"with weights_only=True; {path.suffix or 'a file without ending'} is neither"
        )
    if not path.is_file():
        raise BackboneError(f"{path}: there is no such weight file")
    return _safe(path) if path.suffix == SAFETENSORS else _restricted(path)


def _safe(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # imports torch

    try:
        return load_file(path, device="cpu")
    except (SafetensorError, OSError) as error:
        raise BackboneError(f"{path}: is no safetensors file ({error})") from None


def _restricted(path: Path) -> dict[str, Tensor]:
    """Tensors of a pickle, by an unpickler that knows tensors and containers only."""
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a program that it is refused for anyway
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  it fails in many ways, all mean the same here
        reason = str(error).strip().partition("\n")[0][:160]
        raise BackboneError(
            f"{path}: cannot be read with weights_only=True ({type(error).__name__}: {reason}). A "
            "file whose reading could run code is refused; ask who made it for the tensors alone, "
            f"as {SAFETENSORS}"
        ) from None
    for key in _WRAPPINGS:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not (
        isinstance(found, dict)
        and found
        and all(isinstance(name, str) for name in found)
        and all(isinstance(tensor, torch.Tensor) for tensor in found.values())
    ):
        raise BackboneError(
            f"{path}: holds something else than tensors by name; save the network's state_dict() "
            "alone"
        )
    if all(name.startswith("module.") for name in found):  # as parallel training saves them
        found = {name.removeprefix("module."): tensor for name, tensor in found.items()}
    return found


def load_exactly(
    model: nn.Module, tensors: Mapping[str, Tensor], *, ignored: Collection[str], source: str
) -> None:
    """Put tensors into a network, each where it belongs and none left over.

    Args:
        model: the network, without its output layer.
        tensors: by name.
        ignored: names that may be there besides: of the original output layer.
        source: where they come from, for the message.

    Raises:
        BackboneError: something is missing, is not known or has another shape; the first few of
            each are named.
    """
    expected = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    missing = [key for key in expected if key not in tensors and not key.endswith(_UNCOUNTED)]
    unexpected = [
        key for key in tensors
        if key not in expected and key not in ignored and not key.endswith(_UNCOUNTED)
    ]  # fmt: skip
    shapes = [
        f"{key} {tuple(tensors[key].shape)} instead of {shape}"
        for key, shape in expected.items()
        if key in tensors and tuple(tensors[key].shape) != shape
    ]
    faults = [
        f"{what} {_few(names)}"
        for what, names in (("missing:", missing), ("unexpected:", unexpected), ("shape:", shapes))
        if names
    ]
    if faults:
        raise BackboneError(
            f"{source}: the tensors are not those of this network; {'; '.join(faults)}"
        )
    model.load_state_dict({key: tensors[key] for key in expected if key in tensors}, strict=False)


def _few(names: Collection[str], most: int = 4) -> str:
    shown = ", ".join(list(names)[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"

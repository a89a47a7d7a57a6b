"""Where timm's own weights lie on this machine. Nothing is fetched unless that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headstart.errors import BackboneError

_FILES = ("model.safetensors", "pytorch_model.bin")
_WAYS_OUT = (
    "Give a file with --weights FILE.safetensors, or --weights random for an untrained network, or "
    "let it be fetched with --download"
)


def hub_file(name: str, settings: Mapping[str, Any], *, download: bool) -> tuple[Path, str]:
    """The weight file that timm names for a network, from the hub's cache.

    Args:
        name: of the network, for messages.
        settings: what timm knows of its weights (``pretrained_cfg``).
        download: whether it may be fetched where it is not there.

    Returns:
        The file, and where it comes from as ``repository/file``.

    Raises:
        BackboneError: it is not there, or it could not be fetched.
    """
    repository, revision = _repository(name, settings)
    given = settings.get("hf_hub_filename")
    files = (str(given),) if given else _FILES
    for file in files:
        if found := _cached(repository, file, revision):
            return found, f"{repository}/{file}"
    if not download:
        raise BackboneError(
            f"the weights of {name} are not on this machine: {files[0]} of {repository} would lie "
            f"in {_folder(repository)}. {_WAYS_OUT}"
        )
    return _fetched(name, repository, files, revision)


def _repository(name: str, settings: Mapping[str, Any]) -> tuple[str, str | None]:
    given = settings.get("hf_hub_id")
    if settings.get("custom_load") == "hf":
        raise BackboneError(
            f"the weights of {name} are in a format of their own, which is not read here; give "
            "them as timm's tensors with --weights FILE.safetensors, or another variant of the "
            "network"
        )
    if not given:
        where = f"at {url}" if (url := settings.get("url")) else "nowhere"
        raise BackboneError(
            f"timm keeps weights of {name} {where}, not on the hub; give a file with --weights "
            "FILE, or --weights random for an untrained network"
        )
    repository, _, revision = str(given).partition("@")
    return repository, revision or None


def _cached(repository: str, file: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache  # comes with timm; looks at files only

    found = try_to_load_from_cache(repository, file, revision=revision)
    return Path(found) if isinstance(found, str) else None


def _folder(repository: str) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}" / "snapshots"


def _fetched(
    name: str, repository: str, files: tuple[str, ...], revision: str | None
) -> tuple[Path, str]:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    for file in files:
        try:
            found = hf_hub_download(repository, file, revision=revision)
        except Exception as error:  # noqa: BLE001  of the network, the hub, the disk
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            absent = isinstance(error, EntryNotFoundError)
            if not absent or isinstance(error, LocalEntryNotFoundError):  # no connection
                break
        else:
            return Path(found), f"{repository}/{file}"
    raise BackboneError(
        f"the weights of {name} could not be fetched from {repository} ({reason}); give a file "
        "with --weights FILE.safetensors"
    )

"""The network that a task starts from: by name, from a model directory, or as it is."""

from __future__ import annotations

from pathlib import Path

from headstart.backbones import Backbone, is_network, load_backbone, names
from headstart.errors import SettingError
from headstart.model import load_network


def load_source(
    source: str | Path | Backbone, *, weights: str | Path | None = None, download: bool = False
) -> Backbone:
    """The network of a source.

    Args:
        source: name of a network, as of `load_backbone`; directory of a model, whose network is
            taken; or a network. A name comes before a directory of that name, which can be given as
            ``./NAME``.
        weights: as of `load_backbone`; only for a name.
        download: as of `load_backbone`.

    Raises:
        SettingError: it is none of these, or weights are given for something that has its own.
        BackboneError: its weights are missing or are not what they should be.
        ModelError: the directory is no model, or is damaged.
        MissingExtraError: a model of timm, without timm.
    """
    if isinstance(source, Backbone):
        return source
    directory = directory_of(source)
    if directory is None:
        return load_backbone(str(source), weights=weights, download=download)
    if not directory.is_dir():
        raise SettingError(
            f"no pretrained network is named {str(source)!r}, and there is no such directory "
            f"either. Networks: {', '.join(names())}, and with the extra 'train' any model of timm "
            "as timm:NAME. Directories: of any model that headstart trained or pre-trained"
        )
    if weights is not None:
        raise SettingError(
            f"{directory} holds its own weights; --weights is for timm: networks, as in "
            "--backbone timm:NAME"
        )
    return load_network(directory)


def directory_of(source: str | Path | Backbone) -> Path | None:
    """Where the model lies that a source is; ``None`` where it is a name or a network."""
    if isinstance(source, Backbone) or (isinstance(source, str) and is_network(source)):
        return None
    return Path(source)

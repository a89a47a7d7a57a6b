"""Every error of ours.

    HeadstartError
    ├── InputError (ValueError)             what was given cannot be used
    │   ├── DataError                       a folder or table as a whole
    │   ├── UnreadableFileError             one file; a run sets it aside and goes on
    │   └── SettingError                    an option or argument
    ├── ModelError (ValueError)             a model directory that is damaged, or not ours
    ├── BackboneError (ValueError)          pretrained weights that are not what they should be
    ├── StoreError (OSError)                the activation store on disk
    └── MissingExtraError (ImportError)     an optional part that is not installed

Each message says what was given, what was expected and what to do. The command line prints it
as one line and exits with code 1.
"""

from __future__ import annotations


class HeadstartError(Exception):
    """Base of every error that headstart raises on purpose."""


class InputError(HeadstartError, ValueError):
    """What was given cannot be used."""


class DataError(InputError):
    """A folder or table of examples cannot be used as a whole."""


class UnreadableFileError(InputError):
    """One file cannot be read as a photo.

    Attributes:
        name: the file as the user named it.
        reason: what is wrong with it, without the name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class SettingError(InputError):
    """An option or argument has a value that cannot be used."""


class ModelError(HeadstartError, ValueError):
    """A model directory is damaged, incomplete, from a newer version, or not a model."""


class BackboneError(HeadstartError, ValueError):
    """Pretrained weights are missing or are not what they should be."""


class StoreError(HeadstartError, OSError):
    """The activation store cannot be read or written."""


class MissingExtraError(HeadstartError, ImportError):
    """A feature needs an optional part that is not installed.

    Args:
        feature: what the user asked for.
        extra: the extra that brings it, as in ``pip install 'headstart[extra]'``.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional part that is not installed: "
            f"pip install 'headstart[{extra}]'"
        )
        self.feature = feature
        self.extra = extra

"""Start from a network that already knows something: transfer learning for little data.

>>> import headstart
>>> model = headstart.train("photos/")  # doctest: +SKIP
>>> model.predict(["new.jpg"])  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headstart._api import compare as compare
    from headstart._api import pretrain as pretrain
    from headstart._api import train as train
    from headstart.errors import HeadstartError as HeadstartError
    from headstart.estimators import TransferClassifier as TransferClassifier
    from headstart.model import Model as Model
    from headstart.model import load as load
    from headstart.runs import advise as advise

__version__ = "0.1.0"

# Imported on first use: `import headstart` and `headstart --help` stay quick.
_HOMES = {
    "HeadstartError": "headstart.errors",
    "Model": "headstart.model",
    "TransferClassifier": "headstart.estimators",
    "advise": "headstart.runs",
    "compare": "headstart._api",
    "load": "headstart.model",
    "pretrain": "headstart._api",
    "train": "headstart._api",
}

__all__ = [
    "HeadstartError", "Model", "TransferClassifier", "__version__", "advise", "compare", "load",
    "pretrain", "train",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'headstart' has no attribute {name!r}")
    from importlib import import_module  # not needed by `import headstart`

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

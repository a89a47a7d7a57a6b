"""Start from a network that already knows something: transfer learning for little data.

>>> import headstart
>>> model = headstart.train("photos/")  # doctest: +SKIP
>>> model.predict(["new.jpg"])  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

__version__ = "0.1.0"

if TYPE_CHECKING:
    from headstart._api import compare as compare
    from headstart._api import pretrain as pretrain
    from headstart._api import train as train
    from headstart.errors import HeadstartError as HeadstartError
    from headstart.estimators import TransferClassifier as TransferClassifier
    from headstart.model import Model as Model
    from headstart.model import load as load
    from headstart.runs import advise as advise
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_api": ("compare", "pretrain", "train"),
            "errors": ("HeadstartError",),
            "estimators": ("TransferClassifier",),
            "model": ("Model", "load"),
            "runs": ("advise",),
        },
        own=("__version__",),
    )

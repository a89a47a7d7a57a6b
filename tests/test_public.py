"""The public surface is pinned."""

from __future__ import annotations

import headstart


def test_names_of_the_package() -> None:
    assert dir(headstart) == [
        "HeadstartError",
        "Model",
        "TransferClassifier",
        "__version__",
        "advise",
        "compare",
        "load",
        "pretrain",
        "train",
    ]
    for name in dir(headstart):
        assert getattr(headstart, name) is not None


def test_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert headstart.__version__ == version("headstart")

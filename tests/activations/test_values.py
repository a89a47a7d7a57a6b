"""Sixteen bits where every value stays finite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.activations._values import shorten


@given(st.lists(st.floats(width=32), max_size=4))
def test_floats_become_float16_where_all_stay_finite(values: list[float]) -> None:
    array = np.array(values, np.float32)
    with np.errstate(over="ignore"):
        short = array.astype(np.float16)
    if np.isfinite(short).all():
        assert shorten(array).dtype == np.float16
        assert shorten(array).tobytes() == short.tobytes()
    else:
        assert shorten(array) is array


@pytest.mark.parametrize("sign", [1, -1])
def test_the_last_value_that_fits(sign: int) -> None:
    end = np.float32(65_520)
    assert shorten(sign * np.array([np.nextafter(end, np.float32(0))])).dtype == np.float16
    assert shorten(sign * np.array([end])).dtype == np.float32


def test_bytes_stay_bytes() -> None:
    pixels = np.arange(5, dtype=np.uint8)
    assert shorten(pixels) is pixels

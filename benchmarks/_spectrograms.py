"""Spoken digits as pictures of their spectrograms, in class folders."""

from __future__ import annotations

import argparse
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from _common import folder, progress

WINDOW, STEP = 256, 64
"""Samples; 32 and 8 ms at 8 kHz."""

FLOOR = 1e-3
"""Of the loudest value: 60 dB below it is black."""

SIDE = 128


def spectrogram(samples: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Log magnitudes of a clip as a grey picture, low frequencies below, uint8
    ``(SIDE, SIDE)``.
    """
    padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]
    magnitude = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1))[:, 1:]
    level = np.log(np.maximum(magnitude / max(magnitude.max(), 1e-9), FLOOR))
    grey = ((level / -np.log(FLOOR) + 1) * 255).astype(np.uint8)
    picture = Image.fromarray(grey.T[::-1]).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(picture)


def spoken_digit_pictures(clips: Path, target: Path) -> Path:
    """Write a PNG for each clip ``digit_speaker_index.wav`` into ``target/digit/``; once."""
    done = target / "done"
    if not done.exists():
        progress(f"spectrograms of {clips}")
        for clip in sorted(clips.rglob("*.wav")):
            with wave.open(str(clip)) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            digit = target / clip.stem.partition("_")[0]
            digit.mkdir(parents=True, exist_ok=True)
            Image.fromarray(spectrogram(samples.astype(np.float64))).save(
                digit / f"{clip.stem}.png"
            )
        done.touch()
    return target


def add_pictures_option(parser: argparse.ArgumentParser) -> None:
    """Where spectrograms lie, for `pictures_of`."""
    parser.add_argument(
        "--pictures",
        type=Path,
        default=Path("spoken-digit-pictures"),
        help="where spectrograms are written [%(default)s]",
    )


def pictures_of(name: str, given: argparse.Namespace) -> Path:
    """The class folders of a data set; those of `spoken_digits` are written first."""
    data = folder(given.data, name)
    return spoken_digit_pictures(data, given.pictures) if name == "spoken_digits" else data

"""Numbers and names as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

NARROW = "\N{NARROW NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

_NOUNS = {"photo": ("photo", "photos"), "sound": ("clip", "clips")}


def percent(share: float, *, digits: int = 1) -> str:
    """A share between 0 and 1 as a percentage; an exact 0 or 1 without decimals."""
    if share in (0.0, 1.0):
        return f"{share * 100:.0f}{NARROW}%"
    return f"{share * 100:.{digits}f}{NARROW}%"


def whole_percent(share: float) -> str:
    """A share as a percentage without decimals."""
    return percent(share, digits=0)


def confidence(probability: float) -> str:
    """A probability in whole per cent that never rounds to certainty."""
    if 0.995 <= probability < 1.0:
        return f"over 99{NARROW}%"
    return percent(probability, digits=0)


def decimal(value: float) -> str:
    """A figure with three decimals."""
    # Adding 0 makes of -0.000 a 0.000.
    return f"{round(value, 3) + 0.0:.3f}".replace("-", MINUS)


def short(value: float) -> str:
    """A number of a scale, as short as it can be."""
    return f"{value:g}".replace("-", MINUS)


def count(value: int) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}"


def counted(value: int, singular: str, plural: str) -> str:
    """A whole number and its noun."""
    return f"{count(value)} {singular if value == 1 else plural}"


def nouns(input_kind: str) -> tuple[str, str]:
    """What one example is called, and several."""
    return _NOUNS.get(input_kind, ("example", "examples"))


def seconds(value: float) -> str:
    """A length of time."""
    if value < 0.0995:
        return f"{value * 1000:.0f}{NARROW}ms"
    if value < 59.95:
        return f"{value:.1f}{NARROW}s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{count(hours)}{NARROW}h {minutes}{NARROW}min"
    return f"{minutes}{NARROW}min {rest}{NARROW}s"


def size(value: int) -> str:
    """A number of bytes, in decimal units."""
    if value < 1000:
        return counted(value, "byte", "bytes")
    amount = float(value)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            break
    return f"{amount:.{0 if amount >= 10 else 1}f}{NARROW}{unit}"


def penalty(value: float) -> str:
    """A penalty as it would be typed: up to three significant digits."""
    return f"{value:.3g}"


def visible(name: str) -> str:
    """`name` with characters that cannot be seen replaced by ones that can.

    Line breaks and the like become their control pictures; direction marks, which could make a
    name read as another one, and halves of surrogate pairs (undecodable bytes in a file name)
    become the replacement character.
    """
    return "".join(_visible(character) for character in name)


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        # The joiner holds emoji and many scripts together and hides nothing.
        return character if character in "\u200c\u200d" else "\N{REPLACEMENT CHARACTER}"
    return character


def sentence(words: str) -> str:
    """Words from a file as a sentence: a capital to begin with and a full stop at the end."""
    shown = visible(words).strip().replace(" %", f"{NARROW}%")
    if not shown:
        return ""
    return f"{shown[0].upper()}{shown[1:]}{'' if shown.endswith(('.', '!', '?')) else '.'}"


def moment(stamp: str) -> str:
    """An ISO time stamp as a date and time; the stamp itself where it is not one."""
    try:
        parsed = datetime.fromisoformat(stamp)
    except ValueError:
        return visible(stamp)
    zone = parsed.tzname() or ""
    return f"{parsed.day} {parsed:%B %Y, %H:%M} {zone}".rstrip()


def listing(names: Sequence[str], *, most: int = 6) -> str:
    """Names in a row, ``a, b and c``; after `most` of them how many more there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {count(len(names) - most)} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"

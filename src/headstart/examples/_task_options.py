"""How the user wants the columns of a table read as tasks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

from headstart.errors import DataError, SettingError
from headstart.examples._rows import first_few, printable

Kind = Literal["binary", "category"]
_Value = TypeVar("_Value")

_CHANCES: dict[str, float | None] = {
    "ignore": None,
    "positive": 1.0,
    "negative": 0.0,
    # Pham et al. (2021) smooth CheXpert's uncertain labels to draws of U(0.55, 0.85), which beat
    # both 0 and 1; its middle is the same in expectation, and a run can be repeated.
    "soft": 0.7,
}


@dataclass(frozen=True)
class TaskOptions:
    """What was asked of a table of tasks.

    Attributes:
        tasks: names or patterns of the columns that are tasks; None for all that hold classes.
        exclude: names or patterns of those which are not.
        kinds: kind of the columns of a name or pattern.
        uncertain: chance of the second class with which uncertain cells are trained, None to
            leave them out; of the columns of a name or pattern, or of all under ``"*"``.
    """

    tasks: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    uncertain: Mapping[str, float | None] = field(default_factory=lambda: {"*": None})

    @classmethod
    def checked(
        cls,
        *,
        tasks: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        task_kinds: Mapping[str, Kind] | None = None,
        uncertain: str | float | Mapping[str, str | float] = "ignore",
    ) -> TaskOptions:
        """Options as `headstart.examples.read_examples` takes them.

        Raises:
            SettingError: values that mean nothing, all of them named.
        """
        faults = []
        for name, given in (("tasks", tasks), ("exclude", exclude)):
            if isinstance(given, str):
                faults.append(f"{name} must be a list of names or patterns, not {given!r}")
        if tasks is not None and not tasks:
            faults.append("tasks names no column; leave it out to read all that hold classes")
        for name, kind in (task_kinds or {}).items():
            if kind not in {"binary", "category"}:
                faults.append(f"the kind of '{name}' must be binary or category, not {kind!r}")
        policies = uncertain if isinstance(uncertain, Mapping) else {"*": uncertain}
        for name, policy in policies.items():
            if not _is_policy(policy):
                faults.append(
                    f"uncertain labels of '{name}' may be ignore, positive, negative, soft or a "
                    f"number from 0 to 1, not {policy!r}"
                )
        if faults:
            raise SettingError("; and ".join(faults))
        return cls(
            tasks=None if tasks is None else tuple(tasks),
            exclude=tuple(exclude),
            kinds=dict(task_kinds or {}),
            uncertain={name: _chance(policy) for name, policy in policies.items()},
        )

    @property
    def asked(self) -> bool:
        """Whether tasks were spoken of, so that even a single column is read as one of many."""
        policies = self.uncertain.values()
        return self.tasks is not None or bool(self.kinds) or any(p is not None for p in policies)

    def candidates(
        self, names: Sequence[str], origin: str, what: str = "column"
    ) -> tuple[str, ...]:
        """The columns that may be tasks, in the order of the table.

        Args:
            names: of all columns that may be.
            origin: the table, for messages.
            what: a column is called in messages.

        Raises:
            DataError: a name or pattern fits no column, or none is left.
        """
        given = [*(self.tasks or ()), *self.exclude, *self.kinds, *self.uncertain]
        strange = [name for name in given if name != "*" and not fitting(name, names)]
        if strange:
            quoted = first_few([f"'{printable(name)}'" for name in dict.fromkeys(strange)])
            there = first_few([f"'{printable(name)}'" for name in names], 10)
            raise DataError(f"{origin}: no {what} is called {quoted}; there are {there or 'none'}")
        wanted = set(names)
        if self.tasks is not None:
            wanted = {each for name in self.tasks for each in fitting(name, names)}
        wanted -= {each for name in self.exclude for each in fitting(name, names)}
        return tuple(name for name in names if name in wanted)

    def named(self, column: str) -> bool:
        """Whether the user named this very column a task, whatever it holds."""
        return column in (self.tasks or ()) or column in self.kinds

    def kind(self, column: str) -> Kind | None:
        """The kind that was asked for, if one was."""
        return _best(self.kinds, column)

    def chance(self, column: str) -> float | None:
        """Chance of the second class with which the column's uncertain cells are trained."""
        return _best(self.uncertain, column)

    def speaks_of_doubt(self, column: str) -> bool:
        """Whether the user says that this very column has uncertain cells."""
        return column in self.uncertain


def _best(given: Mapping[str, _Value], column: str) -> _Value | None:
    """The value under the very name, else under the last pattern that fits."""
    if column in given:
        return given[column]
    fitting = [value for pattern, value in given.items() if fnmatchcase(column, pattern)]
    return fitting[-1] if fitting else None


def fitting(given: str, names: Sequence[str]) -> list[str]:
    """Columns of a name, else those which fit it as a pattern."""
    return [given] if given in names else [name for name in names if fnmatchcase(name, given)]


def _is_policy(given: object) -> bool:
    if isinstance(given, str):
        return given in _CHANCES or _number(given) is not None
    return isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given <= 1


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= 1 else None


def _chance(policy: str | float) -> float | None:
    if isinstance(policy, str):
        return _CHANCES[policy] if policy in _CHANCES else _number(policy)
    return float(policy)

"""Byte-identical examples: labels, parts and units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.examples import (
    UNKNOWN,
    Examples,
    MemorySource,
    Part,
    Task,
    content_hash,
    resolve_duplicates,
)

COLOUR = Task("colour", "category", ("red", "green", "blue"))
SHAPE = Task("shape", "category", ("round", "square"))


def table(
    targets: list[list[int]],
    *,
    groups: list[str] | None = None,
    parts: list[Part] | None = None,
) -> Examples:
    return Examples(
        sources=tuple(MemorySource(b"", f"{row}.jpg") for row in range(len(targets))),
        tasks=(COLOUR, SHAPE)[: len(targets[0])],
        targets=np.array(targets, np.int64),
        groups=None if groups is None else tuple(groups),
        parts=None if parts is None else tuple(parts),
    )


def test_content_hash_is_sha256() -> None:
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_hash(b"abc") == expected


def test_different_files_stay_apart() -> None:
    found = resolve_duplicates(table([[0], [1], [UNKNOWN]]), ["a", "b", "c"])
    assert found.units.tolist() == [0, 1, 2]
    assert found.targets.tolist() == [[0], [1], [UNKNOWN]]
    assert found.set_aside == ()
    assert found.notes == ()


def test_agreeing_copies_stay_together() -> None:
    found = resolve_duplicates(table([[0], [1], [0]]), ["a", "b", "a"])
    assert found.units.tolist() == [0, 1, 0]
    assert found.set_aside == ()
    assert found.notes == ("1 byte-identical copy of other examples; no split parts them.",)


def test_contradicting_copies_are_set_aside() -> None:
    found = resolve_duplicates(table([[0], [1], [0], [2]]), ["a", "a", "a", "b"])
    assert [row for row, _ in found.set_aside] == [0, 1, 2]
    reasons = dict(found.set_aside)
    assert "same as 1.jpg, but is labelled 'red' and that one 'green'" in reasons[0]
    assert "same as 0.jpg, but is labelled 'green' and that one 'red'" in reasons[1]
    assert found.targets.tolist() == [[UNKNOWN], [UNKNOWN], [UNKNOWN], [2]]
    assert "3 examples set aside" in found.notes[0]


def test_an_unlabelled_copy_contradicts_nothing() -> None:
    found = resolve_duplicates(table([[0], [UNKNOWN]]), ["a", "a"])
    assert found.set_aside == ()
    assert found.targets.tolist() == [[0], [UNKNOWN]]


def test_only_the_contradicted_task_is_lost() -> None:
    found = resolve_duplicates(table([[0, 1], [1, 1], [0, UNKNOWN]]), ["a", "a", "a"])
    assert found.targets.tolist() == [[UNKNOWN, 1], [UNKNOWN, 1], [UNKNOWN, UNKNOWN]]
    assert [row for row, _ in found.set_aside] == [2]


def test_unreadable_files_are_no_copies_of_one_another() -> None:
    found = resolve_duplicates(table([[0], [1], [0]], groups=["p", "q", "p"]), [None, None, "a"])
    assert found.units.tolist() == [0, 1, 0]
    assert found.set_aside == ()


def test_copies_and_groups_join_through_one_another() -> None:
    examples = table([[0]] * 6, groups=["p", "p", "q", "q", "r", "s"])
    found = resolve_duplicates(examples, ["a", "b", "b", "c", "d", "e"])
    assert found.units.tolist() == [0, 0, 0, 0, 1, 2]


def test_training_copies_of_held_out_photos_are_set_aside() -> None:
    parts: list[Part] = ["train", "validation", "train", "test", "validation"]
    found = resolve_duplicates(table([[0]] * 5, parts=parts), ["a", "a", "b", "b", "b"])
    assert [row for row, _ in found.set_aside] == [0, 2, 4]
    assert "same as 1.jpg in the validation part" in dict(found.set_aside)[0]
    assert "same as 3.jpg in the test part" in dict(found.set_aside)[4]
    assert "3 examples set aside: byte-identical files stand in a part" in found.notes[0]
    assert (found.targets == 0).all()


def test_contradicting_copies_in_two_parts_are_both_set_aside() -> None:
    found = resolve_duplicates(table([[0], [1]], parts=["train", "test"]), ["a", "a"])
    assert [row for row, _ in found.set_aside] == [0, 1]
    assert all("labelled" in reason for _, reason in found.set_aside)


def test_groups_across_parts_are_said_only() -> None:
    examples = table([[0]] * 3, groups=["p", "p", "q"], parts=["train", "test", "test"])
    found = resolve_duplicates(examples, ["a", "b", "c"])
    assert found.set_aside == ()
    assert "1 group with examples in more than one part of your split ('p')" in found.notes[0]


def test_hashes_must_match_examples() -> None:
    with pytest.raises(ValueError, match="2 examples need as many hashes, not 1"):
        resolve_duplicates(table([[0], [1]]), ["a"])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30))
def test_units_are_connected_components(pairs: list[tuple[int, int]]) -> None:
    hashes = [f"h{a}" for a, _ in pairs]
    groups = [f"g{b}" for _, b in pairs]
    found = resolve_duplicates(table([[0]] * len(pairs), groups=groups), hashes)
    joined = np.equal.outer(*[np.array(hashes)] * 2) | np.equal.outer(*[np.array(groups)] * 2)
    for _ in pairs:  # the closure: joined through others
        joined = joined @ joined
    assert (np.equal.outer(found.units, found.units) == joined).all()
    first = [found.units.tolist().index(unit) for unit in range(int(found.units.max()) + 1)]
    assert first == sorted(first)

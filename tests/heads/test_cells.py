"""What tasks are trained on, as tables for the solver."""

from __future__ import annotations

import numpy as np
import pytest

from headstart.errors import InputError
from headstart.examples import Outputs
from headstart.heads._cells import Cells

TARGETS = np.array([[0, 2], [-1, 1], [1, -1], [-1, -1]])
OUTPUTS = Outputs((2, 3))
UNCERTAIN = np.array([[-1, -1], [0.25, -1], [-1, -1], [1.0, -1]])


def test_rows_that_no_task_knows_are_left_out() -> None:
    cells = Cells.checked(TARGETS, outputs=OUTPUTS, weights=None, uncertain=None)
    rows = cells.rows(np.array([0, 1]))
    assert rows.examples.tolist() == [0, 1, 2]
    assert rows.weights.tolist() == [[1, 1], [0, 1], [1, 0]]
    assert rows.targets.tolist() == [[0, 2], [0, 1], [1, 0]]
    assert cells.rows(np.array([1])).examples.tolist() == [0, 1]


def test_an_uncertain_cell_is_a_row_for_each_class() -> None:
    """A chance of 0.25 gives two rows, a chance of 1 gives one; neither judges a penalty."""
    weights = np.array([1.0, 2.0, 1.0, 3.0])
    cells = Cells.checked(TARGETS, outputs=OUTPUTS, weights=weights, uncertain=UNCERTAIN)
    rows = cells.rows(np.array([0]))
    assert rows.examples.tolist() == [0, 1, 2, 3, 1]
    assert rows.targets[:, 0].tolist() == [0, 1, 1, 1, 0]
    assert rows.weights[:, 0].tolist() == [1, 0.5, 1, 3, 1.5]
    assert rows.scored[:, 0].tolist() == [True, False, True, False, False]


def test_classes_are_counted_with_uncertain_cells_in_parts() -> None:
    cells = Cells.checked(TARGETS, outputs=OUTPUTS, weights=None, uncertain=UNCERTAIN)
    assert cells.class_counts(np.ones(4, bool)).tolist() == [1.75, 2.25, 0, 1, 1]
    assert cells.class_counts(np.arange(4) == 1).tolist() == [0.75, 0.25, 0, 1, 0]


def test_a_weight_of_zero_is_not_trained_on() -> None:
    weights = np.array([[0.0, 1], [1, 0], [1, 1], [1, 1]])
    cells = Cells.checked(TARGETS, outputs=OUTPUTS, weights=weights, uncertain=None)
    assert cells.trained.tolist() == [[False, True], [False, False], [True, False], [False] * 2]
    assert cells.class_counts(np.ones(4, bool)).tolist() == [0, 1, 0, 0, 1]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError, match=r"targets of task 1 .*; uncertain holds values"):
        Cells.checked(
            np.array([[0, 3]]), outputs=OUTPUTS, weights=None, uncertain=np.array([[2.0, -1]])
        )

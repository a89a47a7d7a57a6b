from __future__ import annotations

import pytest
from tests.report.documents import Document, a_backbone, a_model, a_plan, a_solution, fine_tuned

from headstart.report._making import read_provenance
from headstart.report._plan import Plan, head_widths, read_plan


def plan_of(
    *retrained: str, layers: list[list[int]] | None = None, origin: Document | None = None,
    **plan: object,
) -> Plan:  # fmt: skip
    head = {"layers": layers or [[2, 1280]], "origin": origin or a_solution()}
    model = {**a_model(), "backbone": a_backbone(*retrained), "head": head}
    return read_plan(model, {"plan": a_plan(*retrained, **plan)})


def states(plan: Plan) -> list[str]:
    return [stage.state for stage in plan.stages]


def test_head_only_freezes_everything() -> None:
    plan = plan_of()
    assert states(plan) == ["frozen"] * 5 + ["new"]
    assert plan.stages[-1].name == "output 2"
    assert plan.sentences == (
        "Frozen: all 4 stages of a_network that have weights; weights and statistics there are "
        "exactly those that came with it.",
        "New: the output layer, solved for rather than trained.",
        "2,562 numbers were fitted.",
    )
    assert plan.why == "Head only, as asked for."
    assert plan.solved == ""


def test_retrained_stages_may_stand_anywhere() -> None:
    plan = plan_of("blocks.0", origin=fine_tuned())
    assert states(plan) == ["frozen", "retrained", "frozen", "frozen", "frozen", "new"]
    assert plan.sentences[:3] == (
        "Retrained for 3 epochs: blocks.0.",
        "Frozen: 3 of the 4 stages of a_network that have weights; weights and statistics there "
        "are exactly those that came with it.",
        "New: the output layer; training started from the solved output layer.",
    )
    assert plan.solved == "Training started from the head that was solved with it."


def test_pooling_stays_as_it_is_where_all_stages_are_retrained() -> None:
    plan = plan_of("stem", "blocks.0", "blocks.1", "conv_head", origin=fine_tuned(1))
    assert states(plan) == ["retrained"] * 4 + ["frozen", "new"]
    words = " ".join(plan.sentences)
    assert "conv_head, all stages of a_network that have weights." in words
    assert "Frozen" not in words


def test_new_layers_stand_at_the_end() -> None:
    layers = [[256, 1280], [64, 256], [3, 64]]
    plan = plan_of("conv_head", layers=layers, origin=fine_tuned())
    assert [stage.name for stage in plan.stages][-3:] == ["hidden 256", "hidden 64", "output 3"]
    assert states(plan)[-4:] == ["frozen", "new", "new", "new"]
    assert plan.sentences[2] == (
        "New: hidden layers of 256 and 64 units and the output layer; training started from random "
        "hidden layers and the output layer that was solved on them."
    )
    assert "did not start from that head" in plan.solved


def test_random_start_is_said() -> None:
    plan = plan_of("conv_head", origin=fine_tuned(by="random weights"))
    assert "training started from random weights." in " ".join(plan.sentences)
    assert "did not start from that head" in plan.solved


def test_start_that_was_never_beaten_is_said() -> None:
    plan = plan_of(retrain="2", epochs=0)
    assert (
        plan.sentences[0] == "No epoch of retraining was better than the start, so that was kept."
    )


def test_unconverged_head_is_said() -> None:
    plan = plan_of(origin={**a_solution(), "converged": False})
    assert "stopped before it had converged" in " ".join(plan.sentences)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([[2, 1280]], (1280, 2)),
        ([[64, 1280], [3, 64]], (1280, 64, 3)),
        ([[64, 1280], [3, 32]], ()),
        ([[64, "1280"]], ()),
        ([[64]], ()),
        (None, ()),
    ],
)
def test_widths_of_the_head(layers: object, expected: tuple[int, ...]) -> None:
    assert head_widths({"layers": layers}) == expected


def test_provenance_holds_everything_that_makes_the_model_again() -> None:
    model = {**a_model(), "head": {"file": "x", "layers": [[8, 16], [2, 8]],
                                   "origin": fine_tuned(7)}}  # fmt: skip
    entries = {entry.name: entry.value for entry in read_provenance(model)}
    assert entries["Network"] == "a_network; ImageNet"
    assert entries["Head"] == (
        "16 to 8 to 2; by fine-tuning; epochs 7; "
        "start (by solver; penalty 0.1; converged yes; iterations 12)"
    )
    assert entries["Settings"] == "retrain auto; views 1"
    assert entries["Frozen part, SHA-256"] == "ef" * 32
    assert entries["head.safetensors, SHA-256"] == "cd" * 32

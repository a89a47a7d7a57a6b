"""A network of PyTorch cut into stages, from a trace of its own ``forward`` (extra ``train``).

The trace is shallow: groups of blocks stay the modules that they are, and only what calls them is
looked into. So whatever a block does inside (attention, padding that depends on the size) need not
be traceable, and every tensor keeps its name.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn

from headstart.errors import BackboneError

STEM = "stem"
POOL = "pool"


@dataclass
class _Piece:
    """The nodes of one stage."""

    name: str
    nodes: list[fx.Node] = field(default_factory=list)


def split(
    model: nn.Module,
    photo: Tensor,
    *,
    groups: Sequence[str],
    looked_into: Callable[[nn.Module], bool] = lambda module: False,
    wrapped: Sequence[Callable[..., Any]] = (),
) -> dict[str, nn.Module]:
    """The stages of a network, in order: each maps one tensor to the next.

    ``stem`` is everything before the first group; each group is a stage under its own name; what
    comes behind is named after its first module with weights; a step without weights that takes all
    places together is ``pool``.

    Args:
        model: in evaluation mode.
        photo: float32 ``(1, 3, size, size)``, to look at shapes.
        groups: patterns that match the beginnings of module names; what they match is the group.
        looked_into: which other modules to trace through.
        wrapped: functions that are not to be traced through.

    Raises:
        BackboneError: the network cannot be traced, or more than one tensor passes a border.
    """
    trace = _Trace(model, photo, groups, looked_into, wrapped)
    pieces = _pieces(trace)
    return {piece.name: trace.module(piece.nodes, piece.name) for piece in pieces}


def _matched(patterns: Sequence[str], path: str) -> str | None:
    for pattern in patterns:
        if found := re.match(pattern, path):
            return found[0]
    return None


class _Tracer(fx.Tracer):
    def __init__(
        self,
        model: nn.Module,
        groups: Sequence[str],
        looked_into: Callable[[nn.Module], bool],
        wrapped: Sequence[Callable[..., Any]],
    ) -> None:
        super().__init__(autowrap_functions=tuple(wrapped))
        self._looked_into = looked_into
        self._around = {
            ".".join(parts[:length])
            for path, _ in model.named_modules()
            if (group := _matched(groups, path))
            for parts in [path.split(".")]
            for length in range(1, len(parts))
            if _matched(groups, ".".join(parts[:length])) != group
        }

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_qualified_name not in self._around and not self._looked_into(m)


class _Trace:
    """The nodes of a network that depend on the photo, with what they gave for one."""

    def __init__(
        self,
        model: nn.Module,
        photo: Tensor,
        groups: Sequence[str],
        looked_into: Callable[[nn.Module], bool],
        wrapped: Sequence[Callable[..., Any]],
    ) -> None:
        self.model = model
        self._groups = groups
        settings = {
            name: parameter.default
            for name, parameter in list(inspect.signature(model.forward).parameters.items())[1:]
            if parameter.default is not parameter.empty
        }
        try:
            graph = _Tracer(model, groups, looked_into, wrapped).trace(model, settings or None)
            self._values = _values(model, graph, photo)
        except Exception as error:  # tracing runs a stranger's code and fails in any way
            raise BackboneError(
                f"{type(model).__name__} cannot be traced ({first_line(error)}); a network whose "
                "stages are called one after the other can be given with backbone_from_module"
            ) from error
        output = next(node for node in graph.nodes if node.op == "output").args[0]
        if not isinstance(output, fx.Node) or not isinstance(self._values[output], Tensor):
            raise BackboneError(f"{type(model).__name__} does not return one tensor")
        self._output = output
        used = _used(output)
        self.nodes: list[fx.Node] = []
        varying = set()
        for node in graph.nodes:
            if node in used and (
                node.op == "placeholder" or any(one in varying for one in node.all_input_nodes)
            ):
                varying.add(node)
                self.nodes.append(node)
        self._places = {node: place for place, node in enumerate(self.nodes)}

    def group(self, node: fx.Node) -> str | None:
        return _matched(self._groups, str(node.target)) if node.op == "call_module" else None

    def crossing(self, place: int) -> list[fx.Node]:
        """Which nodes up to `place` are needed behind it."""
        return [
            node
            for node in self.nodes[: place + 1]
            if node is self._output
            or any(self._places.get(user, -1) > place for user in node.users)
        ]

    def is_border(self, place: int) -> bool:
        """Whether exactly one tensor passes behind `place`."""
        crossing = self.crossing(place)
        return len(crossing) == 1 and isinstance(self._values[crossing[0]], Tensor)

    def spots(self, place: int) -> int:
        """Over how many places the tensor that passes behind `place` extends."""
        value = self._values[self.crossing(place)[0]]
        if value.ndim == 4:
            return math.prod(value.shape[1:3] if _has_channels_last(value) else value.shape[2:])
        return math.prod(value.shape[1:-1])

    def first_weighted(self, nodes: Sequence[fx.Node]) -> str | None:
        """Name of the first module among `nodes` that has parameters."""
        for node in nodes:
            if node.op == "call_module":
                module = self.model.get_submodule(str(node.target))
                if next(module.parameters(), None) is not None:
                    return str(node.target)
        return None

    def module(self, nodes: Sequence[fx.Node], name: str) -> fx.GraphModule:
        """A stage of some nodes, which share the network's own modules."""
        first, last = self._places[nodes[0]], self._places[nodes[-1]]
        entering = self.crossing(first - 1)[0] if first else self.nodes[0]
        leaving = self.crossing(last)[0]
        graph = fx.Graph()
        value: fx.Node = graph.placeholder("features")
        made = {entering: self._turned(graph, value, entering, (0, 2, 3, 1))}

        def copied(node: fx.Node) -> fx.Node:
            if node not in made:  # does not depend on the photo: a parameter, a constant
                made[node] = graph.node_copy(node, copied)
            return made[node]

        for node in nodes:
            if node.op != "placeholder":
                made[node] = graph.node_copy(node, copied)
        graph.output(self._turned(graph, made[leaving], leaving, (0, 3, 1, 2)))
        return fx.GraphModule(self.model, graph, f"Stage_{re.sub('[^A-Za-z0-9_]', '_', name)}")

    def _turned(
        self, graph: fx.Graph, node: fx.Node, like: fx.Node, order: tuple[int, ...]
    ) -> fx.Node:
        """Between stages channels come first, whatever the network does inside."""
        if not _has_channels_last(self._values[like]):
            return node
        return graph.call_method("permute", (node, *order))


def _has_channels_last(value: Tensor) -> bool:
    """Whether a feature map is ``(height, width, channels)``; photos and their maps are square."""
    return value.ndim == 4 and value.shape[1] == value.shape[2] != value.shape[3]


def _values(model: nn.Module, graph: fx.Graph, photo: Tensor) -> dict[fx.Node, Any]:
    values: dict[fx.Node, Any] = {}

    class Keeping(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            values[n] = super().run_node(n)
            return values[n]

    with torch.inference_mode():
        Keeping(fx.GraphModule(model, graph)).run(photo)
    return values


def _used(output: fx.Node) -> set[fx.Node]:
    found: set[fx.Node] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found


def _pieces(trace: _Trace) -> list[_Piece]:
    places = [place for place, node in enumerate(trace.nodes) if trace.group(node)]
    if not places:
        raise BackboneError(
            f"{type(trace.model).__name__} calls no groups of blocks one after the other, which "
            "could be stages; a network of other make can be given with backbone_from_module"
        )
    pieces = [_Piece(STEM, trace.nodes[: places[0]])]
    for place, node in enumerate(trace.nodes[places[0] : places[-1] + 1], start=places[0]):
        group = trace.group(node)
        weighted = trace.first_weighted([node]) is not None
        if group and weighted and group != pieces[-1].name:
            pieces.append(_Piece(group))
            _check_border(trace, place, group)
        pieces[-1].nodes.append(node)
    if pieces[0].nodes == trace.nodes[:1]:  # the photo itself: the first group is the stem
        pieces[1].nodes.insert(0, trace.nodes[0])
        del pieces[0]
    pieces += _tail(trace, places[-1], pieces[-1])
    names = [piece.name for piece in pieces]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BackboneError(
            f"{type(trace.model).__name__} calls {', '.join(twice)} more than once, with other "
            "stages between, and so cannot be cut into stages"
        )
    return pieces


def _check_border(trace: _Trace, place: int, group: str) -> None:
    if place and not trace.is_border(place - 1):
        found = ", ".join(node.name for node in trace.crossing(place - 1))
        raise BackboneError(
            f"{type(trace.model).__name__} cannot be cut before {group}: more than one tensor "
            f"passes there ({found}), and a stage takes the output of the one before it"
        )


def _tail(trace: _Trace, last: int, group: _Piece) -> list[_Piece]:
    """What comes behind the last group; steps without weights go to the stage before them."""
    pieces: list[_Piece] = []
    nodes: list[fx.Node] = []
    before = last if trace.is_border(last) else None
    for place in range(last + 1, len(trace.nodes)):
        nodes.append(trace.nodes[place])
        if not trace.is_border(place):
            continue
        current = pieces[-1] if pieces else group
        name = trace.first_weighted(nodes)
        pools = before is not None and trace.spots(place) == 1 < trace.spots(before)
        if name is None and pools:
            pieces.append(_Piece(POOL))
        elif name is not None and before is not None and current.name in {group.name, POOL}:
            pieces.append(_Piece(name))
        (pieces[-1] if pieces else group).nodes.extend(nodes)
        nodes, before = [], place
    return pieces


def first_line(error: BaseException) -> str:
    """What went wrong, in one line."""
    text = str(error).strip().partition("\n")[0] or "no reason given"
    return f"{type(error).__name__}: {text[:200]}"

"""Goes through a model's graph, node by node: constants are folded, the rest becomes layers or blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import ArgumentError, ShapeError, SpecError
from convstep.layers import Flatten, Layer, Shape, grid
from convstep.layers.block import OperatorBlock
from convstep.layers.weights import Given
from convstep.models.naming import Namer, of_node, of_parameter
from convstep.models.onnx import functions
from convstep.models.onnx.functions import FUNCTIONS, MOST, NO_SUCH_FORM, Unable
from convstep.models.onnx.records import Graph, Node
from convstep.models.onnx.values import MOST_HIDDEN, Entry, Hidden, Missing, Value, written
from convstep.printable import printable

MOST_LAYERS = 5_000
"""The most layers of a net."""

MOST_FOLDED = 1 << 28
"""The most bytes that folded constants take together, beside eight times those of the file."""

MOST_READ = 1 << 31
"""The most bytes that functions go through, together, to fold constants and to find out shapes."""

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization")
"""Operators with weights: a part of the model that has one of them gives its name to that one alone."""

OF_SHAPES = ("Shape", "Size")
"""Operators whose result is known even where their input is computed as a whole."""

OF_MAPS = ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool")
"""Operators whose input is arranged in rows, columns and channels, if need be."""

NOT_KNOWN = "convstep does not know this operator"

RECURRENT = ("LSTM", "GRU", "RNN")
CONTROL = ("If", "Loop", "Scan", "SequenceMap")


class Unsteppable(Exception):  # noqa: N818  # it is no mistake: the node becomes a block
    """None of our layers does what a node does."""


@dataclass
class Start:
    """The net's input.

    Attributes:
        name: Its name in the model.
        sizes: Height, width and channels.
        letters: The model's axes, the batch first, such as "NCHW".
        natural: The shape of one example as our net has it.
        batch: The number of examples that the model was exported for; 1 where it is open.
        dtype: The net's dtype.
    """

    name: str
    sizes: tuple[int, int, int]
    letters: str
    natural: Shape
    batch: int
    dtype: np.dtype[Any]


class Importer:
    """Builds layers from a graph.

    Args:
        graph: The graph.
        start: Its input.

    Attributes:
        layers: The layers so far, by name.
        shapes: The shapes of their outputs for one example, and of the input.
        entries: What the model's values are, by name.
        doubled: The layer that a layer is twice of, for layers that only stand in for one until it is halved.
    """

    def __init__(self, graph: Graph, start: Start) -> None:
        self.graph, self.start = graph, start
        self.opset, self.batch = graph.opset, start.batch
        self.layers: dict[str, Layer] = {}
        self.shapes: dict[str, Shape] = {"input": start.natural}
        self.uses = Counter(name for node in graph.nodes for name in node.inputs)
        self.uses.update(info.name for info in graph.outputs)
        axes, shape = written(start.sizes, start.letters, start.batch)
        self.entries: dict[str, Entry] = dict(graph.tensors)
        self.entries[start.name] = Value("input", start.sizes, axes, shape)
        self.doubled: dict[str, str] = {}
        self._namer = Namer()
        self._parts = {of_node(node.name) for node in graph.nodes if node.op in WEIGHTED}
        self._folded = self._spent = 0

    def run(self) -> None:
        """Go through all nodes.

        Raises:
            SpecError: A node takes what no node before it gives.
        """
        for node in self.graph.nodes:
            taken = [self._entry(node, name) for name in node.inputs]
            outputs = self._outputs(node, taken)
            for name, entry in zip(node.outputs, outputs, strict=False):
                if name:
                    self.entries[name] = entry
            for name in node.outputs[len(outputs) :]:
                if name:
                    self.entries[name] = Missing(node.op, f"output {printable(name)} of it can't be had", ())

    def _entry(self, node: Node, name: str) -> Entry | None:
        if not name:
            return None
        if name not in self.entries:
            raise SpecError(
                f"is damaged: {printable(node.op)} takes '{printable(name)[:60]}', which nothing before it gives"
            )
        return self.entries[name]

    def _outputs(self, node: Node, taken: list[Entry | None]) -> list[Entry]:
        """Return what a node's outputs are."""
        gone = next((each for each in taken if isinstance(each, Missing)), None)
        if gone is not None:
            sources = dict.fromkeys((*gone.before, *(s for each in taken for s in sources_of(each))))
            return [replace(gone, before=tuple(sources))] * len(node.outputs)
        try:
            if all(not isinstance(each, Value | Hidden) for each in taken):
                return list(self._constants(node, taken))
            if len(self.layers) >= MOST_LAYERS:
                raise Unable(f"the net has more than {MOST_LAYERS:,} layers")
            return self._dynamic(node, taken)
        except Unable as error:
            return [
                Missing(_operator(node), str(error), tuple(dict.fromkeys(s for e in taken for s in sources_of(e))))
            ] * len(node.outputs)

    def _constants(self, node: Node, taken: Sequence[Any]) -> list[Array]:
        _check(node)
        found = functions.compute(node, self.opset, taken)
        self._folded += sum(each.nbytes for each in found if each.flags.owndata)
        if self._folded > MOST_FOLDED + 8 * self.graph.size:
            raise Unable("the model's constants take too much memory")
        self._spend(sum(np.asarray(each).nbytes for each in (*taken, *found) if each is not None))
        return found

    def _spend(self, size: int) -> None:
        """Count bytes that a function goes through.

        Raises:
            Unable: They are too many, all together.
        """
        self._spent += size
        if self._spent > MOST_READ + 8 * self.graph.size:
            raise Unable("the model asks for too much before it can be shown")

    def _dynamic(self, node: Node, taken: Sequence[Entry | None]) -> list[Entry]:
        from convstep.models.onnx.operators import HANDLERS

        _check(node)
        handler = None if node.domain else HANDLERS.get(node.op)
        if handler is not None and (node.op in OF_SHAPES or not any(isinstance(each, Hidden) for each in taken)):
            try:
                try:
                    return handler(self, node, taken)
                except Unsteppable:
                    if node.op in OF_MAPS and isinstance(taken[0], Value) and taken[0].has_examples:
                        return handler(self, node, [self._arranged(node, taken[0]), *taken[1:]])
            except Unsteppable:
                pass
            except (ShapeError, ArgumentError) as error:
                raise Unable(error.what) from None
            except Unable:
                raise
            except Exception:  # inputs and attributes that don't fit together may raise several kinds
                raise Unable("what it takes and what it says don't fit together") from None
        return [self._block(node, taken, n, known=handler is not None) for n in range(len(node.outputs))]

    # Layers

    def add(self, kind: type[Layer], node: Node, *sources: str, **fields: Any) -> str:
        """Add a layer; return its name.

        Raises:
            ShapeError: It can't take what arrives.
            ArgumentError: Its fields don't fit together.
        """
        weights = next((of_parameter(name) for name in node.inputs[1:] if of_parameter(name)), "")
        part = of_node(node.name)
        name = self._namer.name(kind, weights, "" if part in self._parts and node.op not in WEIGHTED else part)
        layer = kind(name, sources=sources, **fields)
        arriving = layer.combined_shape(*(self.shapes[source] for source in sources))
        leaving = layer.output(arriving)
        if not all(leaving) or prod(leaving) > 1 << 40:
            raise ShapeError(f"its output would be {'×'.join(map(str, leaving))}")
        _check_parameters(layer, arriving)
        self.layers[name], self.shapes[name] = layer, leaving
        return name

    def value(self, source: str, letters: Sequence[str], sizes: tuple[int, int, int] | None = None) -> Value:
        """Return a layer's output as a value whose axes have one letter each."""
        sizes = sizes or grid(self.shapes[source])
        axes, shape = written(sizes, letters, self.batch)
        return Value(source, sizes, axes, shape)

    def reshaped(self, node: Node, value: Value, axes: tuple[str, ...], shape: Shape) -> Value:
        """Return a value in another shape; where the model writes out a map in one row, a flatten is added."""
        value = replace(value, axes=axes, shape=shape)
        if len(shape) == 2 and value.has_examples and len(self.shapes[value.source]) > 1:
            return replace(value, source=self.add(Flatten, node, value.source))
        return value

    def natural(self, value: Value) -> Shape:
        """Return the shape of one example of the layer that a value comes from."""
        return self.shapes[value.source]

    # Blocks

    def _block(self, node: Node, taken: Sequence[Entry | None], number: int, *, known: bool) -> Entry:
        """Return an output of a node that is computed as a whole."""
        if node.op not in FUNCTIONS:
            raise Unable(NO_SUCH_FORM if known else NOT_KNOWN)
        dynamic = [each for each in taken if isinstance(each, Value | Hidden)]
        whole = [each.inputs if isinstance(each, Hidden) else (each,) for each in dynamic]
        inputs = tuple(dict.fromkeys(value for each in whole for value in each))
        before = [operator for each in dynamic if isinstance(each, Hidden) for operator in each.operators]
        operators = (*before, node.op)
        if len(operators) > MOST_HIDDEN:
            raise Unable(f"its result, after {MOST_HIDDEN} operators, still is no map of rows, columns and channels")
        opset = self.opset

        def run(arrays: Sequence[Array]) -> Array:
            known = dict(zip(inputs, arrays, strict=True))
            arguments = [
                each.function([known[value] for value in each.inputs])
                if isinstance(each, Hidden)
                else known[each]
                if isinstance(each, Value)
                else each
                for each in taken
            ]
            return functions.compute(node, opset, arguments)[number]

        if any(prod(value.shape) > MOST for value in inputs):
            raise Unable("it is too large to be computed as a whole")
        empty: list[Any] = [
            np.broadcast_to(self.start.dtype.type(0), each.shape) if isinstance(each, Value | Hidden) else each
            for each in taken
        ]
        self._spend(8 * sum(np.size(each) for each in empty))
        found = functions.compute(node, opset, empty)
        self._spend(8 * sum(each.size for each in found))
        if number >= len(found) or not node.outputs[number]:
            ends = tuple(dict.fromkeys(value.source for value in inputs))
            return Missing(_operator(node), f"its output number {number} can't be had", ends)
        shape = np.shape(found[number])
        if shape == () or 0 in shape:
            raise Unable("its result holds nothing" if shape else "its result is one number for all examples")
        result = Hidden(inputs, run, shape, operators)
        if not 2 <= len(shape) <= 4 or shape[0] != self.batch:
            return result
        like = next((each for each in inputs if each.shape == shape and each.has_examples), None)
        return self._shown(node, result, like)

    def _arranged(self, node: Node, value: Value) -> Value:
        """Return a value with its channels where a layer needs them, by a block that moves its numbers."""
        if not 3 <= len(value.shape) <= 4:
            raise Unsteppable
        return self._shown(node, Hidden((value,), lambda arrays: arrays[0], value.shape, ("Transpose",)), None)

    def _shown(self, node: Node, hidden: Hidden, like: Value | None) -> Value:
        """Return a hidden result as the output of a block; `like` has the same axes, if some value has."""
        if like is not None:
            value, natural = like, self.natural(like)
        else:
            last = self.start.letters.endswith("C")
            letters = {4: "NHWC" if last else "NCHW", 3: "NHC" if last else "NCH"}.get(len(hidden.shape), "NC")
            by_letter = dict(zip(letters, hidden.shape, strict=True))
            sizes = (by_letter.get("H", 1), by_letter.get("W", 1), by_letter["C"])
            value = self.value("", letters, sizes)
            natural = {4: sizes, 3: (sizes[0], sizes[2])}.get(len(hidden.shape), (sizes[2],))
        sources = tuple(dict.fromkeys(each.source for each in hidden.inputs))

        batch, space = self.batch, grid(natural)

        def examples(arrays: Sequence[Array]) -> Array:
            """Return the output for as many examples as the model was exported for; NaN where it can't be had."""
            known = dict(zip(sources, arrays, strict=True))
            try:
                found = hidden.function([each.to_model(known[each.source]) for each in hidden.inputs])
                return value.from_model(found).reshape(batch, *space)
            except (Unable, ValueError):  # such as for an index that the input computes
                return np.full((batch, *space), np.nan)

        def function(arrays: Sequence[Array]) -> Array:
            m = len(arrays[0])
            places = np.arange(m + -m % batch).clip(max=m - 1).reshape(-1, batch)  # the last one fills a batch up
            return np.concatenate([examples([each[at] for each in arrays]) for at in places])[:m]

        needs = 8 * (sum(prod(each.shape) for each in hidden.inputs) + prod(hidden.shape))
        shown = list(dict.fromkeys(hidden.operators))
        operators = ", ".join(shown[:3]) + (" ..." if len(shown) > 3 else "")
        name = self.add(
            OperatorBlock,
            node,
            *sources,
            operators=operators,
            made_from=tuple(self.shapes[source] for source in sources),
            result=natural,
            function=function,
            needs=needs,
        )
        return replace(value, source=name)


def _check_parameters(layer: Layer, shape: Shape) -> None:
    """Check that a layer's parameters are as many as an input of `shape` needs.

    Raises:
        ShapeError: There are more or fewer.
    """
    for name, size in layer.array_shapes(shape).items():
        numbers = getattr(layer, name)
        if isinstance(numbers, Given) and numbers.array.size != prod(size):
            raise ShapeError(f"it needs {prod(size):,} numbers for {name}, and has {numbers.array.size:,}")


def sources_of(entry: Entry | None) -> tuple[str, ...]:
    """Return the layers that a value comes from."""
    match entry:
        case Value():
            return (entry.source,)
        case Hidden():
            return tuple(each.source for each in entry.inputs)
        case Missing():
            return entry.before
    return ()


def _operator(node: Node) -> str:
    return printable(f"{node.domain}.{node.op}" if node.domain else node.op)[:60]


def _check(node: Node) -> None:
    """Check that a node is of a sort that can be followed at all.

    Raises:
        Unable: It is not.
    """
    if node.op in RECURRENT:
        raise Unable("recurrent layers can't be stepped through")
    if node.op in CONTROL or any(each.is_graph for each in node.attributes.values()):
        raise Unable("graphs within the graph can't be followed")
    if node.domain:
        raise Unable("operators of this domain are not known")

"""Reads ONNX models by a small reader of their format, with nothing but NumPy.

The `onnx` package would take 103 ms and 31 MB to import; a small model is read in about a millisecond here, and what a
file says of sizes is checked against its bytes before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep.errors import SpecError, nearest
from convstep.layers import Layer
from convstep.layers.block import blocks_of
from convstep.models import Model, Source, check_memory, shape_of_given
from convstep.models.onnx.importer import Importer, Start, sources_of
from convstep.models.onnx.records import Graph, Info, read_model
from convstep.models.onnx.values import Entry, Hidden, Missing, Value
from convstep.network import Network
from convstep.printable import printable

OLDEST, NEWEST = 6, 22
"""The versions of the operators that are tested; older ones broadcast differently."""

LAYOUTS = {4: ("NCHW", "NHWC"), 3: ("NCL", "NLC"), 2: ("NC",)}
"""How a model may have its input, by the number of axes."""

QUANTISED = {
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "QGemm"),
    *("ConvInteger", "MatMulInteger", "QLinearAdd", "QLinearGlobalAveragePool"),
}
"""Operators of quantised models."""

LARGEST = 1_000_000
"""The largest size of an input's axis."""

INTEGERS = (2, 3, 4, 5, 6, 7)
"""ONNX's numbers of dtypes that hold integers: a picture is bytes to a model that takes them."""

MOST_NAMED = 6
"""The most names in a note."""


def read(data: memoryview, source: Source) -> Model:
    """Return the net in an ONNX file.

    Raises:
        SpecError: It is damaged, or nothing of it can be shown.
    """
    graph = read_model(data, source.beside)
    if not graph.nodes:
        raise SpecError("holds no operators, so there is no net")
    if quantised := sorted({node.op for node in graph.nodes} & QUANTISED):
        raise SpecError(
            f"is a quantised model ({', '.join(quantised[:MOST_NAMED])}), which can't be shown yet",
            hint="Open the model that it was made from",
        )
    if graph.opset < OLDEST:
        raise SpecError(
            f"is of opset {graph.opset}, and {OLDEST} is the oldest that is read",
            hint="onnx.version_converter makes it newer",
        )
    info = _input(graph)
    found = [_imported(graph, start) for start in _starts(info, source)[:1]]
    if _cost(graph, source, found[0]) > 0:
        found += [_imported(graph, start) for start in _starts(info, source)[1:]]
    best = min(found, key=lambda each: _cost(graph, source, each))
    return _model(graph, info, best, source)


def _input(graph: Graph) -> Info:
    """Return the input of the graph that the net begins with."""
    if not graph.inputs:
        raise SpecError("has no input: all that its operators take is constant")
    return graph.inputs[0]


def _starts(info: Info, source: Source) -> list[Start]:
    """Return what the net's input may be, the likeliest first."""
    name = printable(info.name)[:60]
    if info.shape is None:
        raise SpecError(f"does not say what shape its input '{name}' has", hint="Export it with a fixed shape")
    rank = len(info.shape)
    if rank not in LAYOUTS:
        what = "is a volume or a film" if rank == 5 else f"has {rank} axes"
        raise SpecError(f"its input '{name}' {what}; examples of height × width × channels can be shown")
    layouts = LAYOUTS[rank]
    if source.layout:
        if source.layout not in layouts:
            raise SpecError(f"its input has {rank} axes: {' or '.join(layouts)}, not {source.layout}")
        layouts = (source.layout,)
    return [_start(info, info.shape, layout, source) for layout in layouts]


def _start(info: Info, shape: Sequence[int | str], layout: str, source: Source) -> Start:
    letters = layout.replace("L", "H")
    sizes = dict(zip(letters, shape, strict=True))
    order = [letter for letter in "HWC" if letter in letters]
    asked = source.input_shape or shape_of_given(source, [sizes[letter] for letter in order])
    if asked:
        if len(asked) != len(order):
            what = {3: "height, width, channels", 2: "length, channels", 1: "values"}[len(order)]
            raise SpecError(f"its input has {len(order)} sizes beside the batch: {what}", where="--set input.shape")
        sizes |= dict(zip(order, asked, strict=True))
    natural = []
    for letter in order:
        size = sizes[letter]
        if not isinstance(size, int) or size < 1:
            shown = "×".join(str(each) if isinstance(each, int) and each > 0 else "?" for each in list(shape)[1:])
            example = "28,28,1" if len(order) == 3 else "100,1"
            raise SpecError(
                f"leaves sizes of its input open: {shown}", hint=f"Give height, width and channels, say "
                f"--set input.shape=[{example}]"
            )  # fmt: skip
        if size > LARGEST:
            raise SpecError(f"its input would be {size:,} long, and {LARGEST:,} is the most")
        natural.append(size)
    batch = sizes["N"] if isinstance(sizes["N"], int) and 1 <= sizes["N"] <= LARGEST else 1
    known = dict(zip(order, natural, strict=True))
    three = (known.get("H", 1), known.get("W", 1), known["C"])
    dtype = np.dtype(np.float64 if info.dtype == 11 else np.float32)
    return Start(info.name, three, letters, tuple(natural), batch, dtype)


def _imported(graph: Graph, start: Start) -> Importer:
    importer = Importer(graph, start)
    for other in graph.inputs:
        if other.name != start.name:
            importer.entries[other.name] = Missing(
                "", f"what follows takes a second input, '{printable(other.name)[:60]}'", ()
            )
    importer.run()
    return importer


def _result(graph: Graph, source: Source, importer: Importer) -> Entry:
    """Return what the chosen output of the graph is."""
    names = [info.name for info in graph.outputs]
    if not names:
        raise SpecError("has no output")
    if source.output and source.output not in names:
        raise SpecError(
            f"has no output '{printable(source.output)[:60]}'",
            hint=nearest(source.output, names) or f"Its outputs are {_listed(names)}",
        )
    name = source.output or names[0]
    if name not in importer.entries:
        raise SpecError(f"is damaged: nothing gives its output '{printable(name)[:60]}'")
    return importer.entries[name]


def _cost(graph: Graph, source: Source, importer: Importer) -> int:
    """Return how much of a net can't be stepped through: 0 for nothing."""
    result = _result(graph, source, importer)
    layers = _needed(importer, sources_of(result))
    blocks = len(blocks_of(layers))
    return blocks if isinstance(result, Value) else 1_000_000 - len(layers) + blocks


def _model(graph: Graph, info: Info, importer: Importer, source: Source) -> Model:
    result, start = _result(graph, source, importer), importer.start
    if isinstance(result, Hidden):
        result = Missing(
            result.operators[-1],
            f"its result, {'×'.join(map(str, result.shape))}, is no map of rows, columns and channels",
            tuple(each.source for each in result.inputs),
        )
    if isinstance(result, np.ndarray):
        raise SpecError("gives a constant, whatever its input")
    ends = (result.source,) if isinstance(result, Value) else result.before
    layers = _needed(importer, ends)
    if not layers:
        if isinstance(result, Missing):
            raise SpecError(f"can't be shown: {result.says}")
        raise SpecError("changes nothing: its output is its input")
    letters = start.letters
    order = ["N", *(letter for letter in "HWC" if letter in letters)]
    axes = tuple(letters.index(letter) for letter in order)
    layout = letters if "W" in letters else letters.replace("H", "L")
    network = Network(title=_title(graph, source), input_shape=start.natural, layers=tuple(layers), dtype=start.dtype)
    if network.fault:
        raise SpecError(f"can't work: {network.fault}")
    check_memory(network)
    pixels = (0.0, 255.0) if info.dtype in INTEGERS else (0.0, 1.0)
    return Model(network, _notes(graph, info, result, layers, layout, source), axes, layout, pixels)


def _needed(importer: Importer, ends: Sequence[str]) -> list[Layer]:
    """Return the layers that the net's ends are computed from, in order."""
    needed = set(ends)
    for name, layer in reversed(importer.layers.items()):
        if name in needed:
            needed.update(layer.sources)
    return [layer for name, layer in importer.layers.items() if name in needed]


def _title(graph: Graph, source: Source) -> str:
    name = printable(graph.name).strip()[:60]
    file = source.name.rpartition("/")[2]
    dull = not name or name.lower() in ("graph", "main_graph", "torch_jit", "torch-jit-export", "g")
    return printable(file) if dull else f"{name} ({printable(file)})"


def _listed(names: Sequence[str]) -> str:
    shown = [printable(name)[:40] for name in names[:MOST_NAMED]]
    return ", ".join(shown) + (", ..." if len(names) > MOST_NAMED else "")


def _notes(
    graph: Graph, info: Info, result: Value | Missing, layers: Sequence[Layer], layout: str, source: Source
) -> list[str]:
    """Return what there is to say about the net."""
    notes = []
    if layout in ("NCHW", "NCL"):
        notes.append(f"its input {printable(info.name)[:40]} is {layout}; here channels come last")
    blocks = list(map(str, blocks_of(layers)))
    if blocks:
        notes.append(f"computed as a whole, without steps: {_listed(blocks)}")
    if isinstance(result, Missing):
        last = [name for name in dict.fromkeys(result.before) if name != "input"]
        notes.append(f"the net ends after {_listed(last)}: {result.says}")
    names = [each.name for each in graph.outputs]
    if len(names) > 1:
        chosen = source.output or names[0]
        others = [name for name in names if name != chosen]
        notes.append(f"shows output {printable(chosen)[:40]}; --output takes another: {_listed(others)}")
    if len(graph.inputs) > 1:
        others = [each.name for each in graph.inputs[1:]]
        notes.append(f"takes {len(graph.inputs)} inputs; shown is what depends on {printable(info.name)[:40]} alone, "
                     f"not on {_listed(others)}")  # fmt: skip
    if graph.opset > NEWEST:
        notes.append(f"is of opset {graph.opset}; up to {NEWEST} is tested")
    return notes

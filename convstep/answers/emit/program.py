"""Writes a net, or one of its layers, as code in a framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from convstep.answers.emit.embedded import UNPACK, UNPACK_IMPORTS, embedded
from convstep.answers.emit.framework import Framework, Place
from convstep.answers.emit.source import identifier, indented
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, nearest
from convstep.layers.block import foreign
from convstep.network import Network, Stage, Values
from convstep.network.network import INPUT
from convstep.printable import printable

FRAMEWORKS = ("tensorflow", "keras", "torch", "jax", "numpy")
"""The frameworks, each a module here."""

ALIASES = {"tf": "tensorflow", "pytorch": "torch", "np": "numpy"}
"""Other names of the frameworks."""

CODE, ARRAYS = "net.py", "arrays.npz"
"""The files of a program."""

TOLERANCE = 1e-5
HALF_TOLERANCE = 5e-3
"""The largest difference in parts of the largest value; float16 has three digits, and is rounded after every layer."""

NAMES = (
    "x",
    "y",
    "p",
    "h",
    "w",
    "abs",
    "arrays",
    "expected",
    "inputs",
    "np",
    "range",
    "real",
    "rng",
    "sum",
    "net",
    "unpack",
)
"""Names that no layer's variable may have in any framework."""


UNKNOWN = ['print(f"the output is {y.shape}, from random numbers")']


class Program(NamedTuple):
    """A net as code.

    Attributes:
        code: The code.
        arrays: The arrays that it loads, by name; empty if they are part of the code.
    """

    code: str
    arrays: Mapping[str, Array]


def check_framework(name: str) -> str:
    """Return the name of a framework as we call it.

    Raises:
        ArgumentError: There is none of that name.
    """
    word = ALIASES.get(name.lower(), name.lower())
    if word not in FRAMEWORKS:
        known = nearest(word, FRAMEWORKS) or f"The frameworks are {', '.join(FRAMEWORKS)}"
        raise ArgumentError(f"there is no framework '{printable(name)}'", hint=known)
    return word


def _framework(name: str) -> Framework:
    """Return a framework, with nothing written yet."""
    made: Framework = import_module(f"convstep.answers.emit.{check_framework(name)}").FRAMEWORK()
    return made


def emit(
    network: Network, framework: str, x: Any = None, *, embed: bool = False, command: str = "convstep emit"
) -> Program:
    """Return a net as a program, up to the first layer that can't work.

    Args:
        network: The net.
        framework: One of `FRAMEWORKS`.
        x: The input, `(m, *network.input_shape)`, which the program is run on, to compare its output with ours. None
            for a program that runs on random numbers.
        embed: Whether the arrays are part of the code. If it would be too long, it runs on random numbers.
        command: The command that it is written by, for a comment.

    Raises:
        ArgumentError: There is no such framework.
        ShapeError: The first layer can't work.
    """
    to = _framework(framework)
    if others := foreign(network.layers):
        raise ArgumentError(
            f"there is no code for {', '.join(map(str, others))}",
            where=network.title,
            hint="--layer NAME writes any other layer alone",
        )
    stages = [stage for stage in network.stages if stage.output is not None]
    if not stages and network.fault:
        raise network.fault
    last, output = stages[-1], stages[-1].output or ()
    half = network.dtype == np.float16
    to.dtype = "float32" if half else network.dtype.name
    places = _places(network, stages, to)
    for stage in stages:
        to.place = places[stage.name]
        stage.layer.write(to, places[stage.name].shape)
    functions = to.functions
    arrays: dict[str, Array] = {}
    standard: Sequence[str] = ()
    checking = _checking(half)
    embedding = _embedding(network, stages, places, x) if embed and x is not None else None
    if embedding is not None:
        loading = ["p = {", *indented(f'"{name}": {code},' for name, code in embedding.items()), "}", *_widened(half)]
        if any(code.startswith("unpack(") for code in embedding.values()):
            standard = UNPACK_IMPORTS
            functions.append(UNPACK)
    elif embed or x is None:
        loading, checking = _random(network, stages, places, to.dtype, f"{command} --out FOLDER"), UNKNOWN
    else:
        arrays = _arrays(network, stages, places, x)
        standard = ("from pathlib import Path",)
        loading = [f'p = dict(np.load(Path(__file__).with_name("{ARRAYS}")))', *_widened(half)]
    fault = next((stage.fault for stage in network.stages if stage.fault is not None), None)
    lines = [
        f"# {printable(network.title)}; in {to.title}.",
        f"# Written by '{printable(command)}'.",
        *([f"# It ends at {printable(last.name)}, as {printable(str(fault))}."] if fault else []),
        "",
        *([*standard, ""] if standard else []),
        *sorted(("import numpy as np", *to.imports), key=_import_order),
        "",
        *(line for function in functions for line in ("", *function.strip().split("\n"), "")),
        "",
        *to.definition(network.input_shape, _entry(network, stages), places[last.name].target),
        "",
        "",
        'if __name__ == "__main__":',
        *indented([*loading, "", *to.running(network.input_shape, output), "", *checking]),
    ]
    return Program("\n".join(lines) + "\n", arrays)


def call(network: Network, name: str, framework: str) -> str:
    """Return the code of one layer alone, as one would type it.

    Args:
        network: The net.
        name: The layer.
        framework: One of `FRAMEWORKS`.

    Raises:
        ArgumentError: There is no such layer or framework.
        ShapeError: The layer can't work.
    """
    stage = network.stage(name)
    if stage.fault:
        raise stage.fault
    to = _framework(framework)
    to.alone = True
    taken = [*NAMES, *to.reserved]
    own = identifier(name, taken)
    inputs = ("x",) if len(stage.sources) == 1 else tuple(identifier(source, taken) for source in stage.sources)
    shape = stage.input or ()
    to.place = Place(own, inputs, "x", shape, stage.output or ())
    stage.layer.write(to, shape)
    helpers = [line for function in to.functions for line in (*function.split("\n"), "", "")]
    return "\n".join([*helpers, *indented(to.lines, 0)]) + "\n"


def _places(network: Network, stages: list[Stage], to: Framework) -> dict[str, Place]:
    """Return the variables of all layers; x is used for what only the next layer takes."""
    taken = [*NAMES, *to.reserved, *to.helpers]
    names: dict[str, str] = {}
    for stage in stages:
        names[stage.name] = identifier(stage.name, taken)
        taken.append(names[stage.name])
    targets = {INPUT: _entry(network, stages)}
    places = {}
    for at, stage in enumerate(stages):
        after = stages[at + 1].name if at + 1 < len(stages) else ""
        takers = {each.name for each in stages if stage.name in each.sources}
        targets[stage.name] = "x" if takers <= {after} and (takers or not after) else names[stage.name]
        inputs = tuple(targets[source] for source in stage.sources)
        places[stage.name] = Place(
            names[stage.name], inputs, targets[stage.name], stage.input or (), stage.output or ()
        )
    return places


def _entry(network: Network, stages: list[Stage]) -> str:
    """Return the variable with the net's input."""
    takers = [stage.name for stage in stages if INPUT in stage.sources]
    return "x" if takers == [stages[0].name] else "inputs"


def _arrays(network: Network, stages: list[Stage], places: Mapping[str, Place], x: Any) -> dict[str, Array]:
    """Return the input, the output, and the parameters of all layers, by their names in the code."""
    values = Values(network, x)
    arrays = {"input": values.x, "expected": values.natural(stages[-1].name)}
    for stage in stages:
        own = stage.layer.parameter_arrays(stage.input or (), network.dtype)
        arrays |= {f"{places[stage.name].name}/{field}": array for field, array in own.items()}
    return arrays


def _embedding(network: Network, stages: list[Stage], places: Mapping[str, Place], x: Any) -> dict[str, str] | None:
    """Return the code for all arrays, by their names; None if it would be too long."""
    values = Values(network, x)
    arrays = {"input": values.x, "expected": values.natural(stages[-1].name)}
    weights = {
        f"{places[stage.name].name}/{field}": (getattr(stage.layer, field), shape)
        for stage in stages
        for field, shape in stage.layer.array_shapes(stage.input or ()).items()
    }
    return embedded(arrays, weights)


def _widened(half: bool) -> list[str]:
    """Return the code that makes float32 of the arrays p if they are float16."""
    if not half:
        return []
    return [
        "# The weights are float16; sums of float16 are float32, here as in convstep.",
        "p = {name: array.astype(np.float32) for name, array in p.items()}",
    ]


def _random(network: Network, stages: list[Stage], places: Mapping[str, Place], dtype: str, command: str) -> list[str]:
    """Return the code that draws the arrays p."""
    shapes = {"input": (1, *network.input_shape)}
    for stage in stages:
        own = stage.layer.array_shapes(stage.input or ())
        shapes |= {f"{places[stage.name].name}/{field}": shape for field, shape in own.items()}
    return [
        "# Random numbers stand in for the input and the weights;",
        f"# '{printable(command)}' saves convstep's own beside the code.",
        "rng = np.random.default_rng(0)",
        "p = {",
        *indented(f'"{name}": rng.random({shape}, np.{dtype}),' for name, shape in shapes.items()),
        "}",
    ]


def _checking(half: bool) -> list[str]:
    """Return the code that compares the output y with ours."""
    tolerance = HALF_TOLERANCE if half else TOLERANCE
    return [
        'expected = p["expected"]',
        "difference = np.nanmax(abs(y - expected), initial=0)",
        "scale = np.max(abs(expected), initial=0, where=np.isfinite(expected))",
        f"agrees = np.allclose(y, expected, rtol=0, atol={tolerance:g} * scale, equal_nan=True)",
        'verdict = "agrees" if agrees else "DOES NOT agree"',
        'differs = f"the largest difference is {difference:.2g}, of values up to {scale:.2g}"',
        'print(f"{verdict} with convstep: {differs}")',
        "raise SystemExit(not agrees)",
    ]


def _import_order(line: str) -> tuple[bool, str]:
    """Return a key that sorts imports as formatters do."""
    return line.startswith("from "), line.lower()

"""Frames and answers as plain text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from convstep.answers import LayerShape
from convstep.debugger import Frame
from convstep.engine import Step
from convstep.engine.geometry import VALID
from convstep.engine.steps import Array
from convstep.figures import DIGITS, exact, rounded
from convstep.layers import grid, times
from convstep.network import Network
from convstep.network.receptive import Field
from convstep.printable import printable
from convstep.report.explain import HIDDEN, place

precise = partial(rounded, decimals=4, digits=DIGITS)


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Return the lines of a table, columns two spaces apart; those in `right` are right-aligned."""
    cells = [[printable(cell) for cell in row] for row in rows]  # escapes change their width
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    flush = set(right)
    lines = (
        "  ".join(
            cell.rjust(w) if n in flush else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
    return [line.rstrip() for line in lines]


def shapes_text(network: Network, rows: Sequence[LayerShape]) -> list[str]:
    """Return a table of every layer's size, and the reason if the net can't work.

    If the net branches, the table has a column with each layer's sources.
    """
    branches = not all(map(network.follows, network.names))
    cells = [
        [
            "layer",
            "takes",
            "output",
            "padding",
            "neurons",
            "parameters",
            "MACs",
            "sees",
            "output size",
            "parameters from",
        ]
    ]
    cells.append(["input", "", times(network.input_shape), "", f"{prod(network.input_shape):,}", *[""] * 5])
    for row in rows:
        takes = "" if network.follows(row.layer) else ", ".join(row.inputs)
        if row.output is None or row.field is None:
            problem = row.problem if row.problem.startswith("waits") else "can't work"
            cells.append([row.layer, takes, "—", "", "", "", "", "", problem, ""])
            continue
        padding = "" if row.padding in (None, VALID) else " ".join(map(str, row.padding or ()))
        counts = [f"{n:,}" for n in (row.neurons, row.parameters, row.macs)]
        seen = times(_seen(row.field, network))
        cells.append([row.layer, takes, times(row.output), padding, *counts, seen, row.formula, row.parameter_product])
    if not branches:
        cells = [[first, *rest] for first, _, *rest in cells]
    fault = ["", *network.fault.lines] if network.fault else []
    return [network.title, "", *table(cells, right=range(3 + branches, 6 + branches)), *fault]


def _seen(field: Field, network: Network) -> tuple[int, int]:
    """Return the size of a receptive field, clipped to the input's."""
    height, width, _ = grid(network.input_shape)
    return min(field.size[0], height), min(field.size[1], width)


def shapes_json(rows: Sequence[LayerShape]) -> list[str]:
    """Return the lines of a JSON list with the size of every layer."""
    *others, last = (f"  {_json(_shape_data(row))}" for row in rows)
    return ["[", *(f"{line}," for line in others), last, "]"]


def _json(data: Any, separators: tuple[str, str] = (", ", ": ")) -> str:
    """Return data as one line of JSON in printable ASCII."""
    return json.dumps(data, separators=separators).replace("\x7f", r"\u007f")


def _shape_data(row: LayerShape) -> dict[str, Any]:
    named = {"layer": row.layer, "kind": row.kind, "inputs": list(row.inputs)}
    if row.output is None or row.field is None:
        return {**named, "output": None, "problem": row.problem}
    return {
        **named,
        "output": list(row.output),
        "padding": list(row.padding or VALID),
        "neurons": row.neurons,
        "parameters": row.parameters,
        "macs": row.macs,
        "receptive_field": list(row.field.size),
        "jump": [int(jump) if jump.denominator == 1 else float(jump) for jump in row.field.jump],
        "formula": row.formula,
    }


def forward_text(network: Network, outputs: dict[str, Array]) -> list[str]:
    """Return a table of every layer's shape and range, and the last layer's values if they are few."""
    cells = [["layer", "output", "least", "mean", "largest"]]
    for name, Z in outputs.items():
        cells.append(
            [
                name,
                times(Z.shape[1:]),
                precise(Z.min()),
                precise(np.mean(Z, dtype=np.float64)),
                precise(Z.max()),
            ]
        )
    lines = [network.title, "", *table(cells, right=(2, 3, 4))]
    name, last = list(outputs.items())[-1]
    if last.size <= 64:
        lines += ["", *(f"{name} = [{' '.join(str(value) for value in example.ravel())}]" for example in last)]
    return lines


def trace_lines(layer: str, steps: Iterable[Step], *, full: bool = False) -> Iterator[str]:
    """Yield one JSON object a step.

    Args:
        layer: The layer's name.
        steps: Its steps.
        full: Whether to add the input slice, the filter, the products and the bias.
    """
    for step in steps:
        rows, cols, _ = step.operation.window(step.index)
        line: dict[str, Any] = {
            "step": step.number,
            "layer": layer,
            "index": step.index,
            "rows": [rows.start, rows.stop],
            "cols": [cols.start, cols.stop],
            "pad": step.pad,
            "value": exact(step.value),
        }
        if full:
            extras = {
                "input_slice": step.input_slice,
                "filter": step.filter,
                "products": step.products,
                "bias": step.bias,
            }
            line |= {name: None if extra is None else exact(extra) for name, extra in extras.items()}
        yield _json(line, (",", ":"))


def position(frame: Frame) -> str:
    """Return a frame's place and value in one line."""
    if frame.step is None:
        return f"{frame.layer}: {frame.fault.what if frame.fault else ''}"
    step, count = frame.step, frame.step.operation.geometry.count
    where = "  ".join(f"{name} {at}" for name, at in place(frame))
    tap = "" if frame.tap is None else f"  tap {frame.tap.place}"
    word = frame.stage.layer.step_word
    value = HIDDEN if frame.hides_value else precise(step.value)
    return f"{frame.layer} {word} #{step.number + 1:,} of {count:,}  {where}{tap}  = {value}"

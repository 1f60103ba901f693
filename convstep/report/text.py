"""Tables and frames as plain text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from convstep.debugger import Frame
from convstep.engine.steps import Array
from convstep.figures import DIGITS, rounded
from convstep.layers import times
from convstep.network import Network
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


def without_empty_columns(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return a table without the columns that are empty below their heading."""
    kept = [n for n, column in enumerate(zip(*rows, strict=True)) if any(column[1:])]
    return [tuple(row[n] for n in kept) for row in rows]


def json_line(data: Any, separators: tuple[str, str] = (", ", ": ")) -> str:
    """Return data as one line of JSON in printable ASCII."""
    return json.dumps(data, separators=separators).replace("\x7f", r"\u007f")


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

"""The sizes of all layers as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from convstep.answers.paddings import Column
from convstep.answers.shapes import LayerShape, Totals, totals
from convstep.answers.window import Window
from convstep.engine.geometry import VALID, Pair
from convstep.layers import Layer, Shape, factors, times
from convstep.layers.base import join_axes
from convstep.layers.reasons import SAME, never_reached, same_needs, sides
from convstep.layers.words import count, listed, upper
from convstep.network import Network
from convstep.network.memory import in_words
from convstep.report.text import json_line, table, without_empty_columns

SIZES = ("layer", "takes", "output", "how it comes about", "padding", "sees", "in theory", "jump")
COUNTS = ("layer", "neurons", "weights a neuron", "parameters", "", "unshared", "as dense", "MACs", "memory")
"""The headings of the two tables."""

NUMBERS = ("neurons", "parameters", "MACs", "memory")
"""Its columns that are flush right."""
LESS_IMPORTANT = ("memory", "MACs", "padding", "sees")
"""The columns of the overview that are left out first, where there is no room."""

LEGEND = (
    "padding: rows above and below, columns left and right. sees: how much of the input a neuron sees, at most;",
    "in theory: with the padding of all layers. jump: how far apart neighbours look. unshared: if every neuron had its",
    "own weights; as dense: a dense layer with as many inputs and outputs.",
)


def shapes_text(network: Network, rows: Sequence[LayerShape]) -> list[str]:
    """Return every layer's size in two tables, sizes and counts, and the reason if the net can't work.

    If the net branches, the first table has a column with each layer's sources.
    """
    return [
        network.title,
        "",
        *sizes_table(network, rows),
        "",
        *counts_table(network, rows),
        "",
        *LEGEND,
        *_notes(network, rows),
    ]


def sizes_table(network: Network, rows: Sequence[LayerShape]) -> list[str]:
    """Return the table of shapes, each with its arithmetic, padding and receptive field."""
    cells = [SIZES, ("input", "", times(network.input_shape), *[""] * 5)]
    for row in rows:
        takes = "" if network.follows(row.name) else ", ".join(row.inputs)
        if row.output is None or row.field is None:
            problem = row.problem if row.problem.startswith("waits") else "can't work"
            cells.append((row.name, takes, "—", problem, *[""] * 4))
            continue
        padding = _padding(row)
        axes = len(network.input_shape[:-1]) or 1
        seen, theory = times(row.field_inside[:axes]), times(row.field.size[:axes])
        jump = "×".join(dict.fromkeys(map(str, row.field.jump[:axes])))
        theory = theory if theory != seen else ""
        cells.append((row.name, takes, times(row.output), row.formula, padding, seen, theory, jump))
    return table(without_empty_columns(cells))


def _padding(row: LayerShape) -> str:
    """Return a layer's padding: 1 2 1 2; 4 5 along a length; empty for none."""
    if row.padding is None or row.padding == VALID:
        return ""
    return " ".join(map(str, row.padding[: 2 if len(row.arriving or ()) == 2 else 4]))


def counts_table(network: Network, rows: Sequence[LayerShape]) -> list[str]:
    """Return the table of neurons, parameters, multiply-accumulates and memory, with their totals."""
    inputs = prod(network.input_shape)
    cells = [COUNTS, ("input", f"{inputs:,}", *[""] * 6, in_words(inputs * network.dtype.itemsize))]
    cells += [_counts(row) for row in rows if row.output is not None]
    whole = totals(rows)
    cells.append(("total", f"{whole.neurons:,}", "", f"{whole.parameters:,}", *[""] * 3, *_cost(whole)))
    return table(without_empty_columns(cells), right=(1, 2, 3, 5, 6, 7, 8))


def _counts(row: LayerShape) -> tuple[str, ...]:
    numbers = [_number(n) for n in (row.weights_per_neuron, row.parameters)]
    others = [_number(n) for n in (row.parameters_unshared, row.parameters_as_dense)]
    return (row.name, f"{row.neurons:,}", *numbers, row.parameter_product, *others, *_cost(row))


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _cost(row: LayerShape | Totals) -> tuple[str, str]:
    return _number(row.macs), in_words(row.memory)


def _notes(network: Network, rows: Sequence[LayerShape]) -> Iterator[str]:
    """Yield what no window reaches, and why the net can't work."""
    notes = [f"{row.name}: {text}" for row in rows if (text := unreached_in_words(row))]
    if notes:
        yield from ("", *notes)
    if network.fault:
        yield from ("", *network.fault.lines)


def unreached_in_words(row: LayerShape) -> str:
    """Return how many rows and columns of its input a layer never reaches; empty for none."""
    axes = zip(row.unreached, ("place",) if len(row.arriving or ()) == 2 else ("row", "column"), strict=False)
    lost = [count(len(places), word) for places, word in axes if places]
    if not lost:
        return ""
    return f"no window reaches {' and '.join(lost)} of its input"


def overview_table(network: Network, rows: Sequence[LayerShape], width: int = 0) -> list[str]:
    """Return a table that is narrow: a heading, the input, a line for each layer, and the total.

    Args:
        network: The net.
        rows: Its layers.
        width: The width available, for which columns are left out; 0 for any.
    """
    cells = [["layer", "output", "padding", "neurons", "parameters", "MACs", "sees", "memory"]]
    inputs = prod(network.input_shape)
    held = in_words(inputs * network.dtype.itemsize)
    cells.append(["input", times(network.input_shape), "", f"{inputs:,}", "", "", "", held])
    axes = len(network.input_shape[:-1]) or 1
    for row in rows:
        if row.output is None:
            cells.append([row.name, "—", *[""] * 6])
            continue
        counts = [f"{row.neurons:,}", _number(row.parameters), _number(row.macs)]
        sees = times(row.field_inside[:axes])
        cells.append([row.name, times(row.output), _padding(row), *counts, sees, in_words(row.memory)])
    whole = totals(rows)
    cells.append(["total", "", "", *(f"{n:,}" for n in whole[:3]), "", in_words(whole.memory)])
    for left_out in ("", *LESS_IMPORTANT):
        cells = [[cell for cell, head in zip(row, cells[0], strict=True) if head != left_out] for row in cells]
        lines = table(cells, right=[n for n, head in enumerate(cells[0]) if head in NUMBERS])
        if max(map(len, lines)) <= (width or len(max(lines, key=len))):
            break
    return lines


def details(network: Network, row: LayerShape) -> list[str]:
    """Return a layer's sizes in sentences, a line each."""
    if row.output is None or row.arriving is None or row.field is None:
        return [f"{row.name}: {row.problem}"]
    along_length, layer = len(row.arriving) == 2, network.stage(row.name).layer
    axes = len(network.input_shape[:-1]) or 1
    lines = [f"{row.name}: {times(row.arriving)} → {times(row.output)}", row.formula]
    if named := sides(row.padding or VALID, along_length):
        lines.append(f"padding {named}")
    if row.weights_per_neuron:
        bias = " and a bias" if layer.is_biased else ""
        each = f"each with {count(row.weights_per_neuron, 'weight')}{bias}"
        lines.append(f"{count(row.neurons, 'neuron')}, {each}: {row.macs:,} multiply-accumulates")
    else:
        lines.append(count(row.neurons, "neuron"))
    if row.parameters:
        lines.append(f"{count(row.parameters, 'parameter')} = {row.parameter_product}")
    if row.weights_per_neuron:
        lines.append(f"{row.parameters_unshared:,} if every neuron had its own weights")
        lines.append(f"{row.parameters_as_dense:,} as a dense layer between the same input and output")
    seen, theory = times(row.field_inside[:axes]), times(row.field.size[:axes])
    beyond = f", {theory} with the padding of all layers" if seen != theory else ""
    jump = " and ".join(dict.fromkeys(map(str, row.field.jump[:axes])))
    neighbour = f"; its neighbour looks {jump} further" if any(size > 1 for size in row.output[:-1]) else ""
    lines.append(f"a neuron sees {seen} of the input{beyond}{neighbour}")
    if unreached := unreached_in_words(row):
        lines.append(unreached)
    return [*lines, f"{in_words(row.memory)} for its values"]


def shapes_json(rows: Sequence[LayerShape]) -> list[str]:
    """Return the lines of a JSON list with the size of every layer."""
    *others, last = (f"  {json_line(_data(row))}" for row in rows)
    return ["[", *(f"{line}," for line in others), last, "]"]


def _data(row: LayerShape) -> dict[str, Any]:
    named = {"layer": row.name, "kind": row.kind, "inputs": list(row.inputs)}
    if row.output is None or row.field is None:
        return {**named, "output": None, "problem": row.problem}
    return {
        **named,
        "output": list(row.output),
        "padding": list(row.padding or VALID),
        "neurons": row.neurons,
        "weights_per_neuron": row.weights_per_neuron,
        "parameters": row.parameters,
        "parameters_unshared": row.parameters_unshared,
        "parameters_as_dense": row.parameters_as_dense,
        "macs": row.macs,
        "receptive_field": list(row.field.size),
        "receptive_field_inside": list(row.field_inside),
        "jump": [int(jump) if jump.denominator == 1 else float(jump) for jump in row.field.jump],
        "unreached": {"rows": list(row.unreached.rows), "cols": list(row.unreached.cols)},
        "memory": row.memory,
        "formula": row.formula,
    }


def compare_text(network: Network, columns: Sequence[Column]) -> list[str]:
    """Return the shapes with several paddings side by side, and which of them a dense layer's weights were made for."""
    ends = "before and after" if len(network.input_shape) == 2 else "above, below, left and right"
    lines = [network.title, "", *compare_table(network, columns), "", f"In brackets: padding {ends}."]
    for each in made_for_lines(network, columns):
        lines += ["", *each]
    return lines


def compare_table(network: Network, columns: Sequence[Column], *, paddings: bool = True) -> list[str]:
    """Return a table of the shapes with several paddings, and the numbers of parameters in its last line.

    Args:
        network: The net.
        columns: Its sizes with each padding.
        paddings: Whether to add the amount of padding to a shape, in brackets.
    """
    cells = [["layer", *(column.name for column in columns)]]
    cells.append(["input", *[times(network.input_shape)] * len(columns)])
    cells += [
        [rows[0].name, *(_shape_and_padding(row, padding=paddings) for row in rows)]
        for rows in zip(*(column.rows for column in columns), strict=True)
    ]
    cells.append(["parameters", *("—" if c.network.fault else f"{totals(c.rows).parameters:,}" for c in columns)])
    return table(cells)


def made_for_lines(network: Network, columns: Sequence[Column]) -> list[list[str]]:
    """Return for each layer whose weights were made for a number of inputs how many arrive with each padding."""
    return [list(_made_for(layer, columns)) for layer in network.layers if layer.made_for is not None]


def _shape_and_padding(row: LayerShape, *, padding: bool) -> str:
    if row.output is None:
        return "waits" if row.problem.startswith("waits") else "can't work"
    added = _padding(row) if padding else ""
    return times(row.output) + (f" ({added})" if added else "")


def _made_for(layer: Layer, columns: Sequence[Column]) -> Iterator[str]:
    """Yield how many inputs a layer's weights were made for, and how many arrive with each padding."""
    made_for = layer.made_for or 0
    yield f"{layer.name}'s weights were made for {made_for:,} inputs:"
    names: dict[Shape, list[str]] = {}
    for column in columns:
        source = column.network.stage(layer.name).sources[0]
        names.setdefault(column.network.origin(source)[1], []).append(column.name)
    for shape, with_ in names.items():
        fits = "which fits" if prod(shape) == made_for else "which does not fit"
        arriving = f"{factors(shape)} = {prod(shape):,} arrive, {fits}" if shape else "nothing arrives"
        yield f"  {listed(with_)}: {arriving}"


def compare_json(columns: Sequence[Column]) -> list[str]:
    """Return the lines of a JSON object with the sizes of every layer, by padding."""
    *others, last = (
        f"  {json_line(column.name)}: {json_line([_data(row) for row in column.rows])}" for column in columns
    )
    return ["{", *(f"{line}," for line in others), last, "}"]


def window_text(window: Window) -> list[str]:
    """Return the size of a single window's output, with its arithmetic and the reason for its padding."""
    rows, cols = window.axes
    sliding, padding = window.sliding, window.padding
    details = [f"{times(sliding.kernel)} over {times(window.size)}", f"stride {_one_or_two(sliding.stride)}"]
    if sliding.dilation != (1, 1):
        details.append(f"dilation {_one_or_two(sliding.dilation)}")
    sums = join_axes((0, 0, 0), f"{rows.formula} = {rows.output}", f"{cols.formula} = {cols.output}")
    named = sides(padding, along_length=False)
    if window.sliding.padding in SAME:
        why = f"{window.word} pads {named or 'nothing'}: {same_needs((rows, cols), along_length=False)}"
    else:
        why = f"padding {named}" if named else "VALID: no padding"
    reached = [text for text, _ in never_reached((rows, cols), along_length=False)]
    return [f"{times((rows.output, cols.output))} = {sums}", f"{', '.join(details)}. {upper(why)}.", *reached]


def _one_or_two(pair: Pair) -> str:
    return times(pair) if pair[0] != pair[1] else str(pair[0])


def window_json(window: Window) -> list[str]:
    """Return the size of a single window's output as a JSON object."""
    rows, cols = window.axes
    data = {
        "output": [rows.output, cols.output],
        "padding": list(window.padding),
        "unreached": {"rows": rows.unreached(), "cols": cols.unreached()},
        "formula": join_axes((0, 0, 0), f"{rows.formula} = {rows.output}", f"{cols.formula} = {cols.output}"),
    }
    return [json_line(data)]

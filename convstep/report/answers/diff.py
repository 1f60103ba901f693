"""Where two nets first differ, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convstep.answers.diff import Comparison, Difference, Seen
from convstep.answers.diff.rounding import FORMULA, share
from convstep.engine.steps import Array
from convstep.figures import exact, minus
from convstep.layers import times
from convstep.layers.words import count, named
from convstep.printable import printable
from convstep.report.text import json_line, precise, table

MOST_CELLS = 8
"""Windows with more rows or columns are shown around the tap that differs most."""

NAMED = 8
"""How many names are listed."""


def diff_text(found: Comparison) -> list[str]:
    """Return the comparison in plain words."""
    first = found.first
    if first is None:
        lines = [headline(found)]
    else:
        lines = [*_headline(found, first), "", *_windows(first), *_why(found, first)]
        if first.others:
            lines += ["", f"Later layers that differ for reasons of their own: {_listed(first.others)}."]
        elif first.causes:
            lines += ["", "Every other layer that was compared gives the same from the same."]
    lines += ["", *_notes(found)]
    return [printable(line) for line in lines]


def headline(found: Comparison) -> str:
    """Return where two sides first differ, in a sentence; or that they agree."""
    a, b = found.names
    first = found.first
    if first is None:
        return f"{a} and {b} agree in {count(len(found.pairs), 'layer')}, up to {found.dtype}'s rounding."
    one, other = first.layers
    layer = one if one == other else f"{one} of {a}, {other} of {b},"
    if first.shapes[0] != first.shapes[1]:
        sizes = [times(shape) for shape in first.shapes]
        return f"{layer} is the first layer that differs: {sizes[0]} in {a}, {sizes[1]} in {b}."
    if first.kind == "input":
        return f"The inputs differ first: {count(first.differing, 'value')} of {first.compared:,} do."
    return f"{layer} is the first layer that differs: {first.differing:,} of {first.compared:,} neurons do."


def _headline(found: Comparison, first: Difference) -> list[str]:
    lines = [headline(found)]
    if not first.differing:
        return [*lines, "Where both have neurons, these are the same."]
    example = f" of example {first.index[0]}" if first.index[0] else ""
    shown = _values(first)
    values = " and ".join(f"{value} in {each.side}" for value, each in zip(shown, first.windows, strict=True))
    lines.append(f"The first is {named(first.layers[0], first.place)}{example}: {values}.")
    lines.append(
        f"The largest difference is {_small(first.largest)}; rounding may make {_small(first.allowed)} at this neuron."
    )
    return lines


def _values(first: Difference) -> list[str]:
    return both_values([each.value for each in first.windows])


def both_values(values: Sequence[float]) -> list[str]:
    """Return two values as text, with more digits where they would look the same."""
    texts = [precise(value) for value in values]
    return texts if texts[0] != texts[1] or values[0] == values[1] else [minus(f"{value:.9g}") for value in values]


def _small(size: float) -> str:
    return minus(f"{size:.2g}")


def _windows(first: Difference) -> list[str]:
    """Return both windows: their places, sums and biases, and the tap that differs most."""
    rows = [["", "rows", "columns", "sum", "bias", "value"]]
    for value, each in zip(_values(first), first.windows, strict=True):
        where = each.side + (" (as explained below)" if each.assumed else "")
        if each.rows is None or each.cols is None:
            rows.append([where, "", "", "", "", value])
            continue
        total = "" if each.sum is None else precise(each.sum)
        bias = "" if each.bias is None else precise(each.bias)
        rows.append([where, _places(each.rows), _places(each.cols), total, bias, value])
    used = [k for k in range(6) if k in (0, 5) or any(row[k] for row in rows[1:])]
    lines = table([[row[k] for k in used] for row in rows], right=range(1, len(used)))
    if first.tap is None:
        return lines
    lines += ["", f"The tap {named('', first.tap)} (row, column, channel of the window) differs most:"]
    lines += [f"  {each.side}: {_tap(each, first.tap)}" for each in first.windows]
    for each in first.windows:
        if each.input_slice is not None:
            lines += ["", *_grids(each, first.tap)]
    return lines


def _places(axis: range) -> str:
    """Return a window's places along an axis: −1 to 2, every other one said with its step."""
    if len(axis) == 1:
        return minus(axis[0])
    step = f" by {axis.step}" if axis.step > 1 else ""
    return f"{minus(axis[0])} to {minus(axis[-1])}{step}"


def _tap(seen: Seen, tap: tuple[int, int, int]) -> str:
    assert seen.input_slice is not None
    value = precise(seen.input_slice[tap])
    if seen.filter is None or seen.products is None:
        return value
    return f"{value} × {precise(seen.filter[tap])} = {precise(seen.products[tap])}"


def _grids(seen: Seen, tap: tuple[int, int, int]) -> list[str]:
    """Return a channel of the slice, and of the filter, side by side."""
    assert seen.input_slice is not None
    channel = tap[2]
    grids = [("slice", seen.input_slice), *([("filter", seen.filter)] if seen.filter is not None else [])]
    if seen.input_slice.shape[:2] == (1, 1):
        return []
    columns = [[f"{seen.side}, {name}, channel {channel}", *_cells(array[:, :, channel], tap)] for name, array in grids]
    return table(list(zip(*columns, strict=True)))


def _cells(array: Array, tap: tuple[int, int, int]) -> list[str]:
    top = max(0, min(tap[0] - MOST_CELLS // 2, array.shape[0] - MOST_CELLS))
    left = max(0, min(tap[1] - MOST_CELLS // 2, array.shape[1] - MOST_CELLS))
    shown = array[top : top + MOST_CELLS, left : left + MOST_CELLS]
    return table([[precise(value) for value in row] for row in shown], right=range(shown.shape[1]))


def why(found: Comparison) -> str:
    """Return why two sides differ, in a sentence; "" if they do not."""
    return "" if found.first is None else f"{_cause(found, found.first)} {'; '.join(_changes(found.first))}".strip()


def _why(found: Comparison, first: Difference) -> list[str]:
    return ["", _cause(found, first), *(f"  {words}" for words in _changes(first))]


def _cause(found: Comparison, first: Difference) -> str:
    """Return which side gives the numbers of the other when it is changed, or that none is known to."""
    if not first.causes:
        return "Why: nothing that is known. Each known mistake was tried, and none gives these numbers."
    cause = first.causes[0]
    own = dict(zip(found.names, first.layers, strict=True))
    what = "The input" if first.kind == "input" else own[cause.side]
    each = "" if len(first.causes) == 1 else " each of these alone:"
    return f"Why: {what} of {cause.side} gives the numbers of {cause.like} with{each}"


def _changes(first: Difference) -> list[str]:
    return [cause.words for cause in first.causes]


def _notes(found: Comparison) -> list[str]:
    a, b = found.names
    one, many = (_small(share(n, found.dtype)) for n in (1, 1000))
    lines = [
        f"Compared: {count(len(found.pairs), 'layer')}, each on the same numbers.",
        f"Rounding: {FORMULA} in {found.dtype}; {one} of a sum of one, {many} of a sum of 1,000.",
    ]
    renamed = [f"{x} is {y}" for x, y in found.pairs if x != y]
    if renamed:
        lines.append(f"Matched by order and shape: {_listed(renamed)}.")
    for name, names in zip((a, b), found.unmatched, strict=True):
        if names:
            lines.append(f"Only in {name}: {_listed(names)}.")
    return [*lines, *found.notes]


def _listed(names: Any) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def diff_json(found: Comparison) -> list[str]:
    """Return the comparison as a JSON object."""
    data = {
        "agree": found.first is None,
        "names": list(found.names),
        "dtype": str(found.dtype),
        "compared": [list(pair) for pair in found.pairs],
        "unmatched": [list(names) for names in found.unmatched],
        "first": None if found.first is None else _data(found.first),
        "notes": list(found.notes),
    }
    return [json_line(data)]


def _data(first: Difference) -> dict[str, Any]:
    return {
        "layers": list(first.layers),
        "kind": first.kind,
        "shapes": [list(shape) for shape in first.shapes],
        "index": list(first.index),
        "place": list(first.place),
        "differing": first.differing,
        "compared": first.compared,
        "largest": exact(first.largest),
        "rounding": exact(first.allowed),
        "tap": None if first.tap is None else list(first.tap),
        "windows": [_seen(each) for each in first.windows],
        "causes": [
            {"kind": each.kind, "with": each.words, "side": each.side, "like": each.like} for each in first.causes
        ],
        "others": list(first.others),
    }


def _seen(seen: Seen) -> dict[str, Any]:
    arrays = {"input_slice": seen.input_slice, "filter": seen.filter, "products": seen.products}
    return {
        "side": seen.side,
        "layer": seen.layer,
        "value": exact(seen.value),
        "rows": None if seen.rows is None else [seen.rows.start, seen.rows.stop],
        "cols": None if seen.cols is None else [seen.cols.start, seen.cols.stop],
        **{name: None if array is None else exact(np.asarray(array)) for name, array in arrays.items()},
        "sum": None if seen.sum is None else exact(seen.sum),
        "bias": None if seen.bias is None else exact(seen.bias),
        "assumed": seen.assumed,
    }

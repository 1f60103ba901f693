"""Which values a neuron sees, and which neurons see a value, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from convstep.answers.seen import Box, Marked, Seen
from convstep.figures import minus
from convstep.layers import Shape, grid, times
from convstep.layers.base import join_axes
from convstep.layers.words import count, interval, short_span
from convstep.network.network import INPUT
from convstep.report.text import json_line, table, without_empty_columns

VALUE = 3
"""So many numbers name a single value of a map."""
MAP = 3
"""So many axes a map has: rows, columns and channels."""


def seen_text(layer: str, index: Sequence[int], found: Sequence[Seen], *, winners: bool = False) -> list[str]:
    """Return what a neuron sees of each layer, as a sentence and a table.

    Args:
        layer: The neuron's layer.
        index: The neuron.
        found: What it sees, the input last.
        winners: Whether of a max-pool's window only the value that won counts.
    """
    cells = [["layer", "output", "sees", rows_heading(found), "cols", "with padding", "jump", "centre"]]
    for each in found:
        cells.append([each.layer, times(each.shape), share(each), *box_texts(each)])
        cells[-1] += ["", "", ""] if winners else geometry_texts(each)
    return [seen_sentence(layer, index, found, winners=winners), "", *table(without_empty_columns(cells))]


def seen_sentence(layer: str, index: Sequence[int], found: Sequence[Seen], *, winners: bool = False) -> str:
    """Return what a neuron sees of the net's input, in a sentence without a full stop."""
    return f"{neuron_name(layer, index)} {seen_words(found, winners=winners)}"


def neuron_name(layer: str, index: Sequence[int]) -> str:
    """Return a neuron in words: neuron (0, 0, 3) of pool2."""
    return f"neuron {_index(index)} of {layer}"


def place_name(layer: str, place: Sequence[int]) -> str:
    """Return a place in words: pixel (5, 7) of the input; place (3, 3) of pool1."""
    what = "value" if len(place) == VALUE else "pixel" if layer == INPUT else "place"
    return f"{what} {_index(place)} of {'the input' if layer == INPUT else layer}"


def seen_words(found: Sequence[Seen], *, winners: bool = False) -> str:
    """Return what a neuron sees of the net's input: sees rows 0–41 and cols 0–41 of the input: 1,764 of 4,096 pixels.

    Args:
        found: What it sees, the input last.
        winners: Whether of a max-pool's window only the value that won counts.
    """
    pixels = found[-1]
    verb = "takes its value, through the max-pools' winners, from" if winners else "sees"
    if not pixels.count:
        return f"{verb} nothing of the input: only padding"
    if pixels.count == pixels.places:
        return f"{verb} the whole input: all {_pixels(pixels.shape, pixels.count)}"
    gaps = ", with gaps between them" if pixels.has_holes else ""
    places = f"{pixels.count:,} of {_pixels(pixels.shape, pixels.places)}"
    return f"{verb} {_where(pixels)} of the input: {places}{gaps}"


def seen_by_text(layer: str, place: Sequence[int], found: Sequence[Marked]) -> list[str]:
    """Return which neurons see a place, in each later layer, as a sentence and a table."""
    cells = [["layer", "output", "places", rows_heading(found), "cols", "neurons"]]
    cells += [[each.layer, times(each.shape), share(each), *box_texts(each), f"{each.values:,}"] for each in found]
    lines = [seen_by_sentence(layer, place, found)]
    return [*lines, "", *table(without_empty_columns(cells), right=[5])] if found else lines


def seen_by_sentence(layer: str, place: Sequence[int], found: Sequence[Marked]) -> str:
    """Return how many neurons see a place in the next layer and in the last, in a sentence without a full stop."""
    return f"{place_name(layer, place)} is {seen_by_words(layer, found)}"


def seen_by_words(layer: str, found: Sequence[Marked]) -> str:
    """Return how many neurons see a place: seen by 128 of 32,768 neurons of conv1, and by 6 of 6 of fc.

    Args:
        layer: The place's layer.
        found: The neurons, in each later layer.
    """
    seen = [each for each in found if each.values]
    if not seen:
        return f"seen by no neuron: {'no window reaches it' if found else f'nothing comes after {layer}'}"
    first, last = seen[0], seen[-1]
    text = f"seen by {_neurons(first)} neurons of {first.layer}"
    if last is not first:
        text += f", and by {_neurons(last)} of {last.layer}"
    lost = [each.layer for each in found if not each.values]
    return f"{text}; no window of {lost[0]} reaches it" if lost else text


def seen_json(layer: str, index: Sequence[int], found: Sequence[Seen]) -> list[str]:
    """Return the lines of a JSON object with what a neuron sees of each layer."""
    return _object({"neuron": {"layer": layer, "index": list(index)}}, [_seen_data(each) for each in found])


def seen_by_json(layer: str, place: Sequence[int], found: Sequence[Marked]) -> list[str]:
    """Return the lines of a JSON object with the neurons that see a place, in each later layer."""
    layers = [
        {"layer": each.layer, **_box_data(each.box), "positions": each.count, "neurons": each.values, **_flat(each)}
        for each in found
    ]
    return _object({"pixel": list(place), "layer": layer}, layers)


def share(marked: Marked) -> str:
    """Return how many places of a map are marked: 1,764 of 4,096; all 64."""
    if marked.count == marked.places:
        return f"all {marked.count:,}" if marked.count > 1 else "1 of 1"
    return f"{marked.count:,} of {marked.places:,}{' with gaps' * marked.has_holes}"


def box_texts(marked: Marked) -> tuple[str, str]:
    """Return the rows and columns that contain the marked places; the values of a flat layer stand for rows."""
    if not marked.count:
        return "none", ""
    if len(marked.shape) == 1:
        return short_span(marked.channels, "value"), ""
    rows, cols = marked.box
    return interval(rows), interval(cols) if len(marked.shape) == 3 else ""


def geometry_texts(marked: Marked) -> tuple[str, str, str]:
    """Return the rows and columns with all padding, where that differs, the jump and the centre; empty for none."""
    if not isinstance(marked, Seen) or len(marked.shape) == 1:
        return "", "", ""
    padded = jump = ""
    beside = not marked.count and _fits(marked)  # other channels are seen of a map that is joined to this one
    if (marked.rows, marked.cols) != marked.box and marked.rows and marked.cols and not beside:
        padded = join_axes(marked.shape, interval(marked.rows), interval(marked.cols))
    if marked.jump and not beside:
        jump = join_axes(marked.shape, *map(str, marked.jump))
    centre = [minus(f"{at:g}") for at in marked.centre]
    return padded, jump, centre[0] if len(marked.shape) == 2 else ", ".join(centre)


def _fits(marked: Seen) -> bool:
    """Return whether the rows and columns, with padding, all lie in the map."""
    height, width, _ = grid(marked.shape)
    return all(at.start >= 0 and at.stop <= size for at, size in ((marked.rows, height), (marked.cols, width)))


def rows_heading(layers: Iterable[Marked]) -> str:
    """Return the heading for the rows of maps: "at" if all of them are lengths or vectors."""
    return "rows" if any(len(each.shape) == MAP for each in layers) else "at"


def _where(marked: Marked) -> str:
    rows, cols = marked.box
    if len(marked.shape) == 3:
        return f"{short_span(rows, 'row')} and {short_span(cols, 'col')}"
    return short_span(rows, "place")


def _pixels(shape: Shape, number: int) -> str:
    return count(number, "pixel" if len(shape) == 3 else "place")


def _neurons(marked: Marked) -> str:
    return f"{marked.values:,} of {marked.places * (marked.shape[-1] if len(marked.shape) > 1 else 1):,}"


def _index(index: Sequence[int]) -> str:
    return str(index[0]) if len(index) == 1 else f"({', '.join(map(str, index))})"


def _object(head: dict[str, Any], layers: list[dict[str, Any]]) -> list[str]:
    begin = f'{json_line(head)[:-1]}, "layers": ['
    return [begin, *(f"  {json_line(each)}{',' * (each is not layers[-1])}" for each in layers), "]}"]


def _seen_data(each: Seen) -> dict[str, Any]:
    return {
        "layer": each.layer,
        **_box_data((each.rows, each.cols)),
        "clipped": _box_data(each.box),
        "pixels": each.count,
        "gaps": each.has_holes,
        "jump": None if each.jump is None else [_number(jump) for jump in each.jump],
        "centre": list(each.centre),
        **_flat(each),
    }


def _box_data(box: Box) -> dict[str, list[int]]:
    return {name: [along.start, along.stop] for name, along in zip(("rows", "cols"), box, strict=True)}


def _flat(marked: Marked) -> dict[str, list[int]]:
    """Return the range of values of a flat layer, which has no rows and columns."""
    return {"values": [marked.channels.start, marked.channels.stop]} if len(marked.shape) == 1 else {}


def _number(fraction: Fraction) -> int | float:
    return int(fraction) if fraction.denominator == 1 else float(fraction)

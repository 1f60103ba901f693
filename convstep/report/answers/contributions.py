"""Where a value comes from and where it goes, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Any

from convstep.answers.contributions import Contribution, Origin, Place
from convstep.figures import exact, minus
from convstep.layers.words import count, named
from convstep.report.text import json_line, precise, table

ROUNDING = 1e-4
"""A rest that is a smaller share of the value is not shown: it is beyond the digits of the others."""

ALMOST_ALL = 0.9995
"""From this share on it would be rounded to the whole."""

Row = tuple[str, str, str, str]
"""An amount, its share, the value that adds it or is added to, and the arithmetic."""


def origin_text(origin: Origin) -> list[str]:
    """Return a neuron's value, and a table of what it is made of."""
    return [
        f"{named(origin.layer, origin.index)} = {precise(origin.value)} comes from",
        "",
        *_table(origin_rows(origin)),
    ]


def origin_rows(origin: Origin) -> list[Row]:
    """Return the rows of a neuron's contributions: the largest, the sum of the others, the bias, and the rest."""
    rows = [contribution_row(each) for each in origin.largest]
    share = partial(_share_of, origin)
    if origin.others:
        rows.append((_amount(origin.others_amount), share(origin.others_amount), count(origin.others, "other"), ""))
    if origin.bias is not None:
        rows.append((_amount(origin.bias), share(origin.bias), "the bias", ""))
    if abs(origin.rest) > ROUNDING * max(abs(origin.value), abs(origin.others_amount)):
        rows.append((_amount(origin.rest), share(origin.rest), origin.rest_name, ""))
    return rows


def contribution_row(each: Contribution) -> Row:
    """Return a contribution's amount, its share, the other value, and the arithmetic."""
    times = "" if each.weight is None else f"{precise(each.value)} × {precise(each.weight)}"
    return _amount(each.amount), _percent(each.share), named(each.layer, each.at), times


def follow_text(origins: Sequence[Origin]) -> list[str]:
    """Return the largest contributions from a neuron back to the net's input, a line each."""
    rows = [
        (
            named(origin.layer, origin.index),
            f"= {precise(origin.value)}",
            "of which",
            *(text for text in contribution_row(origin.largest[0])),
        )
        for origin in origins
        if origin.largest
    ]
    return table(rows, right=(3, 4))


def effects_text(layer: str, index: Place, value: float, effects: Sequence[Contribution]) -> list[str]:
    """Return a value, and a table of the values that it adds most to."""
    if not effects:
        return [f"{named(layer, index)} = {precise(value)} is read by no neuron"]
    return [f"{named(layer, index)} = {precise(value)} adds most to", "", *_table(list(map(effect_row, effects)))]


def effect_row(each: Contribution) -> Row:
    """Return what is added to a value, its share of that value, the value, and the weight."""
    weight = "" if each.weight is None else f", weight {precise(each.weight)}"
    return _amount(each.amount), _percent(each.share), named(each.layer, each.at), f"= {precise(each.value)}{weight}"


def _table(rows: Sequence[Row]) -> list[str]:
    return [f"  {line}" for line in table(rows, right=(0, 1))]


def _amount(amount: float) -> str:
    text = precise(amount)
    return text if text.startswith("−") else f"+{text}"


def _share_of(origin: Origin, amount: float) -> str:
    return _percent(amount / origin.value if origin.value else None)


def _percent(share: float | None) -> str:
    """Return a share of a value as a percentage, all with one decimal; empty if there is none, or it can't be said."""
    if share is None or not isfinite(share):
        return ""
    if ALMOST_ALL <= share < 1:
        return ">99.9%"
    return minus(f"{round(share, 3) + 0.0:.1%}")


def origin_json(origins: Sequence[Origin]) -> list[str]:
    """Return neurons with what they are made of as JSON, one object a line."""
    return [
        json_line(
            {
                "neuron": {"layer": each.layer, "index": list(each.index)},
                "value": exact(each.value),
                "contributions": [_data(part) for part in each.largest],
                "others": {"count": each.others, "amount": exact(each.others_amount)},
                "bias": _or_none(each.bias),
                "rest": exact(each.rest),
            }
        )
        for each in origins
    ]


def effects_json(layer: str, index: Place, value: float, effects: Sequence[Contribution]) -> list[str]:
    """Return what a value adds to as a JSON object."""
    data = {"layer": layer, "index": list(index), "value": exact(value), "adds_to": [_data(each) for each in effects]}
    return [json_line(data)]


def _data(each: Contribution) -> dict[str, Any]:
    return {
        "layer": each.layer,
        "index": list(each.at),
        "value": exact(each.value),
        "weight": _or_none(each.weight),
        "amount": exact(each.amount),
        "share": _or_none(each.share),
    }


def _or_none(number: float | None) -> Any:
    return None if number is None else exact(number)

"""Where two nets differ, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any

from convstep.answers.diff import INPUT, Comparison, Difference
from convstep.layers import times

MOST_NAMED = 8
"""The most layers in a list."""


def diff_text(result: Comparison) -> list[str]:
    """Return a comparison as lines."""
    lines = [f"A is {result.a}, B is {result.b}."]
    if result.equal:
        greatest = max(apart for _, apart in result.equal)
        names = [pair.a if pair.a == pair.b else f"{pair.a} ({pair.b} in B)" for pair, _ in result.equal]
        lines.append(f"The same up to rounding: {_listed(names)}; at most {greatest:.2g} apart.")
    if result.first is None:
        lines.append("No layer differs.")
    else:
        lines += _first(result.first)
    for letter, alone in zip("AB", result.alone, strict=True):
        if alone:
            lines.append(f"Only in {letter}, not compared: {_listed(alone)}.")
    return lines


def _listed(names: Any) -> str:
    names = list(names)
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _first(found: Difference) -> list[str]:
    pair = found.pair
    name = pair.a if pair.a == pair.b else f"{pair.a} ({pair.b} in B)"
    lines = []
    if found.shapes[0] != found.shapes[1]:
        lines.append(f"First difference: {name} is {times(found.shapes[0])} in A and {times(found.shapes[1])} in B.")
    elif not found.index:
        lines.append(f"First difference: {name}, for the numbers of examples differ.")
    else:
        i, *place = found.index
        where = f"{name}[{','.join(map(str, place))}]{f' of example {i}' if i else ''}"
        lines.append(f"First difference: {where} is {found.numbers[0]:.6g} in A and {found.numbers[1]:.6g} in B.")
        what = "value" if pair.a == INPUT else "neuron"
        lines.append(
            f"{found.count:,} of {found.total:,} {what}s differ there, at most by {found.greatest:.4g}."
            if found.count > 1
            else f"It is the only {what} of {found.total:,} there that differs."
        )
    if found.tap:
        row, col, channel = found.tap.place
        lines.append(
            f"Its first tap that differs: row {row}, column {col}, channel {channel} of its window, "
            f"{found.tap.a:.6g} in A and {found.tap.b:.6g} in B."
        )
    if found.reasons:
        lines += [f"Why: {reason}. Computed with that, A gives B's numbers." for reason in found.reasons[:1]]
        lines += [f"This fits as well: {reason}." for reason in found.reasons[1:]]
    else:
        lines.append("Why is not known: no change that was tried gives B's numbers.")
        lines += [f"Their fields differ: {each}." for each in found.fields]
    return lines


def diff_json(result: Comparison) -> list[str]:
    """Return a comparison as lines of JSON."""
    found = result.first
    data: dict[str, Any] = {
        "a": result.a,
        "b": result.b,
        "rounding": result.rounding,
        "equal": [{"a": pair.a, "b": pair.b, "greatest": apart} for pair, apart in result.equal],
        "alone": {"a": list(result.alone[0]), "b": list(result.alone[1])},
        "first": None,
    }
    if found:
        data["first"] = {
            "a": found.pair.a,
            "b": found.pair.b,
            "shapes": [list(shape) for shape in found.shapes],
            "index": list(found.index),
            "values": [_finite(each) for each in found.numbers],
            "tap": found.tap and {"place": list(found.tap.place), "a": _finite(found.tap.a), "b": _finite(found.tap.b)},
            "greatest": _finite(found.greatest),
            "differ": found.count,
            "of": found.total,
            "why": list(found.reasons),
            "fields": list(found.fields),
        }
    return json.dumps(data, indent=2, ensure_ascii=False).splitlines()


def _finite(number: float) -> float | str:
    return number if abs(number) < float("inf") else str(number)

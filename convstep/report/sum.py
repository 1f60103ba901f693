"""How a neuron's value comes about, as one line of arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

import numpy as np

from convstep.debugger import Frame
from convstep.figures import figure
from convstep.network import times
from convstep.report.explain_scene import Scene, scene_of, tap_view, trouble
from convstep.report.explain_words import COLOURS

Role = Literal["plain", "dim", "positive", "negative", "output", "window"]

ALL = 6
"""Up to this many terms are all shown."""
LARGEST = 4
"""Of more terms, this many, the largest, are shown; the rest is one more."""


class Part(NamedTuple):
    """A piece of a line.

    Attributes:
        text: What it says.
        role: What it is; the text alone says all there is to know.
    """

    text: str
    role: Role = "plain"


def sum_parts(frame: Frame) -> list[Part]:
    """Return how a neuron's value comes about, such as `0.18 from 9 products + 0.00 bias = Z[0,2,3,0] = 0.18`.

    Terms are rounded to be shown; the value is the step's own, never a sum of rounded terms. Where the step is opened
    into its taps it is one of them, with the result so far.
    """
    if frame.step is None:
        return [Part(trouble(frame))]
    scene = scene_of(frame)
    with np.errstate(all="ignore"):
        if frame.cursor.tap is not None and scene.products.size > 1:
            return _tap(scene, frame.cursor.tap)
        return _SUMS[scene.kind](scene)


def sum_text(frame: Frame) -> str:
    """Return the same line as plain text."""
    return "".join(part.text for part in sum_parts(frame))


def _result(scene: Scene, sign: str = " = ") -> list[Part]:
    return [Part(sign, "dim"), Part(f"{scene.label} = {scene.value}", "output")]


def _conv(scene: Scene) -> list[Part]:
    sums = scene.products.sum(axis=(0, 1), dtype=np.float64)
    if len(sums) == 1:
        products = scene.products.size
        terms = [(float(sums[0]), f"from {products} product{'s' if products > 1 else ''}")]
    else:
        terms = _largest(sums, lambda k: COLOURS[k] if scene.has_colours else f"ch {scene.channels[k]}")
    return _line(scene, terms)


def _dense(scene: Scene) -> list[Part]:
    products = scene.products.ravel().astype(np.float64)
    return _line(scene, _largest(products, lambda k: _named(*scene.source(k))))


def _largest(values: Any, name: Callable[[int], str]) -> list[tuple[float, str]]:
    """Return all of a few values with their names; of many, the largest by magnitude, and the rest as one."""
    if len(values) <= ALL:
        return [(float(value), name(k)) for k, value in enumerate(values)]
    order = np.argsort(-np.abs(values), kind="stable")
    if np.isnan(values).any():  # a NaN decides the sum: it comes first
        order = np.argsort(np.where(np.isnan(values), -np.inf, -np.abs(values)), kind="stable")
    largest, rest = order[:LARGEST], order[LARGEST:]
    terms = [(float(values[k]), name(int(k))) for k in largest]
    return [*terms, (float(values[rest].sum()), f"from {len(rest):,} others")]


def _line(scene: Scene, terms: Iterable[tuple[float, str]]) -> list[Part]:
    parts: list[Part] = []
    for value, name in (*terms, (float(scene.step.bias), "bias")):
        parts += _term(scene, value, first=not parts)
        parts.append(Part(f" {name}"))
    return parts + _result(scene)


def _term(scene: Scene, value: float, *, first: bool) -> list[Part]:
    if first:
        return [_signed(scene, value)]
    role = _signed(scene, value).role
    return [Part(" − " if value < 0 else " + ", "dim"), Part(scene.number(abs(value)), role)]


def _signed(scene: Scene, value: Any) -> Part:
    return Part(scene.number(value), "positive" if value > 0 else "negative" if value < 0 else "plain")


def _max_pool(scene: Scene) -> list[Part]:
    size = times((len(scene.rows),) if scene.along_length else (len(scene.rows), len(scene.cols)))
    parts = [Part("largest of "), Part(size, "window"), *_result(scene)]
    won = scene.step.argmax
    if won is None:
        return [*parts, Part(", for all of it is padding")]
    parts.append(Part(f" at {scene.place(won[1], won[2])}", "window"))
    if scene.ties:
        parts.append(Part(f", the first of {scene.ties + 1} that tie"))
    return parts


def _avg_pool(scene: Scene) -> list[Part]:
    total = scene.real.sum(dtype=np.float64)
    padding = scene.places - scene.inside
    parts = [_signed(scene, total), Part(" / ", "dim"), Part(f"{scene.inside}", "window"), *_result(scene)]
    return [*parts, Part(f" ({padding} of {scene.places} are padding, not counted)", "dim")] if padding else parts


def _relu(scene: Scene) -> list[Part]:
    value = scene.slice.ravel()[0]
    return [Part("max(0, ", "dim"), _signed(scene, value), Part(")", "dim"), *_result(scene)]


def _softmax(scene: Scene) -> list[Part]:
    own, top, powers = scene.powers
    return [
        Part("exp(", "dim"),
        _signed(scene, own),
        *_difference(scene, top),
        Part(") / ", "dim"),
        Part(f"sum of {len(powers):,}", "window"),
        Part(" = ", "dim"),
        Part(f"{scene.number(powers[scene.index[3]])} / {scene.number(powers.sum())}"),
        *_result(scene),
    ]


def _difference(scene: Scene, top: float) -> list[Part]:
    return [Part(" + " if top < 0 else " − ", "dim"), Part(scene.number(abs(top)))]


def _flatten(scene: Scene) -> list[Part]:
    """Where a value goes, and why there: `pool2[1,0,3] → place (1·2 + 0)·16 + 3 = 35: A[0,35] = 0.83`."""
    k = scene.index[3]
    came_from = _named(scene.before, np.unravel_index(k, scene.arriving))
    return [Part(came_from, "window"), Part(f" → place {scene.flat_sum}{k}: "), *_result(scene, "")]


def _named(name: str, place: Iterable[Any]) -> str:
    return f"{name}[{','.join(map(str, place))}]"


_SUMS: dict[str, Callable[[Scene], list[Part]]] = {
    "conv": _conv,
    "conv1d": _conv,
    "dense": _dense,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": _avg_pool,
    "relu": _relu,
    "softmax": _softmax,
    "flatten": _flatten,
}


# One multiplication at a time


def _tap(scene: Scene, number: int) -> list[Part]:
    tap = tap_view(scene, number)
    where = _named(*scene.source(number)) if scene.kind == "dense" else tap.where
    padding = ", padding" if tap.in_padding else ""
    so_far = [_signed(scene, tap.total), Part(f" (tap {number + 1:,} of {tap.taps:,}: {where}{padding})", "dim")]
    last = tap.number == tap.taps - 1
    weights = scene.step.filter
    if weights is not None:
        weight = weights.ravel()[number]
        multiplied = [_signed(scene, tap.input), Part(" × ", "dim"), _signed(scene, weight), Part(" = ", "dim")]
        parts = [*multiplied, _signed(scene, tap.product), Part(", sum so far "), *so_far]
        bias = [*_term(scene, float(scene.step.bias), first=False), Part(" bias")]
        return [*parts, *bias, *_result(scene)] if last else parts
    if scene.kind == "max_pool":
        parts = [_signed(scene, tap.input), Part(", largest so far "), *so_far]
        return parts + _result(scene) if last else parts
    if scene.kind == "softmax":
        _, top, powers = scene.powers
        parts = [Part("exp(", "dim"), _signed(scene, tap.input), *_difference(scene, top), Part(") = ", "dim")]
        parts += [Part(figure(powers[number])), Part(", sum so far "), *so_far]
        own = Part(f"; {scene.number(powers[scene.index[3]])} / {scene.number(powers.sum())}")
        return [*parts, own, *_result(scene)] if last else parts
    value = Part("not counted") if tap.in_padding else _signed(scene, tap.input)
    parts = [value, Part(", sum so far "), *so_far]
    return [*parts, Part(" / ", "dim"), Part(f"{scene.inside}", "window"), *_result(scene)] if last else parts

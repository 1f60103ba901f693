"""Base of layers with weights: sums of products and a bias, as arithmetic and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from convstep.engine.steps import Array, Step
from convstep.layers.base import Layer, Shape
from convstep.layers.scene import Scene
from convstep.layers.weights import Drawn
from convstep.layers.words import Part, count

ALL = 6
"""Sums of up to this many terms are shown in full."""
LARGEST = 4
"""Of longer sums, this many terms, the largest, are shown; the rest becomes one more term."""

Term = tuple[float, str]


def largest(values: Any, name: Callable[[int], str]) -> list[Term]:
    """Return up to `ALL` values with their names; of more, the largest by magnitude, and the sum of the rest."""
    if len(values) <= ALL:
        return [(float(value), name(k)) for k, value in enumerate(values)]
    order = np.argsort(-np.abs(values), kind="stable")
    if np.isnan(values).any():  # NaN comes first, for it makes the sum NaN
        order = np.argsort(np.where(np.isnan(values), -np.inf, -np.abs(values)), kind="stable")
    first, rest = order[:LARGEST], order[LARGEST:]
    terms = [(float(values[k]), name(int(k))) for k in first]
    return [*terms, (float(values[rest].sum()), f"from {len(rest):,} others")]


class Products(Layer):
    """A layer whose neurons are sums of products, plus a bias if it has one."""

    output_name = "Z"

    @property
    def is_biased(self) -> bool:
        return getattr(self, "bias", None) is not None

    def contributions(self, step: Step) -> Array:
        return step.operation.terms(step.index)

    def weights_per_neuron(self, shape: Shape) -> int:
        return self.taps(shape)

    @property
    def random(self) -> str:
        """The word before weights that are drawn at random; empty for others."""
        drawn = getattr(self, "weights", None)
        return "random " if isinstance(drawn, Drawn) and drawn.description else ""

    def terms_in_words(self, scene: Scene) -> str:
        """Return the terms in words: 48 products and the bias."""
        return count(scene.taps, "product") + (" and the bias" if self.is_biased else "")

    def sum_in_words(self, scene: Scene) -> str:
        """Return the sum in words: 48 products and the bias add up to 0.18."""
        if scene.taps == 1 and not self.is_biased:
            return f"The one product is {scene.value}"
        return f"{self.terms_in_words(scene)} add up to {scene.value}"

    def sum_of_terms(self, scene: Scene, terms: Iterable[Term]) -> list[Part]:
        """Return a sum of named terms and the bias, with its result."""
        parts: list[Part] = []
        found = Decimal(0)
        bias = [] if scene.bias is None else [(float(scene.bias), "bias")]
        for value, name in (*terms, *bias):
            parts += scene.added(value, first=not parts)
            parts.append(Part(f" {name}"))
            found += scene.shown(value)
        return (parts or [Part(scene.number(0))]) + scene.result(found, exactly=True)

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        at = scene.tap(tap)
        product = scene.shown(at.product)
        parts = [
            *(scene.signed(at.input), Part(" × ", "dim"), scene.signed(at.weight)),
            Part(f" {scene.product_sign(tap)} ", "dim"),
            scene.signed(at.product),
            Part(", so far "),
            *scene.so_far(tap, self.tap_name(scene, tap), (scene.total_before(tap) or 0) + product),
        ]
        if not scene.is_last(tap):
            return parts
        found, bias = scene.shown(at.total), list[Part]()
        if scene.bias is not None:
            found += scene.shown(scene.bias)
            bias = [*scene.added(float(scene.bias)), Part(" bias")]
        return [*parts, *bias, *scene.result(found, exactly=True)]

    def tap_name(self, scene: Scene, tap: int) -> str:
        """Return the input place of a tap, in short."""
        return scene.tap(tap).where

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        value, weight, product, total = map(scene.number, (at.input, at.weight, at.product, at.total))
        return f"{value} times the weight {weight} is {product}; the sum so far is {total}"

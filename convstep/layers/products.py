"""What layers with weights share: a sum of products and a bias, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from convstep.layers.base import Layer
from convstep.layers.scene import Scene
from convstep.layers.weights import Drawn
from convstep.layers.words import Part, count

ALL = 6
"""Up to this many terms are all shown."""
LARGEST = 4
"""Of more terms, this many, the largest, are shown; the rest is one more."""

Term = tuple[float, str]


def largest(values: Any, name: Callable[[int], str]) -> list[Term]:
    """Return all of a few values with their names; of many, the largest by magnitude, and the rest as one."""
    if len(values) <= ALL:
        return [(float(value), name(k)) for k, value in enumerate(values)]
    order = np.argsort(-np.abs(values), kind="stable")
    if np.isnan(values).any():  # a NaN decides the sum: it comes first
        order = np.argsort(np.where(np.isnan(values), -np.inf, -np.abs(values)), kind="stable")
    first, rest = order[:LARGEST], order[LARGEST:]
    terms = [(float(values[k]), name(int(k))) for k in first]
    return [*terms, (float(values[rest].sum()), f"from {len(rest):,} others")]


class Products(Layer):
    """A layer whose neurons are sums of products, and a bias if it has one."""

    output_name = "Z"

    @property
    def is_biased(self) -> bool:
        """Whether there is a bias."""
        return getattr(self, "bias", None) is not None

    @property
    def random(self) -> str:
        """What is said before its weights: that they are random, where they are drawn."""
        drawn = getattr(self, "weights", None)
        return "random " if isinstance(drawn, Drawn) and drawn.told else ""

    def added_up(self, scene: Scene) -> str:
        """Return what there is to add up, in words."""
        return count(scene.taps, "product") + (" and the bias" if self.is_biased else "")

    def adds_up(self, scene: Scene) -> str:
        """Return what adds up to what, in words."""
        if scene.taps == 1 and not self.is_biased:
            return f"The one product is {scene.value}"
        return f"{self.added_up(scene)} add up to {scene.value}"

    def written(self, scene: Scene, terms: Iterable[Term]) -> list[Part]:
        """Return a sum of named terms and the bias, with its result."""
        parts: list[Part] = []
        found = Decimal(0)
        bias = [(float(scene.step.bias), "bias")] if self.is_biased else []
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
            scene.equality_sign(scene.shown(at.input) * scene.shown(at.weight), at.product),
            scene.signed(at.product),
            Part(", so far "),
            *scene.so_far(tap, self.tap_name(scene, tap), (scene.before_tap(tap) or 0) + product),
        ]
        if not scene.is_last(tap):
            return parts
        found, bias = scene.shown(at.total), list[Part]()
        if self.is_biased:
            found += scene.shown(scene.step.bias)
            bias = [*scene.added(float(scene.step.bias)), Part(" bias")]
        return [*parts, *bias, *scene.result(found, exactly=True)]

    def tap_name(self, scene: Scene, tap: int) -> str:
        """Return where a tap looks, in short."""
        return scene.tap(tap).where

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        value, weight, product, total = map(scene.number, (at.input, at.weight, at.product, at.total))
        return f"{value} times the weight {weight} is {product}; the sum so far is {total}"

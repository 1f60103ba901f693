"""Softmax: scores become positive shares that sum to 1."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from convstep import engine
from convstep.engine.pointwise import BLOCK
from convstep.engine.steps import Array, Operation, Step
from convstep.layers.base import Face, Layer, Reach, Shape
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, count, ordinal, percent
from convstep.layers.writer import Writer


@register
class Softmax(Layer):
    """Positive values that sum to 1 over the channels."""

    kind = "softmax"
    unnumbered = True

    @property
    def keeps_integers(self) -> bool:
        return False

    def output(self, shape: Shape) -> Shape:
        return shape

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Softmax(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.softmax()

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        return None if len(shape) == 1 else super().reach(shape)

    def channel_groups(self, shape: Shape) -> int:
        return 1

    def taps(self, shape: Shape) -> int:
        return shape[-1]

    def workspace(self, shape: Shape) -> int:
        return 4 * max(shape[-1], min(prod(shape), BLOCK))

    def contributions(self, step: Step) -> Array:
        """Return all of the value for the neuron's own score: the others are in the divisor, and add nothing."""
        adds = np.zeros(step.operation.terms(step.index).shape)
        adds[0, 0, step.index[3]] = step.value
        return adds

    def face(self, step: Step) -> Face:
        return "bars"

    def intro(self, scene: Scene) -> str:
        return f"Softmax turns {count(scene.taps, 'score')} into shares of a whole: above 0, adding up to 1."

    def sum(self, scene: Scene) -> list[Part]:
        own, _ = scores(scene)
        return [
            *power(scene, own),
            Part(" / ", "dim"),
            Part(f"sum of {scene.taps:,}", "window"),
            power_sign(scene, own, own_power(scene)),
            *_share(scene),
        ]

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        at = scene.tap(tap)
        found = (scene.total_before(tap) or 0) + scene.shown(at.term)
        parts = [*power(scene, at.input), power_sign(scene, at.input, at.term), Part(scene.number(at.term))]
        parts += [Part(", sum so far "), *scene.so_far(tap, found=found)]
        return [*parts, Part("; "), *self.last(scene)] if scene.is_last(tap) else parts

    def last(self, scene: Scene) -> list[Part]:
        """Return what follows the sum of all exponentials."""
        return _share(scene)

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        value, power, total = map(scene.number, (at.input, at.term, at.total))
        return f"exp of {value} less the largest score is {power}; the sum so far is {total}"

    def sentence(self, scene: Scene) -> str:
        (own, _), n = scores(scene), scene.taps
        where = "" if len(scene.arriving) == 1 else f" at {scene.place(scene.rows[0], scene.cols[0])}"
        text = (
            f"Softmax turns {count(n, 'score')}{where} into shares of a whole: exp of a score, "
            f"divided by the sum of the exp of {'all scores' if n > 1 else 'that score'}."
        )
        if np.isnan(scene.step.value):
            return text
        larger = int(np.count_nonzero(scene.slice.ravel() > own))
        rank = "the largest" if not larger else f"the {ordinal(larger + 1)} largest"
        return f"{text} This one's score is {scene.number(own)}, {rank}, and its share is {percent(scene.step.value)}."

    def caption(self, scene: Scene) -> str:
        own, _ = scores(scene)
        return f"The score {scene.number(own)} gets {percent(scene.step.value)} of the whole."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, channels=False)
        n, c = scene.operation.geometry.n_C, scene.index[3]
        if scene.open_tap is None:
            write.add(f"e = np.exp(Z[{place}] - np.max(Z[{place}]))", f"{n:,} values")
            write.loop("c", n, c)
            write.output(f"A[{place},c] = e[c] / np.sum(e)")
            return write.lines
        _, top = scores(scene)
        write.add(f"top = np.max(Z[{place}])", scene.number(top))
        write.add("z = 0")
        write.loop("k", n, scene.open_tap)
        write.total(f"z += np.exp(Z[{place},k] - top)", scene.open_tap)
        write.depth -= 1
        write.loop("c", n, c)
        write.add(f"e = np.exp(Z[{place},c] - top)", scene.number(scene.terms.flat[c]))
        write.output(f"A[{place},c] = e / z", current=False)
        return write.lines


def scores(scene: Scene) -> tuple[Any, Any]:
    """Return the neuron's own score, and the largest score."""
    scores = scene.slice.ravel()
    return scores[scene.index[3]], scores.max()


def own_power(scene: Scene) -> Any:
    """Return the neuron's own exponential."""
    return scene.terms.flat[scene.index[3]]


def power(scene: Scene, score: Any) -> list[Part]:
    """Return the exponential of a score as arithmetic: exp(0.69 − 1.61)."""
    _, top = scores(scene)
    less = [Part(" + " if top < 0 else " − ", "dim"), Part(scene.number(abs(top)))]
    return [Part("exp(", "dim"), scene.signed(score), *less, Part(")", "dim")]


def power_sign(scene: Scene, score: Any, power: Any) -> Part:
    """Return = or ≈ between the arithmetic of an exponential and its value."""
    _, top = scores(scene)
    return scene.equality_sign((scene.shown(score) - scene.shown(top)).exp(), power)


def _share(scene: Scene) -> list[Part]:
    """Return the neuron's exponential divided by the sum of all, and the result."""
    own, total = own_power(scene), scene.terms.sum()
    return [Part(f"{scene.number(own)} / {scene.number(total)}"), *scene.result(scene.shown(own) / scene.shown(total))]

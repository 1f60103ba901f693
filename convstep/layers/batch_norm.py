"""Batch normalisation: every channel is shifted and scaled by four parameters of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import ArgumentError
from convstep.figures import given, parse_figure
from convstep.layers.base import Shape
from convstep.layers.fields import AMOUNT, WEIGHTS, field
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.weights import ONES, ZEROS, Drawn, Filled, Given, Weights
from convstep.layers.words import CodeLine, Part
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class BatchNorm(ValueByValue):
    """gamma · (x − mean) / √(variance + epsilon) + beta, with four parameters of each channel, `(n_C,)` arrays.

    Attributes:
        gamma: The scale of the normalised value.
        beta: The offset of the normalised value.
        mean: The channel's mean in training.
        variance: The channel's variance in training.
        epsilon: Added to the variance, so that the square root is never 0.
    """

    gamma: Weights = field(WEIGHTS, ONES, aliases=("scale", "weight"))
    beta: Weights = field(WEIGHTS, ZEROS, aliases=("bias", "offset", "shift"))
    mean: Weights = field(WEIGHTS, ZEROS, aliases=("moving_mean", "running_mean"))
    variance: Weights = field(WEIGHTS, ONES, aliases=("moving_variance", "running_var", "var"))
    epsilon: float = field(AMOUNT, 0.001, aliases=("eps",))
    rest_name = "the shift: beta − scale × mean"
    kind = "batch_norm"
    aliases = ("batchnorm", "batchnorm2d", "batch_normalization", "batchnormalization", "bn")

    def __post_init__(self) -> None:
        if isinstance(self.variance, Drawn) and self.variance.init != "zeros":
            raise ArgumentError("a variance is never below 0, and drawn numbers may be", where="variance")
        if isinstance(self.variance, Filled) and self.variance.value < 0:
            raise ArgumentError(f"a variance is never below 0, got {self.variance.value:g}", where="variance")
        if isinstance(self.variance, Given) and (self.variance.array < 0).any():
            channel = int(np.argmax(self.variance.array.ravel() < 0))
            value = self.variance.array.ravel()[channel]
            raise ArgumentError(f"a variance is never below 0, but channel {channel} has {value:g}", where="variance")

    @property
    def keeps_integers(self) -> bool:
        return False

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        n_C = (shape[-1] if shape else 0,)
        return dict.fromkeys(("gamma", "beta", "mean", "variance"), n_C)

    def channel_parameters(self, scene: Scene) -> dict[str, Array]:
        assert isinstance(scene.operation, engine.BatchNorm)
        return super().channel_parameters(scene) | {"scale": scene.operation.scale[scene.index[3]]}

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        numbers = (self.gamma, self.beta, self.mean, self.variance)
        gamma, beta, mean, variance = (each.of(A_prev.shape[-1:], A_prev.dtype) for each in numbers)
        return engine.BatchNorm(A_prev, gamma, beta, mean, variance, self.epsilon)

    def write(self, to: Writer, shape: Shape) -> None:
        to.batch_norm(self.epsilon)

    def contributions(self, step: Step) -> Array:
        """Return scale × x; the shift is what is left of the value."""
        assert isinstance(step.operation, engine.BatchNorm)
        return np.asarray(step.operation.terms(step.index) * step.operation.scale[step.index[3]])

    def intro(self, scene: Scene) -> str:
        return "Each channel is shifted and scaled by four numbers of its own, from training."

    def expression(self, scene: Scene) -> list[Part]:
        gamma, beta, mean, variance = _numbers(scene)
        return [
            Part(f"{scene.number(gamma)} × (", "dim"),
            scene.signed(scene.x),
            Part(" + " if mean < 0 else " − ", "dim"),
            Part(scene.number(abs(mean))),
            Part(f") / √({scene.number(variance)} + {given(self.epsilon)})", "dim"),
            *scene.added(beta),
        ]

    def worked_out(self, scene: Scene) -> Decimal | None:
        gamma, beta, mean, variance = map(scene.shown, _numbers(scene))
        return gamma * (scene.shown(scene.x) - mean) / (variance + parse_figure(given(self.epsilon))).sqrt() + beta

    def brief(self, scene: Scene) -> str:
        return f"the same as {_line(scene)}"

    def effect(self, scene: Scene) -> str:
        gamma, beta, mean, variance = map(scene.number, _numbers(scene))
        return (
            f"Batch norm subtracts the channel's mean {mean}, divides by the root of its variance {variance} (plus "
            f"{given(self.epsilon)}), multiplies with gamma {gamma} and adds beta {beta}: {scene.value}. "
            f"That is one multiplication and one addition: {_line(scene)}."
        )

    def caption(self, scene: Scene) -> str:
        scale, shift = map(scene.shown, _scale_and_shift(scene))
        sign = scene.equality_sign(scale * scene.shown(scene.x) + shift, scene.step.value).text
        return f"One multiply, one add: {_line(scene)}{sign}{scene.value}."

    def expression_code(self, value: str) -> str:
        return "gamma[c] * n + beta[c]"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        _, _, mean, variance = _numbers(scene)
        spread = np.sqrt(variance + self.epsilon)
        write.add(f"s = np.sqrt(variance[c] + {self.epsilon:g})", scene.number(spread))
        write.add(f"n = (Z[{place}] - mean[c]) / s", scene.number((float(scene.x) - mean) / spread))
        write.output(f"A[{place}] = {self.expression_code('n')}")
        return write.lines


def _numbers(scene: Scene) -> tuple[float, float, float, float]:
    """Return the channel's gamma, beta, mean and variance."""
    operation, c = scene.operation, scene.index[3]
    assert isinstance(operation, engine.BatchNorm)
    gamma, beta, mean, variance = (
        float(each[c]) for each in (operation.gamma, operation.beta, operation.mean, operation.variance)
    )
    return gamma, beta, mean, variance


def _scale_and_shift(scene: Scene) -> tuple[float, float]:
    operation, c = scene.operation, scene.index[3]
    assert isinstance(operation, engine.BatchNorm)
    return float(operation.scale[c]), float(operation.shift[c])


def _line(scene: Scene) -> str:
    """Return the layer as one multiplication and one addition: 0.98 × −0.30 + 0.12."""
    scale, shift = _scale_and_shift(scene)
    sign = "−" if shift < 0 else "+"
    return f"{scene.number(scale)} × {scene.number(scene.x)} {sign} {scene.number(abs(shift))}"

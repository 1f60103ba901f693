"""Log-softmax: the logarithms of softmax's shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.layers.base import Face, Shape
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.softmax import Softmax
from convstep.layers.words import CodeLine, Part, count
from convstep.layers.writer import Writer


@register
class LogSoftmax(Softmax):
    """The logarithm of each channel's share in a softmax: x less the logarithm of the sum of all exp(x)."""

    kind = "log_softmax"
    aliases = ("logsoftmax",)

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.LogSoftmax(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.log_softmax()

    def face(self, step: Step) -> Face:
        return "before_after"

    def intro(self, scene: Scene) -> str:
        return f"Log-softmax gives the logarithm of each one's share in {count(scene.taps, 'score')}: 0 or below."

    def sum(self, scene: Scene) -> list[Part]:
        own, total = _own(scene), _log_total(scene)
        sign = " + " if total < 0 else " − "
        parts = [scene.signed(own), Part(sign, "dim"), Part(scene.number(abs(total)))]
        return [*parts, *scene.result(scene.shown(own) - scene.shown(total))]

    def last(self, scene: Scene) -> list[Part]:
        return self.sum(scene)

    def sentence(self, scene: Scene) -> str:
        n = count(scene.taps, "score")
        text = (
            f"Log-softmax takes from a score the logarithm of the sum of exp of {n}, {scene.number(_log_total(scene))}."
        )
        return f"{text} This one's score is {scene.number(_own(scene))}, so {scene.value} comes out."

    def caption(self, scene: Scene) -> str:
        return f"The score {scene.number(_own(scene))} less {scene.number(_log_total(scene))}: {scene.value}."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, channels=False)
        write.add(f"total = np.log(np.sum(np.exp(Z[{place}])))", scene.number(_log_total(scene)))
        write.loop("c", scene.operation.geometry.n_C, scene.index[3])
        write.output(f"A[{place},c] = Z[{place},c] - total")
        return write.lines


def _own(scene: Scene) -> float:
    return float(scene.slice.ravel()[scene.index[3]])


def _log_total(scene: Scene) -> float:
    """Return the logarithm of the sum of all exponentials."""
    scores = scene.slice.ravel().astype(np.float64)
    with np.errstate(all="ignore"):
        return float(scores.max() + np.log(np.exp(scores - scores.max()).sum()))

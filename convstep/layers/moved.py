"""Base of layers that move their input's values to other places."""

from __future__ import annotations

from abc import abstractmethod

from convstep.engine.steps import Step
from convstep.layers.base import Face, Layer, place_in
from convstep.layers.scene import Scene
from convstep.layers.words import Part, named


class Moved(Layer):
    """A layer whose values are those of its input, at other places."""

    def face(self, step: Step) -> Face:
        return "moved"

    @abstractmethod
    def why(self, scene: Scene) -> str:
        """Return why the neuron's value comes from there, in a sentence."""

    def from_where(self, scene: Scene) -> str:
        """Return where the neuron's value comes from: pool2[1,0,3]."""
        arrival = scene.arrivals[scene.operation.input_of(scene.index)]
        place = (scene.rows[0], scene.cols[0], scene.channels[0])
        return named(arrival.name, place_in(scene.leaving, place))

    def brief(self, scene: Scene) -> str:
        return self.why(scene)

    def sum(self, scene: Scene) -> list[Part]:
        return [Part(self.from_where(scene), "window"), Part(" → "), scene.outcome]

    def sentence(self, scene: Scene) -> str:
        return f"This neuron has the value {scene.value} of {self.from_where(scene)}. {self.why(scene)}"

    def caption(self, scene: Scene) -> str:
        return f"The value of {self.from_where(scene)}: {scene.value}."

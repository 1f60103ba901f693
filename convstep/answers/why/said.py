"""What a framework's error message says about a net."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatchmethod
from math import prod

from convstep.answers.why.answer import Answer
from convstep.answers.why.messages import Axes, Border, Channels, Differ, Message, Product, Reshape, TooLarge
from convstep.answers.why.search import Target
from convstep.answers.why.verdict import Case, Verdict, main_layer
from convstep.layers import Windowed, factors, times
from convstep.layers.words import count, listed
from convstep.network import INPUT, Network, Stage

COMMANDS = {
    "first": "x.permute(0, 3, 1, 2) in PyTorch",
    "last": "tf.transpose(x, (0, 2, 3, 1)) in TensorFlow",
}
"""How to bring the channels to where a framework takes them."""
AXES = {4: "batch, height, width and channels", 3: "batch, length and channels", 2: "batch and values"}


class Saying:
    """A message and a net.

    Args:
        network: The net.
        layer: The layer that the message is about; None for the one that fits it best.
        m: The number of examples.
    """

    def __init__(self, network: Network, layer: str | None, m: int) -> None:
        self.network, self.named, self.m = network, layer, m
        self.layer = layer or main_layer(network)
        self.found: Verdict | None = None

    def verdict(self, message: Message) -> Verdict:
        """Return what a message says about the net."""
        sentences = tuple(self._say(message))
        fits = self.found.fits if self.found is not None else ()
        shape = self.network.shape_of(self.layer)
        return Verdict(type(message).__name__.lower(), "message", self.layer, "shape", shape, sentences, fits)

    @singledispatchmethod
    def _say(self, message: Message) -> Iterator[str]:
        raise NotImplementedError

    @_say.register
    def _product(self, said: Product) -> Iterator[str]:
        stage = self._dense(said)
        is_it = stage is not None and said.made_for in (stage.layer.made_for, prod(stage.input or ()))
        name = stage.name if is_it and stage is not None else "A dense layer"
        batch = f", in a batch of {said.rows:,}" if said.rows else ""
        are = "arrives" if said.arrives == 1 else "arrive"
        yield f"{name} has weights for {count(said.made_for, 'input')}, but {said.arrives:,} {are}{batch}."
        if stage is None or stage.input is None:
            yield "This net has no dense layer that runs."
            return
        self.layer, shape = self.network.origin(stage.sources[0])
        right = prod(shape)
        if len(shape) > 1 and said.arrives in (shape[-1], shape[-2]) and said.arrives != right:
            axis = "channels" if said.arrives == shape[-1] else "width"
            yield (
                f"{said.arrives:,} is the last axis of {self.layer}'s map {times(shape)} alone, its {axis}: "
                f"the flatten before {stage.name} is missing."
            )
            return
        if said.arrives == right == said.made_for:
            yield f"In this net {right:,} arrive, as they should."
            return
        product = f"{factors(shape)} = {right:,}" if len(shape) > 1 else f"{right:,}"
        fits_weights = ", as many as the weights were made for" if right == said.made_for else ""
        yield f"In this net {self.layer} gives {product} values{fits_weights}."
        for number in (said.arrives, said.made_for):
            if number != right and len(shape) > 1:
                yield from self._traced(Answer((number,)), Target(self.layer, "size"))

    def _dense(self, said: Product) -> Stage | None:
        """Return the layer without a window that a product is about: one with these inputs, units, or after a map."""
        stages = [stage for stage in self.network.stages if stage.layer.axis_letters == "IO"]
        if self.named is not None:
            return next((stage for stage in stages if stage.name == self.named), None)

        def likeness(stage: Stage) -> tuple[bool, bool, bool, bool]:
            units = stage.layer.weight_shape(stage.input or (0,))[-1]
            inputs = (stage.layer.made_for or prod(stage.input or ()), prod(stage.input or ()))
            after_map = len(self.network.origin(stage.sources[0])[1]) > 1
            return said.made_for in inputs, after_map, units == said.units, said.arrives in inputs

        return max(stages, key=likeness, default=None)

    @_say.register
    def _channels(self, said: Channels) -> Iterator[str]:
        filters = f"{count(said.filters, 'filter')} of {times(said.kernel)}" if said.filters else "filters"
        other = said.shape[-1 if said.order == "first" else 0] if said.shape else -1
        yield (
            f"A layer with {filters} for {count(said.made_for, 'channel')} was given {count(said.arrives, 'channel')}."
        )
        if len(said.shape) > 1 and prod(said.shape) == said.made_for:
            product = factors(said.shape)
            yield f"{product} = {said.made_for:,}: it is a dense layer, and the flatten before it is missing."
            return
        if len(said.shape) > 1 and other == said.made_for != said.arrives:
            place = "second, after the batch" if said.order == "first" else "last"
            has = "last" if said.order == "first" else "first"
            yield (
                f"The {said.made_for:,} channels of the input {times(said.shape)} come {has}, but are taken {place}, "
                f"so that {said.arrives:,}, a size of the picture, was taken for them: {COMMANDS[said.order]}."
            )
        yield from self._filters_for(said)

    def _filters_for(self, said: Channels) -> Iterator[str]:
        """Yield which layers of the net see that many channels, and which give as many as arrived."""
        see = [
            stage
            for stage in self.network.stages
            if {"H", "I", "O"} <= set(stage.layer.axis_letters) and (stage.input or (0,))[-1] == said.made_for
        ]
        if see:
            self.layer = see[0].name
            sources = listed([f"{stage.name}, which takes {_source(stage)}" for stage in see])
            yield f"In this net {said.made_for:,} {'is' if said.made_for == 1 else 'are'} right for {sources}."
        else:
            yield f"In this net no convolution sees {count(said.made_for, 'channel')}."
        give = [stage.name for stage in self.network.stages if len(stage.output or ()) > 1]
        give = [name for name in give if self.network.shape_of(name)[-1] == said.arrives]
        if give:
            yield f"{said.arrives:,} channels come out of {listed(give)}."

    @_say.register
    def _too_large(self, said: TooLarge) -> Iterator[str]:
        size = f" of {times(said.size)}" if said.size else ""
        along = " along an axis" if len(said.kernel) == 1 and len(self.network.input_shape) == 3 else ""
        kernel = f" of {times(said.kernel)}" if said.kernel else ""
        yield f"A window{kernel} doesn't fit into a map{size}{along}, padding included: nothing would come out."
        channels = self.network.input_shape[-1]
        if len(said.shape) == 3 and said.shape[0] == said.size[0] == channels != said.shape[-1]:
            yield (
                f"The map is {times(said.shape)}: the number of channels, {channels}, comes first, and was taken for "
                f"its height: {COMMANDS['last']}."
            )
            return
        stages = [stage for stage in self.network.stages if _could_be(stage, said)]
        if not stages:
            yield "No layer of this net has such a window."
            return
        if self.named is not None:
            stages = [stage for stage in stages if stage.name == self.named] or stages
        traces = [(stage, self._before(stage, said)) for stage in stages]
        stage, trace = next((each for each in traces if each[1]), traces[-1])
        self.layer = stage.name
        here = times((stage.input or ())[:-1])
        yield f"In this net {stage.name}'s window of {times(_kernel(stage))} moves over {here}, where it fits."
        if trace:
            yield f"It doesn't with this before it: {trace[0]}"
            yield from trace[1:]
        elif said.size:
            given = times(self.network.input_shape)
            yield f"No single slip makes its map that small: the input is smaller than {given}, or more is before it."

    def _before(self, stage: Stage, said: TooLarge) -> tuple[str, ...]:
        """Return the one slip before a layer that makes its map as small as a message says, in sentences."""
        if not said.size or stage.sources[0] == INPUT:
            return ()
        return self._traced(Answer((said.size[0], said.size[-1])), Target(stage.sources[0], "sides"), single=True)

    @_say.register
    def _border(self, said: Border) -> Iterator[str]:
        one, other = times(said.one), times(said.other)
        verb = f"is put into a place of {other}" if said.puts else f"meets one of {other}"
        yield f"An array of {one} {verb}, and they differ."
        if len(said.one) == len(said.other):
            differ = [n for n, (a, b) in enumerate(zip(said.one, said.other, strict=True)) if a != b]
            if len(said.one) >= 2 and differ and max(differ) < len(said.one) - 1:
                yield from self._cut_off(said, differ)
            elif differ == [len(said.one) - 1]:
                yield (
                    f"The last axis, the channels, is {said.one[-1]} in one and {said.other[-1]} in the other: "
                    "a filter has as many channels as its input."
                )

    def _cut_off(self, said: Border, differ: list[int]) -> Iterator[str]:
        smaller = [min(said.one[n], said.other[n]) for n in differ]
        larger = [max(said.one[n], said.other[n]) for n in differ]
        grows = {b - a for a, b in zip(smaller, larger, strict=True)}
        if len(differ) > 1 and len(grows) == 1 and not self._has_kernel(larger):
            pad = grows.pop()
            yield (
                f"Rows and columns differ by {pad}, as with and without padding of {pad // 2} on every side: "
                "the padded array belongs where the other is."
            )
            return
        axes = listed([f"{a} of {b}" for a, b in zip(smaller, larger, strict=True)])
        yield (
            f"That is a window at the border: a slice past the end is cut off, so that {axes} places are left. "
            "The loop goes too far, or runs over the input without its padding (A_prev in place of A_prev_pad)."
        )
        for stage in self.network.stages:
            if stage.input is not None and stage.output and self._kernel_is(stage, said):
                yield f"In this net {stage.name} has windows at {stage.layer.formula(stage.input)} places a side."
                self.layer = stage.name
                break

    def _has_kernel(self, sizes: list[int]) -> bool:
        return any(
            isinstance(stage.layer, Windowed) and list(stage.layer.kernel[: len(sizes)]) == sizes
            for stage in self.network.stages
        )

    def _kernel_is(self, stage: Stage, said: Border) -> bool:
        layer = stage.layer
        larger = tuple(map(max, said.one, said.other))
        return isinstance(layer, Windowed) and layer.kernel == larger[-3:-1]

    @_say.register
    def _differ(self, said: Differ) -> Iterator[str]:
        yield (
            f"Two maps that are added or joined have {said.one} and {said.other} places along an axis; they must agree."
        )
        joins = [stage for stage in self.network.stages if stage.layer.takes_several]
        for stage in joins:
            sizes = listed([f"{source} {times(self.network.shape_of(source))}" for source in stage.sources])
            yield f"In this net {stage.name} takes {sizes}."
        if not joins:
            yield "In this net no maps are added or joined."
        for stage in joins[:1]:
            for number in (said.one, said.other):
                source = next((each for each in stage.sources if each != INPUT), None)
                if source and number not in self.network.shape_of(source)[:-1]:
                    yield from self._traced(Answer((number, number)), Target(source, "sides"), single=True)

    @_say.register
    def _axes(self, said: Axes) -> Iterator[str]:
        shape = f": {times(said.shape).replace('0×', 'batch×', 1)}" if said.shape else ""
        named = f" ({AXES[said.expected]})" if said.expected in AXES else ""
        yield f"The layer needs an input of {said.expected} axes{named}, and {said.found} arrive{shape}."
        own = self.network.input_shape
        if said.found == said.expected - 1:
            missing = "channels" if 0 in said.shape or own[-1] not in said.shape else "batch"
            code = "x[..., None] adds an axis of 1" if missing == "channels" else "x[None] makes a batch of one"
            yield f"The axis of the {missing} is missing: {code}."
        elif said.expected == 2:
            yield "A flatten before it is missing."
        yield f"In this net an example is {times(own)}."

    @_say.register
    def _reshape(self, said: Reshape) -> Iterator[str]:
        shape = self.network.shape_of(self.layer)
        right, (rows, rest) = prod(shape), divmod(said.values, said.wanted or said.values or 1)
        leaves = f"leaves {rest:,}" if rest else f"makes {rows:,} rows, which must be the batch"
        division = f"{said.values:,} / {said.wanted:,}"
        yield f"{said.values:,} values are to go into rows of {said.wanted:,}; {division} {leaves}."
        yield f"In this net {self.layer} gives {factors(shape)} = {right:,} values an example."
        if said.values % right == 0:
            yield f"{said.values:,} = {said.values // right:,} · {right:,}, a batch of {said.values // right:,}."
        if said.wanted != right:
            yield from self._traced(Answer((said.wanted,)), Target(self.layer, "size"))
            return
        for batch in dict.fromkeys((self.m, 1, 4, 8, 16, 32, 64, 100, 128, 256, 512)):
            each, rest = divmod(said.values, batch)
            found = () if rest else self._traced(Answer((each,)), Target(self.layer, "size"), single=True)
            if found:
                yield f"In a batch of {batch:,}, {each:,} values an example arrive."
                yield from found
                return

    def _traced(self, answer: Answer, target: Target, *, single: bool = False) -> tuple[str, ...]:
        verdict = Case(self.network, answer, target.layer, self.m, about=target).verdict()
        if verdict.finding != "slips" or (single and len(verdict.fits[0].slips) > 1):
            return ()
        self.found = self.found or verdict
        return verdict.sentences


def _source(stage: Stage) -> str:
    return "the net's input" if stage.sources[0] == INPUT else stage.sources[0]


def _kernel(stage: Stage) -> tuple[int, ...]:
    assert isinstance(stage.layer, Windowed)
    return stage.layer.kernel[: len(stage.input or ()) - 1]


def _could_be(stage: Stage, said: TooLarge) -> bool:
    """Return whether a layer may be the one whose window doesn't fit: its kernel is the one that is said."""
    layer = stage.layer
    if not isinstance(layer, Windowed) or stage.input is None:
        return False
    if len(said.shape) > 1 and said.shape[-1] != stage.input[-1] and said.shape[0] != stage.input[-1]:
        return False
    if not said.kernel:
        return not layer.axis_letters
    return said.kernel in (layer.kernel, layer.kernel[: len(said.kernel)])

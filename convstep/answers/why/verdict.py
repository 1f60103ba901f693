"""What somebody's answer is: right, another layer's, or the result of slips."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from convstep.answers.why import words
from convstep.answers.why.answer import Answer
from convstep.answers.why.search import Fit, Placed, Sums, Target, places, search
from convstep.answers.why.slips import SLIPS, batch_mixed_in
from convstep.errors import ArgumentError
from convstep.layers import Shape, Windowed, factors
from convstep.layers.words import upper
from convstep.network import INPUT, Network, Stage

BATCHES = (2, 4, 8, 10, 16, 32, 50, 64, 100, 128, 256, 512, 1000)
"""Usual sizes of a batch."""
MOST_LISTED = 4
"""So many explanations are listed."""

Finding = Literal["right", "another", "slips", "nothing", "message"]


@dataclass(frozen=True)
class Explanation:
    """Slips that give an answer.

    Attributes:
        slips: The slips' names, each with its layers.
        layer: The layer for which they give it; empty for the whole net.
        what: What of the layer: its shape, sides, size, or parameters.
        sentences: The explanation: what was done with the sizes that come of it, then the arithmetic and the reasons.
        alike: Other places of the same slips with the same result.
    """

    slips: tuple[tuple[str, tuple[str, ...]], ...]
    layer: str
    what: str
    sentences: tuple[str, ...]
    alike: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What somebody's answer is.

    Attributes:
        answer: The answer as it was read.
        finding: Whether it is right, another layer's, the result of slips, of nothing known, or a framework's message.
        layer: The layer that it is compared with; empty for the whole net.
        what: What of the layer: its shape, sides, size, or parameters.
        right: What is right; () if the net doesn't get there.
        sentences: The verdict in sentences, the explanation that is most likely included.
        fits: All explanations, the likeliest first.
    """

    answer: str
    finding: Finding
    layer: str
    what: str
    right: Shape
    sentences: tuple[str, ...]
    fits: tuple[Explanation, ...] = ()

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self.sentences)


class Case:
    """An answer and a net.

    Args:
        network: The net.
        answer: The answer.
        layer: The layer that the answer is for; None for the one for which it makes most sense.
        m: The number of examples.
        about: What the answer is about, and nothing else; None for what makes most sense.

    Raises:
        ArgumentError: There is no such layer, or the net can't run up to it.
    """

    def __init__(
        self, network: Network, answer: Answer, layer: str | None = None, m: int = 1, about: Target | None = None
    ) -> None:
        self.sums, self.answer, self.m = Sums(network), answer, m
        self.layer = layer or main_layer(network)
        if layer is not None:
            stage = network.stage(layer)
            if stage.input is None or (stage.output is None and not stage.layer.made_for):
                why = stage.fault.what if stage.fault else ""
                raise ArgumentError(f"{layer} can't run, so that nothing is right for it: {why}", where="why")
        self.named = layer is not None
        self.first = dict(self._first())
        self.others = {target: forms for target, forms in self._others() if target not in self.first}
        if about is not None:
            self.first = {target: forms for target, forms in self.first.items() if target == about}
            self.others = {}

    # What the answer is compared with

    def _first(self) -> Iterator[tuple[Target, Mapping[Shape, str]]]:
        """Yield what the answer is compared with first, and with two slips at once, with its readings."""
        yield from self._of(self.sums.network.stage(self.layer), sides=True)
        if not self.named and len(self.answer.numbers) == 1:
            for stage in self.sums.stages:
                if stage.layer.parameters(stage.input or ()):
                    yield Target(stage.name, "parameters"), self._number
            if self.sums.network.fault is None:
                yield Target("", "total"), self._number

    def _others(self) -> Iterator[tuple[Target, Mapping[Shape, str]]]:
        """Yield what else the answer may be, the last layers first."""
        for stage in reversed(self.sums.stages):
            yield from self._of(stage, sides=False)
        if len(self.answer.numbers) == 1 and self.sums.network.fault is None:
            yield Target("", "total"), self._number
        for stage in reversed(self.sums.stages):
            yield from self._of(stage, sides=True)

    def _of(self, stage: Stage, *, sides: bool) -> Iterator[tuple[Target, Mapping[Shape, str]]]:
        shape, numbers = self.sums.right.get(stage.name) or stage.input or (), self.answer.numbers
        if forms := _forms(numbers, len(shape)):
            yield Target(stage.name, "shape"), forms
        if len(numbers) == 1 and len(shape) > 1:
            yield Target(stage.name, "size"), self._number
        if len(numbers) == 1 and stage.layer.parameters(stage.input or ()) and (self.named or stage.name != self.layer):
            yield Target(stage.name, "parameters"), self._number
        if sides and len(shape) == 3 and len(numbers) <= 2:
            yield Target(stage.name, "sides"), {(numbers[0], numbers[-1]): ""}
        if sides and len(shape) == 2 and len(numbers) == 1:
            yield Target(stage.name, "sides"), self._number

    @property
    def _number(self) -> dict[Shape, str]:
        return {self.answer.numbers: ""}

    # The verdict

    def verdict(self) -> Verdict:
        """Return what the answer is."""
        own = next((each for each in self.first if self._is_right(each, self.first)), None)
        if own is not None:
            return self._right(own)
        other = next(iter(sorted(filter(self._is_others, self.others), key=self._order)), None)
        if other is not None and not self.named and (len(self.answer.numbers) > 1 or other.what == "sides"):
            return self._another(other, [])
        fits = self._search(single=other is not None)
        if other is not None:
            return self._another(other, fits)
        return self._slips(fits) if fits else self._nothing()

    def _is_right(self, target: Target, targets: Mapping[Target, Collection[Shape]]) -> bool:
        return self.sums.value(target, self.sums.right, ()) in targets[target]

    def _is_others(self, target: Target) -> bool:
        return self._is_right(target, self.others)

    def _order(self, target: Target) -> tuple[bool, int]:
        """Return a key that sorts the first layer with a shape first: a layer that passes it on comes later."""
        names = self.sums.network.names
        return target.what == "sides", names.index(target.layer) if target.layer in names else len(names)

    def _search(self, *, single: bool) -> list[Fit]:
        results = [slip for slip in SLIPS if slip.result] + ([batch_mixed_in(self.m)] if self.m > 1 else [])
        atoms = places(self.sums, results, counts=len(self.answer.numbers) == 1)
        if single:
            return search(self.sums, self.first, atoms, most=1)
        fits = search(self.sums, self.first, atoms)
        if not self.named:
            plain = {
                target: forms
                for target, forms in self.others.items()
                if target.what != "sides" and not _passes_on(self.sums.network, target.layer)
            }
            known = {fit.pairs for fit in fits}
            fits += [fit for fit in search(self.sums, plain, atoms, most=1) if fit.pairs not in known]
            fits.sort(key=lambda fit: len(fit.placed))
        return fits or self._batches()

    def _batches(self) -> list[Fit]:
        """Return how a batch of a usual size gives the answer, if nothing else does."""
        found = (search(self.sums, self.first, [Placed(batch_mixed_in(m))], most=1) for m in BATCHES)
        return next(filter(None, found), [])

    def _right(self, target: Target) -> Verdict:
        note = self.first[target][self.sums.value(target, self.sums.right, ()) or ()]
        text = f"{self.answer} is right{note}: {words.right(self.sums, self.answer, target)}."
        return self._verdict("right", target, (text,))

    def _another(self, target: Target, fits: list[Fit]) -> Verdict:
        if target.what in ("parameters", "total"):
            text = f"{self.answer} is a number of parameters: {words.right(self.sums, self.answer, target)}."
        else:
            own = {"shape": "", "sides": "height and width of ", "size": "number of values of "}[target.what]
            owner = f"the {own}{target.layer}" if own else f"{target.layer}'s"
            text = f"{self.answer} is {owner}: {words.right(self.sums, self.answer, target)}."
        sentences = [text]
        if fits:
            found = self._explain(fits[0])
            sentences += [f"For {fits[0].target.layer}, {found[0]}", *found[1:]]
        if asked := next(iter(self.first), None):
            sentences.append(f"For {asked.layer}: {words.right(self.sums, self.answer, asked)}.")
        return self._verdict("another", target, tuple(sentences), fits)

    def _slips(self, fits: list[Fit]) -> Verdict:
        best = fits[0]
        sentences = self._explain(best)
        word = "Right: "
        if all(each.slip.part == "padding" for each in best.placed):
            stages = [self.sums.network.stage(layer) for each in best.placed for layer in each.layers]
            named = {stage.layer.padding_word for stage in stages}
            word = f"Right is {named.pop()}: " if len(named) == 1 else word
        if best.target.layer and not self.sums.right.get(best.target.layer):
            word = "As it is, "
        sentences.append(f"{word}{words.right(self.sums, self.answer, best.target)}.")
        others = [fit for fit in fits[1:] if len(fit.placed) == len(best.placed)]
        if others:
            count = "one other explanation fits" if len(others) == 1 else f"{len(others)} other explanations fit"
            sentences.append(f"{upper(count)}, too:")
            sentences += [self._begun(self._head(fit, short=True)) for fit in others[: MOST_LISTED - 1]]
        return self._verdict("slips", best.target, tuple(sentences), fits)

    def _begun(self, text: str) -> str:
        """Return a text as a sentence; a layer's name keeps its letters."""
        return text if text.split(maxsplit=1)[0].rstrip(",:") in self.sums.network.names else upper(text)

    def _nothing(self) -> Verdict:
        target = next(iter(self.first), None) or Target(self.layer, "shape")
        sentences = [f"No slip that is known here gives {self.answer}."]
        shape, numbers = self.sums.right.get(target.layer) or (), self.answer.numbers
        if target.what == "shape" and len(shape) == len(numbers) == 3:
            if shape[-1] == numbers[-1]:
                sentences.append(f"Its {shape[-1]:,} channels are right, its size is not.")
            elif shape[:-1] == numbers[:-1]:
                sentences.append(f"Its size is right, its {numbers[-1]:,} channels are not.")
        sentences.append(f"Right: {words.right(self.sums, self.answer, target)}.")
        if arithmetic := words.sums_of(self.sums, target.layer) if target.layer else "":
            sentences.append(f"Step by step: {arithmetic}.")
        return self._verdict("nothing", target, tuple(sentences))

    # Sentences

    def _explain(self, fit: Fit) -> list[str]:
        """Return an explanation in sentences."""
        effect = words.without_effect(self.sums, fit)
        return [self._head(fit), *words.reasons(self.sums, fit), *([effect] if effect else [])]

    def _head(self, fit: Fit, *, short: bool = False) -> str:
        """Return what was done, and the sizes that come of it: 4x4x64 comes from VALID in conv1: 28 → 24 → 12."""
        done = words.done(self.sums, fit.placed)
        if fit.target.what in ("parameters", "total"):
            sum_ = words.count_in_words(self.sums, fit.target, fit.placed)
        else:
            sum_ = words.chain(self.sums, fit.target.layer, fit.shapes, words.left_out(fit.placed))
        if short:
            return f"{done}: {sum_}."
        shape = fit.shapes.get(fit.target.layer) or ()
        product = f" = {factors(shape)}" if fit.target.what == "size" and len(shape) > 1 else ""
        value = self.sums.value(fit.target, fit.shapes, fit.placed) or ()
        note = (self.first | self.others)[fit.target].get(value, "")
        layer = "" if fit.target.layer in ("", self.layer) or "parameters" in sum_ else f", for {fit.target.layer},"
        return f"{self.answer}{product}{note}{layer} comes from {done}: {sum_}."

    def _verdict(
        self, finding: Finding, target: Target, sentences: tuple[str, ...], fits: list[Fit] | None = None
    ) -> Verdict:
        right = self.sums.value(target, self.sums.right, ()) or ()
        found = tuple(
            Explanation(
                _data(fit.placed),
                fit.target.layer,
                fit.target.what,
                tuple(self._explain(fit)),
                tuple(map(_data, fit.alike)),
            )
            for fit in fits or ()
        )
        return Verdict(str(self.answer), finding, target.layer, target.what, right, sentences, found)


def _data(placed: Sequence[Placed]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((each.slip.name, each.layers) for each in placed)


def _passes_on(network: Network, layer: str) -> bool:
    """Return whether a layer passes its input's shape on, as an activation does."""
    if layer in ("", INPUT):
        return False
    stage = network.stage(layer)
    has_own = stage.layer.axis_letters or stage.layer.takes_several or isinstance(stage.layer, Windowed)
    return not has_own and stage.input == stage.output


def _forms(numbers: Shape, rank: int) -> dict[Shape, str]:
    """Return the shapes of `rank` numbers that an answer may mean, each with a note."""
    found: dict[Shape, str] = {}
    for shape, batch in ((numbers, ""), (numbers[1:], f"for a batch of {numbers[0]:,}")):
        if len(shape) == rank:
            found.setdefault(shape, f" ({batch})" if batch else "")
            if rank > 1:
                order = ", ".join(filter(None, (batch, "channels first, as in PyTorch")))
                found.setdefault((*shape[1:], shape[0]), f" ({order})")
    return found


def main_layer(network: Network) -> str:
    """Return the layer that people work out: the last map before a flatten; without one, the last map; or the last."""
    maps = [stage.name for stage in network.stages if len(stage.output or ()) > 1]
    for stage in reversed(network.stages):
        if stage.layer.keeps_values and len(stage.input or ()) > 1 and stage.output is not None:
            name = _computed(network, network.origin(stage.sources[0])[0])
            if name != INPUT:
                return name
    runs = [stage.name for stage in network.stages if stage.output is not None]
    return next((_computed(network, name) for name in (*maps[::-1], *runs[::-1])), network.names[0])


def _computed(network: Network, name: str) -> str:
    """Return the layer that gave a map its shape, before any activations; the first layer for the net's input."""
    while _passes_on(network, name) and network.stage(name).sources[0] != INPUT:
        name = network.stage(name).sources[0]
    return name

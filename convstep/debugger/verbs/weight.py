"""The verb that picks one weight, and says where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Key, Verb, works
from convstep.errors import VerbError

if TYPE_CHECKING:
    from convstep.answers.weight import Place, WeightUse


def place_of(run: Run, words: list[str]) -> Place:
    """Return the place in its filter of the weight that the arguments of `weight` name.

    Without arguments it is the open tap's, else that of the window's largest product.

    Raises:
        VerbError: They are not as many numbers as a filter has axes.
        ArgumentError: The layer has no weights.
    """
    from convstep.answers.weight import filter_shape, strongest

    frame = run.frame
    stage = frame.stage
    sizes = filter_shape(stage)
    if not words:
        step, tap = frame.step, frame.tap
        assert step is not None
        return strongest(stage, step) if tap is None else stage.layer.filter_place(step, tap.place)
    names = {3: ("A", "B", "K"), 2: ("A", "K"), 1: ("K",)}[len(stage.input or ())]
    given = [*words, "0"] if sizes[2] == 1 and len(words) == len(names) - 1 else words
    if len(given) != len(names) or not all(map(_is_whole, given)):
        raise VerbError(f"expected {' '.join(names)}, got '{' '.join(words)}'", where="weight")
    at = dict(zip(names, map(int, given), strict=True))
    return at.get("A", 0), at.get("B", 0), at["K"]


def use_in_words(use: WeightUse) -> str:
    """Return how often a weight is used, and how many weights sharing saves, in a sentence."""
    name = f"W[{', '.join(map(str, use.index))}]"
    if use.used == 1 and use.weights == use.unshared:
        return f"{name} is used once: each of the {use.weights:,} weights has one product only"
    times = "once" if use.used == 1 else f"{use.used:,} times"
    on_padding = f", {use.padding:,} of them on padding" if use.padding else ""
    return f"{name} is used {times}{on_padding}; {use.weights:,} weights instead of {use.unshared:,}"


def _weight(run: Run, words: list[str]) -> str:
    from convstep.answers.weight import weight_use

    return use_in_words(weight_use(run.frame.stage, place_of(run, words), run.frame.index[3]))


def _is_whole(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


WEIGHT = Verb(
    "weight",
    "[A B K]",
    "Pick a weight of the filter, and mark all that it multiplies and all neurons that use it; again to end.",
    _weight,
    (Key("x", "weight"),),
    available=works,
)

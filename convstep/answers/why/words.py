"""Sentences about somebody's sums: what was done, where, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convstep.answers.why.answer import Answer
from convstep.answers.why.search import Fit, Placed, Sums, Target, by_layer, size_sums, windows
from convstep.answers.why.slips import At, Slip
from convstep.answers.why.sums import SizeSum
from convstep.engine.geometry import Axis
from convstep.layers import Shape, Windowed, times
from convstep.layers.base import join_axes
from convstep.layers.reasons import size_sum
from convstep.layers.words import listed, upper
from convstep.network import INPUT, Stage

Shapes = Mapping[str, "Shape | None"]


def where(sums: Sums, layers: Sequence[str]) -> str:
    """Return layers in words: conv1; both convolutions and both pools; all 13 convolutions and pool1."""
    convs = [stage.name for stage in sums.stages if "H" in stage.layer.axis_letters]
    pools = [stage.name for stage in sums.stages if _is_pool(stage)]
    words: list[str] = []
    for names, plural in ((convs, "convolutions"), (pools, "pools")):
        own = [name for name in layers if name in names]
        if len(own) > 1 and own == names:
            words.append(f"both {plural}" if len(own) == 2 else f"all {len(own)} {plural}")
        else:
            words += own
    return listed([*words, *(name for name in layers if name not in convs and name not in pools)])


def _is_pool(stage: Stage) -> bool:
    return isinstance(stage.layer, Windowed) and not stage.layer.axis_letters


def done(sums: Sums, placed: Sequence[Placed]) -> str:
    """Return slips in words: VALID in conv1 and the + 1 missing in pool1."""
    phrases = [each.slip.phrase.format(where=where(sums, each.layers) if each.layers else "") for each in placed]
    return listed(phrases)


def chain(sums: Sums, layer: str, shapes: Shapes, without: Sequence[str] = ()) -> str:
    """Return the sizes from the net's input to a layer: 28 → 24 → 12 → 8 → 4; 28×20 → 14×10 if not square.

    Args:
        sums: The net.
        layer: The last layer.
        shapes: The layers' shapes in these sums.
        without: Layers that are left out.
    """
    way = [name for name in path(sums, layer) if name not in without]
    found = [shapes[name] for name in (INPUT, *way)]
    sizes = [shape[:-1] for shape in found if shape is not None and len(shape) > 1]
    is_square = all(len(set(size)) == 1 for size in sizes)
    return " → ".join(str(size[0]) if is_square else times(size) for size in sizes)


def path(sums: Sums, layer: str) -> list[str]:
    """Return the layers from the net's input to `layer`, itself included, that can change a map's size."""
    way: list[str] = []
    while layer not in ("", INPUT):
        stage = sums.network.stage(layer)
        changes = stage.input is not None and stage.output is not None and stage.input[:-1] != stage.output[:-1]
        if isinstance(stage.layer, Windowed) or (changes and len(stage.output or ()) > 1):
            way.append(layer)
        layer = stage.sources[0]
    return way[::-1]


def left_out(placed: Sequence[Placed]) -> tuple[str, ...]:
    """Return the layers that slips leave out."""
    return tuple(layer for each in placed if each.slip.leaves_out for layer in each.layers)


def right(sums: Sums, answer: Answer, target: Target) -> str:
    """Return what is right, with its arithmetic: pool2 is 7x7x64 = 3,136, for 28 → 28 → 14 → 14 → 7.

    Args:
        sums: The net.
        answer: The answer, for how a shape is written.
        target: What it is about.
    """
    if target.what in ("parameters", "total"):
        return count_in_words(sums, target, ())
    stage, shape = sums.network.stage(target.layer), sums.right.get(target.layer) or ()
    if not shape:
        return f"{target.layer} can't run: {stage.fault.what if stage.fault else 'nothing is right for it'}"
    if len(shape) == 1:
        formula, number = stage.layer.formula(stage.input or ()), f"{shape[0]:,}"
        said = formula.replace(",", "").split()
        return formula if str(shape[0]) in (said[0], said[-1]) else f"{formula}, so {target.layer} is {number}"
    sizes = chain(sums, target.layer, sums.right)
    result = f"{target.layer} is {answer.write(shape)} = {prod(shape):,}"
    return f"{sizes}, so {result}" if "→" in sizes else result


def count_in_words(sums: Sums, target: Target, placed: Sequence[Placed]) -> str:
    """Return a number of parameters with its arithmetic: conv1 has 5·5·1·32 + 32 = 832 parameters."""
    shapes = sums.shapes(by_layer(placed))
    value = sums.value(target, shapes, placed) or (0,)
    if not target.layer:
        stages = [stage for stage in sums.stages if sums.parameters(stage, sums.right, ())]
        slips = by_layer(placed)
        counts = [f"{sums.parameters(stage, shapes, slips.get(stage.name, ())):,}" for stage in stages]
        return f"the whole net has {' + '.join(counts)} = {value[0]:,} parameters"
    stage = sums.network.stage(target.layer)
    sum_ = sums.count(stage, shapes, by_layer(placed).get(target.layer, ()))
    written = f"{value[0]:,}" if sum_ is None else str(sum_)
    if sum_ is None and (product := stage.layer.parameter_product(stage.input or ())) != written:
        written = f"{product} = {written}"
    return f"{target.layer} has {written} parameter{'s' * (value[0] != 1)}"


def reasons(sums: Sums, fit: Fit) -> list[str]:
    """Return for each slip of a fit its arithmetic at the first layer where it makes a difference, and the reason."""
    sentences = []
    for placed in fit.placed:
        text = next(filter(None, (_reason(sums, fit, placed.slip, layer) for layer in placed.layers)), "")
        reason = _filled(sums, placed)
        sentences.append(f"{text}: {reason}." if text else f"{upper(reason)}.")
    return sentences


def _filled(sums: Sums, placed: Placed) -> str:
    padding = sums.network.stage(placed.layers[0]).layer.padding_word if placed.layers else ""
    return placed.slip.reason.format(padding=padding)


def _reason(sums: Sums, fit: Fit, slip: Slip, layer: str) -> str:
    """Return the arithmetic of a slip in one layer, beside the right one; "" if it makes no difference."""
    stage = sums.network.stage(layer)
    at = sums.at(stage, fit.shapes)
    if at is None:
        return ""
    own = fit.slips[layer]
    if slip.window or slip.size:
        others = [each for each in own if each is not slip]
        wrong, correct = size_sums(at, own), size_sums(at, others)
        if not wrong or [*map(windows, wrong)] == [*map(windows, correct)]:
            return ""
        instead = f"not {_size_text(at, correct, others)}" if correct else "and no window fits here"
        return f"{layer} was taken as {_size_text(at, wrong, own)}, {instead}"
    if slip.leaves_out and all(at.output):
        return f"{layer} makes {times(at.output[:-1])} of {times(at.shape[:-1])}, {stage.layer.short_formula(at.shape)}"
    if slip.count and fit.target.what in ("parameters", "total"):
        wrong_sum = sums.count(stage, fit.shapes, own)
        right_sum = sums.count(stage, fit.shapes, tuple(each for each in own if each is not slip))
        return f"{layer} was given {wrong_sum}, not {right_sum}"
    if slip.channels:
        wrong_n, right_n = slip.channels(at), at.output[-1]
        return "" if wrong_n == right_n else f"{layer} was given {wrong_n:,} channels, not {right_n:,}"
    return ""


def _size_text(at: At, sums: Sequence[Axis | SizeSum], slips: Sequence[Slip]) -> str:
    if not isinstance(at.layer, Windowed):
        return ""
    window = at.layer.sliding
    for slip in slips:
        window = slip.window(window) if slip.window else window
    texts = [size_sum(sum_, window.padding) if isinstance(sum_, Axis) else str(sum_) for sum_ in sums]
    return join_axes(at.shape, texts[0], texts[-1]) if texts else ""


def sums_of(sums: Sums, layer: str) -> str:
    """Return the right arithmetic of every layer on the way to one: conv1 ⌈28 / 1⌉ = 28, pool1 ⌈28 / 2⌉ = 14."""
    stages = [sums.network.stage(name) for name in path(sums, layer)]
    works = [(stage, stage.input) for stage in stages if stage.input and stage.output]
    return ", ".join(f"{stage.name} {stage.layer.short_formula(shape)}" for stage, shape in works)


def without_effect(sums: Sums, fit: Fit) -> str:
    """Return in a sentence in which of its layers the fit's only slip makes no difference; "" if it does in all."""
    if len(fit.placed) != 1 or not fit.alike:
        return ""
    narrowest = min((fit.placed, *fit.alike), key=lambda placed: len(placed[0].layers))[0].layers
    others = [layer for layer in fit.placed[0].layers if layer not in narrowest]
    return f"In {where(sums, others)} it makes no difference here." if others else ""

"""What happens at a step, in plain sentences: for people who read, and for those who are read to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convstep.debugger import Frame
from convstep.report.explain_scene import Scene, TapView, scene_of, tap_view, trouble
from convstep.report.explain_words import count, ordinal, percent, span, upper


def sentence(frame: Frame) -> str:
    """Return what happens at a frame's step: what its neuron looks at, how much of it is padding, and what comes out.

    True for every step, and enough to understand it without any picture. Where the step is opened into its taps, the
    tap comes first.
    """
    if frame.step is None:
        return trouble(frame)
    scene = scene_of(frame)
    said = _SENTENCES[scene.kind](scene)
    if strange := _strange(scene):
        said = f"{said} {strange}"
    if frame.cursor.tap is not None and scene.products.size > 1:
        return f"{_tap(scene, tap_view(scene, frame.cursor.tap))} {said}"
    return said


def _conv(scene: Scene) -> str:
    _, n_H, n_W, _ = scene.operation.geometry.shape
    weights = "weight serves" if scene.products.size == 1 else f"{scene.products.size:,} weights serve"
    places = "the only place" if n_H * n_W == 1 else f"all {n_H * n_W:,} places"
    padding = _padding(scene, "and count as 0", "and counts as 0")
    return (
        f"This neuron looks at {scene.bounds()}{_channels(scene)}{padding}. "
        f"{scene.work} add up to {scene.value}; the same {weights} {places} of this map."
    )


def _channels(scene: Scene) -> str:
    """Return which channels a window takes, where there is a choice: of all 64 channels; in red, green and blue."""
    all_, taken = scene.arriving[-1], scene.channels
    if all_ == 1:
        return ""
    if scene.has_colours:
        names = [scene.channel(k) for k in taken]
        return f" in {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else f" in {names[0]}"
    if len(taken) == all_:
        return " of both channels" if all_ == 2 else f" of all {all_:,} channels"
    return f" of {span(taken, 'channel')}"


def _padding(scene: Scene, effect: str, effect_of_one: str) -> str:
    """Return how much of the window lies in padding, and what comes of that: of several places, or of one."""
    outside, places = scene.places - scene.inside, scene.places
    if not outside:
        return f", {'' if places == 1 else 'all '}inside the {scene.medium}"
    if outside == places:
        lie = "its only place lies" if places == 1 else f"all of its {places:,} places lie"
    else:
        lie = f"{outside:,} of its {places:,} places {'lies' if outside == 1 else 'lie'}"
    return f"; {lie} in padding, outside the {scene.medium}, {effect_of_one if outside == 1 else effect}"


def _max_pool(scene: Scene) -> str:
    effects = ("count as minus infinity and never win", "counts as minus infinity and never wins")
    padding = _padding(scene, *effects)
    looks = f"This neuron takes the largest value in {scene.bounds()}{_channels(scene)}{padding}."
    won = scene.step.argmax
    if won is None:
        return f"{looks} There is nothing else, so −∞, minus infinity, comes out."
    if scene.places == 1:
        return f"{looks} There is only one: {scene.value}."
    place = scene.place(won[1], won[2])
    if scene.ties:
        others = "one other place has" if scene.ties == 1 else f"{scene.ties:,} other places have"
        return f"{looks} {scene.value} comes out, found first at {place}; {others} it too."
    return f"{looks} {scene.value} at {place} wins and comes out."


def _avg_pool(scene: Scene) -> str:
    channel = _channels(scene)
    if scene.kind == "global_avg_pool":
        what = f"all {scene.places:,} values" if scene.places > 1 else "the one value"
        looks = f"This neuron takes the mean of {what}{channel or f' of the {scene.medium}'}."
    else:
        padding = _padding(scene, "and are left out", "and is left out")
        looks = f"This neuron takes the mean of {scene.bounds()}{channel}{padding}."
    if not scene.inside:
        return f"{looks} There is nothing to take the mean of, so NaN, not a number, comes out."
    if scene.inside == 1:
        one = "One value is left" if scene.places > 1 else "That is one value"
        return f"{looks} {one}, so {scene.value} comes out."
    with np.errstate(all="ignore"):
        total = scene.number(scene.real.sum(dtype=np.float64))
    return f"{looks} {scene.inside:,} values add up to {total}; divided by {scene.inside:,} that is {scene.value}."


def _relu(scene: Scene) -> str:
    value = scene.slice.ravel()[0]
    said = f"This neuron looks at one value only, {scene.number(value)} at {scene.origin}."
    if value > 0:
        return f"{said} It is above 0, so relu lets it pass unchanged."
    if value < 0:
        return f"{said} It is below 0, so relu blocks it: {scene.value} comes out."
    return f"{said} It is exactly 0, and stays 0." if value == 0 else said


def _flatten(scene: Scene) -> str:
    n = scene.leaving[0]
    said = f"The value {scene.value} at {scene.origin} goes to place {scene.index[3]:,} of a row of {n:,}"
    if len(scene.arriving) == 1:
        return f"{said}, where it was: they were in one row already."
    order = "place after place" if scene.along_length else "row after row and column after column"
    how = scene.flat_sum.replace("·", " × ")
    return (
        f"{said}: {how}{scene.index[3]}. Nothing is computed; the map is written out in one row, {order}, "
        "all channels of a place together."
    )


def _dense(scene: Scene) -> str:
    n = scene.arriving[0]
    joined = "the one input" if n == 1 else f"each of the {n:,} inputs"
    said = f"This neuron is joined to {joined}, by a weight of its own. {scene.work} add up to {scene.value}"
    products = scene.products.ravel()
    if n == 1 or not np.isfinite(products).all() or not products.any():
        return f"{said}."
    k = int(np.argmax(np.abs(products)))
    return f"{said}; the product that weighs most is {scene.number(products[k])}, from {_source(scene, k)}."


def _source(scene: Scene, number: int) -> str:
    """Return where an input of a dense layer comes from, in words."""
    name, place = scene.source(number)
    words = {3: ("row", "column", "channel"), 2: ("place", "channel")}.get(len(place), ("value",))
    where = ", ".join(f"{word} {at}" for word, at in zip(words, place, strict=True))
    return f"{where} of {'the input' if name == 'input' else name}"


def _softmax(scene: Scene) -> str:
    own, _, powers = scene.powers
    n = len(powers)
    where = "" if len(scene.arriving) == 1 else f" at {scene.place(scene.rows[0], scene.cols[0])}"
    said = (
        f"Softmax turns {count(n, 'score')}{where} into shares of a whole: exp of a score, "
        f"divided by the sum of the exp of {'all scores' if n > 1 else 'that score'}."
    )
    if np.isnan(scene.step.value):
        return said
    larger = int(np.count_nonzero(scene.slice.ravel() > own))
    rank = "the largest" if not larger else f"the {ordinal(larger + 1)} largest"
    return f"{said} This one's score is {scene.number(own)}, {rank}, and its share is {percent(scene.step.value)}."


_SENTENCES: dict[str, Callable[[Scene], str]] = {
    "conv": _conv,
    "conv1d": _conv,
    "dense": _dense,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": _avg_pool,
    "relu": _relu,
    "softmax": _softmax,
    "flatten": _flatten,
}


def _tap(scene: Scene, tap: TapView) -> str:
    where = _source(scene, tap.number) if scene.kind == "dense" else tap.where
    said = f"Tap {tap.number + 1:,} of {tap.taps:,}, at {where}"
    if tap.in_padding:
        said += ", in padding"
    weights, value, total = scene.step.filter, scene.number(tap.input), scene.number(tap.total)
    if weights is not None:
        weight = scene.number(weights.ravel()[tap.number])
        return f"{said}: {value} times the weight {weight} is {scene.number(tap.product)}; the sum so far is {total}."
    if scene.kind == "max_pool":
        return f"{said}: {value}; the largest so far is {total}."
    if scene.kind == "softmax":
        own = scene.number(scene.powers[2][tap.number])
        return f"{said}: exp of {value} less the largest score is {own}; the sum so far is {total}."
    return f"{said}: {'not counted' if tap.in_padding else value}; the sum so far is {total}."


def _strange(scene: Scene) -> str:
    """Say where NaN and infinities are, and what comes of them; nothing where all numbers are finite."""
    weights, bias = scene.step.filter, scene.step.bias
    found = [_unfinite("the values it looks at", scene.real)]
    if weights is not None:
        found += [_unfinite("the weights", weights), _unfinite("the bias", np.asarray(bias))]
    said = " and ".join(filter(None, found))
    value = scene.step.value
    if said:
        return f"{upper(said)}, so {scene.value} comes out." if not np.isfinite(value) else f"{upper(said)}."
    if scene.inside and not np.isfinite(value):
        return f"The numbers are too large for {scene.operation.dtype}, so {scene.value} comes out."
    return ""


def _unfinite(what: str, values: Any) -> str:
    if np.isfinite(values).all():
        return ""
    nans, infinities = int(np.count_nonzero(np.isnan(values))), int(np.count_nonzero(np.isinf(values)))
    if values.ndim == 0:
        return f"{what} is {'NaN, not a number' if nans else 'infinite'}"
    kinds = [f"{nans:,} {'is' if nans == 1 else 'are'} NaN, not a number" if nans else ""]
    kinds.append(f"{infinities:,} {'is' if infinities == 1 else 'are'} infinite" if infinities else "")
    return f"of {what} " + " and ".join(filter(None, kinds))

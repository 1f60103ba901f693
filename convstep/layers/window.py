"""Words for layers whose window takes several places: how much of it is padding, which channels, what is odd."""

from __future__ import annotations

from typing import Any

import numpy as np

from convstep.layers.scene import Scene
from convstep.layers.words import span, upper


def channels_in_words(scene: Scene) -> str:
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


def padding_in_words(scene: Scene, effect: str, effect_of_one: str) -> str:
    """Return how much of the window lies in padding, and what comes of that: of several places, or of one."""
    outside, places = scene.places - scene.inside, scene.places
    if not outside:
        return f", {'' if places == 1 else 'all '}inside the {scene.medium}"
    if outside == places:
        lie = "its only place lies" if places == 1 else f"all of its {places:,} places lie"
    else:
        lie = f"{outside:,} of its {places:,} places {'lies' if outside == 1 else 'lie'}"
    return f"; {lie} in padding, outside the {scene.medium}, {effect_of_one if outside == 1 else effect}"


def odd_numbers(scene: Scene) -> str:
    """Say where NaN and infinities are, and what comes of them; nothing where all numbers are finite."""
    weights, bias = scene.step.filter, scene.step.bias
    seen = scene.real
    found = [_unfinite("the value it looks at" if seen.size == 1 else "the values it looks at", seen)]
    if weights is not None:
        found.append(_unfinite("the weight" if weights.size == 1 else "the weights", weights))
    if bias is not None:
        found.append(_unfinite("the bias", np.asarray(bias)))
    found += [_unfinite(f"its {name}", numbers) for name, numbers in scene.layer.of_channel(scene).items()]
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
    if values.size == 1:
        return f"{what} is {'NaN, not a number' if nans else 'infinite'}"
    kinds = [f"{nans:,} {'is' if nans == 1 else 'are'} NaN, not a number" if nans else ""]
    kinds.append(f"{infinities:,} {'is' if infinities == 1 else 'are'} infinite" if infinities else "")
    return f"of {what} " + " and ".join(filter(None, kinds))

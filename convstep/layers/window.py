"""Parts of sentences about windows: padding, channels, and numbers that are not finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from convstep.layers.scene import Scene
from convstep.layers.words import listed, span, upper


def channels_in_words(scene: Scene) -> str:
    """Return the window's channels in words: of all 64 channels; in red and green; "" if the input has only one."""
    all_, taken = scene.arriving[-1], scene.channels
    if all_ == 1:
        return ""
    if scene.has_colours:
        names = [scene.channel(k) for k in taken]
        return f" in {listed(names)}"
    if len(taken) == all_:
        return " of both channels" if all_ == 2 else f" of all {all_:,} channels"
    return f" of {span(taken, 'channel')}"


def padding_in_words(scene: Scene, effect: str, effect_of_one: str) -> str:
    """Return how much of the window lies in padding, and the effect of that.

    Args:
        scene: The step.
        effect: What several places in padding do.
        effect_of_one: What one place does.
    """
    outside, places = scene.places - scene.inside, scene.places
    if not outside:
        return f", {'' if places == 1 else 'all '}inside the {scene.medium}"
    if outside == places:
        lie = "its only place lies" if places == 1 else f"all of its {places:,} places lie"
    else:
        lie = f"{outside:,} of its {places:,} places {'lies' if outside == 1 else 'lie'}"
    return f"; {lie} in padding, outside the {scene.medium}, {effect_of_one if outside == 1 else effect}"


def nonfinite_in_words(scene: Scene) -> str:
    """Return where NaN and infinities are, and their effect, in a sentence; "" if all numbers are finite."""
    weights, bias = scene.step.filter, scene.step.bias
    seen = scene.real
    found = [_nonfinite("the value it looks at" if seen.size == 1 else "the values it looks at", seen)]
    if weights is not None:
        found.append(_nonfinite("the weight" if weights.size == 1 else "the weights", weights))
    if bias is not None:
        found.append(_nonfinite("the bias", np.asarray(bias)))
    found += [_nonfinite(f"its {name}", numbers) for name, numbers in scene.layer.channel_parameters(scene).items()]
    text = " and ".join(filter(None, found))
    value = scene.step.value
    if text:
        return f"{upper(text)}, so {scene.value} comes out." if not np.isfinite(value) else f"{upper(text)}."
    if scene.inside and not np.isfinite(value):
        return f"The numbers are too large for {scene.operation.dtype}, so {scene.value} comes out."
    return ""


def _nonfinite(what: str, values: Any) -> str:
    if np.isfinite(values).all():
        return ""
    nans, infinities = int(np.count_nonzero(np.isnan(values))), int(np.count_nonzero(np.isinf(values)))
    if values.size == 1:
        return f"{what} is {'NaN, not a number' if nans else 'infinite'}"
    kinds = [f"{nans:,} {'is' if nans == 1 else 'are'} NaN, not a number" if nans else ""]
    kinds.append(f"{infinities:,} {'is' if infinities == 1 else 'are'} infinite" if infinities else "")
    return f"of {what} " + " and ".join(filter(None, kinds))

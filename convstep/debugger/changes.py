"""Changes to windows: pure functions that return a changed net, or describe the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from convstep.engine.geometry import VALID, Pair
from convstep.errors import VerbError
from convstep.layers import Layer, Windowed, times
from convstep.layers.base import padding_name
from convstep.layers.reasons import sides
from convstep.layers.weights import Given
from convstep.network import Network, Stage

CHANGEABLE = ("kernel", "stride", "dilation", "padding")
"""The fields of a layer that can be changed, in the order of messages."""


def windowed(network: Network) -> tuple[str, ...]:
    """Return the names of the layers with a sliding window."""
    return tuple(layer.name for layer in network.layers if isinstance(layer, Windowed))


def change_windows(before: Network, layers: Sequence[str], **changes: Any) -> Network:
    """Return a net with the windows of some layers changed.

    Args:
        before: The net.
        layers: Which layers.
        **changes: New values for `CHANGEABLE` fields.

    Raises:
        VerbError: A layer's weights are given for another kernel; or, for a single layer, it couldn't work.
        ArgumentError: A layer has no window.
    """
    network = before
    for name in layers:
        if "kernel" in changes:
            _check_weights(network.stage(name).layer, changes["kernel"])
        network = network.with_window(name, **changes)
    if len(layers) == 1:
        fault = network.stage(layers[0]).fault
        if fault and not before.stage(layers[0]).fault:
            raise VerbError(f"that can't work: {fault.what}", where=layers[0], hint=fault.hint)
    return network


def _check_weights(layer: Layer, kernel: Pair) -> None:
    weights = getattr(layer, "weights", None)
    if isinstance(layer, Windowed) and isinstance(weights, Given) and layer.kernel != kernel:
        raise VerbError(
            f"its weights are given for a {times(layer.kernel)} kernel",
            where=layer.name,
            hint="Weights that are drawn can be drawn anew for another one",
        )


def next_padding(network: Network, original: Network, layers: Sequence[str]) -> Network:
    """Return a net with the next padding for some layers: SAME, then VALID, then the spec's own, then SAME again.

    Args:
        network: The net.
        original: The net as in the spec.
        layers: Which layers.

    Raises:
        VerbError: A layer has no sliding window.
    """
    for name in layers:
        if not isinstance(network.stage(name).layer, Windowed):
            others = ", ".join(windowed(network))
            raise VerbError(f"{name} has no window that slides", hint=f"These have: {others}" if others else "")
    now, own = _paddings(network, layers), _paddings(original, layers)
    choices: list[tuple[Any, ...]] = [("same",) * len(layers), (VALID,) * len(layers)]
    if own not in choices:
        choices.append(own)
    chosen = choices[(choices.index(now) + 1) % len(choices)] if now in choices else choices[0]
    for name, padding in zip(layers, chosen, strict=True):
        network = network.with_window(name, padding=padding)
    return network


def _paddings(network: Network, layers: Sequence[str]) -> tuple[Any, ...]:
    found = (network.stage(name).layer for name in layers)
    return tuple(layer.padding for layer in found if isinstance(layer, Windowed))


def restored(network: Network, original: Network, layers: Sequence[str] = ()) -> Network:
    """Return a net with some layers, by default all, as in the spec."""
    if not layers:
        return original
    own = {layer.name: layer for layer in original.layers}
    return replace(network, layers=tuple(own[each.name] if each.name in layers else each for each in network.layers))


def describe_changes(before: Network, after: Network, layers: Sequence[str]) -> str:
    """Return a message about changed layers: a new fault first, then the sizes."""
    breaks = after.fault and not before.fault
    if len(layers) > 1 and all(map(after.follows, after.names)):
        sizes = f"{'Sizes' if breaks else 'sizes'} {chain(after)}, before {chain(before)}"
    else:
        changed = [name for name in layers if before.stage(name) != after.stage(name)]
        sizes = "  ".join(_describe_layer(before, after, name) for name in changed or layers)
    return f"{after.fault}. {sizes}" if breaks else sizes


def _describe_layer(before: Network, after: Network, name: str) -> str:
    old, new = before.stage(name), after.stage(name)
    word = f"{_describe_padding(new.layer, new)}, " if isinstance(new.layer, Windowed) else ""
    return f"{name}: {word}" + " → ".join(times(stage.output) if stage.output else "can't work" for stage in (old, new))


def _describe_padding(layer: Windowed, stage: Stage) -> str:
    """Return a layer's padding in words, along a length without left and right: SAME is 4 before, 5 after."""
    word = layer.sliding.word
    if not (stage.input and stage.output and layer.padding_word in ("SAME", "PAD")):
        return word
    padding = layer.padding_for(stage.input)
    named = sides(padding, along_length=True) if len(stage.input) == 2 else str(padding) if padding != VALID else ""
    return f"{'SAME is' if word == 'SAME' else 'padding'} {named}" if named else word


def chain(network: Network) -> str:
    """Return the sizes of the input and after each window that fits: 28 → 24 → 12 → 8 → 4."""
    return " → ".join(map_sizes(network, [name for name in windowed(network) if network.shape_of(name)]))


def map_sizes(network: Network, layers: Sequence[str]) -> tuple[str, ...]:
    """Return the sizes of the input and after each of some layers: 28, 14; 28×20, 14×10 if they are not square."""
    shapes = [network.input_shape[:-1], *(network.shape_of(name)[:-1] for name in layers)]
    is_square = all(len(set(shape)) == 1 for shape in shapes)
    return tuple(str(shape[0]) if is_square else times(shape) for shape in shapes)


def changes(layer: Layer, original: Layer) -> tuple[str, ...]:
    """Return how a layer differs from the spec's: stride 2 (was 1); VALID (was SAME)."""
    if layer is original or not (isinstance(layer, Windowed) and isinstance(original, Windowed)):
        return ()
    found = []
    for name in CHANGEABLE:
        now, was = (getattr(each.sliding, name) for each in (layer, original))
        if now == was:
            continue
        if name == "padding":
            found.append(f"{_padding(now)} (was {_padding(was)})")
        else:
            found.append(f"{name} {_pair(now)} (was {_pair(was)})")
    return tuple(found)


def _padding(padding: Any) -> str:
    word = padding_name(padding)
    return word if word != "PAD" else f"padding {' '.join(map(str, padding))}"


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else times(pair)

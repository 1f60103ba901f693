"""Reads Keras models, functional and sequential: `.keras` archives, `.h5` files, and a configuration beside weights.

Nothing that the configuration names is ever imported: a layer is known by its class's name, or not at all.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from convstep.errors import SpecError
from convstep.layers import Shape
from convstep.layers.block import blocks_of
from convstep.models import Model, Source, check_memory, shape_of_given
from convstep.models.keras.graph import Missing, Node, nodes_of
from convstep.models.keras.layers import Builder
from convstep.models.keras.weights import Stored, Weights, open_weights
from convstep.network import Network
from convstep.printable import printable
from convstep.tensors.archive import opened

LARGEST_CONFIG = 16 << 20
"""The most bytes of a configuration."""

LARGEST = 1_000_000
"""The largest size of an input's axis."""

WEIGHTS_ENDING, CONFIG_ENDING = ".weights.h5", ".config.json"

LAYOUTS = {3: "NHWC", 2: "NLC", 1: "NC"}
"""How Keras has its input, by the number of axes of an example."""


def read(data: memoryview, source: Source) -> Model:
    """Return the net in a Keras model.

    Raises:
        SpecError: It is damaged, or nothing of it can be shown.
    """
    if bytes(data[:2]) == b"PK":
        with opened(data) as archive:
            config = _parsed(bytes(archive.read("config.json", LARGEST_CONFIG)))
            if "metadata.json" in archive.names:
                config = _parsed(bytes(archive.read("metadata.json", LARGEST_CONFIG))) | config
            content = archive.read("model.weights.h5")
    elif bytes(data[:1]) == b"{":
        config = _parsed(bytes(data[:LARGEST_CONFIG]))
        content = source.beside(_stem(source, CONFIG_ENDING) + WEIGHTS_ENDING, 0, None)
    else:
        content, config = data, None
    with open_weights(content) as stored:
        if config is None:
            text = stored.config or _beside(source)
            config = _parsed(text)
        return _model(config, stored, source)


def _stem(source: Source, ending: str) -> str:
    return source.name.replace("\\", "/").rpartition("/")[2].removesuffix(ending).removesuffix(".json")


def _beside(source: Source) -> bytes:
    """Return the configuration beside a file of weights."""
    stem = _stem(source, WEIGHTS_ENDING).removesuffix(".h5")
    for name in (stem + CONFIG_ENDING, f"{stem}.json", "config.json", f"{stem}.keras"):
        try:
            content = source.beside(name, 0, None)
        except SpecError:
            continue
        if bytes(content[:2]) != b"PK":
            return bytes(content[:LARGEST_CONFIG])
        with opened(content) as archive:
            return bytes(archive.read("config.json", LARGEST_CONFIG))
    raise SpecError(
        "holds weights and no graph, and there is no configuration beside it",
        hint=f"Save one: open('{printable(stem)}.config.json', 'w').write(model.to_json()); "
        "or save the whole model: model.save('model.keras')",
    )


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise SpecError("is damaged: its configuration is no JSON", hint="Save or download it again")
    return config


def _model(config: dict[str, Any], stored: Stored, source: Source) -> Model:
    nodes, outputs = nodes_of(config)
    start = next((node for node in nodes if node.kind == "InputLayer"), None)
    if start is None:
        raise SpecError("does not say what its input is", hint="Build the model before it is saved")
    if source.output:
        wanted = [node.name for node in nodes if node.name == source.output or node.layer == source.output]
        if not wanted:
            raise SpecError(f"has no layer '{printable(source.output)[:60]}'", where="--output")
        outputs = wanted[-1:]
    shape = _input_shape(start, source)
    if source.layout not in ("", LAYOUTS[len(shape)]):
        raise SpecError(f"its input is {LAYOUTS[len(shape)]}, not {source.layout}", where="--layout")
    version = str(config.get("keras_version") or stored.version)
    builder = Builder(shape, Weights(stored, source.name.rpartition("/")[2]), version)
    others = [node.name for node in nodes if node.kind == "InputLayer" and node is not start]
    builder.places[start.name] = ("input", shape)
    for name in others:
        builder.places[name] = Missing(f"what follows takes a second input, '{printable(name)[:40]}'", ())
    for node in nodes:
        if node.kind != "InputLayer":
            builder.add(node)
    result = builder.places.get(outputs[0]) if outputs else None
    if result is None:
        raise SpecError("is damaged: nothing gives its output")
    ends = result.before if isinstance(result, Missing) else (result[0],)
    layers = builder.needed(ends)
    if not layers:
        said = f": {result.says}" if isinstance(result, Missing) else ": its output is its input"
        raise SpecError(f"can't be shown{said}")
    title = config.get("config", {}).get("name") if isinstance(config.get("config"), dict) else ""
    file = printable(source.name.rpartition("/")[2])
    dull = not isinstance(title, str) or not title or title.startswith(("sequential", "functional", "model"))
    network = Network(
        title=file if dull else f"{printable(str(title))[:60]} ({file})",
        input_shape=shape,
        layers=tuple(layers),
        dtype=np.dtype(np.float32),
    )
    if network.fault:
        raise SpecError(f"can't work: {network.fault}")
    check_memory(network)
    notes = []
    if whole := list(map(str, blocks_of(layers))):
        notes.append(f"computed as a whole, without steps: {', '.join(whole[:6])}{', ...' if len(whole) > 6 else ''}")
    if builder.left_out:
        notes.append(f"left out, as nothing outside training: {', '.join(sorted(builder.left_out)[:6])}")
    if isinstance(result, Missing):
        notes.append(f"the net ends after {', '.join(ends[:6])}: {result.says}")
    if len(outputs) > 1:
        shown, rest = printable(outputs[0])[:40], ", ".join(printable(name)[:40] for name in outputs[1:6])
        notes.append(f"shows output {shown}; --output takes another: {rest}")
    if others:
        notes.append(f"takes {1 + len(others)} inputs; shown is what depends on {printable(start.name)[:40]} alone")
    pixels = (0.0, 255.0) if builder.takes_bytes else (0.0, 1.0)
    return Model(network, notes, tuple(range(len(shape) + 1)), LAYOUTS[len(shape)], pixels)


def _input_shape(start: Node, source: Source) -> Shape:
    asked = source.input_shape
    sizes = start.config.get("batch_shape") or start.config.get("batch_input_shape")
    if not isinstance(sizes, list) or not 2 <= len(sizes) <= 5:
        raise SpecError("does not say what shape its input has", hint="Build the model before it is saved")
    if len(sizes) == 5:
        raise SpecError("its input is a volume or a film; examples of height × width × channels can be shown")
    own = sizes[1:]
    asked = asked or shape_of_given(source, own)
    if asked:
        if len(asked) != len(own):
            raise SpecError(f"its input has {len(own)} sizes beside the batch", where="--set input.shape")
        own = list(asked)
    if not all(type(size) is int and size > 0 for size in own):
        shown = "×".join(str(size) if type(size) is int and size > 0 else "?" for size in own)
        example = {3: "28,28,1", 2: "100,1", 1: "16"}[len(own)]
        raise SpecError(f"leaves sizes of its input open: {shown}", hint=f"Give them: --set input.shape=[{example}]")
    if max(own) > LARGEST:
        raise SpecError(f"its input would be {max(own):,} long, and {LARGEST:,} is the most")
    return tuple(own)

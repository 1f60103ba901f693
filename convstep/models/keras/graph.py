"""The graph in a Keras configuration: which layer takes what."""

from __future__ import annotations

from typing import Any, NamedTuple

from convstep.errors import SpecError
from convstep.printable import printable

MOST_NODES = 20_000
"""The most layers of a model."""


class Node(NamedTuple):
    """A layer where it is used.

    Attributes:
        name: The use's name: the layer's, with a number if it is used again.
        layer: The layer's name.
        kind: The name of its class.
        config: Its configuration.
        sources: The uses that it takes.
    """

    name: str
    layer: str
    kind: str
    config: dict[str, Any]
    sources: tuple[str, ...]


class Missing(NamedTuple):
    """What can't be shown.

    Attributes:
        says: Why.
        before: The layers that it would follow.
    """

    says: str
    before: tuple[str, ...]


def nodes_of(config: dict[str, Any]) -> tuple[list[Node], list[str]]:
    """Return the layers of a model in order, each after what it takes, and the names of its outputs.

    Raises:
        SpecError: It is no functional or sequential model, or damaged.
    """
    kind, inner = config.get("class_name"), config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else inner if isinstance(inner, list) else None
    if kind not in ("Sequential", "Functional", "Model"):
        raise SpecError(
            f"is of class {printable(str(kind))[:60]}, whose graph is in code; functional and sequential models open",
            hint="Save the weights, and write a spec; or export it: tf2onnx, model.export",
        )
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise SpecError("is damaged: its configuration has no layers", hint="Save or download it again")
    if len(layers) > MOST_NODES:
        raise SpecError(f"has {len(layers):,} layers, and {MOST_NODES:,} are the most")
    if kind == "Sequential":
        return _sequential(layers)
    return _functional(layers, inner if isinstance(inner, dict) else {})


def _parts(layer: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return a layer's name, class and configuration."""
    config, kind = layer.get("config"), layer.get("class_name")
    if not isinstance(config, dict) or not isinstance(kind, str):
        raise SpecError("is damaged: a layer has no class or no configuration", hint="Save or download it again")
    name = layer.get("name") or config.get("name")
    return name if isinstance(name, str) and name else kind.lower(), kind, config


def _sequential(layers: list[dict[str, Any]]) -> tuple[list[Node], list[str]]:
    nodes: list[Node] = []
    for layer in layers:
        name, kind, config = _parts(layer)
        if not nodes and kind != "InputLayer":
            nodes.append(Node("input", "input", "InputLayer", config, ()))
        sources = (nodes[-1].name,) if nodes else ()
        nodes.append(Node(name, name, kind, config, sources))
    return nodes, [nodes[-1].name] if nodes else []


def _functional(layers: list[dict[str, Any]], config: dict[str, Any]) -> tuple[list[Node], list[str]]:
    waiting: dict[str, Node] = {}
    for layer in layers:
        name, kind, own = _parts(layer)
        uses = layer.get("inbound_nodes")
        if kind == "InputLayer" or not isinstance(uses, list):
            uses = [[]]
        for number, use in enumerate(uses):
            sources = () if kind == "InputLayer" else tuple(_sources(use))
            node = Node(_use(name, number), name, kind, own, sources)
            if node.name in waiting:
                raise SpecError(f"is damaged: two layers are called '{printable(name)[:60]}'")
            waiting[node.name] = node
    outputs = [_use(*each) for each in _histories(config.get("output_layers"))]
    return _sorted(waiting), outputs


def _sorted(waiting: dict[str, Node]) -> list[Node]:
    """Return nodes in an order in which each comes after what it takes."""
    found: dict[str, Node] = {}
    path: list[str] = []
    for name in waiting:
        path.append(name)
        entered: set[str] = set()
        while path:
            current = path[-1]
            if current in found:
                path.pop()
                continue
            node = waiting.get(current)
            if node is None:
                raise SpecError(f"is damaged: '{printable(current)[:60]}' is used, and no layer is called so")
            needed = [source for source in node.sources if source not in found]
            if not needed:
                found[current] = node
                path.pop()
            elif current in entered:
                raise SpecError("is damaged: its layers go round in a circle")
            else:
                entered.add(current)
                path += needed
    return list(found.values())


def _use(name: str, number: int) -> str:
    return f"{name}#{number}" if number else name


def _sources(use: Any) -> list[str]:
    """Return what a use of a layer takes, in the form of Keras 3 or 2."""
    if isinstance(use, dict):
        return [_use(*each) for each in _tensors(use.get("args"), 0)]
    return [_use(*each) for each in _histories(use)]


def _tensors(value: Any, depth: int) -> list[tuple[str, int]]:
    if depth > 4:
        return []
    if isinstance(value, dict):
        inner = value.get("config")
        return _histories([inner.get("keras_history")] if isinstance(inner, dict) else [])
    return [each for item in value for each in _tensors(item, depth + 1)] if isinstance(value, list) else []


def _histories(value: Any, depth: int = 0) -> list[tuple[str, int]]:
    """Return layers and the numbers of their uses, from nested lists of [name, use, output]."""
    match value:
        case [str(name), int(number), int(), *_]:
            return [(name, number)]
        case list() if depth < 4:
            return [each for item in value for each in _histories(item, depth + 1)]
        case dict() if depth < 4:
            return [each for item in value.values() for each in _histories(item, depth + 1)]
    return []

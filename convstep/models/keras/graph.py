"""The graph in a Keras configuration: which layer takes what; models within the model are taken apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from convstep.errors import SpecError
from convstep.printable import printable

MOST_NODES = 20_000
"""The most layers of a model."""

DEEPEST = 20
"""How deep models may lie within one another."""

MODELS = ("Sequential", "Functional", "Model")
"""Classes whose graph is in the configuration."""

PACKAGES = ("keras", "tf_keras", "tensorflow")
"""Where Keras's own classes are from; others may have the same names."""

FUNCTIONS = {
    "truediv": "TrueDivide",
    "divide": "TrueDivide",
    "add": "Add",
    "subtract": "Subtract",
    "sub": "Subtract",
    "multiply": "Multiply",
    "mul": "Multiply",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "relu": "Relu",
    "relu6": "Relu6",
    "silu": "Silu",
    "swish": "Silu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
}
"""What Keras 3 calls the functions that Keras 2 has as TFOpLambda."""


class Node(NamedTuple):
    """A layer where it is used.

    Attributes:
        name: The use's name: the layer's after those of the models that it is in, each with a number if used again.
        layer: The layer's name, after those of the models that it is in.
        place: The same of what Keras 2 calls it in a file: its class, with a number if there are several.
        kind: The name of its class.
        config: Its configuration.
        sources: The uses that it takes.
        numbers: What it takes in order: a number, or None for a use's output.
    """

    name: str
    layer: str
    place: str
    kind: str
    config: dict[str, Any]
    sources: tuple[str, ...]
    numbers: tuple[float | None, ...] = ()


class Missing(NamedTuple):
    """What can't be shown.

    Attributes:
        says: Why.
        before: The layers that it would follow.
    """

    says: str
    before: tuple[str, ...]


class _Tensor(NamedTuple):
    """An output of a use of a layer."""

    use: str
    number: int


class _Use(NamedTuple):
    name: str
    layer: str
    kind: str
    config: dict[str, Any]
    takes: tuple[_Tensor | float, ...]

    @property
    def tensors(self) -> list[_Tensor]:
        return [each for each in self.takes if isinstance(each, _Tensor)]


def nodes_of(config: dict[str, Any]) -> tuple[list[Node], list[str]]:
    """Return the layers of a model in order, each after what it takes, and the names of its outputs.

    Raises:
        SpecError: It is no functional or sequential model, or damaged.
    """
    kind = config.get("class_name")
    if kind not in MODELS:
        raise SpecError(
            f"is of class {printable(str(kind))[:60]}, whose graph is in code; functional and sequential models open",
            hint="Save the weights, and write a spec; or export it: tf2onnx, model.export",
        )
    graph = _Graph()
    outputs = graph.take_apart(kind, config.get("config"), _NO_PREFIX, None)
    return graph.nodes, outputs


class _Prefix(NamedTuple):
    """What names in a model begin with: those of uses, of layers, and of places in a file."""

    use: str
    layer: str
    place: str


_NO_PREFIX = _Prefix("", "", "")


class _Graph:
    """Takes a model apart, and the models within it.

    Attributes:
        nodes: The layers so far, each after what it takes.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._seen = self._depth = 0

    def take_apart(self, kind: str, inner: Any, prefix: _Prefix, given: Sequence[str] | None) -> list[str]:
        """Add a model's layers; return the names of its outputs.

        Args:
            kind: The model's class.
            inner: Its configuration.
            prefix: What names in it begin with.
            given: The uses that it takes; None for the whole model, whose inputs are layers.
        """
        layers = _layers(inner)
        self._seen += len(layers) + 1
        if self._seen > MOST_NODES or self._depth > DEEPEST:
            raise SpecError(f"has more than {MOST_NODES:,} layers, or models in models more than {DEEPEST} deep")
        if kind == "Sequential":
            uses = list(_in_a_row(layers, inner))
            ends = [_Tensor(uses[-1].name, 0)] if uses else []
        else:
            ends = [each for each in _tensors(inner.get("output_layers")) if isinstance(each, _Tensor)]
            waiting, ends = _uses(layers, ends)
            uses = _sorted(waiting)
        starts = [each.name for each in uses if each.kind == "InputLayer"]
        if kind != "Sequential":
            named = [each.use for each in _tensors(inner.get("input_layers")) if isinstance(each, _Tensor)]
            starts = named if set(named) == set(starts) else starts
        if given is not None and len(given) != len(starts):
            raise SpecError(f"is damaged: the model '{printable(prefix.layer)[:60]}' takes {len(starts)} inputs",
                            hint="Save or download it again")  # fmt: skip
        places: dict[str, list[str]] = {}
        if given is not None:
            places = {name: [source] for name, source in zip(starts, given, strict=True)}
        classes = _classes(layers)
        for each in uses:
            if each.name not in places:
                own = _Prefix(each.name, each.layer, classes.get(each.layer, ""))
                joined = _Prefix(*(before + name for before, name in zip(prefix, own, strict=True)))
                places[each.name] = self._add(each, places, joined)
        return [_output(each, places) for each in ends]

    def _add(self, each: _Use, places: dict[str, list[str]], names: _Prefix) -> list[str]:
        sources = tuple(_output(tensor, places) for tensor in each.tensors)
        if each.kind in MODELS:
            self._depth += 1
            found = self.take_apart(each.kind, each.config, _Prefix(*(f"{name}/" for name in names)), sources)
            self._depth -= 1
            return found
        numbers = tuple(None if isinstance(taken, _Tensor) else taken for taken in each.takes)
        self.nodes.append(Node(*names, each.kind, each.config, sources, numbers))
        return [names.use]


def _classes(layers: list[dict[str, Any]]) -> dict[str, str]:
    """Return what Keras 2 calls each layer in a file: its class in small letters, with a number from the second on."""
    counts: Counter[str] = Counter()
    found = {}
    for layer in layers:
        name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", str(layer.get("class_name"))[:100]))
        name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
        found[_parts(layer)[0]] = f"{name}_{counts[name]}" if counts[name] else name
        counts[name] += 1
    return found


def _output(tensor: _Tensor, places: dict[str, list[str]]) -> str:
    """Return the name of the use that gives a tensor."""
    found = places.get(tensor.use, [])
    if not found:
        raise SpecError(f"is damaged: '{printable(tensor.use)[:60]}' is used, and gives nothing")
    return found[tensor.number] if 0 <= tensor.number < len(found) else found[0]


def _layers(inner: Any) -> list[dict[str, Any]]:
    """Return the configurations of a model's layers."""
    layers = inner.get("layers") if isinstance(inner, dict) else inner if isinstance(inner, list) else None
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise SpecError("is damaged: its configuration has no layers", hint="Save or download it again")
    if len(layers) > MOST_NODES:
        raise SpecError(f"has {len(layers):,} layers, and {MOST_NODES:,} are the most")
    return layers


def _parts(layer: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return a layer's name, class and configuration."""
    config, kind = layer.get("config"), layer.get("class_name")
    if isinstance(config, list):  # a sequential model, as the first versions of Keras wrote it
        config = {"layers": config}
    if not isinstance(config, dict) or not isinstance(kind, str):
        raise SpecError("is damaged: a layer has no class or no configuration", hint="Save or download it again")
    module, registered = layer.get("module"), layer.get("registered_name")
    own = isinstance(module, str) and not module.startswith(PACKAGES)
    if own or (isinstance(registered, str) and ">" in registered):
        kind = registered if isinstance(registered, str) and registered else f"{module}.{kind}"  # none of Keras's
    if kind == "TFOpLambda":
        kind = FUNCTIONS.get(str(config.get("function")).rpartition(".")[2], kind)
    name = layer.get("name") or config.get("name")
    return name if isinstance(name, str) and name else kind.lower(), kind, config


def _in_a_row(layers: list[dict[str, Any]], inner: Any) -> Iterator[_Use]:
    before = ""
    for layer in layers:
        name, kind, config = _parts(layer)
        if not before and kind != "InputLayer":
            before = ":input"
            yield _Use(before, before, "InputLayer", _first_input(layer, inner), ())
        yield _Use(name, name, kind, config, (_Tensor(before, 0),) if before else ())
        before = name


def _first_input(layer: dict[str, Any], inner: Any) -> dict[str, Any]:
    """Return the configuration of the input of a sequential model that has no layer for it."""
    built = inner.get("build_input_shape") if isinstance(inner, dict) else None
    for _ in range(DEEPEST):
        _, kind, config = _parts(layer)
        if kind not in MODELS or not _layers(config):
            return config if built is None else {"batch_shape": built, **config}
        layer = _layers(config)[0]
    return {}


def _uses(layers: list[dict[str, Any]], ends: list[_Tensor]) -> tuple[dict[str, _Use], list[_Tensor]]:
    """Return a functional model's uses of layers by name, and the outputs among them."""
    found = []
    for layer in layers:
        name, kind, own = _parts(layer)
        uses = layer.get("inbound_nodes")
        if kind == "InputLayer" or not isinstance(uses, list):
            uses = [[]]
        found.append((name, kind, own, [() if kind == "InputLayer" else tuple(_taken(use)) for use in uses]))
    asked = {end.use for end in ends}
    asked |= {each.use for *_, uses in found for takes in uses for each in takes if isinstance(each, _Tensor)}
    known: dict[str, str] = {}
    for name, kind, _, uses in found:
        if kind in MODELS and _named(name, len(uses)) in asked:  # Keras 2 counts a model's making as its first use
            known |= {_named(name, number + 1): _named(name, number) for number in range(len(uses))}
    named: dict[str, _Use] = {}
    for name, kind, own, uses in found:
        for number, takes in enumerate(uses):
            each = _Use(_named(name, number), name, kind, own, tuple(_renamed(taken, known) for taken in takes))
            if each.name in named:
                raise SpecError(f"is damaged: two layers are called '{printable(name)[:60]}'")
            named[each.name] = each
    return named, [end._replace(use=known.get(end.use, end.use)) for end in ends]


def _renamed(taken: _Tensor | float, known: dict[str, str]) -> _Tensor | float:
    return taken._replace(use=known.get(taken.use, taken.use)) if isinstance(taken, _Tensor) else taken


def _sorted(waiting: dict[str, _Use]) -> list[_Use]:
    """Return uses in an order in which each comes after what it takes."""
    found: dict[str, _Use] = {}
    path: list[str] = []
    for name in waiting:
        path.append(name)
        entered: set[str] = set()
        while path:
            current = path[-1]
            if current in found:
                path.pop()
                continue
            use = waiting.get(current)
            if use is None:
                raise SpecError(f"is damaged: '{printable(current)[:60]}' is used, and no layer is called so")
            needed = [tensor.use for tensor in use.tensors if tensor.use not in found]
            if not needed:
                found[current] = use
                path.pop()
            elif current in entered:
                raise SpecError("is damaged: its layers go round in a circle")
            else:
                entered.add(current)
                path += needed
    return list(found.values())


def _named(name: str, number: int) -> str:
    return f"{name}#{number}" if number else name


def _taken(use: Any) -> list[_Tensor | float]:
    """Return what a use of a layer takes, in the form of Keras 3 or 2."""
    return _arguments(use.get("args"), 0) if isinstance(use, dict) else _tensors(use)


def _arguments(value: Any, depth: int) -> list[_Tensor | float]:
    """Return the tensors and numbers among a use's arguments, as Keras 3 writes them."""
    match value:
        case int() | float() if not isinstance(value, bool):
            return [float(value)] if abs(value) < 1e300 else []
        case {"class_name": str(), "config": {"keras_history": history}}:
            return _tensors([history])
        case list() if depth <= 4:
            return [each for item in value for each in _arguments(item, depth + 1)]
        case dict() if depth <= 4 and "class_name" not in value:
            return [each for item in value.values() for each in _arguments(item, depth + 1)]
    return []


def _tensors(value: Any, depth: int = 0) -> list[_Tensor | float]:
    """Return tensors from nested lists of [name, use, output, what else it takes], as Keras 2 writes them."""
    match value:
        case ["_CONSTANT_VALUE", _, first, {"y": second}]:
            return _second(first) + _second(second)
        case [str(name), int(number), int(output), {"y": second}]:
            return [_Tensor(_named(name, number), output), *_second(second)]
        case [str(name), int(number), int(output), *_]:
            return [_Tensor(_named(name, number), output)]
        case list() if depth < 4:
            return [each for item in value for each in _tensors(item, depth + 1)]
        case dict() if depth < 4:
            return [each for item in value.values() for each in _tensors(item, depth + 1)]
    return []


def _second(value: Any) -> list[_Tensor | float]:
    match value:
        case bool():
            return []
        case int() | float():
            return [float(value)] if abs(value) < 1e300 else []
        case [str(name), int(number), int(output)]:
            return [_Tensor(_named(name, number), output)]
    return []

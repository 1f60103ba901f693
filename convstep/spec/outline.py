"""The layers of a spec, without their fields: kinds, names and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from convstep.errors import nearest
from convstep.layers import KINDS, Layer
from convstep.layers.fields import fields_of
from convstep.network import Network
from convstep.spec.document import Document
from convstep.spec.mistake import shown
from convstep.spec.yaml import Path


def outline(document: Document) -> list[Path]:
    """Rewrite every layer of a document as `kind: {fields}`; return the paths of the fields.

    Raises:
        LocatedError: The document is no mapping, or an item of its layers is no layer.
    """
    data = document.data
    if not isinstance(data, dict):
        raise document.mistake((), f"expected a mapping with input and layers, got {shown(data)}")
    layers = data.get("layers")
    if not isinstance(layers, list):
        return []
    paths: list[Path] = []
    for n, layer in enumerate(layers):
        place: Path = ("layers", n)
        if isinstance(layer, str):
            layer = {layer: None}
        if not isinstance(layer, dict) or len(layer) != 1:
            raise document.mistake(place, f"expected one layer, such as 'relu' or 'conv: {{...}}', got {shown(layer)}")
        kind, fields = next(iter(layer.items()))
        if kind not in KINDS:
            hint = _name_here(str(kind)) or nearest(str(kind), KINDS) or f"The layers are {', '.join(KINDS)}"
            raise document.mistake((*place, kind), f"there is no layer {shown(kind)}", hint, key=True)
        layers[n] = {kind: _spelled_out(KINDS[kind], fields)}
        paths.append((*place, kind))
    return paths


def _spelled_out(kind: type[Layer], fields: Any) -> Any:
    """Return a layer's fields as a mapping; a value alone sets the only field that it can mean: `max_pool: 2`."""
    if fields is None:
        return {}
    if isinstance(fields, dict) or fields == []:
        return fields
    if kind.takes_several and isinstance(fields, list):
        return {"inputs": fields}
    known = fields_of(kind)
    required = [name for name, field in known.items() if field.required]
    only = kind.shorthand or (required[0] if len(required) == 1 else next(iter(known), "") if len(known) == 1 else "")
    return {only: fields} if only and not isinstance(fields, str) else fields


def _name_here(kind: str) -> str:
    """Return a hint with our name of a kind that other frameworks call `kind`; else ""."""
    word = kind.lower().replace("-", "_")
    for name, each in KINDS.items():
        if (
            word == name
            or word in each.aliases
            or word.replace("_", "") in (alias.replace("_", "") for alias in each.aliases)
        ):
            return f"Here it is called '{name}'"
    return ""


def names(document: Document, paths: Sequence[Path]) -> list[str]:
    """Return the name of every layer: the one given, or its kind with the next free number."""
    given = [_given(document.at(path)) for path in paths]
    kinds = [str(path[-1]) for path in paths]
    unnamed = Counter(kind for kind, name in zip(kinds, given, strict=True) if name is None)
    taken = {name for name in given if name}
    result = []
    for kind, name in zip(kinds, given, strict=True):
        if name is None:
            stem = KINDS[kind].stem or kind
            alone = KINDS[kind].unnumbered and unnamed[kind] == 1 and stem not in taken
            name = stem if alone else _numbered(stem, taken)
            taken.add(name)
        result.append(name)
    return result


def _given(fields: Any) -> str | None:
    name = fields.get("name") if isinstance(fields, dict) else None
    return name if isinstance(name, str) else None


def _numbered(stem: str, taken: set[str]) -> str:
    return next(name for name in (f"{stem}{n}" for n in count(1)) if name not in taken)


def check_names(document: Document, paths: Sequence[Path]) -> None:
    """Check that given names are words, and unique.

    Raises:
        LocatedError: One is not.
    """
    taken = {"input": "the input"}
    for n, path in enumerate(paths):
        name = _given(document.at(path))
        if name is None:
            continue
        if not name.isidentifier():
            raise document.mistake((*path, "name"), f"expected a word of letters, digits and _, got {shown(name)}")
        if name in taken:
            raise document.mistake((*path, "name"), f"the name '{name}' is taken by {taken[name]}")
        taken[name] = f"layers[{n}]"


def sources(document: Document, path: Path, taken: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the sources that a layer names, checked; () if it takes the output of the layer before it.

    Args:
        document: The spec.
        path: The path of the layer's fields.
        taken: The sources that it names.
        known: The names of all layers, in order.

    Raises:
        LocatedError: A source is not before the layer, or is no layer.
    """
    own = int(path[1])
    place: Path = (*path, "inputs") if KINDS[str(path[-1])].takes_several else (*path, "input")
    for k, name in enumerate(taken):
        if name in ("input", *known[:own]):
            continue
        where = (*place, k) if place[-1] == "inputs" else place
        if name == known[own]:
            raise document.mistake(where, "a layer can't take its own output")
        if name in known:
            raise document.mistake(where, f"{name} comes later: a layer takes what layers before it give")
        before = ("input", *known[:own])
        hint = nearest(name, before) or f"Before it are {', '.join(before)}"
        raise document.mistake(where, f"there is no layer {shown(name)}", hint)
    return tuple(taken)


def check_uses(document: Document, network: Network) -> None:
    """Check that every layer's output is used, except the last one's.

    Raises:
        LocatedError: One is not used.
    """
    used = {source for stage in network.stages for source in stage.sources}
    for n, name in enumerate(network.names[:-1]):
        if name not in used:
            after = network.stages[n + 1]
            raise document.mistake(
                ("layers", n),
                f"nothing uses the output of {name}: {after.name} takes its input from {' and '.join(after.sources)}",
                f"Name {name} as an input of a later layer, or leave it out",
            )

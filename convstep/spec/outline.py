"""The layers of a spec before their fields are looked at: which kinds, in which order, called what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from convstep.errors import nearest
from convstep.spec.document import Document
from convstep.spec.mistake import shown
from convstep.spec.schema import KINDS
from convstep.spec.yaml import Path

STEMS = {kind: kind for kind in KINDS} | {"max_pool": "pool", "avg_pool": "pool"}
"""What layers without a name are called, by kind; a number follows."""

ALONE = {"flatten", "softmax", "conv1d", "global_avg_pool"}
"""Kinds that get no number where there is one of them."""


def outline(document: Document) -> list[Path]:
    """Give every layer of a document a mapping of fields; return the paths of these.

    Raises:
        LocatedError: The document has no list of layers, or one of them is no layer.
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
            hint = nearest(kind, KINDS) or f"The layers are {', '.join(KINDS)}"
            raise document.mistake((*place, kind), f"there is no layer {shown(kind)}", hint, key=True)
        layers[n] = {kind: {} if fields is None else fields}
        paths.append((*place, kind))
    return paths


def names(document: Document, paths: Sequence[Path]) -> list[str]:
    """Return what every layer is called: its own name, or its kind with a number that is free."""
    given = [_given(document.at(path)) for path in paths]
    kinds = [str(path[-1]) for path in paths]
    unnamed = Counter(kind for kind, name in zip(kinds, given, strict=True) if name is None)
    taken = {name for name in given if name}
    result = []
    for kind, name in zip(kinds, given, strict=True):
        if name is None:
            stem = STEMS[kind]
            name = stem if kind in ALONE and unnamed[kind] == 1 and stem not in taken else _numbered(stem, taken)
            taken.add(name)
        result.append(name)
    return result


def _given(fields: Any) -> str | None:
    name = fields.get("name") if isinstance(fields, dict) else None
    return name if isinstance(name, str) else None


def _numbered(stem: str, taken: set[str]) -> str:
    return next(name for name in (f"{stem}{n}" for n in count(1)) if name not in taken)


def check_names(document: Document, paths: Sequence[Path]) -> None:
    """Refuse a given name that is no word, or taken.

    Raises:
        LocatedError: There is one.
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

"""Changes to a spec for one run: `--set conv1.stride=2`, `--padding same`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convstep.errors import nearest
from convstep.layers import KINDS, Windowed
from convstep.spec import yaml
from convstep.spec.document import Document
from convstep.spec.mistake import LocatedError
from convstep.spec.outline import names
from convstep.spec.yaml import Path, YamlError

SOURCES = ("image", "array", "values", "random")
"""The fields for the source of an input: setting one removes the others."""


def pad_all(document: Document, paths: Sequence[Path], padding: str) -> None:
    """Set the padding of every layer that has a window.

    Raises:
        LocatedError: The padding can't be read.
    """
    flag = f"--padding {padding}"
    for path, name in zip(paths, names(document, paths), strict=True):
        if issubclass(KINDS[str(path[-1])], Windowed):
            _put(document, (*path, "padding"), _parsed(padding, flag), flag, f"{name}.padding")


def change(document: Document, paths: Sequence[Path], text: str) -> None:
    """Apply one change, such as 'conv1.padding=valid'.

    Raises:
        LocatedError: It names nothing that can be changed, or its value can't be read.
    """
    flag = f"--set {text}"
    target, equals, value = text.partition("=")
    target = target.strip()
    first, *rest = target.split(".")
    holders = dict(zip(names(document, paths), paths, strict=True)) | {"input": ("input",)}
    if rest and first not in holders:
        raise LocatedError(
            f"there is no layer '{first}'",
            where=flag,
            hint=nearest(first, holders) or f"There are {', '.join(holders)}",
        )
    if not equals or not all(rest) or (first in holders and not rest) or first == "layers":
        raise LocatedError("expected LAYER.FIELD=VALUE, such as conv1.padding=valid", where=flag)
    path = (*holders[first], *rest) if rest else (first,)
    if path[0] == "input" and path[1] in SOURCES:
        _drop(document.data.get("input"), path[1])
    _put(document, path, _parsed(value, flag), flag, target)


def _parsed(value: str, flag: str) -> Any:
    try:
        return yaml.parse(value)
    except YamlError as error:
        raise LocatedError(error.what, where=flag, hint=error.hint) from None


def _drop(data: Any, chosen: object) -> None:
    """Remove all sources of an input but the chosen one."""
    for source in SOURCES:
        if isinstance(data, dict) and source != chosen:
            data.pop(source, None)


def _put(document: Document, path: Path, value: object, flag: str, target: str) -> None:
    """Set the value at `path`; parents that are not mappings are replaced by mappings."""
    holder = document.data
    for step in path[:-1]:
        if isinstance(holder, dict) and not isinstance(holder.get(step), dict) and step != "layers":
            holder[step] = {}
        holder = holder[step]
    holder[path[-1]] = value
    document.changes[path] = (flag, target)

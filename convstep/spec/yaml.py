"""Reads YAML 1.2 and JSON as plain data, and finds the place of a value in the text."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from convstep.errors import SpecError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

MOST_VALUES = 500_000
"""The most values of a spec, with aliases expanded."""

MOST_MARKS = 40_000
"""The most characters that separate values in a YAML text: each thousand takes a tenth of a second."""


class Place(NamedTuple):
    """A range of characters in a text.

    Attributes:
        start: The offset of the first one.
        width: How many there are.
    """

    start: int
    width: int = 1


class YamlError(SpecError):
    """A text that is no YAML.

    Attributes:
        place: The place of the mistake; None if it is unknown.
    """

    def __init__(self, what: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.place = place


def parse(text: str) -> Any:
    """Return the plain data that a YAML or JSON text describes.

    Raises:
        YamlError: It is neither, or has a duplicate key, a tag, or aliases that are recursive or too many.
    """
    if text.lstrip()[:1] == "{":
        import json

        try:
            return json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            pass  # a YAML flow mapping, or a mistake: YAML's error has its place
    root = compose(text)
    try:
        return None if root is None else _construct(root, count(1), ())
    except RecursionError:
        raise YamlError("is nested too deeply") from None


def locate(text: str, path: Path, key: bool = False) -> Place:
    """Return the place of the value at `path`, or of its key; of the nearest parent, if there is no such value."""
    node = compose(text)
    holder = node
    for depth, step in enumerate(path):
        found = next((pair for pair in _children(node) if pair[0] == step), None)
        if found is None:
            return _place(holder)
        _, name, node = found
        holder = name or node
        if key and depth == len(path) - 1:
            return _place(name or node)
    return _place(node)


@lru_cache(maxsize=1)
def compose(text: str) -> Node | None:
    """Return the root node of a YAML text; None if the text is empty.

    Raises:
        YamlError: It is no YAML.
    """
    if sum(map(text.count, ",[{-?:\n")) > MOST_MARKS:
        raise YamlError("has too many values for YAML", hint="Keep numbers in an .npz file, or write it as JSON")
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML 1.2 allows it
            root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.index) if mark else None
        hint = "Indent with spaces: YAML does not allow tabs" if r"'\t'" in (error.problem or "") else ""
        raise YamlError(f"can't be read as YAML: {error.problem or error.context}", place=place, hint=hint) from None
    except ReaderError as error:
        what = f"can't be read as YAML: character {error.character:#x} is not allowed"
        raise YamlError(what, place=Place(error.position)) from None
    except RecursionError:
        raise YamlError("is nested too deeply") from None
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError) as error:
        raise YamlError(f"can't be read as YAML: {error}".splitlines()[0]) from None
    return root


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError
    return mapping


def _children(node: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """Yield (key or position, key node, value node) for each item of a mapping or a list."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        yield from ((key.value, key, value) for key, value in node.value)
    elif isinstance(node, SequenceNode):
        yield from ((n, None, value) for n, value in enumerate(node.value))


def _place(node: Any) -> Place:
    return Place(node.start_mark.index, node.end_mark.index - node.start_mark.index) if node else Place(0)


def _construct(node: Any, counter: Iterator[int], above: tuple[Any, ...]) -> Any:
    """Return a node's data, that of its children included."""
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    place = Place(node.start_mark.index)
    if next(counter) > MOST_VALUES:
        raise YamlError(f"its aliases, written out, make more than {MOST_VALUES:,} values", place=place)
    if node in above:
        raise YamlError("an anchor contains itself", place=place)
    tag = (node.tag or "").removeprefix("tag:yaml.org,2002:")
    below = (*above, node)
    if isinstance(node, ScalarNode) and tag in _SCALARS:
        return _scalar(tag, node.value)
    if isinstance(node, SequenceNode) and tag == "seq":
        return [_construct(item, counter, below) for item in node.value]
    if isinstance(node, MappingNode) and tag == "map":
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise YamlError("a key must be a word", place=_place(key))
            if key.value in mapping:
                raise YamlError(f"the key {key.value!r} is there twice", place=_place(key))
            mapping[key.value] = _construct(value, counter, below)
        return mapping
    raise YamlError(f"the tag {tag!r} is not known here", place=place, hint="Leave it out")


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    return int(digits, {"0o": 8, "0x": 16}.get(digits[:2].lower(), 10))


def _scalar(tag: str, text: str) -> Any:
    try:
        return _SCALARS[tag](text)
    except ValueError:
        return text


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _integer,
    "float": lambda text: float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")),
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "null": lambda text: None,
    "timestamp": str,
    "merge": str,
}

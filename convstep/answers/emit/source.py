"""Parts of the code that is written: names, numbers, and lines that are not too long."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from math import isfinite, isnan
from typing import Any

WIDTH = 100
"""Lines are broken where they would be longer."""

INDENT = "    "


def identifier(name: str, taken: Collection[str]) -> str:
    """Return a Python name like `name` that is not in `taken`."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not word.isidentifier() or keyword.iskeyword(word) or word.startswith("_"):
        word = f"layer_{word.strip('_')}"
    number, found = 2, word
    while found in taken:
        number, found = number + 1, f"{word}_{number}"
    return found


def real(value: float) -> str:
    """Return a float as code."""
    if isfinite(value):
        return repr(float(value))
    return "np.nan" if isnan(value) else "np.inf" if value > 0 else "-np.inf"


def either(values: Sequence[Any]) -> str:
    """Return one value for all axes if they are equal, else a tuple: 2; (2, 3)."""
    return str(values[0]) if len(set(values)) == 1 else pair(values)


def unless(values: Sequence[Any], default: Any) -> str | None:
    """Return an argument for all axes; None if it is the default."""
    return None if set(values) == {default} else either(values)


def pair(values: Iterable[Any]) -> str:
    """Return a tuple of code, or of numbers."""
    items = [str(value) for value in values]
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def arguments(*positional: object, **named: object) -> str:
    """Return the arguments of a call; those that are None are left out."""
    named_ones = [f"{name}={value}" for name, value in named.items() if value is not None]
    return ", ".join([*map(str, positional), *named_ones])


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Return lines of code, indented and broken where they are too long; empty lines stay empty."""
    broken = (part for line in lines for part in _broken(line, WIDTH - len(INDENT) * depth))
    return [f"{INDENT * depth}{line}" if line else "" for line in broken]


def _broken(line: str, width: int) -> Iterator[str]:
    """Yield a line, or the lines of a call whose arguments are below each other, as formatters write it."""
    parts = None if len(line) <= width or line.lstrip().startswith("#") else _split(line)
    if parts is None:
        yield line
        return
    start, items, end = parts
    margin = len(start) - len(start.lstrip())
    inner = " " * margin + INDENT
    yield start
    together = inner + ", ".join(items)
    if len(together) <= width:
        yield together
    else:
        for item in items:
            yield from _broken(f"{inner}{item},", width)
    yield " " * margin + end


def _split(line: str) -> tuple[str, list[str], str] | None:
    """Return a line's longest list of items as what is before it, the items, and what is after it; None without one."""
    found: list[list[int]] = []
    stack: list[list[int]] = []
    loops: set[int] = set()
    quoted = ""
    for at, character in enumerate(line):
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "\"'":
            quoted = character
        elif character in "([{":
            stack.append([at])
        elif character in ")]}" and stack:
            edges = stack.pop()
            if len(edges) > 1 and edges[0] not in loops and not loops.intersection(each[0] for each in stack):
                found.append([*edges, at])
        elif stack and character == ",":
            stack[-1].append(at)
        elif stack and line.startswith(" for ", at):
            loops.add(stack[-1][0])
    if not found:
        return None
    edges = max(found, key=lambda each: each[-1] - each[0])
    items = [line[a + 1 : b].strip() for a, b in pairwise(edges)]
    return line[: edges[0] + 1], [item for item in items if item], line[edges[-1] :]

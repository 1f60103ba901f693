"""A learner's own names for what the sentences about mistakes call h, w, n_H, vert_start, stride and so on."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from convstep.check.contracts import Layout
from convstep.check.live import LiveLine
from convstep.check.variables import NAMES

COUNTERS = {"NHWC": ("i", "h", "w", "c"), "NCHW": ("i", "c", "h", "w"), "HW": ("h", "w")}
"""By layout, the counters that an element of the output is stored at."""
GIVEN = frozenset({"stride", "pad", "f"})
"""What is taken out of the hyperparameters by its name."""
WORDS = {
    "stride": r"(?<=[*/] )stride\b|(?<=:)stride\b|(?<=, )stride(?=\))",
    "pad": r"(?<=\* )pad\b",
    "f": r"(?<=[-+] )f\b",
    "Z": r"\bZ(?=\[| =)",
}
"""Names that are words as well, or letters of others: where they stand for a variable."""

WORD = r"\b{}\b"


def own_names(layout: Layout, lines: Sequence[LiveLine]) -> dict[str, str]:
    """Return their names by ours, as far as the lines that ran tell.

    Args:
        layout: The order of the output's axes.
        lines: The lines that ran for a window, with what they bound.
    """
    found: dict[str, str] = {}
    bound = {variable.name for line in lines for variable in line.variables}
    for name, aliases in NAMES.items():
        found[name] = next((alias for alias in aliases if alias in bound), name)
    for line in lines:
        found |= {name: target for target, name in _taken(line.text) if target in bound}
        stored = [re.fullmatch(r"(\w+)\[([\w, ]+)\]", variable.name) for variable in line.variables]
        for match in (each for each in stored if each and line.current):
            places, counters = match[2].split(", "), COUNTERS[layout]
            if len(places) == len(counters) and all(place.isidentifier() for place in places):
                found |= {"Z": match[1], **dict(zip(counters, places, strict=True))}
    for name, own in _starts(lines, found):
        found[name] = own if found[name] == name and name not in bound else found[name]
    return {ours: theirs for ours, theirs in found.items() if ours != theirs}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence, or a line of code, with their names in place of ours."""
    if not names:
        return text
    patterns = [f"(?P<{name}>{WORDS.get(name) or WORD.format(name)})" for name in names]
    return re.sub("|".join(patterns), lambda match: names[match.lastgroup or ""], text)


def _starts(lines: Sequence[LiveLine], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what we call the window's starts and ends with the variables that are set from the loops' counters."""
    for counter, start, end in (("h", "vert_start", "vert_end"), ("w", "horiz_start", "horiz_end")):
        name, own = found.get(counter, counter), ""
        for line in lines:
            for target, value in assigned(line.text):
                match value:
                    case ast.Name(id=it) | ast.BinOp(ast.Name(id=it), ast.Mult()) if it == name:
                        own = target
                        yield start, own
                    case ast.BinOp(ast.Name(id=it), ast.Add()) if it == own:
                        yield end, target


def _taken(text: str) -> Iterator[tuple[str, str]]:
    """Yield the variables that a line takes out of the hyperparameters, each with the name that it has there."""
    for own, given in assigned(text):
        match given:
            case ast.Subscript(slice=ast.Constant(value=str(name))) if name in GIVEN:
                yield own, name


def assigned(text: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the variables that a line of code assigns, each with the expression that it is set to."""
    try:
        with warnings.catch_warnings(action="ignore"):
            (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    match statement.targets[0], statement.value:
        case ast.Name(id=own), value:
            yield own, value
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            yield from (
                (one.id, value) for one, value in zip(targets, values, strict=True) if isinstance(one, ast.Name)
            )

"""What is still as in the template: `Z = None`, `pass`, an empty place between START and END CODE HERE."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_START = re.compile(r"#.*\b(START (YOUR )?CODE|(YOUR )?CODE STARTS?|BEGIN.*CODE|TODO)\b", re.IGNORECASE)
_END = re.compile(r"#.*\b(END (OF )?(YOUR )?CODE|CODE ENDS?|END CODE)\b", re.IGNORECASE)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Placeholders:
    """The lines of a function that are not written yet.

    Attributes:
        lines: The lines, in order; whether they matter shows when it runs.
        sure: Whether the function can't work with them.
    """

    lines: tuple[int, ...]
    sure: bool


def placeholders(function: FunctionNode, lines: Sequence[str]) -> Placeholders:
    """Return what of a function isn't written yet.

    Args:
        function: Its syntax tree.
        lines: The lines of the whole file.
    """
    if _is_stub(function):
        return Placeholders((function.body[-1].lineno,), True)
    sure = tuple(_impossible(function))
    weak = {*sure, *_only_none(function), *_gaps(function, lines)}
    return Placeholders(tuple(sorted(weak)), bool(sure))


def _body(function: FunctionNode) -> list[ast.stmt]:
    """Return a function's statements without its docstring."""
    match function.body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return function.body


def _is_stub(function: FunctionNode) -> bool:
    return all(_does_nothing(statement) for statement in _body(function))


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False


def _impossible(function: FunctionNode) -> Iterator[int]:
    """Yield the lines of None where it can't stand: taken apart, as an element, as a range."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=ast.Constant(value=None)):
                yield node.lineno
            case ast.Assign(targets=[ast.Subscript()], value=ast.Constant(value=None)):
                yield node.lineno
            case ast.AugAssign(value=ast.Constant(value=None)):
                yield node.lineno
            case (
                ast.For(iter=ast.Constant(value=None))
                | ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=None), *_]))
            ):
                yield node.lineno


def _only_none(function: FunctionNode) -> Iterator[int]:
    """Yield the lines of names that get None, and nothing else."""
    bound: dict[str, list[tuple[int, bool]]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            empty = isinstance(node.value, ast.Constant) and node.value.value is None
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append((node.lineno, empty))
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known = {line for line, _ in bound.get(node.id, ())}
            if node.lineno not in known:
                bound.setdefault(node.id, []).append((node.lineno, False))
    for places in bound.values():
        if all(empty for _, empty in places):
            yield from (line for line, _ in places)


def _gaps(function: FunctionNode, lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines of START CODE HERE with no code before END CODE HERE."""
    start: int | None = None
    for number in range(function.lineno, (function.end_lineno or function.lineno) + 1):
        line = lines[number - 1].strip()
        if line.startswith("#"):
            if _END.search(line):
                if start is not None:
                    yield start
                start = None
            elif _START.search(line):
                start = number
        elif line and line != "pass":
            start = None

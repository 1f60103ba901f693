"""One call of a learner's function, followed line by line, and the variables while one window was computed.

The window of an output index is the last time that a line of theirs stores to that place: in the returned array, in a
view of it, or in an array that has its numbers with the axes in another order. Where no line does, rounds of the
innermost loop are counted, if there are as many as windows. Code without loops has one window, the whole call.
"""

from __future__ import annotations

import ast
import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from types import CodeType, FrameType
from typing import Any

import numpy as np

from convstep.check.child import wire
from convstep.check.child.glimpse import SMALL, glimpse, variables
from convstep.check.child.namespace import is_theirs
from convstep.check.child.wire import MAIN

PURE = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.Subscript,
    ast.Slice,
    ast.Tuple,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
)
"""What an expression may be made of that is evaluated once more, to see which place it means."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Access:
    """A place of an array that a line reads or writes.

    Attributes:
        array: The array's name.
        index: Gives the index, as a tuple.
    """

    array: str
    index: CodeType


@dataclass
class Lines:
    """What is known of the lines of one file before it runs.

    Attributes:
        names: The names that a line binds.
        elements: Expressions such as `Z[i, h, w, c]` that a line stores to: their text, and their code.
        loops: The lines of the loops around a line, in the same function, innermost first.
        accesses: The places of arrays that a line of the followed function writes, or reads.
        returned: The names of the array that it returns.
        depth: How many loops its innermost loop is nested in, itself included.
        innermost: The first line inside the innermost loop; 0 for none.
    """

    names: dict[int, set[str]] = field(default_factory=dict)
    elements: dict[int, list[tuple[str, CodeType]]] = field(default_factory=dict)
    loops: dict[int, tuple[int, ...]] = field(default_factory=dict)
    accesses: dict[int, list[Access]] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    depth: int = 0
    innermost: int = 0


def lines_of(statements: Sequence[ast.stmt], function: str, reads: bool, result: int) -> Lines:
    """Return what is known of a file's lines.

    Args:
        statements: Its statements.
        function: The function that is followed; "" where it stands in another file.
        reads: Whether places that are read count, and not those that are written.
        result: Which of the returned arrays is watched.
    """
    known = Lines()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                known.names.setdefault(node.lineno, set()).add(node.id)
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is_pure(node):
                code = _code(ast.unparse(node))
                known.elements.setdefault(node.lineno, []).append((ast.unparse(node), code))
        _loops(statement, (), known.loops)
        for node in ast.walk(statement):
            if isinstance(node, Function) and node.name == function.rpartition(".")[2]:
                _watch(node, reads, result, known)
    return known


def _loops(node: ast.AST, around: tuple[int, ...], loops: dict[int, tuple[int, ...]]) -> None:
    if isinstance(node, (Function, ast.Lambda)):
        around = ()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            loops[child.lineno] = around
        _loops(child, (child.lineno, *around) if isinstance(child, (ast.For, ast.While)) else around, loops)


def _watch(function: Function, reads: bool, result: int, known: Lines) -> None:
    known.returned = {name for node in ast.walk(function) if (name := _returned(node, result))}
    context = ast.Load if reads else ast.Store
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, context) and _is_pure(node):
            array, indices = _unchained(node)
            if array:
                index = _code("(" + "".join(f"{each}," for each in map(_index_text, indices)) + ")")
                known.accesses.setdefault(node.lineno, []).append(Access(array, index))
    known.depth, known.innermost = max(_nests(function, 0), default=(0, 0))


def _returned(node: ast.AST, result: int) -> str:
    match node:
        case ast.Return(value=ast.Name(id=name)) if result == 0:
            return name
        case ast.Return(value=ast.Tuple(elts=items)) if result < len(items):
            item = items[result]
            return item.id if isinstance(item, ast.Name) else ""
    return ""


def _unchained(node: ast.Subscript) -> tuple[str, list[ast.expr]]:
    """Return the array's name and the indices of `Z[i, h][w, c]`, in order."""
    indices: list[ast.expr] = []
    base: ast.expr = node
    while isinstance(base, ast.Subscript):
        parts = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
        indices = [*parts, *indices]
        base = base.value
    return base.id if isinstance(base, ast.Name) else "", indices


def _index_text(node: ast.expr) -> str:
    if not isinstance(node, ast.Slice):
        return ast.unparse(node)
    ends = (ast.unparse(each) if each else "None" for each in (node.lower, node.upper, node.step))
    return f"slice({', '.join(ends)})"


def _nests(node: ast.AST, depth: int) -> Iterator[tuple[int, int]]:
    for child in ast.iter_child_nodes(node):
        inside = depth + isinstance(child, (ast.For, ast.While))
        if isinstance(child, (ast.For, ast.While)):
            yield inside, child.body[0].lineno
        yield from _nests(child, inside)


def _is_pure(node: ast.AST) -> bool:
    return all(isinstance(each, PURE) for each in ast.walk(node))


def _code(text: str) -> CodeType:
    return compile(text, "<place>", "eval")


def final_of(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Call a function; return what it returns, and its variables at the end; None and nothing if it raises."""
    frames: list[FrameType] = []
    names: dict[str, Any] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if frames or not is_theirs(frame.f_code.co_filename):
            return None
        frames.append(frame)
        frame.f_trace_lines = False
        return ended

    def ended(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "return":
            names.update(frame.f_locals)
        return ended

    sys.settrace(trace)
    try:
        return function(*args, **kwargs), names
    except Exception:
        return None, {}
    finally:
        sys.settrace(None)


def watched(
    target: Any, names: dict[str, Any], index: tuple[int, ...], candidates: set[str]
) -> dict[str, tuple[int, ...]]:
    """Return the arrays that hold the same numbers as the watched one, and the place of the index in each.

    An array with its axes in another order is found by its numbers, if only one order fits.
    """
    try:
        wanted = np.asarray(target, float)
    except (TypeError, ValueError):
        return {}
    found = {}
    for name in sorted(candidates & names.keys()):
        array = names[name]
        if not isinstance(array, np.ndarray) or array.ndim != wanted.ndim or array.size != wanted.size:
            continue
        if array.shape == wanted.shape and np.array_equal(array, wanted, equal_nan=True):
            found[name] = index
            continue
        orders = [
            order
            for order in permutations(range(array.ndim))
            if array.transpose(order).shape == wanted.shape
            and np.array_equal(array.transpose(order), wanted, equal_nan=True)
        ]
        if len(orders) == 1 and len(index) == array.ndim:
            found[name] = tuple(index[orders[0].index(axis)] for axis in range(array.ndim))
    return found


class Follower:
    """Follows one call.

    Args:
        files: The lines of each file of theirs, by the file name that its code has.
        watch: The names of the watched array, and in each the place whose window is looked for.
        ordinal: Which round of the innermost loop it is where no line stores to that place; -1 if that is unclear.
    """

    def __init__(self, files: dict[str, Lines], watch: dict[str, tuple[int, ...]], ordinal: int) -> None:
        self._files = files
        self._watch = watch
        self._main = files[MAIN]
        self._ordinal = ordinal
        self._clock = 0
        self._outermost: int | None = None
        self._last: dict[int, tuple[int, int]] = {}
        self._table: dict[Key, tuple[int, int, list[tuple[str, Any]]]] = {}
        self._headers: dict[tuple[int, int], tuple[int, int]] = {}
        self._inside: dict[tuple[int, int], int] = {}
        self.rounds = 0
        self.windows = 0
        self.counted: dict[str, Any] | None = None
        self.found: dict[str, Any] | None = None
        self.whole: dict[str, Any] = {"line": None, "rows": [], "locals": {}}

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        """Follow a frame if it is theirs; for `sys.settrace`."""
        if frame.f_code.co_filename not in self._files or frame.f_code.co_name.startswith("<"):
            return None
        if self._outermost is None:
            self._outermost = id(frame)
        return self._line

    def _line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        known, owner = self._files[frame.f_code.co_filename], id(frame)
        previous = self._last.get(owner)
        if previous is not None:
            self._finish(frame, known, *previous)
        self._clock += 1
        if event == "line":
            line = frame.f_lineno
            self._last[owner] = (line, self._clock)
            self._headers[owner, line] = (self._headers.get((owner, line), (0, 0))[1], self._clock)
            for header in known.loops.get(line, ()):
                self._inside[owner, header] = self._clock
            if line == self._main.innermost and known is self._main:
                self.rounds += 1
        elif event == "return":
            self._last.pop(owner, None)
            if owner == self._outermost:
                self.whole = self._state(frame, None)
        return self._line

    def _finish(self, frame: FrameType, known: Lines, line: int, started: int) -> None:
        """A line is done: remember what it bound, and whether it was at the window."""
        names = frame.f_locals
        bound = [(name, _held(names[name])) for name in sorted(known.names.get(line, ())) if name in names]
        for text, code in known.elements.get(line, ()):
            with contextlib.suppress(Exception):
                bound.append((text, _held(eval(code, frame.f_globals, names))))
        key = (frame.f_code.co_filename, frame.f_code.co_name, line)
        self._table[key] = (started, id(frame), bound)
        if id(frame) != self._outermost:
            return
        for access in known.accesses.get(line, ()):
            with contextlib.suppress(Exception):
                if self._meets(access.array, eval(access.index, frame.f_globals, names), names):
                    self.windows += 1
                    self.found = self._state(frame, line)
        if self.found is None and self._main.innermost and self.rounds - 1 == self._ordinal:
            around = known.loops.get(self._main.innermost, ())
            if known.loops.get(line, ())[-len(around) :] == around:
                self.counted = self._state(frame, line)

    def _meets(self, name: str, given: tuple[Any, ...], names: dict[str, Any]) -> bool:
        """Return whether an access means the watched place, in the watched array itself or through a view of it."""
        array = names[name]
        if name in self._watch:
            return covers(given, self._watch[name], np.shape(array))
        for other, index in self._watch.items():
            target = names.get(other)
            if isinstance(array, np.ndarray) and isinstance(target, np.ndarray) and len(index) == target.ndim:
                if not np.may_share_memory(array, target):
                    continue
                place = target[tuple(slice(each, each + 1) for each in index)]
                if np.shares_memory(_part(array, given), place):
                    return True
        return False

    def _state(self, frame: FrameType, line: int | None) -> dict[str, Any]:
        rows = [
            (file, function, number, bound)
            for (file, function, number), (started, owner, bound) in self._table.items()
            if all(started >= self._begun(owner, header) for header in self._files[file].loops.get(number, ()))
        ]
        kept = {name: _held(value) for name, value in frame.f_locals.items()}
        return {"line": line, "rows": rows, "locals": kept}

    def _begun(self, owner: int, header: int) -> int:
        """Return when the round of a loop began that is running, or was the last one of a loop that is over."""
        before, last = self._headers.get((owner, header), (0, 0))
        return last if self._inside.get((owner, header), 0) > last else before


def _part(array: np.ndarray[Any, Any], given: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """Return a view of the part of an array that an index means."""
    return array[
        tuple(slice(each, each + 1 or None) if isinstance(each, (int, np.integer)) else each for each in given)
    ]


def _held(value: Any) -> Any:
    """Return a value as it is now: small arrays are copied, large ones told by their shape later."""
    if isinstance(value, np.ndarray):
        return value.copy() if value.size <= SMALL else np.broadcast_to(np.zeros((), value.dtype), value.shape)
    return value


def ordinal(index: tuple[int, ...], shape: tuple[int, ...], depth: int) -> tuple[int, int]:
    """Return which round of the innermost loop computes an index, from 0, and how many there must be; -1 if unclear."""
    if len(index) != len(shape) or not 2 <= depth <= len(shape):
        return -1, -1
    first = 1 if depth == 2 and len(shape) == 4 else 0
    at, of = index[first : first + depth], shape[first : first + depth]
    return sum(place * math.prod(of[n + 1 :]) for n, place in enumerate(at)), math.prod(of)


def covers(given: tuple[Any, ...], index: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Return whether an index expression's value means a place, or a part of an array with that place in it."""
    if len(given) == 1 and isinstance(given[0], tuple):
        given = given[0]
    if any(each is Ellipsis for each in given):
        at = next(n for n, each in enumerate(given) if each is Ellipsis)
        given = (*given[:at], *[slice(None)] * (len(shape) - len(given) + 1), *given[at + 1 :])
    if len(given) > len(index) or len(shape) < len(given):
        return False
    return all(_meets(each, place, size) for each, place, size in zip(given, index, shape, strict=False))


def _meets(given: Any, place: int, size: int) -> bool:
    if isinstance(given, slice):
        return place in range(*given.indices(size))
    if isinstance(given, (int, np.integer)):
        return place == (given if given >= 0 else given + size)
    numbers = np.asarray(given)
    return bool(numbers[place]) if numbers.dtype == bool and numbers.ndim == 1 else bool((numbers == place).any())


def follow(
    follower: Follower, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> BaseException | None:
    """Call a function, followed; return what it raised."""
    sys.settrace(follower.trace)
    try:
        function(*args, **kwargs)
    except Exception as error:
        return error
    finally:
        sys.settrace(None)
    return None


def told(follower: Follower, rounds: int, arrays: wire.Arrays) -> dict[str, Any]:
    """Return a call's lines and variables at the window, as JSON holds them.

    Args:
        follower: What followed the call.
        rounds: How many rounds the innermost loop must have had for counting them.
        arrays: Where arrays go.
    """
    state, how = follower.whole, "whole" if follower.whole["rows"] else "none"
    if follower.found is not None:
        state, how = follower.found, "index"
    elif follower.counted is not None and follower.rounds == rounds:
        state, how = follower.counted, "count"
    rows = [
        [file, name, line, [[text, glimpse(value, arrays)] for text, value in bound]]
        for file, name, line, bound in sorted(state["rows"], key=lambda row: (row[0], row[2]))
    ]
    return {
        "how": how,
        "line": state["line"],
        "windows": follower.windows,
        "lines": rows,
        "variables": variables(state["locals"], arrays),
    }

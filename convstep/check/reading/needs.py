"""Which statements of a file a function needs: definitions, imports and constants, and what these need in turn."""

from __future__ import annotations
import __future__

import ast
import builtins
import dis
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType

BUILTIN = frozenset(dir(builtins)) | {"__file__", "__name__", "get_ipython"}
_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "DELETE_GLOBAL"})
_COMPOUND = (ast.If, ast.Try, ast.With)
_SIMPLE = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a file.

    Attributes:
        number: Its number.
        node: Its syntax tree.
        binds: The names that it binds or changes; "*" among them for `from m import *`.
        reads: The names that it takes from the file, when it runs or in what it defines.
    """

    number: int
    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]

    @property
    def defines(self) -> bool:
        """Whether it is a whole definition, which makes earlier bindings of its names void."""
        return not (self.binds & self.reads) and not isinstance(self.node, _COMPOUND)


def statements_of(tree: ast.Module) -> list[Statement]:
    """Return the statements of a file that may be run.

    Raises:
        SyntaxError: One of them can't be compiled.
    """
    found = []
    for number, node in enumerate(tree.body):
        if isinstance(node, (*_SIMPLE, *_COMPOUND)) and not _is_main(node) and (bound := frozenset(_binds(node))):
            found.append(Statement(number, node, bound, frozenset(_reads(node))))
    return found


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(
        isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(node.test)
    )


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _targets(target)
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                yield from _targets(target)
        case ast.AugAssign(target=target) | ast.For(target=target):
            yield from _targets(target)
        case ast.With(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _targets(item.optional_vars)
    if isinstance(node, (*_COMPOUND, ast.For, ast.While, ast.ExceptHandler)):
        for child in ast.iter_child_nodes(node):
            yield from _binds(child)


def _targets(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for each in node.elts:
            yield from _targets(each)
    elif isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
        yield from _targets(node.value)


def _reads(node: ast.stmt) -> Iterator[str]:
    flags = __future__.annotations.compiler_flag
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(ast.Module([node], []), "<file>", "exec", flags, dont_inherit=True)
    yield from _globals(code)


def _globals(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in _GLOBAL:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)


@dataclass(frozen=True)
class Needed:
    """What some names of a file need.

    Attributes:
        statements: The statements, in the order of the file.
        missing: Names that are bound nowhere in the file, and are no builtins.
    """

    statements: tuple[Statement, ...]
    missing: frozenset[str]


def needed(wanted: Collection[str], statements: Sequence[Statement]) -> Needed:
    """Return the statements that bind some names, with everything they need; the last definition of a name counts."""
    binding: dict[str, list[Statement]] = {}
    for statement in statements:
        for name in statement.binds:
            binding.setdefault(name, []).append(statement)
    todo, seen = list(wanted), set(wanted)
    kept: dict[int, Statement] = {}
    missing = set()
    while todo:
        name = todo.pop()
        chain = _chain(binding.get(name, []))
        if not chain and name not in BUILTIN:
            missing.add(name)
        for statement in chain:
            if statement.number not in kept:
                kept[statement.number] = statement
                todo += statement.reads - seen
                seen |= statement.reads
    for statement in binding.get("*", []):
        if missing:
            kept[statement.number] = statement
    return Needed(tuple(kept[number] for number in sorted(kept)), frozenset(missing))


def _chain(bindings: Sequence[Statement]) -> Sequence[Statement]:
    """Return the bindings of a name from the last one on that needs no earlier one."""
    for n in range(len(bindings) - 1, -1, -1):
        if bindings[n].defines:
            return bindings[n:]
    return bindings

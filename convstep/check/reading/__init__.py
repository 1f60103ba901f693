"""Reading a learner's file: a `.py` file or a notebook, taken apart by its syntax tree; nothing of it runs here."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from convstep.check.reading.magics import without_magics
from convstep.check.reading.needs import Statement, needed, statements_of
from convstep.check.reading.notebook import code_of
from convstep.check.reading.placeholders import FunctionNode, placeholders
from convstep.check.reading.syntax import parsed, wrong_syntax
from convstep.check.reading.text import LARGEST, text_of
from convstep.check.submission import Cell, Function, Source, Submission, SubmissionError

MOST_FILES = 20
"""The most files beside a learner's own that are read for it."""


def read(path: str | Path, wanted: Collection[str] = ()) -> Submission:
    """Return a learner's file, read and taken apart.

    Args:
        path: A `.py` file or a notebook.
        wanted: The functions that will be called; their statements are run, and what these need. None for all.

    Raises:
        SubmissionError: It can't be read, or its syntax is wrong: where, with the line and a caret.
    """
    path = Path(path)
    text, cells = _text(path)
    return submission(text, path.name, cells, wanted, path.parent)


def submission(
    text: str, name: str, cells: tuple[Cell, ...] = (), wanted: Collection[str] = (), folder: Path | None = None
) -> Submission:
    """Return a learner's code, taken apart.

    Args:
        text: The code.
        name: The file's name, for messages.
        cells: Where the cells of a notebook are in it.
        wanted: The functions that will be called; none for all.
        folder: Where files that it imports may lie; None for nowhere.

    Raises:
        SubmissionError: Its syntax is wrong.
    """
    text, statements = _statements(text, name, cells)
    functions = tuple(_functions(statements, text.split("\n")))
    roots = {each.partition(".")[0] for each in wanted or [function.name for function in functions]}
    need = needed(roots, statements)
    others: dict[str, Source] = {}
    imports: dict[str, int] = {}
    _follow(need.statements, need.missing, folder, others, imports)
    return Submission(name, text, functions, cells, _source(name, text, need.statements), others, imports)


def _text(path: Path) -> tuple[str, tuple[Cell, ...]]:
    """Return a file's code, and its cells if it is a notebook."""
    try:
        if path.is_dir():
            raise SubmissionError("this is a folder", where=str(path), hint="Give a .py file or a notebook")
        if path.stat().st_size > LARGEST:
            raise SubmissionError("this file is too large for a learner's code", where=path.name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise SubmissionError("there is no such file", where=str(path)) from None
    except (OSError, ValueError) as error:
        raise SubmissionError(f"it can't be read ({error})", where=str(path)) from error
    text = text_of(data, path.name)
    if not text.strip():
        raise SubmissionError("there is nothing to check in an empty file", where=path.name)
    return code_of(text, path.name) if path.suffix.lower() == ".ipynb" else (text, ())


def _statements(text: str, name: str, cells: tuple[Cell, ...]) -> tuple[str, list[Statement]]:
    """Return the text that has a syntax tree, and its statements."""
    try:
        return text, statements_of(parsed(text))
    except SyntaxError as error:
        plain = without_magics(text) if not cells else text
        if plain == text:
            raise wrong_syntax(error, text, name, cells) from error
    try:
        return plain, statements_of(parsed(plain))
    except SyntaxError as error:
        raise wrong_syntax(error, plain, name, cells) from error


def _source(name: str, text: str, statements: Sequence[Statement]) -> Source:
    return Source(name, text, tuple(statement.number for statement in statements))


def _functions(statements: Sequence[Statement], lines: Sequence[str]) -> Iterator[Function]:
    """Yield the functions of a file, each name once: its last definition."""
    last: dict[str, FunctionNode] = {}
    earlier: dict[str, list[int]] = {}
    for statement in statements:
        for name, node in _defined(statement.node):
            if name in last:
                earlier.setdefault(name, []).append(last.pop(name).lineno)
            last[name] = node
    defined = {name for statement in statements for name in statement.binds}
    star = "*" in defined
    for name, node in last.items():
        need = needed([name.partition(".")[0]], statements)
        bound = {each for statement in need.statements for each in statement.binds}
        waiting = placeholders(node, lines)
        yield Function(
            name,
            node.lineno,
            node.end_lineno or node.lineno,
            *_parameters(node, method="." in name),
            tuple(earlier.get(name, ())),
            waiting.lines,
            waiting.sure,
            () if star else tuple(sorted(need.missing)),
            tuple(used for used in last if used != name and used in bound),
        )


def _defined(node: ast.stmt) -> Iterator[tuple[str, FunctionNode]]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, node
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
            returned = ast.copy_location(ast.Return(body), body)
            made = ast.FunctionDef(name=name, args=args, body=[returned], decorator_list=[])
            yield name, ast.copy_location(made, node)
        case ast.ClassDef(name=name):
            for each in node.body:
                if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield f"{name}.{each.name}", each
        case ast.If() | ast.Try():
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    yield from _defined(child)


def _parameters(node: FunctionNode, method: bool) -> tuple[tuple[str, ...], int]:
    """Return the names of a function's parameters, and how many of them must be given."""
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    required = len(names) - len(node.args.defaults)
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list)
    skipped = 1 if method and not static and names else 0
    named = [each.arg for each in node.args.kwonlyargs]
    needs = sum(default is None for default in node.args.kw_defaults)
    return (*names[skipped:], *named), max(0, required - skipped) + needs


def _follow(
    statements: Sequence[Statement],
    missing: Collection[str],
    folder: Path | None,
    others: dict[str, Source],
    imports: dict[str, int],
) -> None:
    """Read the files beside a learner's own that some statements import, and the files that those import."""
    for statement in statements:
        for node in ast.walk(statement.node):
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                names = {alias.name for alias in node.names}
                found = [module] if module else sorted(names)
                bound = {alias.asname or alias.name for alias in node.names}
                wanted = set(missing) if "*" in names else names if module else set()
            elif isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
                bound = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                wanted = set()
            else:
                continue
            for each in found:
                if not _read_beside(each, wanted, folder, others):
                    imports |= dict.fromkeys(bound, node.lineno)


def _read_beside(module: str, wanted: set[str], folder: Path | None, others: dict[str, Source]) -> bool:
    """Read one module's file if it lies beside the learner's own; return whether it does."""
    path = _beside(module, folder)
    if path is None or folder is None or len(others) >= MOST_FILES:
        return False
    try:
        text, cells = _text(path)
        text, statements = _statements(text, path.name, cells)
    except SubmissionError:
        return False
    already = others.get(module)
    names = wanted or {name for statement in statements if _is_definition(statement) for name in statement.binds}
    need = needed(names & {name for statement in statements for name in statement.binds} or names, statements)
    kept = {statement.number for statement in need.statements} | set(already.keep if already else ())
    others[module] = Source(path.name, text, tuple(sorted(kept)))
    if already is None or set(already.keep) != kept:
        _follow(need.statements, need.missing, folder, others, {})
    return True


def _is_definition(statement: Statement) -> bool:
    return isinstance(statement.node, (ast.FunctionDef, ast.ClassDef, ast.Assign))


def _beside(module: str, folder: Path | None) -> Path | None:
    if folder is None or not module:
        return None
    relative = Path(*module.split("."))
    for base in (folder, folder.parent):
        path = (base / relative).with_suffix(".py")
        if path.is_file():
            return path
    return None

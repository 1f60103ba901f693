"""Code that NumPy took when the courses were written, and refuses today: recognised, and repaired."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

SCALARS = {"float": float, "int": int, "complex": complex}
ALIASES = {
    "float": "float",
    "int": "int",
    "bool": "bool",
    "complex": "complex",
    "object": "object",
    "str": "str",
    "long": "int",
    "unicode": "str",
}
"""Names of Python's own types that NumPy once had, too."""
NAMES = {
    "float_": "float64",
    "complex_": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "bool8": "bool_",
    "Inf": "inf",
    "Infinity": "inf",
    "PINF": "inf",
    "infty": "inf",
    "NaN": "nan",
    "NAN": "nan",
    "product": "prod",
    "cumproduct": "cumprod",
    "alltrue": "all",
    "sometrue": "any",
    "asfarray": "asarray",
    "round_": "round",
    "mat": "asmatrix",
    "row_stack": "vstack",
    "in1d": "isin",
    "trapz": "trapezoid",
}
"""Names that NumPy removed, and what to write instead."""

Report = Callable[[str, str, int], None]


def refused(error: BaseException) -> bool:
    """Return whether an error is one that older NumPy did not raise."""
    text = str(error)
    if isinstance(error, AttributeError):
        return "numpy" in text or text.startswith("`np.")
    if isinstance(error, DeprecationWarning):
        return "ndim > 0 to a scalar" in text
    if isinstance(error, ValueError) and text.startswith("setting an array element with a sequence"):
        return "inhomogeneous" not in text
    return isinstance(error, TypeError) and "only 0-dimensional arrays can be converted" in text


def repair(tree: ast.Module, numpy_names: Collection[str]) -> ast.Module:
    """Return a syntax tree in which everything that today's NumPy refuses goes through `Old`.

    Args:
        tree: The learner's code; changed.
        numpy_names: The names under which it imported NumPy.
    """
    repaired: ast.Module = _Repair(frozenset(numpy_names)).visit(tree)
    return ast.fix_missing_locations(repaired)


OLD = "_convstep_old"
"""The name under which repaired code finds an `Old`."""


class _Repair(ast.NodeTransformer):
    def __init__(self, numpy_names: frozenset[str]) -> None:
        self._numpy = numpy_names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in SCALARS:
                return _old("scalar", node, node.func, argument)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=[argument], keywords=[]):
                return _old("math", node, node.func, argument)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        match node.value:
            case ast.Name(id=base) if base in self._numpy:
                return _old("name", node, node.value, ast.Constant(node.attr))
            case ast.Call(func=ast.Attribute(attr="name"), args=[_, ast.Name(id=base), ast.Constant("lib")]) if (
                node.attr == "pad" and base in self._numpy
            ):
                return _old("lib_pad", node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        match node.targets:
            case [ast.Subscript(value=array, slice=index)]:
                loaded = _loaded(array)
                return _statement(node, _old("put", node, node.value, loaded, _index(index)))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Subscript):
            return node
        array, index = _loaded(node.target.value), _index(node.target.slice)
        return _statement(node, _old("add", node, array, index, ast.Constant(type(node.op).__name__), node.value))


def _old(method: str, node: ast.expr | ast.stmt, *arguments: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Name(OLD, ast.Load()), method, ast.Load())
    return ast.copy_location(ast.Call(function, [ast.Constant(node.lineno), *arguments], []), node)


def _statement(node: ast.stmt, value: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(value), node)


def _loaded(node: ast.expr) -> ast.expr:
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Starred)):
        node.ctx = ast.Load()
    return node


def _index(node: ast.expr) -> ast.expr:
    """Return an index as an expression that stands alone: slices become calls of `slice`."""
    if isinstance(node, ast.Slice):
        ends = [each or ast.Constant(None) for each in (node.lower, node.upper, node.step)]
        return ast.Call(ast.Attribute(ast.Name(OLD, ast.Load()), "part", ast.Load()), list(ends), [])
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_index(each) for each in node.elts], ast.Load())
    return node


_IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "MatMult": operator.imatmul,
    "BitAnd": operator.iand,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
}


class Old:
    """What older NumPy did, for repaired code; says where it was needed."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def scalar(self, line: int, kind: Any, value: Any) -> Any:
        """Return `float(value)`, also of an array with one number and several axes."""
        if not _holds_one(value) or kind not in SCALARS.values():
            return kind(value)
        name = kind.__name__
        self._report(
            "float_of_array",
            f"{name}() of an array with several axes is refused by today's NumPy: write .item() instead",
            line,
        )
        return kind(value.item())

    def math(self, line: int, function: Any, value: Any) -> Any:
        """Return what a function of `math` gives, also of an array with one number."""
        if not _holds_one(value):
            return function(value)
        self._report("float_of_array", "a number is needed here, and not an array with one: write .item()", line)
        return function(value.item())

    def put(self, line: int, value: Any, array: Any, index: Any) -> None:
        """Do `array[index] = value`, also where one place gets an array with one number."""
        try:
            array[index] = value
        except (TypeError, ValueError, DeprecationWarning) as error:
            if not refused(error) or not _holds_one(value):
                raise
            array[index] = value.item()
            self._report(
                "float_of_array",
                "an array with one number is put where a number belongs, which today's NumPy refuses: add .item()",
                line,
            )

    def add(self, line: int, array: Any, index: Any, operation: str, value: Any) -> None:
        """Do `array[index] += value`, and the like."""
        changed: Any = _IN_PLACE[operation](array[index], value)
        self.put(line, changed, array, index)

    def name(self, line: int, numpy: Any, name: str) -> Any:
        """Return `np.name`, also where NumPy no longer has it."""
        if numpy is not np or hasattr(np, name):
            return getattr(numpy, name)
        if name in ALIASES:
            self._report("np_float", f"np.{name} is gone from NumPy: write {ALIASES[name]}", line)
            return {"object": object, "str": str, "bool": bool, **SCALARS}[ALIASES[name]]
        if name in NAMES:
            self._report("np_gone", f"np.{name} is gone from NumPy: write np.{NAMES[name]}", line)
            return getattr(np, NAMES[name])
        if name == "asscalar":
            self._report("np_gone", "np.asscalar is gone from NumPy: write a.item() for np.asscalar(a)", line)
            return lambda array: array.item()
        if name == "math":
            self._report("np_gone", "np.math is gone from NumPy: write math, and import it", line)
            return math
        return getattr(numpy, name)

    def part(self, start: Any, stop: Any, step: Any) -> slice:
        """Return `start:stop:step`, as an index has it."""
        return slice(start, stop, step)

    def lib_pad(self, line: int) -> Any:
        """Return `np.pad`, for `np.lib.pad`."""
        if not hasattr(np.lib, "pad"):
            self._report("np_gone", "np.lib.pad is gone from NumPy: write np.pad", line)
        return np.pad


def _holds_one(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.size == 1

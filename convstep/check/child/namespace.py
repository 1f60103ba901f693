"""A learner's definitions, imports and constants, run one by one in a namespace of their own."""

from __future__ import annotations
import __future__

import ast
import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from convstep.check.child.outdated import OLD, Old, repair
from convstep.check.child.wire import MAIN

FLAGS = __future__.annotations.compiler_flag


def is_theirs(filename: str) -> bool:
    """Return whether code with this file name is the learner's."""
    return filename[:1] == "<" and filename[1:-1].isdecimal()


class StandIn:
    """What an import gives whose module isn't there: it says so when it is used."""

    def __init__(self, module: str) -> None:
        self.__dict__["_module"] = module

    def _refuse(self, *_: Any, **__: Any) -> Any:
        module = self.__dict__["_module"]
        raise ModuleNotFoundError(f"No module named '{module}'", name=module)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()

    __call__ = __getitem__ = __iter__ = __add__ = __mul__ = __setattr__ = _refuse


class Failed:
    """A statement of theirs that could not be run.

    Attributes:
        names: The names that it would have bound.
        line: Its line.
    """

    def __init__(self, names: Sequence[str], line: int) -> None:
        self.names = names
        self.line = line


class Code:
    """The statements of one file that are run.

    Args:
        text: The whole text of the file.
        keep: The numbers of the statements at its top level that are run.
        filename: The name that tracebacks give it.
    """

    def __init__(self, text: str, keep: Sequence[int], filename: str) -> None:
        self.text = text
        self.keep = keep
        self.filename = filename

    def statements(self, repaired: bool) -> list[ast.stmt]:
        """Return the statements that are run, with today's NumPy in mind if they are to be repaired."""
        tree = ast.parse(self.text)
        body = [tree.body[each] for each in self.keep]
        if not repaired:
            return body
        return repair(ast.Module(body, []), _numpy_names(body)).body


def _numpy_names(body: Sequence[ast.stmt]) -> set[str]:
    names = {"np", "numpy"}
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                names |= {alias.asname for alias in node.names if alias.name == "numpy" and alias.asname}
    return names


class Namespace:
    """The names of a learner's file, after its statements were run.

    Args:
        main: Their file.
        others: Their other files that it imports, by the names of the modules.
        replaced: Source code of functions that take the place of theirs.
        report: Called with the file, the kind, the sentence and the line of what today's NumPy refuses; None to run
            the code as it is.
    """

    def __init__(
        self,
        main: Code,
        others: Mapping[str, Code],
        replaced: Mapping[str, str],
        report: Callable[[str, str, str, int], None] | None,
    ) -> None:
        self.failed: list[Failed] = []
        self._report = report
        for finder in [each for each in sys.meta_path if isinstance(each, _Finder)]:
            finder.forget()
        if others:
            sys.meta_path.insert(0, _Finder(others, self._fill))
        module = ModuleType("learner")
        self.names = module.__dict__
        self._fill(module, main)
        for name, text in replaced.items():
            own: dict[str, Any] = {"np": np, "__name__": "right"}
            exec(compile(text, "<right>", "exec"), own)
            self.names[name] = own[name]

    def _fill(self, module: ModuleType, code: Code) -> None:
        names = module.__dict__
        names["__builtins__"] = builtins
        names["__file__"] = module.__name__ + ".py"
        if self._report is not None:
            names[OLD] = Old(partial(self._report, code.filename))
        for statement in code.statements(self._report is not None):
            try:
                self._run(statement, names, code.filename)
            except (Exception, SystemExit) as error:
                self._missed(statement, names, error)

    def _run(self, statement: ast.stmt, names: dict[str, Any], filename: str) -> None:
        if isinstance(statement, ast.ImportFrom) and statement.level:
            _import_beside(statement, names)
            return
        try:
            exec(_compiled(statement, filename), names)
        except ModuleNotFoundError:
            if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)) or not statement.decorator_list:
                raise
            statement.decorator_list = []  # a decorator of a module that isn't there, such as numba's jit
            exec(_compiled(statement, filename), names)

    def _missed(self, statement: ast.stmt, names: dict[str, Any], error: BaseException) -> None:
        bound = [alias.asname or alias.name.partition(".")[0] for alias in getattr(statement, "names", ())]
        if isinstance(error, ImportError) and isinstance(statement, (ast.Import, ast.ImportFrom)):
            named = statement.module or "" if isinstance(statement, ast.ImportFrom) else statement.names[0].name
            for name in bound:
                if name != "*":
                    names[name] = StandIn(error.name or named)
        if not bound:
            names_in = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            bound = [node.id for node in names_in if isinstance(node.ctx, ast.Store)]
        self.failed.append(Failed(bound, statement.lineno))


def _compiled(statement: ast.stmt, filename: str) -> CodeType:
    code: CodeType = compile(ast.Module([statement], []), filename, "exec", FLAGS, dont_inherit=True)
    return code


def _import_beside(statement: ast.ImportFrom, names: dict[str, Any]) -> None:
    """Run `from .module import name` as if the folder of the file were on the path."""
    if statement.module is None:
        for alias in statement.names:
            names[alias.asname or alias.name] = __import__(alias.name)
        return
    plain = ast.ImportFrom(statement.module, statement.names, 0)
    exec(_compiled(ast.copy_location(plain, statement), MAIN), names)


class _Finder(MetaPathFinder, Loader):
    """Finds a learner's other files, which were read beforehand."""

    def __init__(self, others: Mapping[str, Code], fill: Callable[[ModuleType, Code], None]) -> None:
        self._others = others
        self._fill = fill

    def forget(self) -> None:
        """Forget the modules that were found, so that other ones can take their place."""
        sys.meta_path.remove(self)
        for name in list(sys.modules):
            if self._known(name):
                del sys.modules[name]

    def _known(self, name: str) -> bool:
        return name in self._others or any(each.startswith(name + ".") for each in self._others)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not self._known(fullname):
            return None
        return ModuleSpec(fullname, self, is_package=fullname not in self._others)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ in self._others:
            self._fill(module, self._others[module.__name__])

"""Only the public API of Textual and Rich is used: no private name is imported, accessed or overridden."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.suggester import Suggester

import convstep.tui
from convstep.tui.app import ConvstepApp, tolerant_driver

HERE = Path(convstep.tui.__file__).parent
MODULES = [
    ".".join(("convstep.tui", *path.relative_to(HERE).with_suffix("").parts))
    for path in HERE.rglob("*.py")
    if path.stem[0] != "_"
]
DOCUMENTED = {
    "ALLOW_SELECT",
    "AUTO_FOCUS",
    "BINDINGS",
    "COMMANDS",
    "CSS_PATH",
    "HORIZONTAL_BREAKPOINTS",
    "TITLE",
    "VERTICAL_BREAKPOINTS",
    "available_themes",
    "check_action",
    "compose",
    "dismiss",
    "get_default_screen",
    "get_suggestion",
    "render_line",
    "render_lines",
    "theme",
}
"""What Textual's guide and reference name as the way to make a widget, a screen or an app one's own."""
HANDLERS = ("on_", "action_", "watch_", "validate_", "compute_")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for name in MODULES:
        yield name, ast.parse(inspect.getsource(importlib.import_module(name)))


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in ("_replace", "_make", "_asdict", "_exit")


def test_nothing_private_is_imported() -> None:
    for module, tree in trees():
        for node in ast.walk(tree):
            names = [alias.name for alias in getattr(node, "names", ())] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                assert not any(map(private, name.split("."))), f"{module} imports {name}"


def test_nothing_private_of_others_is_reached_for() -> None:
    for module, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and private(node.attr):
                owner = node.value
                assert isinstance(owner, ast.Name), f"{module}:{node.lineno} reaches for {node.attr}"
                assert owner.id in ("self", "cls"), f"{module}:{node.lineno} reaches for {owner.id}.{node.attr}"


def own_classes() -> list[type]:
    found = {
        each
        for name in MODULES
        for _, each in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if each.__module__ == name and issubclass(each, (MessagePump, Suggester))
    }
    return sorted(found, key=lambda each: each.__qualname__)


@pytest.mark.parametrize("own", own_classes(), ids=lambda own: own.__name__)
def test_only_what_textual_documents_is_overridden(own: type) -> None:
    theirs = {name for base in own.__mro__ if base.__module__.startswith("textual") for name in vars(base)}
    tree = ast.parse(inspect.getsource(own)).body[0]
    assert isinstance(tree, ast.ClassDef)
    made = {each.name for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for node in ast.walk(tree):
        for target in [*getattr(node, "targets", ()), getattr(node, "target", None)]:
            if isinstance(target, ast.Name) and node in tree.body:
                made.add(target.id)
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                made.update(name for name in [target.attr] if private(name))
    made = {name for name in made if not name.startswith("__")}
    for name in sorted(made & (theirs | {name for name in names_textual_assigns(own) if private(name)})):
        assert name in DOCUMENTED or name.startswith(HANDLERS), f"{own.__name__} overrides {name}"


def names_textual_assigns(own: type) -> set[str]:
    """What Textual's own classes below `own` keep in their instances."""
    bases = (base for base in own.__mro__ if base.__module__.startswith("textual"))
    return {name for base in bases for name in names_assigned(base)}


@cache
def names_assigned(base: type) -> frozenset[str]:
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(base)))
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def test_the_one_driver_method_that_is_replaced_is_still_there() -> None:
    """`tolerant_driver` relies on `run_input_thread` and `exit_event` of Textual's driver for Unix."""
    driver = ConvstepApp.get_driver_class(ConvstepApp.__new__(ConvstepApp))
    assert issubclass(driver, Driver)
    source = inspect.getsource(driver)
    assert "def run_input_thread(self) -> None:" in source
    assert "while not self.exit_event.is_set():" in source
    assert "self.run_input_thread()" in source
    assert tolerant_driver(driver) is not driver

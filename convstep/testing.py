"""For a course's own tests with pytest: fixtures, and scripts that are collected as tests.

With `convstep_lessons = true` in the ini file, each `*.steps` file in a folder of tests is a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from convstep.opening import Session

Check = Callable[..., None]
ENDING = ".steps"
SETTING = "convstep_lessons"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that has scripts collected."""
    parser.addini(SETTING, f"collect *{ENDING} files, convstep's scripts, as tests", type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return a collector for a script, if scripts are to be collected."""
    if file_path.suffix != ENDING or not parent.config.getini(SETTING):
        return None
    collector: pytest.Collector = ScriptFile.from_parent(parent, path=file_path)
    return collector


class ScriptFile(pytest.File):
    """A script; it is one test."""

    def collect(self) -> Iterator[pytest.Item]:
        yield ScriptItem.from_parent(self, name="replay")


class ScriptItem(pytest.Item):
    """Carries out a script; fails if something that it expects does not hold, or if it can't be carried out."""

    def runtest(self) -> None:
        import numpy as np

        from convstep.cli.shots import Shooter
        from convstep.errors import ConvstepError
        from convstep.opening import open_script
        from convstep.report.replay import Replay

        path = os.path.relpath(self.path) if self.path.is_relative_to(Path.cwd()) else str(self.path)
        replayed = Replay(path)
        with np.errstate(all="ignore"):
            try:
                session, script, folder = open_script(path)
                session.shoot = Shooter(session, folder)
                for _ in replayed.run(session, script, folder.include):
                    pass
            except ConvstepError as error:
                replayed.error = error
        wrong = [*replayed.failures, *filter(None, [replayed.error])]
        if wrong:
            pytest.fail("\n".join(line for each in wrong for line in each.lines), pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], None, str]:
        return self.path, None, self.name


@pytest.fixture
def convstep_session(request: pytest.FixtureRequest) -> Callable[[str], Session]:
    """Return what opens a session on a spec, a file beside the test or a bundled one: `convstep_session("course")`."""

    def open_spec(spec: str) -> Session:
        from convstep.opening import open_session

        beside = request.path.parent / spec
        session = open_session(beside if beside.exists() else spec)
        session.begin()
        return session

    return open_spec


@pytest.fixture
def convstep_check() -> Check:
    """Return what fails a test unless a function is right: `convstep_check(conv_forward)`."""
    return check


def check(function: Callable[..., Any], name: str = "") -> None:
    """Fail the test, with where it first goes wrong and which mistake it is, unless a function is right.

    Args:
        function: A `conv_forward`, or another function that is known.
        name: The name of the known function that it stands for; "" for its own.
    """
    from convstep.check import check_function
    from convstep.check.checking import Checked, Report
    from convstep.report.check import check_text, passed

    report = Report("", (Checked(check_function(function, name)),))
    if not passed(report):
        pytest.fail("\n".join(check_text(report)), pytrace=False)

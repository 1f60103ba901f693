"""What is kept for GitHub says what is so."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from commands import ROOT
from PIL import Image
from ruamel.yaml import YAML

from convstep.debugger.script import statements
from convstep.report.film.cast import label
from convstep.report.scripts import lessons

FOLDER = ROOT / ".github"


def test_the_workflow_runs_what_has_to_pass_on_every_version_that_is_supported() -> None:
    workflow = YAML(typ="safe").load(FOLDER / "workflows" / "ci.yml")
    job = workflow["jobs"]["test"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest is not None
    assert job["strategy"]["matrix"]["python"][0] == oldest[1]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md"])
def test_files_that_are_named_are_there(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:convstep|tests|sample_specs|\.ci)/[\w./]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\(([\w.]+)\)", text)
    assert [link for link in links if not (FOLDER / Path(link)).exists()] == []


def test_the_pictures_of_the_readme_are_there_and_say_what_the_lesson_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\(\.github/([\w.-]+)\)", readme))
    assert named == {"screen.png", "model.png", "ten-steps.gif", "first-conv.gif", "first-conv.html", "first-conv.cast"}
    lesson = next(each for each in lessons() if each.name == "first-conv")
    lines = statements(Path(lesson.path).read_text(encoding="utf-8"))
    said = [label(each.rest) for each in lines if each.verb == "say"]
    events = map(json.loads, (FOLDER / "first-conv.cast").read_text(encoding="utf-8").splitlines()[1:])
    markers = [data for _, kind, data in events if kind == "m"]
    assert [each for each in markers if each in said] == said
    page = unescape(re.sub("<.*?>", "", (FOLDER / "first-conv.html").read_text(encoding="utf-8")))
    assert all(each.removesuffix("…") in page for each in said)
    with Image.open(FOLDER / "first-conv.gif") as image:
        assert getattr(image, "n_frames", 0) >= len(markers)

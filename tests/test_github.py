"""What is kept for GitHub says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import ROOT
from ruamel.yaml import YAML

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

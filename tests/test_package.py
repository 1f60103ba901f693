"""The package as it is installed: the samples are found from a wheel, and from a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_samples_are_found_from_a_wheel(site: Path, tmp_path: Path) -> None:
    assert not (site / "sample_specs").exists()
    code = (
        "import convstep, sys; from convstep.spec import samples\n"
        "assert convstep.__file__.startswith(sys.argv[1]), convstep.__file__\n"
        "for name, _, path in samples(): assert str(path).startswith(sys.argv[1]); convstep.load(name)\n"
        "print(len(samples()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(site)],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": ""},
    )
    assert done.stdout == "11\n"


def test_the_license_and_the_stylesheet_are_in_the_wheel(site: Path) -> None:
    for sheet in ("style", "check", "diff"):
        assert (site / "convstep" / "tui" / f"{sheet}.tcss").exists()
    assert list(site.glob("*.dist-info/licenses/LICENSE"))

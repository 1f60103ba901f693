"""`convstep emit`: code on standard output, or in a folder with its arrays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, convstep

from convstep.report.files import new_folder, remove_unfinished


def run(program: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", program], check=False, capture_output=True, text=True)


def test_a_folder_has_the_code_and_its_arrays(tmp_path: Path) -> None:
    done = convstep("emit", "residual", "--framework", "numpy", "--out", "here", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "here/net.py\nhere/arrays.npz\n", "")
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["arrays.npz", "net.py"]
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    ran = run(tmp_path / "here" / "net.py")
    assert ran.returncode == 0
    assert ran.stdout.startswith("agrees with convstep: the largest difference is ")
    with np.load(tmp_path / "here" / "arrays.npz") as arrays:
        assert arrays["stem/weights"].shape == (3, 3, 3, 4)
        assert arrays["input"].shape == (1, 32, 32, 3)
        assert arrays["expected"].shape == (1, 6)


def test_without_a_folder_the_code_is_printed_with_its_arrays(tmp_path: Path) -> None:
    done = convstep("emit", "tiny", "--framework", "np", "--set", "conv1.padding=same")
    assert (done.returncode, done.stderr) == (0, "")
    assert "# Written by 'convstep emit tiny --set conv1.padding=same --framework np'." in done.stdout
    (tmp_path / "net.py").write_text(done.stdout, encoding="utf-8")
    assert run(tmp_path / "net.py").stdout == ("agrees with convstep: the largest difference is 0, of values up to 9\n")


def test_a_folder_that_cannot_be_filled_is_not_left_behind(tmp_path: Path) -> None:
    def fill() -> None:
        with new_folder(str(tmp_path / "here")) as folder:
            Path(folder, "half").write_text("half", encoding="utf-8")
            assert not (tmp_path / "here").exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert not list(tmp_path.iterdir())


def test_unfinished_folders_are_removed_when_a_signal_ends_the_process(tmp_path: Path) -> None:
    with new_folder(str(tmp_path / "here")) as folder:
        Path(folder, "half").touch()
        remove_unfinished()
        assert not list(tmp_path.iterdir())
        Path(folder).mkdir()


def test_neither_the_screen_nor_a_framework_is_loaded() -> None:
    code = (
        "import sys; from convstep.cli import main; main(sys.argv[1:])\n"
        "print({'textual', 'rich', 'torch', 'jax', 'keras', 'tensorflow'} & set(sys.modules))"
    )
    arguments = [sys.executable, "-c", code, "emit", "tiny", "--framework", "torch"]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_layer_is_printed_alone() -> None:
    done = convstep("emit", "mnist", "--framework", "tensorflow", "--layer", "conv2")
    assert (done.returncode, done.stdout) == (0, 'x = tf.nn.conv2d(x, W, 1, "SAME") + b\n')


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "net.py").write_text("mine", encoding="utf-8")
    arguments = ("emit", "tiny", "--framework", "numpy", "--out", "here")
    done = convstep(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "here: the folder exists. --force writes into it all the same\n"
    assert [path.read_text() for path in (tmp_path / "here").iterdir()] == ["mine"]
    assert convstep(*arguments, "--force", cwd=tmp_path).returncode == 0
    assert run(tmp_path / "here" / "net.py").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--framework: none is given. It is one of tensorflow, keras, torch, jax, numpy\n"),
        (["--framework", "tensorflw"], "convstep: there is no framework 'tensorflw'. Did you mean 'tensorflow'?\n"),
        (
            ["--framework", "caffe"],
            "convstep: there is no framework 'caffe'. The frameworks are tensorflow, keras, torch, jax, numpy\n",
        ),
        (["--framework", "jax", "--layer", "conv9"], "convstep: there is no layer 'conv9'. Did you mean 'conv1'?\n"),
        (["--framework", "jax", "--out", "no/such"], "no/such: can't write: No such file or directory\n"),
        (["--framework", "jax", "--out", "file"], "file: it exists, and is no folder\n"),
        (
            ["--framework", "jax", "--out", "a", "--layer", "conv1"],
            "--out: the call of one layer goes to standard output. Leave out --layer\n",
        ),
    ],
)
def test_wrong_use_is_one_clear_message(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = convstep("emit", "tiny", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_net_that_cannot_run_is_written_up_to_there(tmp_path: Path) -> None:
    done = convstep("emit", "mnist", "--set", "conv2.padding=valid", "--framework", "jax", "--out", "n", cwd=tmp_path)
    assert done.returncode == 0
    assert (
        "# It ends at flatten, as dense1: its weights were made for 3136 inputs" in (tmp_path / "n/net.py").read_text()
    )

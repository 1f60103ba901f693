"""Hints that fit the mistake; what is piped in is read; calls from other courses are recognised."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, PROGRAM, ROOT, convstep
from PIL import Image

from convstep import avg_pool, conv_forward, load, max_pool
from convstep.cli import COMMANDS, build_parser
from convstep.engine import conv2d
from convstep.errors import ConvstepError, SpecError

TINY = (ROOT / "sample_specs" / "tiny.yaml").read_text()


def said(*arguments: str, cwd: Path | None = None, stdin: str = "") -> str:
    done = convstep(*arguments, cwd=cwd, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_a_mistyped_command_is_answered_with_the_right_one() -> None:
    assert said("shape", "mnist") == "convstep: there is no command 'shape'. Did you mean 'shapes'?\n"
    assert said("frward", "mnist", "--out", "x.npz").endswith("Did you mean 'forward'?\n")
    assert said("debugg") == "debugg: there is no such command, file or bundled net. Did you mean 'debug'?\n"
    assert "The commands are debug, samples" in said("qqq", "mnist")


def test_a_spec_that_is_called_like_a_command_gets_no_hint_about_commands(tmp_path: Path) -> None:
    (tmp_path / "shape.yaml").write_text(TINY.replace("[-1, 0, 1]", "[-1, 0]"))
    (tmp_path / "forwards").write_text(TINY)
    message = said("shapes", "shape.yaml", cwd=tmp_path)
    assert "expected 3×3×1×1 numbers, got 3×2 numbers" in message
    assert "Did you mean" not in message
    assert convstep("shapes", "forwards", cwd=tmp_path).returncode == 0
    assert "Did you mean" not in said("shapes", "tiny", "--set", "input.shape=[5,5]")


def test_a_change_to_a_bundled_net_does_not_blame_a_line_of_its_file() -> None:
    message = said("shapes", "photo", "--set", "conv1.kernel=5")
    assert message == (
        "--set conv1.kernel=5: photo.yaml: layers[0].weights.file: photo_filters.npz, key 'conv1/weights': "
        "expected 5×5×3×8 numbers, got 4×4×3×8 numbers\n"
    )
    assert said("shapes", "photo", "--set", "conv1.filters=9").startswith(
        "--set conv1.filters=9: photo.yaml: layers[0]"
    )


def test_a_usage_can_be_typed(capfd: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            build_parser().parse_args([command, "--help"])
        assert capfd.readouterr().out.startswith(f"usage: convstep {command} [-h]")


def test_what_is_no_spec_is_told_what_to_do_with_it(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "cat.png")
    np.save(tmp_path / "x.npy", np.zeros((4, 4)))
    (tmp_path / "nets").mkdir()
    assert said("shapes", "nets", cwd=tmp_path) == "nets: is a folder, not a spec\nIt has no .yaml files\n"
    (tmp_path / "nets" / "b.yaml").write_text(TINY)
    (tmp_path / "nets" / "a.yaml").write_text(TINY)
    assert said("shapes", "nets", cwd=tmp_path).endswith("In it are a.yaml, b.yaml\n")
    assert said("shapes", "cat.png", cwd=tmp_path) == (
        "cat.png: is a picture, not a spec\nShow it to a net: convstep photo --set input.image=cat.png\n"
    )
    assert said("shapes", "x.npy", cwd=tmp_path) == (
        "x.npy: is an array, not a spec\nGive it to a net as its input: convstep forward SPEC --input x.npy\n"
    )
    assert convstep("shapes", "photo", "--set", "input.image=cat.png", cwd=tmp_path).returncode == 0


def test_a_spec_that_is_piped_in_is_read_without_being_named(tmp_path: Path) -> None:
    assert convstep("shapes", stdin=TINY).stdout.startswith("Five by five")
    assert convstep("forward", stdin=TINY).stdout.startswith("Five by five")
    assert convstep("shapes").stdout.startswith("A cat through the course's net")
    (tmp_path / "s.yaml").write_text(TINY)
    for stdin, first in (("s.yaml", "Five by five"), ("/dev/null", "A cat")):
        with (tmp_path / stdin).open() as file:
            done = subprocess.run(
                [*PROGRAM, "shapes"],
                check=True,
                stdin=file,
                capture_output=True,
                text=True,
                env=ENVIRONMENT,
                timeout=60,
            )
        assert done.stdout.startswith(first)


def test_a_note_about_the_input_is_no_part_of_the_output(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("7," + ",".join("1" * 25))
    done = convstep("forward", "tiny", "--input", "x.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "x.csv: the first of 26 columns is taken for the label (7), and left out\n"
    assert "label" not in done.stdout


def test_what_can_only_mean_one_thing_is_taken(tmp_path: Path) -> None:
    long = """input: {shape: [8, 6, 2]}
layers:
  - leaky_relu: {alpha: 0.2}
  - max_pool: {kernel: 2}
  - avg_pool: {kernel: [1, 2]}
  - dropout: {rate: 0.3}
  - upsample: {scale: [2, 1]}
  - pad: {padding: 1}
  - add: {inputs: [pad1, pad1]}
  - flatten: {}
  - dense: {units: 10}
  - relu: {}
"""
    short = """input: {shape: [8, 6, 2]}
layers:
  - leaky_relu: 0.2
  - max_pool: 2
  - avg_pool: [1, 2]
  - dropout: 0.3
  - upsample: [2, 1]
  - pad: 1
  - add: [pad1, pad1]
  - flatten
  - dense: 10
  - relu
"""
    file = tmp_path / "net.yaml"
    file.write_text(long)
    whole, _ = load(file)
    file.write_text(short)
    assert load(file)[0].layers == whole.layers
    for wrong in ("conv: 3", "relu: 3", "max_pool: two", "add: 3", "batch_norm: 1"):
        file.write_text(f"input: {{shape: [8, 6, 2]}}\nlayers:\n  - {wrong}\n")
        with pytest.raises(SpecError, match=r"net.yaml:3:"):
            load(file)


class TestCallsFromOtherCourses:
    """CS231n has x (N, C, H, W), w (F, C, HH, WW), and a pool_param with pool_height and pool_width."""

    X = np.arange(96.0).reshape(2, 3, 4, 4)

    def test_channels_first_are_recognised_and_the_line_that_works_is_given(self) -> None:
        for filters in (3, 5):
            w = np.ones((filters, 3, 4, 4))
            with pytest.raises(ConvstepError) as caught:
                conv2d(self.X, w, np.zeros(filters), {"stride": 2, "pad": 1})
            assert "These look like channels first, x (N, C, H, W) and w (F, C, HH, WW)" in str(caught.value)
            x, b, hparameters = self.X, np.zeros(filters), {"stride": 2, "pad": 1}
            line = str(caught.value).rpartition("channels are last: ")[2]
            known = {"conv_forward": conv_forward, "x": x, "w": w, "b": b, "hparameters": hparameters}
            assert next(eval(line, known)).value == x[0, :, :3, :3].sum()

    def test_their_name_for_the_window_is_named(self) -> None:
        for pool in (max_pool, avg_pool):
            with pytest.raises(ConvstepError) as caught:
                pool(self.X, {"pool_height": 2, "pool_width": 3, "stride": 2})
            assert str(caught.value) == (
                "hparameters: unknown hyperparameter 'pool_height'. "
                'Here the size of the window is f: {"f": (2, 3), "stride": 2}'
            )

    def test_too_much_padding_is_our_own_error(self) -> None:
        with pytest.raises(ConvstepError, match="there is no memory for an output of"):
            conv2d(np.ones((1, 4, 4, 1)), np.ones((2, 2, 1, 1)), None, {"pad": 10**9})
        with pytest.raises(ConvstepError, match="there is no memory for an output of"):
            next(max_pool(np.ones((1, 4, 4, 1)), {"f": 2, "pad": 10**9}))

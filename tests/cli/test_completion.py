"""Completion in a shell: the script that bash sources, and what it is answered."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ENVIRONMENT, convstep

from convstep.cli import COMMANDS, build_parser
from convstep.cli.completion import candidates

NETS = ["photo", "digits", "course", "tiny", "residual", "conv_forward"]
SAMPLES = [*NETS, "lenet5", "lenet32", "mnist", "conv1d", "wide"]
MNIST = ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense1", "relu3", "dense2", "softmax"]

NET = """\
title: mine
input: {shape: [4, 4, 1]}
layers:
  - conv: {name: edges, filters: 1, kernel: 3}
  - relu
"""


def in_bash(words: list[str], folder: Path) -> list[str]:
    """What bash would offer, its words split at = and : as it does; the last one is being typed."""
    done = subprocess.run(
        [
            "bash",
            "--norc",
            "-c",
            f'convstep() {{ {shlex.join([sys.executable, "-m", "convstep"])} "$@"; }}\n'
            'eval "$(convstep completion bash)"\n'
            f"COMP_WORDS=(convstep {shlex.join(words)})\n"
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
            "_convstep convstep\n"
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=ENVIRONMENT,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sh"], ["shapes"]),
        (["my"], ["my.yaml"]),
        (["trace", "my.yaml", "--layer", ""], ["edges", "relu1"]),
        (["trace", "my.yaml", "--layer", "=", "e"], ["edges"]),
        (["map", "my.yaml", "--neuron", "e"], ["edges:"]),
        (["map", "my.yaml", "--pixel", "=", ""], ["edges:", "relu1:"]),
        (["my.yaml", "--set", "e"], ["edges."]),
        (["my.yaml", "--set", "edges.str"], ["edges.stride="]),
        (["mnist", "--set", "=", "conv"], ["conv1.", "conv2."]),
        (["mnist", "--set", "="], [f"{name}." for name in MNIST if name[:2] in ("co", "po", "de")] + ["input."]),
        (["shapes", "--padding", ""], ["same", "valid"]),
        (["shapes", "mnist", "--j"], ["--json"]),
        (["samples", "--copy", "len"], ["lenet5", "lenet32"]),
        (["trace", "--layer", "c", "--nets", "o"], [""]),
        (["forward", "mnist", "--out", "x"], [""]),
        ([r"with\ bl"], [r"with\ blank.yaml"]),
        (["nets/"], ["nets/deep.yaml"]),
    ],
    ids=lambda each: " ".join(each),
)
def test_bash_completes(words: list[str], found: list[str], tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    for name in ("my.yaml", "with blank.yaml", "nets/deep.yaml", "nets/other.txt"):
        (tmp_path / name).write_text(NET)
    assert in_bash(words, tmp_path) == found


def test_every_command_and_option_is_offered() -> None:
    parser = build_parser()
    assert candidates(parser, [""])[: len(COMMANDS)] == list(COMMANDS)  # type: ignore[index]
    for command in COMMANDS:
        usage = parser.commands[command].format_usage()
        for option in candidates(parser, [command, "-"]) or []:
            assert option in usage or option == "--help"
        assert len(candidates(parser, [command, "-"]) or []) == usage.count("[-") + 1


def test_nets_and_layers_are_offered() -> None:
    parser = build_parser()
    assert [each for each in candidates(parser, ["shapes", ""]) or [] if "/" not in each] == SAMPLES
    assert candidates(parser, ["diff", "mnist", "cour"]) == ["course"]
    assert candidates(parser, ["diff", "mnist", "mnist", "--set-b", "conv1.padding"]) == [
        "conv1.padding=",
        "conv1.padding_mode=",
    ]
    for layers in (["trace", "mnist", "--layer", ""], ["trace", "--full", "mnist", "--layer="]):
        assert [each.removeprefix("--layer=") for each in candidates(parser, layers) or []] == MNIST


def test_what_was_given_is_not_offered_again() -> None:
    parser = build_parser()
    assert candidates(parser, ["shapes", "mnist", "--json", "--j"]) == []
    assert candidates(parser, ["shapes", "mnist", "--set", "conv1.stride=2", "--se"]) == ["--set"]
    assert candidates(parser, ["shapes", "mnist", "m"]) == []


@pytest.mark.parametrize(
    "words",
    [
        ["trace", "broken.yaml", "--layer", ""],
        ["trace", "nowhere.yaml", "--set", "c"],
        ["trace", ".", "--layer", ""],
        ["trace", "-", "--layer", ""],
        ["shapes", "no/such/folder/"],
        ["--set", "nosuch."],
        ["shapes", "'open quote"],
        ["shapes", "back\\"],
        ["shapes", "a\0b"],
        ["debug", "--", "--", "-", "=", ":"],
        ["--joined"],
        ["--joined", "=", ":", "="],
        [],
    ],
)
def test_it_never_errs(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.yaml").write_text("layers: [{conv: }, ]]")
    monkeypatch.chdir(tmp_path)
    candidates(build_parser(), words)
    if "a\0b" not in words:
        done = convstep("__complete", *words, cwd=tmp_path)
        assert done.stderr == ""
        assert done.returncode in (0, 1)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_can_be_read(shell: str) -> None:
    done = convstep("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "convstep __complete" in done.stdout
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True, capture_output=True).stderr == ""

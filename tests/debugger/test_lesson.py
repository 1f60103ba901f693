"""Scripts are carried out line after line: expectations, bookmarks, questions, other scripts, and what is wrong."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from random import Random

import numpy as np
import pytest

from convstep.debugger import VERBS, Session
from convstep.debugger.lesson import Played, play
from convstep.debugger.script import About, about
from convstep.errors import ConvstepError, ExpectationError, VerbError
from convstep.opening import open_session
from convstep.spec import load


def played(text: str, spec: str = "tiny", files: Mapping[str, str] | None = None) -> list[Played]:
    def include(path: str, script: str) -> tuple[str, str]:
        if path not in (files or {}):
            raise VerbError(f"no file '{path}' beside {script}")
        return path, (files or {})[path]

    return list(play(open_session(spec), text, "lesson.steps", include))


def outcomes(text: str, spec: str = "tiny") -> list[str]:
    return [each.outcome for each in played(text, spec)]


def test_every_verb_of_the_screen_is_carried_out() -> None:
    lines = [
        *("play", "play backward 20 row", "channel next", "channel 0", "channel all", "mark 1 1", "map"),
        *("contributions", "shapes", "paddings", "zoom", "zoom pixel", "copy numbers", "theme light", "help"),
        *("gallery", "prompt jump", "weight", "weight 0 0 0", "predict value", "emit torch", "mark", "back to", "quit"),
    ]
    assert outcomes("\n".join(lines)) == ["done"] * len(lines)
    assert len(played("step\nquit\nstep")) == 2
    for wrong in ("channel 9", "zoom near", "theme blue", "play never", "mark 99 0", "mark 1 2 3", "copy all"):
        with pytest.raises(VerbError):
            played(wrong)


@pytest.mark.parametrize("spec", ["tiny", "photo", "mnist", "residual", "conv1d", "lenet5"])
def test_looking_works_in_every_layer(spec: str) -> None:
    for layer in load(spec)[0].names:
        for verb in ("map", "contributions", "shapes", "channel next"):
            assert played(f"layer {layer}\n{verb}", spec)[1].said


def test_what_the_screen_would_show_is_told() -> None:
    *_, mark, seen = played("open course\njump conv1 0 0 0\nmark 5 7\nmap")
    assert mark.said.startswith("16 neurons of each map see row 5, column 7; later relu1 16")
    assert seen.said == "sees rows −1 to 2 and columns −1 to 2 of the input, 9 places of them inside"


RIGHT = """\
jump conv1 1 2 0
expect index 1 2 0
expect index 0 1 2 0
expect number 6
expect layer conv1
expect shape 3 3 1
expect shape pool1 1 1 1
expect padding valid
expect padding 0
expect padding 0 0 0 0
expect neurons pool1 1
"""


def test_expectations_compare_with_numpy() -> None:
    network, x = load("tiny")
    session = Session(network, x)
    session.jump((0, 1, 2, 0))
    step = session.frame.step
    assert step is not None
    assert step.filter is not None
    rows, cols = step.rows, step.cols
    patch = x[0, rows.start : rows.stop, cols.start : cols.stop]
    size = " ".join(map(str, patch.shape))
    numbers = " ".join(repr(float(each)) for each in patch.ravel())
    products = patch.astype(np.float64) * step.filter.astype(np.float64)
    total = float(network.forward(x)["conv1"].astype(np.float64).sum())
    text = f"""{RIGHT}
expect rows {rows.start} {rows.stop}
expect cols {cols.start} {cols.stop}
expect slice {numbers}
expect slice [{numbers.replace(" ", ", ")}]
expect slice shape {size}
expect slice sum {patch.astype(np.float64).sum()} within 1e-5
expect slice 1 0 0 = {patch[1, 0, 0]}
expect slice 1 0 = {patch[1, 0, 0]}
expect filter {" ".join(repr(float(each)) for each in step.filter.ravel())}
expect products {" ".join(repr(float(each)) for each in products.ravel())} within 1e-5
expect products sum {products.sum()} within 1e-5
expect value {products.sum() + float(step.bias)} within 1e-5
expect sum of conv1 {total} within 1e-4
expect sum {total} within 1e-4
expect parameters {step.filter.size + 1}
expect macs {step.filter.size * 9}
expect map rows {rows.start} {rows.stop} cols {cols.start} {cols.stop} pixels {patch.shape[0] * patch.shape[1]}
expect map input pixels {patch.shape[0] * patch.shape[1]}
"""
    found = played(text)
    assert [(each.statement.text, each.outcome) for each in found if each.outcome not in ("right", "done")] == []
    assert sum(each.outcome == "right" for each in found) == 28


@pytest.mark.parametrize(
    ("line", "expected", "actual"),
    [
        ("expect index 1 2 1", "1 2 1", "0 0 0"),
        ("expect number 2", "2", "1"),
        ("expect shape pool1 3 3 1", "3×3×1", "1×1×1"),
        ("expect padding same", "same", "valid"),
        ("expect padding 1 0 0 0", "1 0 0 0", "0 0 0 0"),
        ("expect neurons 8", "8", "9"),
        ("expect slice 0 0 0 = 9", "9", "0.0"),
        ("expect slice shape 4 4 1", "4×4×1", "3×3×1"),
        ("expect map pixels 8", "8", "9"),
        ("expect message hello", "'hello'", "no message"),
        ("expect error hello", "'hello'", "no error"),
        ("layer pool1\nexpect filter 1", "1", "none: pool1 has no weights"),
    ],
)
def test_a_failure_says_expected_actual_and_where(line: str, expected: str, actual: str) -> None:
    done = played(f"{line}\nstep")
    error = done[-2].error
    assert isinstance(error, ExpectationError)
    assert (error.expected, error.actual) == (expected, actual)
    number = line.count("\n") + 1
    assert error.where.startswith(f"lesson.steps:{number}: ")
    assert done[-1].outcome == "done"
    assert error.lines[1:] == [line.split("\n")[-1], "^" * len(line.split("\n")[-1])]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "step\n     jmp 3",
            ["lesson.steps:2:6: unknown verb 'jmp' (did you mean jump?)", "     jmp 3", "     ^^^"],
        ),
        ("step tow", ["lesson.steps:1:6: step: expected a number or a unit, got 'tow'", "step tow", "     ^^^"]),
        ("layer 卷积 x", ["lesson.steps:1:7: there is no layer '卷积 x'", "layer 卷积 x", "      ^^^^^^"]),
        ("jump 9 9 9", ["lesson.steps:1:1: h goes from 0 to 2 in conv1, there is no h = 9", "jump 9 9 9", "^^^^"]),
        (
            "\tstpe\x1b",
            ["lesson.steps:1:2: unknown verb 'stpe\\x1b' (did you mean step?)", "    stpe\\x1b", "    ^^^^^^^^"],
        ),
    ],
)
def test_an_error_shows_the_line_with_carets(text: str, lines: list[str]) -> None:
    with pytest.raises(VerbError) as raised:
        played(text)
    found = raised.value.lines
    assert found[0].startswith(lines[0])
    assert found[1:] == lines[1:]


def test_an_error_that_is_expected_ends_nothing() -> None:
    assert outcomes("jump 9 9 9\nexpect error there is no h = 9\nstep") == ["refused", "right", "done"]
    assert outcomes("jump 9 9 9\nexpect error something else\nstep") == ["refused", "failed", "done"]
    with pytest.raises(VerbError, match=r"lesson.steps:1:1: h goes"):
        played("jump 9 9 9\nsay no\nexpect error there is")


def test_a_message_is_compared() -> None:
    text = "padding same\nsay And **bold**.\nexpect message 3×3×1 → 5×5×1\nexpect message no such"
    assert outcomes(text)[2:] == ["right", "failed"]


def test_bookmarks_restore_net_and_place() -> None:
    session = open_session("tiny")
    for line in ("jump 2 1 0", "taps open", "step 3 mac", "mark here", "mark other"):
        session.do(line)
    before = session.frame
    for line in ("padding same", "jump pool1 0 0 0", "taps close", "mark other", "back to here"):
        session.do(line)
    assert (session.frame.cursor, session.frame.network) == (before.cursor, before.network)
    session.do("undo")
    assert session.layer == "pool1"
    session.do("back to here")
    session.do("back to")
    assert session.layer == "pool1"
    with pytest.raises(VerbError, match="Did you mean 'here'"):
        session.do("back to her")
    session.do("back 1 row")
    session.do("open tiny")
    with pytest.raises(VerbError, match="there is no mark to go back to"):
        session.do("back to here")


def test_questions_answer_themselves() -> None:
    said = [each.said for each in played('ask shape pool1\nask value\nask window\nask "How many?" = 63\nask "And so?"')]
    assert said[0].startswith("which shape comes out of pool1? 3×3×1 goes in\n")
    assert said[0].endswith(" gives 1×1×1")
    assert said[1].endswith("= Z[0,0,1,0] = 1")
    assert said[2].endswith("\nrow 0 · 1 = 0 and column 2 · 1 = 2")
    assert said[3:] == ["How many? 63", "And so?"]
    session = open_session("tiny")
    session.do("ask value")
    assert session.question is None
    for wrong in ("ask", "ask shapes", "ask shape conv9", 'ask "', "ask value conv1"):
        with pytest.raises(VerbError):
            session.do(wrong)


def test_scripts_include_others() -> None:
    files = {"b.steps": "step\ninclude c.steps\n", "c.steps": "step 2\nexpect number 4"}
    found = played("include b.steps\nexpect number 4", files=files)
    assert [(each.statement.script, each.statement.number) for each in found] == [
        ("b.steps", 1),
        ("c.steps", 1),
        ("c.steps", 2),
        ("lesson.steps", 2),
    ]
    with pytest.raises(VerbError, match=r"lesson.steps:2:1: include: lesson.steps would include itself"):
        played("step\ninclude lesson.steps", files={"lesson.steps": ""})
    with pytest.raises(VerbError, match=r"b.steps:1:1: include: c.steps|c.steps:1:1: include: b.steps would include"):
        played("include b.steps", files={"b.steps": "include c.steps", "c.steps": "include b.steps"})
    with pytest.raises(VerbError, match=r"no file 'd\.steps'"):
        played("include d.steps")
    with pytest.raises(VerbError, match="Usage: include FILE"):
        played("include")


def test_scripts_that_double_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convstep.debugger.lesson.MOST", 3_000)
    names = [f"{n}.steps" for n in range(40)]
    files = {name: f"include {then}\ninclude {then}\n" for name, then in itertools.pairwise(names)}
    files[names[-1]] = "wait\n"
    with pytest.raises(VerbError, match="more than 3,000 lines"):
        played("include 0.steps", files=files)


def test_what_a_script_says_about_itself() -> None:
    text = "title How neurons map\nabout Pixels, **counted**  # really\nlanguage zh\nopen tiny\n"
    assert about(text) == About("How neurons map", "Pixels, **counted**", "zh")
    assert about("step\n") == About("", "", "en")
    with pytest.raises(VerbError, match="expected a language"):
        played("language English, please")


def test_a_verb_for_files_needs_files() -> None:
    with pytest.raises(VerbError, match="can't be written here"):
        played("shot a.txt")
    with pytest.raises(VerbError, match="other scripts can't be read here"):
        list(play(open_session("tiny"), "include a.steps", "s"))
    with pytest.raises(VerbError, match="only a script includes another"):
        VERBS["include"].effect(open_session("tiny"), ["a.steps"])


@pytest.mark.parametrize(
    "line", ["wait 601", "wait x", "wait ٣", "expect", "expect slice", "expect slice 1", "expect map"]
)
def test_words_that_cant_be_read(line: str) -> None:
    with pytest.raises(ConvstepError):
        played(line)


def test_mutated_lines_give_one_clear_error_each() -> None:
    """Never anything but a line of the error's own kind, with the script's name, the line's number and its text."""
    random = Random(7)
    alphabet = [*"abcxyz019 \t\"'#=-.,:;()[]{}$\\/@!?%&*+<>|~^`_é卷​\x1b\x00\ud800", "  ", "--", "None", "nan", "1e999"]
    lines = [line for line in SEEDS.splitlines() if line.strip()]
    session = open_session("tiny")
    errors: list[ConvstepError] = []
    count = int(10_000 * float(os.environ.get("CONVSTEP_FUZZ", "0.2")))
    for _ in range(count):
        line = random.choice(lines)
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(line) + 1)
            line = line[:at] + random.choice(alphabet) + line[at + random.randint(0, 2) :]
        try:
            for done in play(session, f"wait\n{line}", "lesson.steps"):
                assert done.outcome in ("done", "right", "failed", "refused")
        except ConvstepError as error:
            errors.append(error)
    assert 0.2 * count < len(errors) < 0.99 * count
    for each in errors:
        assert each.where.startswith("lesson.steps:2:")
        first, *excerpt = each.lines
        assert first
        assert len(excerpt) in (0, 2, 3)


SEEDS = """
step 3
jump conv1 1 2 0
jump #4
padding 1 0 1 0
kernel 2
break value > 0 and not pad
continue 2
expect shape 3 3 1
expect value -1 within 1e-3
expect slice 1 2 3
expect filter 0 0 0 = 1
expect map rows 0 3 cols 0 3 pixels 9
expect why 4x4x64 "VALID"
expect error there is
ask shape pool1
ask "How many?" = 63
say A **caption** with `code`
mark 1 1
mark here
back to here
include other.steps
shot a.txt
wait 3
title A lesson
language de
why conv1 4x4x1
predict shape 3 3 1
emit torch
weight 0 0 0
channel next
zoom pixel
"""

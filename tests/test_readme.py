"""The README is true: what it shows is what one gets."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import ENVIRONMENT, ROOT, convstep

from convstep.debugger import VERBS
from convstep.engine.geometry import VALID, Padding
from convstep.layers import KINDS
from convstep.layers.fields import fields_of
from convstep.layers.weights import Drawn, Filled
from convstep.settings import settings_in
from convstep.spec import load
from convstep.tui.screens.keys import key_name, remapped

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL)


def test_the_console_shows_real_output() -> None:
    found = blocks("console")
    assert len(found) == 6
    for console in found:
        command, _, output = console.partition("\n")
        assert convstep(*command.split()[2:]).stdout == output


def test_the_model_is_read_like_that(tmp_path: Path) -> None:
    """Notes on standard error come first; the model is a small U-net."""
    text = next(text for text in blocks("text") if text.startswith("$ convstep forward model.onnx"))
    model = ROOT / "tests" / "models" / "files" / "unet_small_legacy17.onnx"
    (tmp_path / "model.onnx").write_bytes(model.read_bytes())
    (tmp_path / "cat.png").write_bytes((ROOT / "sample_specs" / "photo.png").read_bytes())
    command, _, expected = text.partition("\n")
    done = convstep(*command.split()[2:], cwd=tmp_path)
    assert done.stderr + done.stdout == expected


def test_the_weights_are_read_like_that(tmp_path: Path) -> None:
    text = next(text for text in blocks("text") if text.startswith("$ convstep forward net.pt"))
    (tmp_path / "net.pt").write_bytes((ROOT / "tests" / "models" / "files" / "net.pt").read_bytes())
    command, _, expected = text.partition("\n")
    done = convstep(*command.split()[2:], cwd=tmp_path)
    found = done.stderr + done.stdout
    decimals = r"-?\d\.\d{5,}"  # their last digits differ from one processor to another
    assert re.sub(decimals, "~", found) == re.sub(decimals, "~", expected)
    assert list(map(float, re.findall(decimals, found))) == pytest.approx(
        list(map(float, re.findall(decimals, expected))), abs=1e-6
    )


def test_the_script_replays() -> None:
    script = next(text for text in blocks("text") if text.startswith("open"))
    done = convstep("replay", "-", stdin=script)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_python_runs() -> None:
    python = blocks("python")[0]
    import numpy as np

    A_prev, W, b = np.ones((1, 3, 4, 2)), np.ones((2, 2, 2, 3)), np.zeros(3)
    exec(python, {"A_prev": A_prev, "W": W, "b": b})


def test_the_tests_for_pytest_run(tmp_path: Path) -> None:
    """The README's test file, and scripts beside it, collected by the plugin in a pytest of their own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nconvstep_lessons = true\n")
    (tmp_path / "test_lesson.py").write_text(blocks("python")[1], encoding="utf-8")
    (tmp_path / "net.yaml").write_text("input: {shape: [4, 3, 1]}\nlayers:\n- conv: {filters: 1, kernel: 2}\n")
    (tmp_path / "size.steps").write_text("open course\njump 1 0 0\nexpect shape 61 61 8\nexpect number 2\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "right.steps").write_text("include more/shape\nexpect value 0 within 1e9\n")
    (tmp_path / "below" / "more").mkdir()
    (tmp_path / "below" / "more" / "shape").write_text("open net.yaml\n")
    (tmp_path / "below" / "net.yaml").write_bytes((tmp_path / "net.yaml").read_bytes())
    (tmp_path / "below" / "wrong.steps").write_text("say \x1b[2J\nopen ../net.yaml\n")
    command = [sys.executable, "-m", "pytest", "-p", "convstep.testing", "-q", "--color=no"]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"},
    )
    assert done.stdout.splitlines()[-1].startswith("2 failed, 3 passed")
    assert next(text for text in blocks("text") if text.startswith("FAILED")) in done.stdout
    assert "size.steps:4: conv1 (1, 0, 0): expected number 2, got 513\nexpect number 2\n" + "^" * 15 in done.stdout
    wrong = "below/wrong.steps:2:6: '../net.yaml' is outside the script's folder. --allow-outside permits it"
    assert wrong in done.stdout
    assert "\x1b" not in done.stdout


def test_the_plugin_is_light() -> None:
    """Every run of pytest imports it, where convstep is installed."""
    code = "import convstep.testing, sys; print({'numpy', 'convstep.engine', 'rich', 'msgspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout == "set()\n"


def test_the_settings_are_read() -> None:
    (toml,) = blocks("toml")
    settings = settings_in(toml, "config.toml")
    assert (settings.theme, settings.zoom, settings.speed, settings.decimals) == ("light", "numbers", 20, 3)
    verbs, notes = remapped(VERBS, settings.keys)
    assert not notes
    assert [key.key for key in verbs["filter"].keys if key.line == "filter next"] == ["f", "]"]


def test_the_spec_opens(tmp_path: Path) -> None:
    (spec,) = blocks("yaml")
    (tmp_path / "cat.png").write_bytes((ROOT / "sample_specs" / "photo.png").read_bytes())
    (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
    network, x = load(tmp_path / "net.yaml")
    assert network.fault is None
    assert x.shape == (1, 64, 64, 3)


def test_the_mistake_is_reported_like_that(tmp_path: Path) -> None:
    message = next(text for text in blocks("text") if text.startswith("net.yaml"))
    (tmp_path / "net.yaml").write_text(
        "title: x\ninput:\n  shape: [8, 8, 1]\nlayers:\n"
        "  - conv:\n      filters: 1\n      stride: two\n      kernel: 3\n"
    )
    assert convstep("shapes", "net.yaml", cwd=tmp_path).stderr == message


@pytest.mark.parametrize("command", ["samples", "shapes", "forward", "trace", "replay"])
def test_the_commands_take_the_options_that_it_lists(command: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `convstep {command}"))
    usage = convstep(command, "--help").stdout
    for option in re.findall(r"--[a-z]+", row):
        assert option in usage


def written(default: Any) -> str:
    """A field's default as a spec has it; "" where only words can say what it is."""
    match default:
        case None:
            return ""
        case Filled(value):
            return f"{value:g}"
        case Drawn(init):
            return {"zeros": "0"}.get(init, init)
        case Padding():
            return "valid" if default == VALID else str(default)
        case (one, other):
            return str(one if one == other else [one, other])
        case float():
            return f"{default:g}"
        case _:
            return {(): "none", False: "false"}.get(default, str(default))


def test_the_table_has_every_kind_of_layer_with_its_fields_and_their_defaults() -> None:
    table = README[README.index("| layer | fields |") : README.index("Any layer may have a `name`")]
    found: dict[str, dict[str, str | None]] = {}
    for kinds, fields in re.findall(r"^\| (`.*) \| (.*) \|$", table, re.MULTILINE):
        for kind in re.findall(r"`(\w+)`", kinds):
            found.setdefault(kind, {}).update(
                {name: default or None for name, default in re.findall(r"`(\w+)`(?: \(([^)]+)\))?", fields)}
            )
    assert set(found) == set(KINDS)
    for name, kind in KINDS.items():
        declared = {each.name: each.default for each in dataclasses.fields(kind)}
        expected = set(fields_of(kind)) | ({"inputs"} if kind.takes_several else set())
        assert set(found[name]) == expected, name
        for field, said in found[name].items():
            required = field not in declared or declared[field] is dataclasses.MISSING
            assert (said is None) == required, (name, field)
            assert said is None or written(declared[field]) in (said, ""), (name, field)


def test_every_key_of_the_verb_table_is_in_the_readme() -> None:
    table = README[README.index("## Keys") : README.index("## Commands")]
    aliases = {"⏎": "enter"}
    for verb in VERBS.values():
        for key in verb.keys:
            name = key_name(key.key)
            if key.label or len(name) == 1:
                assert f"`{aliases.get(name, name)}`" in table or f" {name} " in table, key

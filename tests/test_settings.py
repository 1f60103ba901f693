"""The configuration file: what it sets, and what is said about what can't be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from convstep.errors import ConvstepError
from convstep.settings import KeySetting, Settings, read_settings, settings_in

WHOLE = """\
# mine
theme = "light"
zoom = "numbers"
speed = 20
decimals = 3

[keys]
step = "n"
"step position" = ["w", "ctrl+w"]
'filter  next' = "Shift+F"
"zoom numbers" = " "
"""


def test_all_settings() -> None:
    assert settings_in(WHOLE, "c") == Settings(
        theme="light",
        zoom="numbers",
        speed=20,
        decimals=3,
        keys=(
            KeySetting("step", ("n",), "c:8"),
            KeySetting("step position", ("w", "ctrl+w"), "c:9"),
            KeySetting("filter next", ("F",), "c:10"),
            KeySetting("zoom numbers", ("space",), "c:11"),
        ),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "[keys]\n"])
def test_nothing_set_is_the_defaults(text: str) -> None:
    assert settings_in(text, "c") == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# a\n\nthem = 'dark'\n", "c:3: unknown setting 'them'. Did you mean 'theme'?"),
        (
            "colour = 1",
            "c:1: unknown setting 'colour'. The settings are theme, zoom, speed, decimals, keys",
        ),
        ("speed = 5\n\n[key]\nstep = 'n'", "c:3: unknown setting 'key'. Did you mean 'keys'?"),
        ("\ntheme = 'drak'", "c:2: theme is one of dark, light, got 'drak'. Did you mean 'dark'?"),
        ("theme = 3", "c:1: theme is one of dark, light, got 3"),
        ("zoom = 'fit'", "c:1: zoom is one of whole, pixel, numbers, got 'fit'"),
        ("speed = 0", "c:1: speed is a whole number from 1 to 1000, got 0"),
        ("speed = true", "c:1: speed is a whole number from 1 to 1000, got true"),
        ("speed = 2.5", "c:1: speed is a whole number from 1 to 1000, got 2.5"),
        ("decimals = 9", "c:1: decimals is a whole number from 0 to 8, got 9"),
        ("keys = 3", 'c:1: keys is a table, such as [keys] and below it "step" = "n"'),
        ("\nkeys = {step = 3}", "c:2: the key of 'step' is a text, got 3"),
        ("[keys]\nstep = 'n'\nback = 'n'", "c:3: the key n can't stand for 'back': it stands for 'step'"),
        ("[keys]\nstep = 'spcae'", "c:2: there is no key 'spcae'. Did you mean 'space'?"),
        ("[keys]\nstep = ''", "c:2: there is no key ''. Give the character that it types, or a name such as space"),
        ("[keys]\nstep = 'ctrl+c'", "c:2: the key ctrl+c always leaves, and can't stand for 'step'"),
        ("theme = 'dark'\nspeed = ?", "c:2: invalid value"),
        ("theme = 'dark", "c:1: "),
        ("x = " + "[" * 5000, "c: is nested too deep"),
        ("'a\\u001b' = 1", "c:1: unknown setting 'a\\u001b'"),
    ],
)
def test_what_cant_be_set_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConvstepError) as caught:
        settings_in(text, "c")
    assert str(caught.value).startswith(said)


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert read_settings() == Settings()
    for variable, folder in (("", ".config"), ("relative", ".config"), (str(tmp_path / "xdg"), "xdg")):
        monkeypatch.setenv("XDG_CONFIG_HOME", variable)
        file = tmp_path / folder / "convstep" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("speed = 7")
        assert read_settings() == Settings(speed=7)
        file.unlink()


def test_files_that_cant_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "convstep" / "config.toml"
    file.mkdir(parents=True)
    with pytest.raises(ConvstepError, match="is no file"):
        read_settings()
    file.rmdir()
    for content, said in ((b"\xff\xfe", "no text in UTF-8"), (b"#" * 1_000_001, "over 1 MB")):
        file.write_bytes(content)
        with pytest.raises(ConvstepError, match=said):
            read_settings()

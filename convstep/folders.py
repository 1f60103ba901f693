"""The user's folders, by the XDG specification."""

from __future__ import annotations

import os


def config_folder() -> str:
    """Return the folder of the user's settings."""
    return _folder("XDG_CONFIG_HOME", "~/.config")


def state_folder() -> str:
    """Return the folder of data that is kept from one run to the next."""
    return _folder("XDG_STATE_HOME", "~/.local/state")


def _folder(variable: str, default: str) -> str:
    base = os.environ.get(variable, "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser(default), "convstep")

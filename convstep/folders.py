"""Where a user's files lie, as the XDG specification has it."""

from __future__ import annotations

import os


def config_folder() -> str:
    """Return the folder of what the user sets."""
    return _folder("XDG_CONFIG_HOME", "~/.config")


def state_folder() -> str:
    """Return the folder of what is kept from one run to the next."""
    return _folder("XDG_STATE_HOME", "~/.local/state")


def _folder(variable: str, default: str) -> str:
    base = os.environ.get(variable, "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser(default), "convstep")

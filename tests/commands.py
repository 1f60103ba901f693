"""Running convstep as a person does: each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def convstep(*arguments: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `convstep` with these arguments; wait for it."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "convstep", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        input=stdin,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "100"},
        encoding="utf-8",
        timeout=60,
    )

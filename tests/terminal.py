"""The command line in real processes, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parent.parent)
_PATH = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), _ROOT]))
# Nothing of the user's own settings, and no colours but in a terminal.
ENVIRON = {
    **{name: own for name, own in os.environ.items() if not name.startswith("FILTERFEED_")},
    "PYTHONPATH": _PATH,
    "COLUMNS": "80",
}


def python(*arguments: str, cwd: Path, **how: object) -> subprocess.CompletedProcess[str]:
    """A Python process that has ended; what it said is text."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, *arguments],
        cwd=cwd,
        env=ENVIRON,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **how,
    )


def filterfeed(*arguments: str, cwd: Path, **how: object) -> subprocess.CompletedProcess[str]:
    return python("-m", "filterfeed", *arguments, cwd=cwd, **how)


def started(*arguments: str, cwd: Path, **how: object) -> subprocess.Popen[str]:
    """A process that is still at work."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "filterfeed", *arguments],
        cwd=cwd,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=how.pop("stderr", subprocess.PIPE),
        text=True,
        encoding="utf-8",
        **how,
    )

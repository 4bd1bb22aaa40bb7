"""`onefold sandbox braze`: the simulator, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from onefold.errors import OnefoldError

__all__ = ["Sandbox", "sandbox_command", "start_sandbox"]

LISTENING = "listening on "


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """A running sandbox."""

    process: subprocess.Popen[str]
    url: str

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()


def sandbox_command(arguments: Sequence[str]) -> list[str]:
    """Give the command that starts the sandbox with these options of its own."""
    return [sys.executable, "-m", "braze_sandbox", *arguments]


def start_sandbox(arguments: Sequence[str] = ("--port", "0")) -> Sandbox:
    """Start a sandbox, and return once it accepts requests.

    Raises:
        OnefoldError: it did not start.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        sandbox_command(arguments), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - asked for
    for line in process.stdout:
        if LISTENING in line:
            return Sandbox(process=process, url=line.split(LISTENING, 1)[1].strip())
    process.stdout.close()
    raise OnefoldError(
        f"the sandbox did not start (exit code {process.wait()})",
        hint="see what it said above; perhaps its port is taken: try --port 0",
    )

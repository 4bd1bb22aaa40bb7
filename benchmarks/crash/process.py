"""`onefold` processes that can be killed, started in milliseconds.

A fork server imports onefold once; each process is forked from it and runs the command line's own
`main`. So a trial of hundreds of kills spends its time in the rooms, not in imports.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onefold.cli.main import main

__all__ = ["Process", "Started", "start"]

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["benchmarks.crash.reader"])

Process = multiprocessing.process.BaseProcess


@dataclass(kw_only=True, slots=True)
class Started:
    """A running command: what it said so far, and how it ends."""

    process: Process
    log: Path
    said: list[str] = field(default_factory=list)
    _read: int = 0
    _rest: str = ""

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return not self.process.is_alive()

    def listen(self) -> Sequence[str]:
        """Give the lines that it said since the last time."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        *lines, self._rest = (self._rest + new.decode()).split("\n")
        self.said += lines
        return lines

    def kill(self) -> bool:
        """Kill it with -9; tell whether it was still alive."""
        if self.process.pid is not None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
        return self.process.exitcode == -signal.SIGKILL

    def wait(self) -> int:
        """Wait for its end, and give its exit code."""
        self.process.join()
        self.listen()
        return self.process.exitcode or 0


def start(arguments: Sequence[str], *, environ: Mapping[str, str], log: Path) -> Started:
    """Start `onefold ARGUMENTS`; stdout and stderr go to `log`."""
    log.write_bytes(b"")
    return Started(process=fork(_onefold, list(arguments), dict(environ), log), log=log)


def fork(target: Callable[..., None], *arguments: Any) -> Process:
    """Run a function in a process of its own."""
    process = _FORKING.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def _onefold(arguments: list[str], environ: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    talk = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(talk, stream)
    main(arguments)

"""Progress on stderr: one line a room, with a bar where the end is known."""

from __future__ import annotations

from types import TracebackType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from onefold.cli.output import err

__all__ = ["TerminalProgress"]


class TerminalProgress:
    """Shows steps as they happen; on something else than a terminal a plain line a step."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[stage]:<14}"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> TerminalProgress:
        """Begin to show."""
        if err.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and leave the terminal as it was."""
        if err.is_terminal:
            self._bars.stop()

    def started(self, stage: str, name: str, total: int | None) -> None:
        """Show a new line."""
        if not err.is_terminal:
            err.print(f"{stage:<14} {name}")
            return
        self._tasks[stage, name] = self._bars.add_task(name, total=total, stage=stage)

    def advanced(self, stage: str, name: str, rows: int) -> None:
        """Move a bar."""
        if (stage, name) in self._tasks:
            self._bars.advance(self._tasks[stage, name], rows)

    def finished(self, stage: str, name: str) -> None:
        """Take a line away."""
        if (stage, name) in self._tasks:
            self._bars.remove_task(self._tasks.pop((stage, name)))

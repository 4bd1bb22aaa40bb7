"""One sandbox: all its parts, wired."""

import sys
from typing import Protocol
from uuid import uuid4

from braze_sandbox.access import Access
from braze_sandbox.api import Api, Asked
from braze_sandbox.clock import Clock
from braze_sandbox.config import Mode, Settings
from braze_sandbox.currents import Export, KeptJournal, Recorder
from braze_sandbox.faults import Faults, WeatherFault
from braze_sandbox.limits import Windows
from braze_sandbox.request_log import KEPT_BODY_BYTES, KEPT_REQUESTS, Entry, RequestLog
from braze_sandbox.segments import Exports
from braze_sandbox.settle import Settler
from braze_sandbox.sink import Sink
from braze_sandbox.state import Keeper, Part, StateError, Whole
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Workspace


class Backend(Protocol):
    """Something that answers requests to the API."""

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """The answer; what there is to know about the request is written into its entry."""


class Sandbox:
    """Everything that one process holds; `reset` makes it as new.

    Raises `StateError` when the state file can't be used.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._events = KeptJournal() if settings.currents and settings.state else None
        self.export = (
            None if settings.currents is None else Export(settings.currents, clock, self._events)
        )
        self.recorder = None if self.export is None else Recorder(self.export, uuid4)
        self._begin()
        self._keeper = None if settings.state is None else Keeper(settings.state)
        if self._keeper is not None:
            self._keeper.restore(self._parts())
            self._resume()
            self._keeper.write()
        if self.export is not None:
            self.export.write_due()

    def reset(self) -> None:
        """Forget users, requests, counts, faults and used limits; undo what was set since."""
        self.settler.stop()
        self.exports.stop()
        if self.export is not None:
            self.export.forget()
        self._begin()
        if self._keeper is not None:
            self._keeper.forget(self._parts())

    async def kept(self) -> None:
        """Return once everything until now would survive the end of the process."""
        if self._keeper is not None:
            await self._keeper.kept()

    def close(self) -> None:
        """Let go of the state file, and write what waits for Currents."""
        self.exports.stop()
        if self.export is not None:
            self.export.close()
        if self._keeper is not None:
            self._keeper.close()

    def _begin(self) -> None:
        settings = self.settings
        full = settings.mode is Mode.FULL
        self.settler = Settler(settings.settle_ms, settings.seed, self._write)
        self.exports = Exports(settings.exports, self.clock, complain)
        self.workspace = Workspace(settings.decisions, self.recorder, settings.partners)
        self.faults = Faults(_weather(settings))
        self.access = Access(settings.keys, settings.instance, active=settings.active)
        self.windows = Windows(settings.limits if full else settings.set_limits, self.clock)
        self.log = RequestLog(
            kept_requests=KEPT_REQUESTS if full else 0,
            kept_body_bytes=KEPT_BODY_BYTES if full else 0,
        )
        self.backend: Backend = self._api() if full else self._sink()

    def _parts(self) -> dict[str, Part]:
        """All state that outlives the process."""
        return {
            **self.workspace.parts(),
            "requests": Whole(self.log.counts, self.log.restore_counts),
            "limits": Whole(self.windows.used, self.windows.restore),
            "waiting": self.settler,
            **({} if self._events is None else {"currents": self._events}),
        }

    def _resume(self) -> None:
        """Apply what was accepted before the last end, and had not settled."""
        for number, kept in self.settler.restored:
            entry = Entry(
                number=number, at=kept.at, method=kept.method, path=kept.path, host=kept.host
            )
            self._api().apply_again(entry, kept.body.encode())
            self.settler.forget(number)

    def _write(self) -> None:
        """Write what has settled by itself, without anybody who waits for it."""
        try:
            if self._keeper is not None:
                self._keeper.write()
        except StateError as error:  # it is tried again with what comes next
            complain(str(error))

    def _api(self) -> Api:
        return Api(
            *(self.settings, self.access, self.windows),
            *(self.workspace, self.settler, self.exports),
        )

    def _sink(self) -> Sink:
        return Sink(self.windows, self.settings.account, self.settings.decisions)


def complain(text: str) -> None:
    """Tell whoever runs the sandbox."""
    sys.stderr.write(f"braze sandbox: {text}\n")


def _weather(settings: Settings) -> list[WeatherFault]:
    if not settings.weather:
        return []
    return [WeatherFault(kind="weather", probability=settings.weather, seed=settings.seed)]

"""One sandbox: all its parts, wired."""

from typing import Protocol

from braze_sandbox.access import Access
from braze_sandbox.api import Api, Asked
from braze_sandbox.clock import Clock
from braze_sandbox.config import Mode, Settings
from braze_sandbox.faults import Faults
from braze_sandbox.limits import Windows
from braze_sandbox.request_log import KEPT_BODY_BYTES, KEPT_REQUESTS, Entry, RequestLog
from braze_sandbox.settle import Settler
from braze_sandbox.sink import Sink
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Workspace


class Backend(Protocol):
    """Something that answers requests to the API."""

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """The answer; what there is to know about the request is written into its entry."""


class Sandbox:
    """Everything that one process holds; `reset` makes it as new."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.settler = Settler(settings.settle_ms)
        self.reset()

    def reset(self) -> None:
        """Forget users, requests, counts, faults and used limits; undo what was set since."""
        settings = self.settings
        full = settings.mode is Mode.FULL
        self.settler.clear()
        self.workspace = Workspace(settings.decisions)
        self.faults = Faults()
        self.access = Access(settings.keys, settings.instance, active=settings.active)
        self.windows = Windows(settings.limits if full else settings.set_limits, self.clock)
        self.log = RequestLog(
            kept_requests=KEPT_REQUESTS if full else 0,
            kept_body_bytes=KEPT_BODY_BYTES if full else 0,
        )
        self.backend = self._api() if full else self._sink()

    def _api(self) -> Backend:
        return Api(self.settings, self.access, self.windows, self.workspace, self.settler)

    def _sink(self) -> Backend:
        return Sink(self.windows, self.settings.account, self.settings.decisions)

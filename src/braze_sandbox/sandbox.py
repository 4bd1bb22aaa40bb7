"""One sandbox: all its parts, wired."""

from typing import Protocol

from braze_sandbox.api import Api, Asked
from braze_sandbox.clock import Clock
from braze_sandbox.config import Mode, Settings
from braze_sandbox.faults import Faults
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
        """Forget users, requests, counts, faults and used limits."""
        self.settler.clear()
        self.workspace = Workspace()
        self.faults = Faults()
        full = self.settings.mode is Mode.FULL
        self.log = RequestLog(
            kept_requests=KEPT_REQUESTS if full else 0,
            kept_body_bytes=KEPT_BODY_BYTES if full else 0,
        )
        self.backend: Backend = (
            Api(self.settings, self.clock, self.workspace, self.settler)
            if full
            else Sink(self.settings.set_limits, self.settings.account, self.clock)
        )

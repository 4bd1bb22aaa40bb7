"""A destination that keeps what it gets, and breaks on request: for tests and first steps."""

from onefold.destinations.dummy.clock import VirtualClock
from onefold.destinations.dummy.config import DummySettings
from onefold.destinations.dummy.dummy import Dummy

__all__ = ["Dummy", "DummySettings", "VirtualClock"]

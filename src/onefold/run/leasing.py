"""The lease of a run: renewed in the background, looked at before every request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType

from onefold.errors import OnefoldError, StoreBusy
from onefold.store import Store

__all__ = ["RUN_LEASE", "RunLease"]

RUN_LEASE = "run"  # whoever writes ledgers or tables holds it

LENGTH = timedelta(minutes=2)  # at least three times the longest request
RENEWED_EVERY_S = 20


class RunLease:
    """Holds one lease of the store while in the context.

    Raises (on entering):
        StoreBusy: another living process holds it.
    """

    def __init__(self, store: Store, name: str, holder: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._now = now
        self._until = now()
        self._end = Event()
        self._thread = Thread(target=self._renew, name=f"lease {name}", daemon=True)

    def __enter__(self) -> RunLease:
        """Take the lease, also from a holder that is dead or late."""
        with self._store.begin() as tx:
            now = self._now()
            self._store.leases.take(tx, self._name, holder=self._holder, now=now, length=LENGTH)
        self._until = now + LENGTH
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lease back."""
        self._end.set()
        self._thread.join()
        with self._store.begin() as tx:
            self._store.leases.give_back(tx, self._name, holder=self._holder)

    def still_ours(self) -> None:
        """Raise StoreBusy when the lease may belong to somebody else by now."""
        if self._now() >= self._until:
            raise StoreBusy(
                f"this process slept past its lease on {self._name}; another may have taken over",
                hint="run again: it goes on from what was acknowledged",
            )

    def _renew(self) -> None:
        while not self._end.wait(RENEWED_EVERY_S):
            until = self._now() + LENGTH
            try:
                with self._store.begin() as tx:
                    ours = self._store.leases.renew(
                        tx, self._name, holder=self._holder, until=until
                    )
            except OnefoldError:
                continue  # the store is busy: the lease still runs, and `still_ours` watches it
            if not ours:
                return
            self._until = until

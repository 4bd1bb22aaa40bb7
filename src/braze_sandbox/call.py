"""What an endpoint is given, and what it may do to the workspace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from braze_sandbox.decisions import Decisions
from braze_sandbox.limits import Account
from braze_sandbox.reading import Reading
from braze_sandbox.request_log import Entry
from braze_sandbox.segments import Exports
from braze_sandbox.settle import Settles
from braze_sandbox.workspace import Operation, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authorised request within its limits. `entry.at` is the time of the call.

    `parts` are what stands in the places of the address: `{"catalog": "shops"}`.
    """

    body: Mapping[str, object]
    parts: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    entry: Entry
    workspace: Workspace
    settler: Settles
    exports: Exports
    account: Account
    blocked_external_ids: frozenset[str]

    def parameter(self, name: str) -> str | None:
        """What stands under a name after the question mark; of several the last."""
        return next(reversed(self.query.get(name, ())), None)

    @property
    def decisions(self) -> Decisions:
        """How open questions are answered."""
        return self.workspace.decisions

    def reading(self) -> Reading:
        """For the reading of one object."""
        return Reading(
            now=self.entry.at,
            decisions=self.workspace.decisions,
            dashboard=self.workspace.heeded_dashboard,
        )

    def settle(self, operations: Sequence[Operation], *, behind: bool = False) -> None:
        """Have accepted operations applied, in their turn, or behind all others."""
        self.settle_work(partial(self.workspace.apply, operations, self.entry), behind=behind)

    def settle_each(self, apply: Callable[..., None], items: Sequence[tuple[object, ...]]) -> None:
        """Have `apply(call, *item)` done for each item, in its turn."""

        def work() -> None:
            for item in items:
                apply(self, *item)

        self.settle_work(work)

    def settle_work(self, work: Callable[[], None], *, behind: bool = False) -> None:
        """Have anything else done in its turn, or behind all others."""
        self.settler.add(work, self.entry, self.decisions, behind=behind)

    def silence(self) -> None:
        """Count what reading dropped or altered without an error."""
        self.workspace.silent.update(self.entry.silent)

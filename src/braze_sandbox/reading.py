"""The reading of one object: what it is read by, and what was found wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from braze_sandbox.dashboard import Dashboard
from braze_sandbox.decisions import Decisions
from braze_sandbox.rules import Broken, Rule


@dataclass(slots=True, kw_only=True)
class Reading:
    """Handed to every reader of one object of a request."""

    now: datetime
    decisions: Decisions
    dashboard: Dashboard | None
    """None: it says nothing."""
    refused: list[str] = field(default_factory=list)
    """Why the object is refused; empty: it is not."""
    silent: Counter[Rule] = field(default_factory=Counter)
    """What is dropped or altered without an error."""

    def refuse(self, broken: Broken) -> None:
        """Refuse the object, each reason once."""
        code = self.decisions.error_type == "code"
        reason = broken.rule.code if code else broken.sentence
        if reason not in self.refused:
            self.refused.append(reason)

    def note(self, rule: Rule) -> None:
        """Count something dropped or altered."""
        self.silent[rule] += 1

"""The workspace: profiles, and how accepted operations change them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from braze_sandbox.catalogs import Catalogs
from braze_sandbox.cohorts import Cohorts, Partner
from braze_sandbox.currents import Recorder
from braze_sandbox.dashboard import Dashboard
from braze_sandbox.data_points import Charge, Ledger
from braze_sandbox.decisions import Decisions
from braze_sandbox.events import Event, Purchase
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.merging import merge
from braze_sandbox.profiles import FOUND_BY, Profile, Profiles, Tally
from braze_sandbox.request_log import Entry, by_rule
from braze_sandbox.rules import RULES, Broken, ObjectRule, Rule
from braze_sandbox.segments import Segments
from braze_sandbox.standard_fields import STANDARD_FIELDS, GroupStates, StandardField
from braze_sandbox.state import Part, Whole
from braze_sandbox.values import Change, Edit, Stored, data_points, same


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something accepted that one user is to undergo; unknown users are made if `create`."""

    identifier: Identifier
    create: bool
    payload: "Mapping[str, Change] | Event | Purchase | None"
    """None: nothing is left of it, and the user is merely touched."""


class Workspace:
    """All state that requests change."""

    def __init__(
        self,
        decisions: Decisions,
        recorder: Recorder | None = None,
        partners: Mapping[str, Partner] | None = None,
    ) -> None:
        self.decisions = decisions
        self.recorder = recorder
        """Is told what was applied; None: nobody asks."""
        self.dashboard = Dashboard()
        self.profiles = Profiles()
        self.ledger = Ledger()
        self.cohorts = Cohorts(partners)
        self.catalogs = Catalogs()
        self.segments = Segments()
        self.silent: Counter[Rule] = Counter()

    def apply(self, operations: Iterable[Operation], entry: Entry) -> None:
        """Carry out what a request asked for; costs and silent drops go into its entry."""
        for operation in operations:
            profile = self._profile(operation, entry)
            if profile is None:
                continue
            self.profiles.touch(profile)
            match operation.payload:
                case Event() as event:
                    self._add_event(profile, event, entry)
                case Purchase() as purchase:
                    self._add_purchase(profile, purchase, entry)
                case None:
                    pass
                case changes if self.recorder is None:
                    self._change(profile, changes, entry)
                case changes:
                    with self._recorded(profile, entry):
                        self._change(profile, changes, entry)

    def absorb(self, gone: Profile, kept: Profile, entry: Entry) -> None:
        """Let one user become a part of another."""
        with self._recorded(kept, entry):
            merge(self.profiles, gone=gone, kept=kept)
        self.cohorts.merge(gone=gone.number, kept=kept.number)
        if self.recorder is not None:
            self.recorder.orphaned(gone, kept, entry.at)

    @property
    def heeded_dashboard(self) -> Dashboard | None:
        """The dashboard, as long as it has something to say of any name."""
        first = self.decisions.mixed_types == "first"
        return self.dashboard if first or not self.dashboard.is_empty else None

    def parts(self) -> dict[str, Part]:
        """What of the workspace outlives the process; by attribute: whatever holds state."""
        return {
            "profiles": self.profiles,
            "ledger": self.ledger,
            "cohorts": self.cohorts,
            "catalogs": self.catalogs,
            "segments": self.segments,
            "dashboard": Whole(self.dashboard.dump, self.dashboard.load),
            "silent": Whole(lambda: by_rule(self.silent.items()), self._restore_silent),
        }

    def _restore_silent(self, kept: dict[str, int]) -> None:
        self.silent = Counter({RULES[name]: count for name, count in kept.items()})

    def note(self, rule: Rule, entry: Entry) -> None:
        """Count something that was dropped or altered without an error."""
        entry.silent[rule] += 1
        self.silent[rule] += 1

    def _profile(self, operation: Operation, entry: Entry) -> Profile | None:
        """The profile to change; None, and a note, when there is none to change."""
        identifier = operation.identifier
        profile = self.profiles.find(identifier)
        anonymous = identifier.kind is Kind.ANONYMOUS
        if profile is not None and not anonymous:
            return profile
        if profile is not None:
            self.note(ObjectRule.PUSH_TOKEN_KNOWN, entry)
        elif identifier.kind is Kind.BRAZE_ID:
            self.note(ObjectRule.BRAZE_ID_UNKNOWN, entry)
        elif not operation.create:
            self.note(ObjectRule.UPDATE_ONLY_MISS, entry)
        else:
            return self.profiles.create(identifier, entry.at)
        return None

    def _change(self, profile: Profile, changes: Mapping[str, Change], entry: Entry) -> None:
        for name, change in changes.items():
            old = profile.values.get(name)
            try:
                new = self._applied(change, old, entry) if isinstance(change, Edit) else change
            except Broken as broken:
                self.note(broken.rule, entry)
                continue
            self.profiles.put(profile, name, new)
            field = STANDARD_FIELDS.get(name)
            changed = not same(old, new)
            cost = data_points(change) if field is None else self._cost(field, changed=changed)
            if cost:
                self._charge(profile, "attribute", name, cost, entry, changed=changed)
            if isinstance(change, GroupStates):
                self._share(profile, change, entry)

    def _applied(self, change: Edit, old: Stored | None, entry: Entry) -> Stored | None:
        new = change.apply(old)
        lost = change.loss(old)
        if lost is not None:
            self.note(lost, entry)
        return new

    def _cost(self, field: StandardField, *, changed: bool) -> int:
        free = not changed and self.decisions.unchanged_standard_fields == "free"
        return 1 if field.billable and not free else 0

    def _share(self, profile: Profile, change: GroupStates, entry: Entry) -> None:
        """Groups follow the e-mail or phone: every profile with the same one changes too."""
        for contact in FOUND_BY:
            followed = {
                group_id: state
                for group_id, state in change.states.items()
                if (group := self.dashboard.group(group_id)) and group.contact == contact
            }
            value = profile.values.get(contact)
            if followed and isinstance(value, str):
                found = self.profiles.find_all(Identifier(Kind(contact), value))
                others = (other for other in found if other is not profile)
                self._join(others, GroupStates(states=followed), entry)

    def _join(self, profiles: Iterable[Profile], change: GroupStates, entry: Entry) -> None:
        for profile in profiles:
            with self._recorded(profile, entry):
                states = change.apply(profile.values.get("subscription_groups"))
                self.profiles.put(profile, "subscription_groups", states)

    @contextmanager
    def _recorded(self, profile: Profile, entry: Entry) -> Iterator[None]:
        """Tell Currents what becomes of the profile meanwhile."""
        before = dict(profile.values) if self.recorder is not None else {}
        yield
        if self.recorder is not None:
            self.recorder.changed(profile, before, entry.at)

    def _add_event(self, profile: Profile, event: Event, entry: Entry) -> None:
        profile.events = profile.events or {}
        _tally(profile.events, event.name, event.time, 1)
        cost = 1 + self.dashboard.segmented_of(event.name, event.properties)
        self._charge(profile, "event", event.name, cost, entry, changed=True)
        if self.recorder is not None:
            self.recorder.event(profile, event)

    def _add_purchase(self, profile: Profile, purchase: Purchase, entry: Entry) -> None:
        profile.purchases = profile.purchases or {}
        _tally(profile.purchases, purchase.product_id, purchase.time, purchase.quantity)
        profile.revenue += purchase.price * purchase.quantity
        key = purchase.product_id
        each = 1 + self.dashboard.segmented_of(key, purchase.properties)
        cost = each * purchase.quantity
        self._charge(profile, "purchase", key, cost, entry, changed=True)
        if self.recorder is not None:
            self.recorder.purchase(profile, purchase)

    def _charge(
        self, profile: Profile, kind: str, key: str, cost: int, entry: Entry, *, changed: bool
    ) -> None:
        entry.cost.add(cost, changed=changed)
        self.ledger.add(Charge(entry.number, profile.number, kind, key, cost, changed))


def _tally(tallies: dict[str, Tally], key: str, time: datetime, count: int) -> None:
    tallies.setdefault(key, Tally(time, time)).add(time, count)

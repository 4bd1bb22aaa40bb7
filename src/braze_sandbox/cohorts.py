"""Partners' cohorts: who is in which, and the partners that may say so."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner's two keys, and whether the customer lets it in."""

    partner_api_key: str = "sandbox-partner-key"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - a published default
    enabled: bool = True


@dataclass(slots=True, kw_only=True)
class Cohort:
    """A list of users by their profiles' numbers."""

    partner: str
    name: str
    created_at: str
    members: set[int] = field(default_factory=set)
    changing: int = 0
    """Changes that are accepted and not yet applied."""


class Cohorts:
    """All cohorts by partner and id, and the partners."""

    def __init__(self) -> None:
        self.partners: dict[str, Partner] = {}
        self._by_id: dict[tuple[str, str], Cohort] = {}

    def partner(self, name: str) -> Partner:
        """The partner as it was set; any other has the keys that all begin with."""
        return self.partners.get(name, Partner())

    def get(self, partner: str, cohort_id: str) -> Cohort | None:
        """The cohort, if it was made."""
        return self._by_id.get((partner, cohort_id))

    def put(self, partner: str, cohort_id: str, *, name: str, created_at: str) -> None:
        """Make a cohort, or give it another name."""
        cohort = self.get(partner, cohort_id)
        if cohort is None:
            self._by_id[partner, cohort_id] = Cohort(
                partner=partner, name=name, created_at=created_at
            )
        else:
            cohort.name, cohort.created_at = name, created_at

    def merge(self, *, gone: int, kept: int) -> None:
        """A user who became part of another leaves its places to that one."""
        for cohort in self._by_id.values():
            if gone in cohort.members:
                cohort.members.remove(gone)
                cohort.members.add(kept)

    def items(self) -> list[tuple[str, Cohort]]:
        """Ids and cohorts, in order of creation."""
        return [(cohort_id, cohort) for (_, cohort_id), cohort in self._by_id.items()]

"""`credentials test`: does a destination's key work, and if not, whose fault is it?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from onefold.access import credential
from onefold.app.adapters import ProjectAdapters
from onefold.app.house import House
from onefold.destinations import (
    INSTANCES,
    PARTNER_KEYS,
    READS,
    Clock,
    PartnerKeys,
    Probe,
    Probed,
    Verdict,
    ask,
    find_instance,
    identity_permission,
    meant_instance,
    object_permissions,
    probe_of,
    probe_of_partner,
)
from onefold.errors import UnknownReference, nearest
from onefold.model import IdentifierKind, ObjectKind, Secret
from onefold.project import Destination, Project
from onefold.run import told_changes

__all__ = ["ConnectionReport", "Permission", "check_connection"]

LOOK_UP = "users.export.ids"  # not needed; with it, plans and reconciling can look people up


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A permission, whether the key has it, and who needs it.

    Attributes:
        name: as Braze calls it.
        verdict: what Braze said.
        needed_by: orchestrations and campaigns that send with it; none: it is good to have.
    """

    name: str
    verdict: Verdict
    needed_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionReport:
    """What a test of a connection found.

    Attributes:
        destination: the destination's id.
        endpoint: its REST endpoint.
        instance: the instance that it is, or None for another address.
        works: whether everything that is needed is allowed.
        problem: what is wrong, in a sentence; empty when it works.
        hint: what to do next.
        permissions: what was asked for, one by one.
        probes: the answers, without key and personal data.
        may_look_up: whether the key may read users by id; None when that was not found out.
        right_instance: the instance that knows the key, when the others were tried and one does.
        tried: the instances that were tried.
    """

    destination: str
    endpoint: str
    instance: str | None
    works: bool
    problem: str
    hint: str
    permissions: tuple[Permission, ...] = ()
    probes: tuple[Probed, ...] = ()
    may_look_up: bool | None = None
    right_instance: str | None = None
    tried: tuple[str, ...] = ()


def check_connection(
    house: House,
    name: str | None,
    *,
    try_others: Callable[[], bool],
    nobody: str,
    instances: Mapping[str, str] = INSTANCES,
) -> ConnectionReport:
    """Test a destination's connection; nothing is changed there, and no data point spent.

    Args:
        house: the project.
        name: the destination's id; may be absent when there is one alone.
        try_others: asked before the key goes to other instances.
        nobody: an identifier that nobody has.
        instances: Braze's instances and their endpoints.

    Raises:
        UnknownReference: there is no such destination.
        LiveEndpointRefused: the environment is not live, and the endpoint is not local.
        OnefoldError: the credential is not set.
    """
    file = _destination(house.project, name)
    adapters = ProjectAdapters(house.project, house.environ)
    endpoint = adapters.endpoint(file)
    meant = meant_instance(endpoint)
    if meant is not None:
        return ConnectionReport(
            destination=file.id,
            endpoint=endpoint,
            instance=None,
            works=False,
            problem=f"this is an address of the dashboard or the SDK of {meant}",
            hint=f"write instance: {meant}, or rest_endpoint: {instances[meant]}",
        )
    secret = credential(file.credential, house.environ)
    partner = adapters.partner_keys(file)
    check = _Check(file, endpoint, secret, partner, house.clock, instances, nobody)
    return asyncio.run(check.run(_needs(house.project, file), try_others))


@dataclass(frozen=True, slots=True)
class _Check:
    file: Destination
    endpoint: str
    secret: Secret
    partner: PartnerKeys | None
    clock: Clock
    instances: Mapping[str, str]
    nobody: str

    async def run(
        self, needs: Mapping[str, tuple[str, ...]], try_others: Callable[[], bool]
    ) -> ConnectionReport:
        found = await ask(self.endpoint, self.secret, self._probes(needs), self.clock, self.partner)
        first = found[0].verdict
        if first is Verdict.KEY_REJECTED:
            return await self._rejected(found, try_others)
        permissions = tuple(
            Permission(
                name=one.permission, verdict=one.verdict, needed_by=needs.get(one.permission, ())
            )
            for one in found
        )
        of_key = [one for one in found if one.permission != PARTNER_KEYS]
        shut_out = all(one.verdict is Verdict.DENIED for one in of_key)
        if shut_out:
            reads = await ask(self.endpoint, self.secret, READS, self.clock)
            shut_out = not any(one.verdict is Verdict.ALLOWED for one in reads)
        problem, hint = _SHUT_OUT if shut_out else _problem(found, permissions, self.file)
        by_name = {one.name: one.verdict for one in permissions}
        return self._report(
            found,
            problem,
            hint,
            permissions=permissions,
            may_look_up=None if LOOK_UP not in by_name else by_name[LOOK_UP] is Verdict.ALLOWED,
        )

    def _probes(self, needs: Mapping[str, tuple[str, ...]]) -> list[Probe]:
        """What the REST key is asked, and what a partner's keys are asked after it."""
        wanted = dict.fromkeys((*needs, LOOK_UP))
        probes = [probe for one in wanted if (probe := probe_of(one, nobody=self.nobody))]
        if self.file.cohorts is not None:
            probes.append(probe_of_partner(self.file.cohorts.partner, nobody=self.nobody))
        return probes

    async def _rejected(
        self, found: list[Probed], try_others: Callable[[], bool]
    ) -> ConnectionReport:
        """The key is wrong, or it is another instance's: that can be found out."""
        others = {
            name: url for name, url in self.instances.items() if url != self.endpoint.rstrip("/")
        }
        known = len(others) < len(self.instances)
        if not known or not try_others():
            return self._report(
                found,
                "the key is not known here: it is wrong, or another instance's",
                f"look at the key in ONEFOLD_CREDENTIAL_… ({self.file.credential}): whole, no "
                "quotes, not deleted; and at the dashboard's address, which shows the instance"
                + (". --try-other-instances asks the other instances of Braze" if known else ""),
            )
        right = await find_instance(others, self.secret, self.clock, nobody=self.nobody)
        if right is None:
            problem = "the key is known to no instance of Braze"
            hint = "it is wrong or was deleted: make a new REST key in the dashboard"
        else:
            problem = f"the key belongs to {right}, not to {self._instance or self.endpoint}"
            hint = f"write instance: {right} in destinations/{self.file.id}.yaml"
        return self._report(found, problem, hint, right_instance=right, tried=tuple(others))

    @property
    def _instance(self) -> str | None:
        names = {url: name for name, url in self.instances.items()}
        return names.get(self.endpoint.rstrip("/"))

    def _report(
        self,
        found: list[Probed],
        problem: str,
        hint: str,
        *,
        permissions: tuple[Permission, ...] = (),
        may_look_up: bool | None = None,
        right_instance: str | None = None,
        tried: tuple[str, ...] = (),
    ) -> ConnectionReport:
        return ConnectionReport(
            destination=self.file.id,
            endpoint=self.endpoint,
            instance=self._instance,
            works=not problem,
            problem=problem,
            hint=hint,
            permissions=permissions,
            probes=tuple(found),
            may_look_up=may_look_up,
            right_instance=right_instance,
            tried=tried,
        )


_PROBLEMS = {
    Verdict.IP_BLOCKED: (
        "this machine's address is not on the key's IP allowlist",
        "a key's allowlist cannot be changed: make a new key with this machine's public address",
    ),
    Verdict.INACTIVE: (
        "Braze refuses every call for this account: its plan is not active",
        "ask whoever looks after the contract with Braze",
    ),
    Verdict.NOT_BRAZE: (
        "what answers there is not Braze's REST interface",
        "write the REST endpoint (https://rest.…), or instance: and its name; is there a proxy?",
    ),
    Verdict.LIMITED: (
        "the key is known, but the rate limit is used up at the moment",
        "try again in a minute; who else uses this workspace's limit?",
    ),
    Verdict.FAILING: ("Braze has trouble at the moment", "try again later; see status.braze.com"),
    Verdict.UNKNOWN_HOST: (
        "the host's name is not known",
        "is the address spelt right, and does this machine have DNS?",
    ),
    Verdict.TLS: (
        "the connection is not secure: the certificate is not accepted",
        "does a proxy on the way open connections? Python must trust its certificate then",
    ),
    Verdict.UNREACHABLE: (
        "nothing answers there",
        "is the address right, and does a firewall let this machine out? Is the sandbox running?",
    ),
    Verdict.TIMEOUT: (
        "nothing answered in time",
        "does a firewall swallow connections from this machine?",
    ),
}


_SHUT_OUT = (
    "every call is denied: the key's IP allowlist lacks this machine, or the key may do nothing",
    "look at the key in the dashboard; neither can be changed there, so make a new key",
)


def _problem(
    found: list[Probed], permissions: tuple[Permission, ...], file: Destination
) -> tuple[str, str]:
    """Say what is wrong, and what to do; two empty texts when nothing is."""
    for one in found:
        if one.verdict in _PROBLEMS:
            return _PROBLEMS[one.verdict]
    missing = [
        one
        for one in permissions
        if one.verdict is Verdict.DENIED and (one.needed_by or one.name == "users.track")
    ]
    if not missing:
        return _problem_of_partner(found, file)
    told = "; ".join(
        f"{one.name}, needed by {', '.join(one.needed_by) or 'any send of attributes'}"
        for one in missing
    )
    return (
        f"the key lacks a permission: {told}",
        f"permissions of a key cannot be changed: make a new key for credential {file.credential}",
    )


def _problem_of_partner(found: list[Probed], file: Destination) -> tuple[str, str]:
    """Say what is wrong with the keys that cohorts are sent with, if anything."""
    refused = [
        one
        for one in found
        if one.permission == PARTNER_KEYS and one.verdict is Verdict.KEY_REJECTED
    ]
    if not refused or file.cohorts is None:
        return "", ""
    hint = (
        f"look at the two keys of credential {file.cohorts.credential}: the partner's own, which "
        "differs between the US and the EU, and the data import key, which the dashboard makes "
        "under Partner Integrations"
    )
    return f"Braze refuses the keys of {file.cohorts.partner}: {refused[0].message}", hint


def _needs(project: Project, file: Destination) -> Mapping[str, tuple[str, ...]]:
    """Give who sends to a destination, by the permission that it takes.

    Where nobody sends anything yet, attributes are what will be sent first.
    """
    needs: dict[str, tuple[str, ...]] = {}
    for who, kind, clears in (*_orchestrations(project, file), *_campaigns(project, file)):
        for permission in object_permissions(kind, clears=clears):
            needs[permission] = (*needs.get(permission, ()), who)
    return {**(needs or {"users.track": ()}), **_identity_needs(file)}


def _orchestrations(project: Project, file: Destination) -> Iterator[tuple[str, ObjectKind, bool]]:
    """Give who sends which kind of object, and whether leaving clears."""
    for one in project.orchestrations.values():
        if project.goes_to(one, file):
            yield f"orchestration {one.id}", one.kind, one.leaving == "clear"


def _campaigns(project: Project, file: Destination) -> Iterator[tuple[str, ObjectKind, bool]]:
    """The same of campaigns: one whose audience is a cohort may send fields along, or none."""
    for one in project.campaigns.values():
        if project.goes_to(one, file):
            along = file.default_attributes if one.attributes is None else one.attributes
            if one.audience.cohort:
                yield f"campaign {one.id}", ObjectKind.COHORTS, True
            if along or not one.audience.cohort:
                yield f"campaign {one.id}", ObjectKind.ATTRIBUTES, True


def _identity_needs(file: Destination) -> Mapping[str, tuple[str, ...]]:
    """Give which settings of a destination tell of identities, by the permission that it takes."""
    identifier = IdentifierKind(file.identifier)
    needs: dict[str, tuple[str, ...]] = {}
    for kind, setting in told_changes(file).items():
        permission = identity_permission(kind, identifier)
        needs[permission] = tuple(dict.fromkeys((*needs.get(permission, ()), setting)))
    return needs


def _destination(project: Project, name: str | None) -> Destination:
    known = project.destinations
    if name is None and len(project.workspaces) == 1:
        return next(iter(project.workspaces.values()))
    if name is not None and name in known:
        return known[name]
    close = nearest(name or "", known)
    raise UnknownReference(
        f"there is no destination {name}" if name else "say which destination",
        hint=f"did you mean {close}?" if close else f"one of: {', '.join(known) or 'none yet'}",
    )

"""The settings of a Braze destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from onefold.destinations.braze.instances import INSTANCES, is_loopback, meant_instance
from onefold.destinations.braze.limits import Limits
from onefold.destinations.config import Retrying
from onefold.errors import ProjectError
from onefold.model import IdentifierKind

__all__ = ["BrazeSettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BrazeSettings:
    """What a Braze destination is told.

    Attributes:
        endpoint: the REST endpoint, such as `https://rest.iad-03.braze.com`.
        workspace: names the ledger.
        identifier: what request objects carry.
        update_existing_only: never create users: Braze skips identifiers that it does not know.
        partner: the partner's name that cohorts are sent under; empty where there are none.
        limits: how fast.
        retrying: how patiently.
        timeout_s: seconds for one request, its answer included.
        max_in_flight: requests under way at once, at most; see `Gate`.
    """

    endpoint: str
    workspace: str
    identifier: IdentifierKind = IdentifierKind.EXTERNAL_ID
    update_existing_only: bool = False
    partner: str = ""
    limits: Limits = field(default_factory=Limits)
    retrying: Retrying = field(default_factory=Retrying)
    timeout_s: float = 30.0
    max_in_flight: int = 256

    def __post_init__(self) -> None:
        _check_endpoint(self.endpoint)


def _check_endpoint(url: str) -> None:
    meant = meant_instance(url)
    if meant is not None:
        raise ProjectError(
            f"{url} is an address of the dashboard or the SDK of {meant}, not its REST endpoint",
            hint=f"write instance: {meant}, or rest_endpoint: {INSTANCES[meant]}",
        )
    parts = urlsplit(url)
    plain = parts.scheme == "http" and is_loopback(url)
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ProjectError(
            f"{url} is not a REST endpoint",
            hint="write https://… (http alone for this machine); the key travels with each request",
        )
    if parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ProjectError(
            f"{url} holds more than an endpoint", hint="write scheme and host alone: https://host"
        )

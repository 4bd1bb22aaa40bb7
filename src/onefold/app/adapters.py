"""Which destination a definition means, and where it is."""

from __future__ import annotations

from collections.abc import Mapping

from onefold.access import credential, credential_parts
from onefold.destinations import (
    BURST,
    BrazeSettings,
    Contract,
    Destination,
    Limits,
    PartnerKeys,
    Window,
    braze_endpoint,
    is_loopback,
    open_destination,
)
from onefold.errors import LiveEndpointRefused, UnknownReference
from onefold.model import IdentifierKind
from onefold.project import Destination as DestinationFile
from onefold.project import Project

__all__ = ["ProjectAdapters", "limits_of"]


class ProjectAdapters:
    """Opens destinations as the project's files and the environment say.

    Args:
        project: the definitions.
        environ: environment variables, those of the project's `.env` included.
        sends: False for plans and checks: no key is needed, and no endpoint is refused.
    """

    def __init__(self, project: Project, environ: Mapping[str, str], *, sends: bool = True) -> None:
        self._project = project
        self._environ = environ
        self._sends = sends

    def endpoint(self, destination: DestinationFile) -> str:
        """Give the address that a destination file means.

        Raises:
            LiveEndpointRefused: the environment is not live, and the address is not local.
            UnknownReference: Braze has no such instance.
        """
        place = destination.place(
            ("rest_endpoint",) if destination.rest_endpoint else ("instance",)
        )
        try:
            address = destination.rest_endpoint or braze_endpoint(destination.instance or "")
        except UnknownReference as error:
            error.where = place
            raise
        refused = self._sends and not self._project.environment.live
        if refused and not is_loopback(address):
            environment = self._project.environment.name
            raise LiveEndpointRefused(
                f"environment {environment} says live: false, so nothing is sent to {address}",
                hint=f"send to the sandbox (onefold sandbox braze), or use an environment with "
                f"live: true: onefold run --env NAME. {environment} stays for trying things out",
                where=place,
            )
        return address

    def is_local(self, destination: DestinationFile) -> bool:
        """Tell whether a destination runs on this machine."""
        return is_loopback(self.endpoint(destination))

    def destination(self, destination: DestinationFile) -> Destination:
        """Open a destination; no connection is made yet."""
        settings = BrazeSettings(
            endpoint=self.endpoint(destination),
            workspace=destination.workspace,
            identifier=IdentifierKind(destination.identifier),
            update_existing_only=destination.update_existing_only,
            partner=destination.cohorts.partner if destination.cohorts else "",
            limits=limits_of(destination),
        )
        if not self._sends:
            return open_destination(destination.type, settings)
        key = credential(destination.credential, self._environ).reveal()
        return open_destination(destination.type, settings, key, self.partner_keys(destination))

    def partner_keys(self, destination: DestinationFile) -> PartnerKeys | None:
        """Give the keys that cohorts are sent with; None where there are none."""
        if destination.cohorts is None:
            return None
        parts = ("partner_api_key", "client_secret")
        keys = credential_parts(destination.cohorts.credential, parts, self._environ)
        return PartnerKeys(*(keys[part] for part in parts))


def limits_of(destination: DestinationFile) -> Limits:
    """Give the limits that a destination file states."""
    given = destination.limits
    burst = given.requests_per_3_seconds
    return Limits(
        contract=Contract(given.contract),
        use_at_most=float(given.use_at_most),
        requests_per_hour=given.requests_per_hour,
        burst=BURST if burst is None else Window(burst, BURST.seconds),
    )

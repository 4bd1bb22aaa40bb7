"""Which destination a definition means, and where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onefold.access import credential
from onefold.destinations import (
    Attribute,
    BrazeSettings,
    Contract,
    Destination,
    Limits,
    braze_endpoint,
    is_loopback,
    open_destination,
)
from onefold.errors import LiveEndpointRefused
from onefold.model import IdentifierKind
from onefold.project import Destination as DestinationFile
from onefold.project import Project

__all__ = ["ProjectAdapters"]


class ProjectAdapters:
    """Opens destinations as the project's files and the environment say.

    Args:
        project: the definitions.
        environ: environment variables, those of the project's `.env` included.
        needs_key: False for plans, which send nothing.
    """

    def __init__(
        self, project: Project, environ: Mapping[str, str], *, needs_key: bool = True
    ) -> None:
        self._project = project
        self._environ = environ
        self._needs_key = needs_key

    def endpoint(self, destination: DestinationFile) -> str:
        """Give the address that a destination file means.

        Raises:
            LiveEndpointRefused: the environment is not live, and the address is not local.
        """
        address = destination.rest_endpoint
        if address is None:
            address = braze_endpoint(destination.instance or "")
        if not self._project.environment.live and not is_loopback(address):
            environment = self._project.environment.name
            raise LiveEndpointRefused(
                f"environment {environment} says live: false, so nothing is sent to {address}",
                hint=f"send to the sandbox (onefold sandbox braze), or use an environment with "
                f"live: true: onefold run --env NAME. {environment} stays for trying things out",
                where=destination.place(
                    ("rest_endpoint",) if destination.rest_endpoint else ("instance",)
                ),
            )
        return address

    def is_local(self, destination: DestinationFile) -> bool:
        """Tell whether a destination runs on this machine."""
        return is_loopback(self.endpoint(destination))

    def destination(
        self, destination: DestinationFile, attributes: Sequence[Attribute]
    ) -> Destination:
        """Open a destination for these attributes."""
        settings = BrazeSettings(
            endpoint=self.endpoint(destination),
            workspace=destination.workspace,
            identifier=IdentifierKind(destination.identifier),
            update_existing_only=destination.update_existing_only,
            attributes=tuple(attributes),
            limits=Limits(
                contract=Contract(destination.limits.contract),
                use_at_most=float(destination.limits.use_at_most),
                requests_per_hour=destination.limits.requests_per_hour,
            ),
        )
        key = ""
        if self._needs_key:
            key = credential(destination.credential, self._environ).reveal()
        return open_destination(destination.type, settings, key)

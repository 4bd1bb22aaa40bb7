"""Opening a destination of any kind."""

from __future__ import annotations

from onefold.destinations.braze import Braze, BrazeSettings, PartnerKeys
from onefold.destinations.dummy import Dummy, DummySettings
from onefold.destinations.port import Destination
from onefold.errors import UnknownReference, nearest
from onefold.model import Secret

__all__ = ["DESTINATION_KINDS", "open_destination"]

DESTINATION_KINDS = ("braze", "dummy")


def open_destination(
    kind: str,
    settings: BrazeSettings | DummySettings,
    secret: str = "",
    partner: PartnerKeys | None = None,
) -> Destination:
    """Open a destination. No connection is made before `Destination.sender`.

    Args:
        kind: the project's word for it, see `DESTINATION_KINDS`.
        settings: the settings of this kind.
        partner: the keys of the partner that cohorts are sent under.
        secret: its key; held so that neither error nor log can show it.

    Raises:
        UnknownReference: there is no such kind.
    """
    match kind, settings:
        case "braze", BrazeSettings():
            return Braze(settings, Secret(secret), partner)
        case "dummy", DummySettings():
            return Dummy(settings)
        case (("braze" | "dummy"), _):
            raise TypeError(f"{type(settings).__name__} is not for a {kind} destination")
        case _:
            raise UnknownReference(
                f"there is no destination of type {kind}",
                hint=f"did you mean {nearest(kind, DESTINATION_KINDS) or DESTINATION_KINDS[0]}?",
            )

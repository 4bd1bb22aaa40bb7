"""Cohorts with the partners that may change them, and catalogs."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from braze_sandbox.cohorts import Partner
from braze_sandbox.control.replies import Routes, read, reply, stream
from braze_sandbox.endpoints import show_catalog, show_item
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange


class SetPartner(BaseModel):
    """A partner's keys, and whether the customer lets it in."""

    model_config = ConfigDict(extra="forbid")

    partner: Annotated[str, Field(min_length=1)]
    partner_api_key: Annotated[str, Field(min_length=1)] = Partner().partner_api_key
    client_secret: Annotated[str, Field(min_length=1)] = Partner().client_secret
    enabled: bool = True


_SET_PARTNER = TypeAdapter(SetPartner)


async def _show_cohorts(exchange: Exchange, sandbox: Sandbox) -> None:
    profiles = sandbox.workspace.profiles
    shown: list[object] = []
    for cohort_id, cohort in sandbox.workspace.cohorts.items():
        ids = (Identifier(Kind.BRAZE_ID, f"{number:024x}") for number in sorted(cohort.members))
        members = filter(None, map(profiles.find, ids))
        shown.append(
            {
                "partner": cohort.partner,
                "cohort_id": cohort_id,
                "name": cohort.name,
                "created_at": cohort.created_at,
                "members": [
                    {"external_id": one.external_id, "braze_id": one.braze_id} for one in members
                ],
            }
        )
    await reply(exchange, {"cohorts": shown})


async def _show_catalogs(exchange: Exchange, sandbox: Sandbox) -> None:
    items = exchange.query.get("items") != "0"
    await stream(exchange, "catalogs", _shown_catalogs(sandbox, items=items))


def _shown_catalogs(sandbox: Sandbox, *, items: bool) -> Iterator[dict[str, object]]:
    for catalog in sandbox.workspace.catalogs:
        held = [show_item(catalog, item_id) for item_id in sorted(catalog.items)] if items else []
        yield show_catalog(catalog) | ({"items": held} if items else {})


async def _show_partners(exchange: Exchange, sandbox: Sandbox) -> None:
    shown = [
        {"partner": name, "enabled": partner.enabled}
        for name, partner in sandbox.workspace.cohorts.partners().items()
    ]
    await reply(exchange, {"partners": shown})


async def _set_partner(exchange: Exchange, sandbox: Sandbox) -> None:
    new = await read(exchange, _SET_PARTNER, "a partner")
    partner = Partner(**new.model_dump(exclude={"partner"}))
    sandbox.workspace.cohorts.set_partner(new.partner, partner)
    await _show_partners(exchange, sandbox)


LISTS: Routes = {
    ("GET", "cohorts"): _show_cohorts,
    ("GET", "catalogs"): _show_catalogs,
    ("GET", "partners"): _show_partners,
    ("POST", "partners"): _set_partner,
}
"""What can be seen and set of lists."""

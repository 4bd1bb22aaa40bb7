"""Currents on request: flush, play a campaign, send test events, be odd, change a schema."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, TypeAdapter

from braze_sandbox.clock import moment
from braze_sandbox.control.replies import Routes, Unfit, read, reply
from braze_sandbox.currents import Campaign, Export, Oddities, Recorder, play, trial_events
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.profiles import Profile
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange

Handle: TypeAlias = Callable[[Exchange, Sandbox, Export, Recorder], Awaitable[None]]


class NewField(BaseModel):
    """A text that an event type has from now on, and may lack."""

    model_config = ConfigDict(extra="forbid")

    event_type: str
    field: str


_CAMPAIGN, _FIELD = TypeAdapter(Campaign), TypeAdapter(NewField)
_ODDITIES = TypeAdapter(Oddities)


def _exporting(
    handle: Handle,
) -> Callable[[Exchange, Sandbox], Awaitable[None]]:
    """The handler of a call that needs Currents."""

    async def checked(exchange: Exchange, sandbox: Sandbox) -> None:
        if sandbox.export is None or sandbox.recorder is None:
            raise Unfit("There is no Currents: start the sandbox with --currents DIR")
        await handle(exchange, sandbox, sandbox.export, sandbox.recorder)

    return checked


async def _show(exchange: Exchange, _: Sandbox, export: Export, __: Recorder) -> None:
    await reply(exchange, export.show())


async def _be_odd(exchange: Exchange, _: Sandbox, export: Export, __: Recorder) -> None:
    export.set_oddities(await read(exchange, _ODDITIES, "oddities"))
    await reply(exchange, export.show())


async def _flush(exchange: Exchange, _: Sandbox, export: Export, __: Recorder) -> None:
    await reply(exchange, {"files": export.flush()})


async def _try(exchange: Exchange, sandbox: Sandbox, export: Export, _: Recorder) -> None:
    export.take(trial_events(int(sandbox.clock()), uuid4))
    await reply(exchange, export.show())


async def _play(exchange: Exchange, sandbox: Sandbox, export: Export, recorder: Recorder) -> None:
    campaign = await read(exchange, _CAMPAIGN, "a campaign")
    sent_at = campaign.sent_at or moment(sandbox.clock())
    users = _users(campaign, sandbox)
    events = list(play(campaign, users, recorder.person, sent_at))
    export.take(events)
    await reply(exchange, {"events": len(events)})


async def _add_field(exchange: Exchange, _: Sandbox, export: Export, __: Recorder) -> None:
    new = await read(exchange, _FIELD, "a new field")
    try:
        schema_id = export.add_field(new.event_type, new.field)
    except ValueError as error:
        raise Unfit(str(error)) from None
    await reply(exchange, {"schema_id": schema_id})


def _users(campaign: Campaign, sandbox: Sandbox) -> list[Profile]:
    """Those the campaign names, or everybody."""
    profiles = sandbox.workspace.profiles
    if campaign.users is None:
        return list(profiles)
    found = [profiles.find(Identifier(Kind.EXTERNAL_ID, name)) for name in campaign.users]
    if missing := sum(one is None for one in found):
        raise Unfit(f"Not users of the sandbox: {missing} of {len(found)}")
    return [one for one in found if one is not None]


CURRENTS: Routes = {
    ("GET", "currents"): _exporting(_show),
    ("POST", "currents"): _exporting(_be_odd),
    ("POST", "currents/flush"): _exporting(_flush),
    ("POST", "currents/test-events"): _exporting(_try),
    ("POST", "currents/campaign"): _exporting(_play),
    ("POST", "currents/schema"): _exporting(_add_field),
}
"""What can be seen and asked of Currents."""

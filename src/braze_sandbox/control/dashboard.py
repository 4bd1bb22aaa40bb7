"""What a dashboard sets beside types and the blocklist: groups, lengths, dear properties."""

from collections.abc import Mapping
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from braze_sandbox.control.replies import Routes, Unfit, as_list, read, reply
from braze_sandbox.custom_attributes import MAX_ELEMENTS
from braze_sandbox.dashboard import Channel, SubscriptionGroup
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange


class NewGroup(BaseModel):
    """A subscription group to make, or to name anew."""

    model_config = ConfigDict(extra="forbid")

    subscription_group_id: UUID
    name: Annotated[str, Field(min_length=1)]
    channel: Channel = "email"


_NEW_GROUPS: TypeAdapter[list[NewGroup]] = TypeAdapter(
    Annotated[list[NewGroup], BeforeValidator(as_list)]
)


_LIMITS: TypeAdapter[dict[str, Annotated[int, Field(ge=1, le=MAX_ELEMENTS)] | None]] = TypeAdapter(
    dict[str, Annotated[int, Field(ge=1, le=MAX_ELEMENTS)] | None]
)
_SEGMENTED: TypeAdapter[dict[str, list[str] | None]] = TypeAdapter(dict[str, list[str] | None])

T = TypeVar("T")


async def _list_groups(exchange: Exchange, sandbox: Sandbox) -> None:
    shown = [
        {"subscription_group_id": group_id, "name": group.name, "channel": group.channel}
        for group_id, group in sandbox.workspace.dashboard.groups.items()
    ]
    await reply(exchange, {"subscription_groups": shown})


async def _make_groups(exchange: Exchange, sandbox: Sandbox) -> None:
    for new in await read(exchange, _NEW_GROUPS, "a subscription group"):
        group = SubscriptionGroup(name=new.name, channel=new.channel)
        sandbox.workspace.dashboard.groups[str(new.subscription_group_id)] = group
    await _list_groups(exchange, sandbox)


async def _list_limits(exchange: Exchange, sandbox: Sandbox) -> None:
    await reply(exchange, {"array_limits": dict(sandbox.workspace.dashboard.array_limits)})


async def _limit_arrays(exchange: Exchange, sandbox: Sandbox) -> None:
    given = await read(exchange, _LIMITS, "limits of arrays")
    _change(sandbox.workspace.dashboard.array_limits, given)
    await _list_limits(exchange, sandbox)


async def _list_segmented(exchange: Exchange, sandbox: Sandbox) -> None:
    await reply(exchange, {"segmented_properties": dict(sandbox.workspace.dashboard.segmented)})


async def _segment(exchange: Exchange, sandbox: Sandbox) -> None:
    given = await read(exchange, _SEGMENTED, "properties of events")
    _change(sandbox.workspace.dashboard.segmented, given)
    await _list_segmented(exchange, sandbox)


def _change(held: dict[str, T], given: Mapping[str, T | None]) -> None:
    """Set what is given; None takes the setting away."""
    for name, value in given.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value


async def _remove_group(exchange: Exchange, sandbox: Sandbox) -> None:
    group_id = exchange.query.get("subscription_group_id", "")
    if sandbox.workspace.dashboard.groups.pop(group_id, None) is None:
        raise Unfit(
            "Not a group: say DELETE /_sandbox/subscription-groups?subscription_group_id=ID"
        )
    await _list_groups(exchange, sandbox)


DASHBOARD: Routes = {
    ("GET", "subscription-groups"): _list_groups,
    ("POST", "subscription-groups"): _make_groups,
    ("DELETE", "subscription-groups"): _remove_group,
    ("GET", "array-limits"): _list_limits,
    ("POST", "array-limits"): _limit_arrays,
    ("GET", "segmented-properties"): _list_segmented,
    ("POST", "segmented-properties"): _segment,
}
"""What can be seen and made."""

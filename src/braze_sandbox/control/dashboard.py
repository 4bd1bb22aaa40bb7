"""What a dashboard makes beside types and the blocklist: subscription groups."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from braze_sandbox.control.replies import Routes, Unfit, as_list, read, reply
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
}
"""What can be seen and made."""

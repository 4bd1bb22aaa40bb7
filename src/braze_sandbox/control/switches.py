"""What can be turned: faults, decisions, keys, the account, and what a dashboard sets."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyNetwork, TypeAdapter

from braze_sandbox.access import Key
from braze_sandbox.control.replies import Routes, Unfit, as_list, message, read, reply
from braze_sandbox.dashboard import MAX_BLOCKED, Forced
from braze_sandbox.faults import AnyFault
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange

SHOWN_OF_KEY = 4
"""Characters at the end of a key that are shown."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewKey(_Body):
    """A key to make. Braze's can't be changed later, nor can these."""

    key: Annotated[str, Field(min_length=1)]
    permissions: list[str] | None = None
    allow_ips: list[IPvAnyNetwork] = []


class AccountState(_Body):
    """Whether the account is in order."""

    active: bool


class Blocklist(_Body):
    """Names of custom data that are ignored."""

    attributes: Annotated[list[str], Field(max_length=MAX_BLOCKED)] = []
    events: Annotated[list[str], Field(max_length=MAX_BLOCKED)] = []


_FAULTS: TypeAdapter[list[AnyFault]] = TypeAdapter(
    Annotated[list[AnyFault], BeforeValidator(as_list)]
)
_CHANGES: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_NEW_KEY = TypeAdapter(NewKey)
_ACCOUNT = TypeAdapter(AccountState)
_BLOCKLIST = TypeAdapter(Blocklist)
_TYPES: TypeAdapter[dict[str, Forced | None]] = TypeAdapter(dict[str, Forced | None])


async def _list_faults(exchange: Exchange, sandbox: Sandbox) -> None:
    await reply(exchange, {"faults": [armed.show() for armed in sandbox.faults]})


async def _add_faults(exchange: Exchange, sandbox: Sandbox) -> None:
    faults = await read(exchange, _FAULTS, "a fault")
    sandbox.faults.add(faults)
    await _list_faults(exchange, sandbox)


async def _remove_faults(exchange: Exchange, sandbox: Sandbox) -> None:
    sandbox.faults.clear()
    await _list_faults(exchange, sandbox)


async def _list_decisions(exchange: Exchange, sandbox: Sandbox) -> None:
    await reply(exchange, {"decisions": sandbox.workspace.decisions.show()})


async def _decide(exchange: Exchange, sandbox: Sandbox) -> None:
    changes = await read(exchange, _CHANGES, "decisions")
    try:
        sandbox.workspace.decisions = sandbox.workspace.decisions.with_changes(changes)
    except ValueError as error:
        raise Unfit(str(error)) from None
    await _list_decisions(exchange, sandbox)


async def _list_keys(exchange: Exchange, sandbox: Sandbox) -> None:
    keys: list[object] = [
        {
            "key": "…" + key.secret[-SHOWN_OF_KEY:],
            "permissions": None if key.permissions is None else sorted(key.permissions),
            "allow_ips": [str(network) for network in key.networks],
        }
        for key in sandbox.access.keys.values()
    ]
    await reply(exchange, {"keys": keys})


async def _add_key(exchange: Exchange, sandbox: Sandbox) -> None:
    new = await read(exchange, _NEW_KEY, "a key")
    if new.key in sandbox.access.keys:
        raise Unfit("Not a new key: what a key may do is fixed; remove it, and make another")
    permissions = None if new.permissions is None else frozenset(new.permissions)
    key = Key(secret=new.key, permissions=permissions, networks=tuple(new.allow_ips))
    sandbox.access.keys[key.secret] = key
    await _list_keys(exchange, sandbox)


async def _remove_key(exchange: Exchange, sandbox: Sandbox) -> None:
    if sandbox.access.keys.pop(exchange.query.get("key", ""), None) is None:
        raise Unfit("Not a key in force: say DELETE /_sandbox/keys?key=KEY")
    await _list_keys(exchange, sandbox)


async def _set_account(exchange: Exchange, sandbox: Sandbox) -> None:
    sandbox.access.active = (await read(exchange, _ACCOUNT, "an account's state")).active
    await reply(exchange, {"active": sandbox.access.active})


async def _list_types(exchange: Exchange, sandbox: Sandbox) -> None:
    await reply(exchange, {"attribute_types": dict(sandbox.workspace.dashboard.types)})


async def _force_types(exchange: Exchange, sandbox: Sandbox) -> None:
    types = sandbox.workspace.dashboard.types
    for name, forced in (await read(exchange, _TYPES, "types of attributes")).items():
        if forced is None:
            types.pop(name, None)
        else:
            types[name] = forced
    await _list_types(exchange, sandbox)


async def _show_blocklist(exchange: Exchange, sandbox: Sandbox) -> None:
    dashboard = sandbox.workspace.dashboard
    await reply(
        exchange,
        {
            "attributes": sorted(dashboard.blocked_attributes),
            "events": sorted(dashboard.blocked_events),
        },
    )


async def _set_blocklist(exchange: Exchange, sandbox: Sandbox) -> None:
    blocklist = await read(exchange, _BLOCKLIST, "a blocklist")
    dashboard = sandbox.workspace.dashboard
    dashboard.blocked_attributes = frozenset(blocklist.attributes)
    dashboard.blocked_events = frozenset(blocklist.events)
    await _show_blocklist(exchange, sandbox)


async def _reset(exchange: Exchange, sandbox: Sandbox) -> None:
    sandbox.reset()
    await exchange.answer(message(200, "reset"))


SWITCHES: Routes = {
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _remove_faults,
    ("GET", "decisions"): _list_decisions,
    ("POST", "decisions"): _decide,
    ("GET", "keys"): _list_keys,
    ("POST", "keys"): _add_key,
    ("DELETE", "keys"): _remove_key,
    ("POST", "account"): _set_account,
    ("GET", "attribute-types"): _list_types,
    ("POST", "attribute-types"): _force_types,
    ("GET", "blocklist"): _show_blocklist,
    ("POST", "blocklist"): _set_blocklist,
    ("POST", "reset"): _reset,
}
"""What can be changed."""

"""POST /users/alias/new and /users/alias/update: second names of users."""

from collections.abc import Mapping

from braze_sandbox.call import Call
from braze_sandbox.endpoints.items import errors_of, read_items, refuse_item, text_of
from braze_sandbox.identifiers import Alias, Identifier, Kind, read_alias
from braze_sandbox.rules import Broken, IdentityRule, ObjectRule
from braze_sandbox.web import Answer

_UPDATE = ("alias_label", "old_alias_name", "new_alias_name")


def new_aliases(call: Call) -> Answer:
    """Aliases for known users, or for new ones that have no other name."""
    accepted: list[tuple[Alias, str | None]] = []
    for index, item in enumerate(read_items(call, "user_aliases", IdentityRule.ALIASES_INVALID)):
        try:
            accepted.append(_read_new(item))
        except Broken as broken:
            refuse_item(call, broken, "user_aliases", index)
    call.settle_each(_add, accepted)
    processed = {"aliases_processed": len(accepted), "message": "success"}
    return Answer(status=201, content=processed | errors_of(call))


def update_aliases(call: Call) -> Answer:
    """Other names under the same labels."""
    updates = read_items(call, "alias_updates", IdentityRule.ALIAS_UPDATES_INVALID)
    call.settle_each(_rename, [_read_update(item) for item in updates])
    return Answer(status=200, content={"message": "success"})


def _read_new(item: Mapping[str, object]) -> tuple[Alias, str | None]:
    external_id = item.get("external_id")
    if external_id is not None and not (isinstance(external_id, str) and external_id):
        raise Broken(ObjectRule.EXTERNAL_ID_INVALID)
    return read_alias(item), external_id


def _add(call: Call, alias: Alias, external_id: str | None) -> None:
    workspace, profiles = call.workspace, call.workspace.profiles
    named = Identifier(Kind.USER_ALIAS, alias)
    if profiles.find(named) is not None:
        workspace.note(IdentityRule.ALIAS_TAKEN, call.entry)
    elif external_id is None:
        profiles.touch(profiles.create(named, call.entry.at))
    else:
        profile = profiles.find(Identifier(Kind.EXTERNAL_ID, external_id))
        if profile is None:
            workspace.note(IdentityRule.ALIAS_USER_UNKNOWN, call.entry)
        elif any(one.label == alias.label for one in profile.aliases):
            workspace.note(IdentityRule.ALIAS_LABEL_TAKEN, call.entry)
        else:
            profiles.add_alias(profile, alias)
            profiles.touch(profile)


def _read_update(item: Mapping[str, object]) -> tuple[Alias, Alias]:
    label, old, new = (text_of(item, key, IdentityRule.ALIAS_UPDATES_INVALID) for key in _UPDATE)
    return Alias(label, old), Alias(label, new)


def _rename(call: Call, old: Alias, new: Alias) -> None:
    workspace, profiles = call.workspace, call.workspace.profiles
    profile = profiles.find(Identifier(Kind.USER_ALIAS, old))
    if profile is None:
        workspace.note(IdentityRule.ALIAS_UNKNOWN, call.entry)
    elif profiles.find(Identifier(Kind.USER_ALIAS, new)) is not None:
        workspace.note(IdentityRule.ALIAS_TAKEN, call.entry)
    else:
        profiles.remove_alias(profile, old)
        profiles.add_alias(profile, new)
        profiles.touch(profile)

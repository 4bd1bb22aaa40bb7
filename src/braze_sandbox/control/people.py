"""Users, found and looked at one by one."""

from itertools import islice

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from braze_sandbox.control.replies import Routes, Unfit, message, reply
from braze_sandbox.control.views import show_entry, show_profile
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.profiles import Profile
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange

MAX_SHOWN = 1_000


class Wanted(BaseModel):
    """Which users to list."""

    model_config = ConfigDict(extra="ignore")

    search: str = ""
    """Part of an identifier, whatever its case; empty: everybody."""
    limit: int = Field(default=50, ge=1, le=MAX_SHOWN)


_WANTED = TypeAdapter(Wanted)


async def _find(exchange: Exchange, sandbox: Sandbox) -> None:
    try:
        wanted = _WANTED.validate_python(exchange.query)
    except ValidationError:
        raise Unfit(f"Not a search: limit is a number from 1 to {MAX_SHOWN}") from None
    profiles = sandbox.workspace.profiles
    text = wanted.search.casefold()
    found = (one for one in profiles.newest_first() if not text or _is_called(one, text))
    first = list(islice(found, wanted.limit))
    more = len(profiles) - len(first) if not text else sum(1 for _ in found)
    await reply(
        exchange,
        {
            "users": [show_profile(one) for one in first],
            "found": len(first) + more,
            "total": len(profiles),
        },
    )


async def _show(exchange: Exchange, sandbox: Sandbox) -> None:
    workspace = sandbox.workspace
    braze_id = exchange.query.get("braze_id", "")
    profile = workspace.profiles.find(Identifier(Kind.BRAZE_ID, braze_id))
    if profile is None:
        await exchange.answer(message(404, "No user has this braze_id"))
        return
    cohorts = [
        {"partner": cohort.partner, "cohort_id": cohort_id, "name": cohort.name}
        for cohort_id, cohort in workspace.cohorts.items()
        if profile.number in cohort.members
    ]
    charged = {one.request for one in workspace.ledger.entries() if one.user == profile.number}
    entries = sandbox.log.naming(_names(profile), charged)
    await reply(
        exchange,
        {
            "user": show_profile(profile),
            "cohorts": cohorts,
            "requests": [show_entry(entry, bodies=False) for entry in entries],
        },
    )


def _names(profile: Profile) -> list[str]:
    """Everything that a request may call the user by."""
    contacts = [profile.values.get(name) for name in ("email", "phone")]
    names = [profile.external_id, profile.braze_id, *profile.deprecated_ids, *contacts]
    names += [alias.name for alias in profile.aliases]
    return [name for name in names if isinstance(name, str) and name]


def _is_called(profile: Profile, text: str) -> bool:
    return any(text in name.casefold() for name in _names(profile))


PEOPLE: Routes = {("GET", "users"): _find, ("GET", "user"): _show}
"""What can be seen of users."""

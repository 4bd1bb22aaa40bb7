"""POST /users/track/bulk: as /users/track, with more objects and after everything else."""

from collections import Counter
from collections.abc import Iterator

from braze_sandbox.call import Call
from braze_sandbox.endpoints.track import Arrays, accept, all_of, arrays_of, processed
from braze_sandbox.identifiers import Identifier, read_identifier
from braze_sandbox.rules import Broken, RequestRule, VariantRule
from braze_sandbox.web import Answer

MAX_OBJECTS = 1_000
MAX_OBJECTS_OF_PROFILE = 100
MAX_BODY_BYTES = 2 * 1024 * 1024


def track_bulk(call: Call) -> Answer:
    """The answer of /users/track; what that has accepted before is applied before."""
    arrays = arrays_of(call)
    if sum(map(len, arrays.values())) > MAX_OBJECTS:
        raise Broken(RequestRule.TOO_MANY_OBJECTS)
    if max(Counter(_profiles(arrays, call)).values(), default=0) > MAX_OBJECTS_OF_PROFILE:
        raise Broken(VariantRule.TOO_MANY_OBJECTS_OF_PROFILE)
    accepted = accept(arrays, call)
    call.settle(all_of(accepted), behind=call.decisions.bulk_priority == "lower")
    return processed(accepted, call)


def _profiles(arrays: Arrays, call: Call) -> Iterator[int | Identifier]:
    """Whose each object is, by whichever identifier; a new user has but the one sent."""
    for sent in (one for several in arrays.values() for one in several if isinstance(one, dict)):
        try:
            identifier = read_identifier(sent, call.blocked_external_ids)
        except Broken:
            continue  # refused for this when it is read
        profile = call.workspace.profiles.find(identifier)
        yield identifier if profile is None else profile.number

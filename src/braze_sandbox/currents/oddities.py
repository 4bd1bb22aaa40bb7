"""What Currents may do and rarely does, on request: duplicates, late events, missing names."""

import hashlib
from collections.abc import Iterator, Mapping
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from braze_sandbox.currents.schemas import event_types

REDACTED = "[REDACTED]"
MAX_LATE_S = 72 * 3600
"""How far before its arrival a late event happened."""
NAMES = ("campaign_name", "canvas_name", "message_variation_name", "canvas_variation_name")

Fields = Mapping[str, object]
Probability = Annotated[float, Field(ge=0, le=1)]


class Oddities(BaseModel):
    """How the export deviates from a quiet day. `seed` decides which events are hit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    duplicates: Probability = 0
    """The part of the events that is written twice, under one id; 0.001 is usual."""
    late: Probability = 0
    """The part that happened up to three days before it arrives."""
    null_names: Probability = 0
    """The part without names of campaign and canvas, as just after a renaming."""
    codec: Literal["null", "deflate", "snappy"] = "null"
    transforms: dict[str, Literal["remove", "hash"]] = {}
    """Text fields to redact or to hash, in all events."""

    @field_validator("transforms")
    @classmethod
    def _of_text(cls, sent: dict[str, str]) -> dict[str, str]:
        kinds = {field: kind for one in event_types().values() for field, kind in one.items()}
        for field in sent:
            if not kinds.get(field, "").startswith("string"):
                raise ValueError(f"{field!r} is no text field of Currents")
        return sent

    def distort(self, fields: Fields, random: Random) -> Iterator[Fields]:
        """The event as it is exported: once or twice, perhaps late or with less in it."""
        changed = dict(fields)
        time = changed["time"]
        if random.random() < self.late and isinstance(time, int):
            back_s = random.randrange(3600, MAX_LATE_S)
            changed["time"] = time - back_s
            if isinstance(time_ms := changed.get("time_ms"), int):
                changed["time_ms"] = time_ms - back_s * 1000
        if random.random() < self.null_names:
            changed.update(dict.fromkeys(changed.keys() & NAMES))
        for name, how in self.transforms.items():
            text = changed.get(name)
            if isinstance(text, str):
                changed[name] = REDACTED if how == "remove" else _hashed(text)
        yield changed
        if random.random() < self.duplicates:
            yield changed


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

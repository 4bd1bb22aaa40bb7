"""A campaign that is played: who got which message, and what became of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Literal, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from braze_sandbox.currents.schemas import event_types
from braze_sandbox.profiles import Profile

Probability = Annotated[float, Field(ge=0, le=1)]
Channel = Literal["email", "push", "sms", "whatsapp", "content_card", "in_app"]
Happening = Literal[
    "sent", "delivered", "bounced", "opened", "clicked", "dismissed", "unsubscribed"
]

LONGEST_STEP_S = 3600
APP_ID = "00000000-0000-4000-8000-000000000001"


class Rates(BaseModel):
    """How often a step follows the one before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bounced: Probability = 0.02
    opened: Probability = 0.4
    clicked: Probability = 0.2
    dismissed: Probability = 0.1
    unsubscribed: Probability = 0.01
    machine_opened: Probability = 0.3
    """Of the opens of e-mails, those by a mail program on its own."""


class Campaign(BaseModel):
    """What to play. `users`: external ids; None: every user who can be reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel
    campaign_name: str = "Sandbox campaign"
    users: list[str] | None = None
    sent_at: AwareDatetime | None = None
    """None: now. Later steps follow within an hour each."""
    subscription_group_id: str = "00000000-0000-4000-8000-000000000002"
    """The group that messages to phones are sent to, and left."""
    rates: Rates = Rates()
    seed: int = 0


class Step(NamedTuple):
    """An event that follows another happening; without a rate, always."""

    happening: Happening
    type: str
    after: Happening | None = None


_EMAIL, _PUSH = "users.messages.email.", "users.messages.pushnotification."
_SMS, _WHATSAPP = "users.messages.sms.", "users.messages.whatsapp."
_CARD, _IN_APP = "users.messages.contentcard.", "users.messages.inappmessage."
_STATE = "users.behaviors.subscription.GlobalStateChange"
_GROUP_STATE = "users.behaviors.subscriptiongroup.StateChange"

STEPS: Mapping[Channel, tuple[Step, ...]] = {
    "email": (
        Step("sent", f"{_EMAIL}Send"),
        Step("bounced", f"{_EMAIL}Bounce", "sent"),
        Step("delivered", f"{_EMAIL}Delivery", "sent"),
        Step("opened", f"{_EMAIL}Open", "delivered"),
        Step("clicked", f"{_EMAIL}Click", "opened"),
        Step("unsubscribed", f"{_EMAIL}Unsubscribe", "opened"),
        Step("unsubscribed", _STATE, "unsubscribed"),
    ),
    "push": (
        Step("sent", f"{_PUSH}Send"),
        Step("bounced", f"{_PUSH}Bounce", "sent"),
        Step("opened", f"{_PUSH}Open", "sent"),
        Step("unsubscribed", _STATE, "opened"),
    ),
    "sms": (
        Step("sent", f"{_SMS}Send"),
        Step("bounced", f"{_SMS}DeliveryFailure", "sent"),
        Step("delivered", f"{_SMS}Delivery", "sent"),
        Step("clicked", f"{_SMS}ShortLinkClick", "delivered"),
        Step("unsubscribed", _GROUP_STATE, "delivered"),
    ),
    "whatsapp": (
        Step("sent", f"{_WHATSAPP}Send"),
        Step("bounced", f"{_WHATSAPP}Failure", "sent"),
        Step("delivered", f"{_WHATSAPP}Delivery", "sent"),
        Step("opened", f"{_WHATSAPP}Read", "delivered"),
        Step("clicked", f"{_WHATSAPP}Click", "opened"),
        Step("unsubscribed", _GROUP_STATE, "delivered"),
    ),
    "content_card": (
        Step("sent", f"{_CARD}Send"),
        Step("opened", f"{_CARD}Impression", "sent"),
        Step("clicked", f"{_CARD}Click", "opened"),
        Step("dismissed", f"{_CARD}Dismiss", "opened"),
    ),
    "in_app": (
        Step("opened", f"{_IN_APP}Impression"),
        Step("clicked", f"{_IN_APP}Click", "opened"),
    ),
}
"""What becomes of a message, in order. What bounced goes no further."""
NEEDS: Mapping[Channel, str] = {"email": "email", "sms": "phone", "whatsapp": "phone"}
"""The field without which a user can't be reached."""

Told = tuple[str, dict[str, object]]
Person = Callable[[Profile, datetime], dict[str, object]]


def play(
    campaign: Campaign, profiles: Iterable[Profile], person: Person, sent_at: datetime
) -> Iterator[Told]:
    """All events of the campaign; who does what depends on the seed alone."""
    random = Random(campaign.seed)  # noqa: S311 - chance in a simulation, no secrets
    need = NEEDS.get(campaign.channel)
    for profile in profiles:
        if need is None or need in profile.values:
            yield from _message(campaign, profile, person, sent_at, random)


def _message(
    campaign: Campaign, profile: Profile, person: Person, sent_at: datetime, random: Random
) -> Iterator[Told]:
    times: dict[Happening, datetime] = {}
    for step in STEPS[campaign.channel]:
        # a second event of one happening comes with the first, at the same time
        follows = step.after == step.happening
        rate = 1.0 if follows else getattr(campaign.rates, step.happening, 1.0)
        happens = random.random() < rate
        pause = timedelta(seconds=0 if follows else random.randrange(1, LONGEST_STEP_S))
        machine = random.random() < campaign.rates.machine_opened
        before = sent_at if step.after is None else times.get(step.after)
        if before is None or not happens or (step.after == "sent" and "bounced" in times):
            continue
        times[step.happening] = before if step.after is None else before + pause
        own = person(profile, times[step.happening]) | _details(campaign, profile)
        if step.type == f"{_EMAIL}Open" and machine:
            own["machine_open"] = "true"
        yield step.type, _fitted(step.type, own)


def _details(campaign: Campaign, profile: Profile) -> dict[str, object]:
    """Whatever one of the steps may tell of a message."""
    named = f"{campaign.channel}/{campaign.campaign_name}"
    phone = profile.values.get("phone")
    return {
        "campaign_id": str(uuid5(NAMESPACE_URL, named)),
        "campaign_name": campaign.campaign_name,
        "message_variation_id": str(uuid5(NAMESPACE_URL, f"{named}/1")),
        "message_variation_name": "Variation 1",
        "dispatch_id": uuid5(NAMESPACE_URL, f"{named}/{campaign.seed}").hex[:24],
        "email_address": profile.values.get("email"),
        "to_phone_number": phone,
        "user_phone_number": phone,
        "from_phone_number": "+15555550100",
        "app_id": APP_ID,
        "channel": campaign.channel,
        "subscription_group_id": campaign.subscription_group_id,
        "subscription_status": "Unsubscribed",
        "platform": "ios",
        "content_card_id": uuid5(NAMESPACE_URL, f"{named}/card").hex[:24],
        "url": "https://example.com/offer",
        "short_url": "https://example.com/s/1",
        "bounce_reason": "550 no such user",
        "provider_error_code": "30003",
        "provider_error_title": "Unreachable",
        "timezone": profile.values.get("time_zone"),
    }


def _fitted(kind: str, fields: dict[str, object]) -> dict[str, object]:
    """Those fields that the type has."""
    return {name: value for name, value in fields.items() if name in event_types()[kind]}

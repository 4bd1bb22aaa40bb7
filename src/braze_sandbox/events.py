"""Events and purchases: what they must hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from braze_sandbox.reading import Reading
from braze_sandbox.rules import Broken, ObjectRule, Rule
from braze_sandbox.times import read_time
from braze_sandbox.values import json_size

MAX_CHARS = 255
MAX_PROPERTIES = 256
MAX_QUANTITY = 100
EVENT_PROPERTIES_BYTES = 100 * 1024
PURCHASE_PROPERTIES_BYTES = 50 * 1024
RESERVED_PROPERTIES = ("time", "event_name")

_CURRENCY = re.compile(r"[A-Z]{3}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a user did."""

    name: str
    time: datetime
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """`quantity` purchases of a product at `price` each, in the currency's base unit."""

    product_id: str
    time: datetime
    price: float
    quantity: int
    currency: str
    properties: Mapping[str, object] = field(default_factory=dict)


def read_event(sent: Mapping[str, object], reading: Reading) -> Event | None:
    """The event; None when the object is refused, or the event blocked."""
    name = _required(sent, "name", _label, reading)
    time = _required(sent, "time", _time, reading)
    properties = _properties(sent.get("properties"), EVENT_PROPERTIES_BYTES, reading)
    if name is None or time is None:
        return None
    if reading.dashboard is not None and name in reading.dashboard.blocked_events:
        reading.note(ObjectRule.EVENT_BLOCKED)
        return None
    return Event(name=name, time=_not_later(time, reading), properties=properties)


def read_purchase(sent: Mapping[str, object], reading: Reading) -> Purchase | None:
    """The purchase; None when the object is refused."""
    product_id = _required(sent, "product_id", _label, reading)
    currency = _required(sent, "currency", _currency, reading)
    price = _required(sent, "price", _price, reading)
    time = _required(sent, "time", _time, reading)
    quantity = _required({"quantity": 1, **_present(sent)}, "quantity", _quantity, reading)
    properties = _properties(sent.get("properties"), PURCHASE_PROPERTIES_BYTES, reading)
    if price is not None and price < 0 and reading.decisions.negative_price == "refuse":
        reading.refuse(Broken(ObjectRule.PRICE_INVALID))
    if product_id is None or price is None or time is None or quantity is None:
        return None
    if reading.refused or currency is None:
        return None
    return Purchase(
        product_id=product_id,
        time=_not_later(time, reading),
        price=price,
        quantity=quantity,
        currency=currency,
        properties=properties,
    )


def _required(
    sent: Mapping[str, object], name: str, read: Callable[[object], T], reading: Reading
) -> T | None:
    """The field's value; None when the object is refused for it."""
    rule: Rule = ObjectRule.FIELD_REQUIRED
    if sent.get(name) is not None:
        try:
            return read(sent[name])
        except Broken as broken:
            rule = broken.rule
    reading.refuse(Broken(rule, field=name))
    return None


def _present(sent: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in sent.items() if value is not None}


def _properties(sent: object, max_bytes: int, reading: Reading) -> dict[str, object]:
    """The properties that are kept for Currents; the profile itself keeps none."""
    if sent is None:
        return {}
    if not isinstance(sent, dict) or json_size(sent) > max_bytes:
        reading.refuse(Broken(ObjectRule.PROPERTIES_INVALID))
        return {}
    for name in RESERVED_PROPERTIES:
        if name in sent:
            reading.refuse(Broken(ObjectRule.PROPERTY_RESERVED, field=name))
    if len(sent) > MAX_PROPERTIES:
        reading.note(ObjectRule.PROPERTIES_TOO_MANY)
    if not all(_is_property(name, value) for name, value in sent.items()):
        reading.note(ObjectRule.PROPERTY_INVALID)
    first = islice(sent.items(), MAX_PROPERTIES)
    return {name: value for name, value in first if _is_property(name, value)}


def _is_property(name: str, value: object) -> bool:
    short = not isinstance(value, str) or len(value) <= MAX_CHARS
    timed = isinstance(value, list) and any(isinstance(v, str) and read_time(v) for v in value)
    return short and not timed and 0 < len(name) <= MAX_CHARS and name[0] != "$"


def _not_later(time: datetime, reading: Reading) -> datetime:
    if time <= reading.now:
        return time
    reading.note(ObjectRule.TIME_IN_FUTURE)
    return reading.now


def _label(sent: object) -> str:
    if not isinstance(sent, str) or not 0 < len(sent) <= MAX_CHARS:
        raise Broken(ObjectRule.TEXT_INVALID)
    return sent


def _time(sent: object) -> datetime:
    moment = read_time(sent) if isinstance(sent, str) else None
    if moment is None:
        raise Broken(ObjectRule.TIME_INVALID)
    return moment


def _currency(sent: object) -> str:
    if not isinstance(sent, str) or not _CURRENCY.fullmatch(sent):
        raise Broken(ObjectRule.CURRENCY_INVALID)
    return sent


def _price(sent: object) -> float:
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise Broken(ObjectRule.PRICE_INVALID)
    return float(sent)


def _quantity(sent: object) -> int:
    if isinstance(sent, bool) or not isinstance(sent, int) or not 1 <= sent <= MAX_QUANTITY:
        raise Broken(ObjectRule.QUANTITY_INVALID)
    return sent

"""The semantic tags: what a field means, whatever it is called.

`fk-…`, `sk-…` and `bk-…` take any plain name; custom tags begin with `x-`. Everything else is in
the list, so that a typing error cannot silently make a field mean nothing.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from onefold.errors import nearest
from onefold.project.values import wrong

__all__ = ["KNOWN_TAGS", "PERSON_TAGS", "Tag", "is_foreign_key", "is_personal"]

_WHO = (
    "address address2 birthdate city company country email full-name gender generational-suffix "
    "given-name phone postal state surname title"
)
_IN_NAMESPACE = {
    "txn-item": (
        "currency digital-channel is-cancellation is-return item-cost item-discount-amount "
        "item-discount-percent item-list-price item-profit item-quantity item-revenue "
        "item-subtotal item-tax-amount order-datetime order-discount-amount order-id "
        "payment-method product-id purchase-brand purchase-channel store-id unit-cost "
        "unit-discount-amount unit-list-price unit-profit unit-revenue unit-subtotal "
        "unit-tax-amount"
    ),
    "pc": (
        "product-brand product-category product-category-id product-class product-class-id "
        "product-collection product-color product-department product-department-id "
        "product-description product-division product-division-id product-fabric product-gender "
        "product-group product-group-id product-id product-material product-msrp product-name "
        "product-season product-silhouette product-size product-sku product-style "
        "product-subcategory product-subcategory-id product-subclass product-subclass-id "
        "product-subdepartment product-subdepartment-id product-type product-upc"
    ),
    "email-event": (
        "brand campaign-id campaign-name email event-datetime event-type region send-id "
        "treatment-id treatment-name"
    ),
    "email-opt": "brand email email-frequency email-program is-email-opted-in language-preference "
    "region",
    "sms-opt": "brand is-sms-opted-in language-preference phone region sms-frequency sms-program",
    "loy": "current-balance is-opted-in latest-opted-in-datetime lifetime-balance loyalty-id "
    "spend-to-keep-tier spend-to-next-tier tier",
    "loy-event": "event-datetime event-type loyalty-id",
    "fiscal": "calendar-date fiscal-month fiscal-quarter fiscal-week-number fiscal-week-start "
    "fiscal-year",
}

PERSON_TAGS = frozenset(_WHO.split())
"""The tags that say who a person is."""

KNOWN_TAGS = frozenset(
    {"ck", "create-dt", "update-dt", *PERSON_TAGS}
    | {f"{space}/{name}" for space, names in _IN_NAMESPACE.items() for name in names.split()}
)

_OPEN = re.compile(r"(fk|sk|bk|x)-[a-z0-9][a-z0-9_-]*")


def is_foreign_key(tag: str | None) -> bool:
    """Tell whether equal values of the tag mean the same person."""
    return tag is not None and tag.startswith("fk-")


def is_personal(tag: str | None) -> bool:
    """Tell whether a field with this tag says who a person is."""
    return tag in PERSON_TAGS


def _known_tag(tag: str) -> str:
    if tag in KNOWN_TAGS or _OPEN.fullmatch(tag):
        return tag
    if tag == "pk":
        raise wrong("`pk` is not a tag", "write the field's name under primary_key: […]")
    close = nearest(tag, KNOWN_TAGS)
    meant = f"nearest: {close}; " if close else ""
    raise wrong(f"`{tag}` is not a tag", f"{meant}custom tags need the prefix x-, such as x-{tag}")


Tag = Annotated[
    str,
    AfterValidator(_known_tag),
    Field(
        json_schema_extra={
            "anyOf": [{"enum": sorted(KNOWN_TAGS)}, {"pattern": f"^{_OPEN.pattern}$"}]
        }
    ),
]
"""A tag of the registry, `fk-…`, `sk-…`, `bk-…`, or `x-…`."""

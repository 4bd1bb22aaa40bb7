"""The shapes of bodies and answers as JSON Schemas: what an endpoint takes and gives.

They are for tools and for people who read the API's document. What is refused, and with which
words, the readers decide: a shape says what fits, and leaves open what Braze takes silently.
"""

from collections.abc import Mapping
from typing import TypeAlias

from braze_sandbox.endpoints.export import EXPORT_FIELDS

Schema: TypeAlias = Mapping[str, object]
"""A JSON Schema."""

OBJECT: Schema = {"type": "object"}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
EXTERNAL_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 987}
YES_OR_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "description": "ISO 8601, or another of the forms that Braze reads",
}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217"}


def record(required: str = "", **properties: Schema) -> Schema:
    """An object; `required` names those of its properties that must be there."""
    names = required.split()
    return {"type": "object", "properties": properties, **({"required": names} if names else {})}


def several(items: Schema, most: int | None = None, least: int = 0) -> Schema:
    """An array."""
    bounds = {} if most is None else {"maxItems": most}
    return {"type": "array", "items": items, "minItems": least, **bounds}


def choice(*texts: str) -> Schema:
    """One of a few texts."""
    return {"enum": list(texts)}


def one_of(schema: Schema, *names: str) -> Schema:
    """An object that must hold one of these properties, whichever."""
    return {**schema, "anyOf": [{"required": [name]} for name in names]}


ALIAS = record("alias_name alias_label", alias_name=TEXT, alias_label=TEXT)
_IDENTIFIERS: dict[str, Schema] = {
    "external_id": EXTERNAL_ID,
    "user_alias": ALIAS,
    "braze_id": {"type": "string"},
    "email": {"type": "string", "format": "email"},
    "phone": {"type": "string"},
    "_update_existing_only": YES_OR_NO,
}
_PROPERTIES: Schema = {
    "type": "object",
    "maxProperties": 256,
    "propertyNames": {"minLength": 1, "maxLength": 255, "pattern": "^[^$]"},
}
_WHAT_HAPPENED = {**_IDENTIFIERS, "time": TIME, "app_id": {"type": "string"}}

ATTRIBUTES: Schema = one_of(
    {
        "type": "object",
        "properties": {
            **_IDENTIFIERS,
            "first_name": {"type": ["string", "null"]},
            "last_name": {"type": ["string", "null"]},
            "email_subscribe": choice("opted_in", "subscribed", "unsubscribed"),
            "push_subscribe": choice("opted_in", "subscribed", "unsubscribed"),
            "dob": {"type": ["string", "null"], "format": "date"},
            "gender": {"enum": ["M", "F", "O", "N", "P", None]},
            "country": {"type": ["string", "null"], "description": "ISO 3166-1 alpha-2"},
            "_merge_objects": YES_OR_NO,
        },
        "additionalProperties": {"description": "A standard field or a custom attribute"},
    },
    *("external_id", "user_alias", "braze_id", "email", "phone"),
)
EVENT = record("name time", **_WHAT_HAPPENED, name=TEXT, properties=_PROPERTIES)
PURCHASE = record(
    "product_id currency price time",
    **_WHAT_HAPPENED,
    product_id=TEXT,
    currency=CURRENCY,
    price={"type": "number"},
    quantity={"type": "integer", "minimum": 1, "maximum": 100},
    properties=_PROPERTIES,
)


def _track(most: int) -> Schema:
    """Three arrays, which hold so many objects together."""
    return record(
        attributes=several(ATTRIBUTES, most),
        events=several(EVENT, most),
        purchases=several(PURCHASE, most),
    )


TRACK, TRACK_BULK = _track(75), _track(1_000)
TRACK_SYNC: Schema = {**_track(1), "minProperties": 1, "maxProperties": 1}
TRACKED = record(attributes_processed=COUNT, events_processed=COUNT, purchases_processed=COUNT)
_HAPPENED = {"first": TIME, "last": TIME, "count": COUNT}
TRACKED_SYNC = record(
    "users",
    users=several(
        record(
            custom_attributes=OBJECT,
            custom_events=several(record("name first last count", name=TEXT, **_HAPPENED)),
            purchase_events=several(
                record("product_id first last count", product_id=TEXT, **_HAPPENED)
            ),
        ),
        most=1,
    ),
)

_MOST = 50
_PRIORITIES = several(
    choice("identified", "unidentified", "most_recently_updated", "least_recently_updated")
)
_BY_EMAIL = record("email prioritization", email=TEXT, prioritization=_PRIORITIES)
_BY_PHONE = record("phone prioritization", phone=TEXT, prioritization=_PRIORITIES)
PROCESSED = record(aliases_processed=COUNT)

NEW_ALIASES = record(
    "user_aliases",
    user_aliases=several(
        record(
            "alias_name alias_label", alias_name=TEXT, alias_label=TEXT, external_id=EXTERNAL_ID
        ),
        _MOST,
        1,
    ),
)
UPDATED_ALIASES = record(
    "alias_updates",
    alias_updates=several(
        record(
            "alias_label old_alias_name new_alias_name",
            alias_label=TEXT,
            old_alias_name=TEXT,
            new_alias_name=TEXT,
        ),
        _MOST,
        1,
    ),
)
IDENTIFY = record(
    aliases_to_identify=several(
        record("external_id user_alias", external_id=EXTERNAL_ID, user_alias=ALIAS), _MOST
    ),
    emails_to_identify=several(
        record(
            "external_id email prioritization",
            external_id=EXTERNAL_ID,
            email=TEXT,
            prioritization=_PRIORITIES,
        ),
        _MOST,
    ),
    phone_numbers_to_identify=several(
        record(
            "external_id phone prioritization",
            external_id=EXTERNAL_ID,
            phone=TEXT,
            prioritization=_PRIORITIES,
        ),
        _MOST,
    ),
)
_SIDE: Schema = {
    "anyOf": [
        record("external_id", external_id=EXTERNAL_ID),
        record("user_alias", user_alias=ALIAS),
        _BY_EMAIL,
        _BY_PHONE,
    ]
}
MERGE = record(
    "merge_updates",
    merge_updates=several(
        record(
            "identifier_to_merge identifier_to_keep",
            identifier_to_merge=_SIDE,
            identifier_to_keep=_SIDE,
        ),
        _MOST,
    ),
)
DELETE: Schema = {
    "type": "object",
    "properties": {
        "external_ids": several(EXTERNAL_ID, _MOST, 1),
        "user_aliases": several(ALIAS, _MOST, 1),
        "braze_ids": several(TEXT, _MOST, 1),
        "email_addresses": several(_BY_EMAIL, _MOST, 1),
        "phone_numbers": several(_BY_PHONE, _MOST, 1),
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
DELETED = record("deleted", deleted=COUNT)
RENAME = record(
    "external_id_renames",
    external_id_renames=several(
        record(
            "current_external_id new_external_id",
            current_external_id=EXTERNAL_ID,
            new_external_id=EXTERNAL_ID,
        ),
        _MOST,
        1,
    ),
)
_ERRORS = several(record("index type", index=COUNT, type=TEXT))
RENAMED = record(
    "external_ids rename_errors", external_ids=several(EXTERNAL_ID), rename_errors=_ERRORS
)
REMOVE = record("external_ids", external_ids=several(EXTERNAL_ID, _MOST, 1))
REMOVED = record(
    "removed_ids removal_errors", removed_ids=several(EXTERNAL_ID), removal_errors=_ERRORS
)

EXPORT = one_of(
    record(
        "fields_to_export",
        external_ids=several(EXTERNAL_ID, _MOST, 1),
        user_aliases=several(ALIAS, _MOST, 1),
        braze_id=TEXT,
        device_id=TEXT,
        email_address=TEXT,
        phone=TEXT,
        fields_to_export=several(choice(*EXPORT_FIELDS), least=1),
    ),
    *("external_ids", "user_aliases", "braze_id", "device_id", "email_address", "phone"),
)
EXPORTED = record("users", users=several(OBJECT), invalid_user_ids=several({"type": "string"}))
EXPORT_SEGMENT = record(
    "segment_id fields_to_export",
    segment_id=TEXT,
    fields_to_export=several(choice(*EXPORT_FIELDS), least=1),
    custom_attributes_to_export=several(TEXT, 500),
    callback_endpoint={"type": "string", "format": "uri"},
    output_format=choice("zip", "gzip"),
)
EXPORTING = record("object_prefix", object_prefix=TEXT, url={"type": "string", "format": "uri"})
_TAGS = several({"type": "string"})
SEGMENTS = record(
    "segments",
    segments=several(
        record(
            "id name analytics_tracking_enabled tags",
            id=TEXT,
            name=TEXT,
            analytics_tracking_enabled=YES_OR_NO,
            tags=_TAGS,
        ),
        100,
    ),
)
SEGMENT = record(
    "created_at updated_at name description tags",
    created_at=TIME,
    updated_at=TIME,
    name=TEXT,
    description={"type": "string"},
    tags=_TAGS,
)
_GROUP = {
    "subscription_group_id": {"type": "string", "format": "uuid"},
    "subscription_state": choice("subscribed", "unsubscribed"),
}
_IDS = several(TEXT, most=50)
SUBSCRIPTION = record(
    "subscription_group_id subscription_state",
    **_GROUP,
    external_id=_IDS,
    email=_IDS,
    phone=_IDS,
)
SUBSCRIPTIONS = record(
    "subscription_groups",
    subscription_groups=several(
        record(
            "subscription_group_id subscription_state",
            **_GROUP,
            external_ids=_IDS,
            emails=_IDS,
            phones=_IDS,
            use_double_opt_in_logic=YES_OR_NO,
        ),
        most=25,
        least=1,
    ),
)
SUBSCRIPTION_STATUS = record(
    "status",
    status={
        "type": "object",
        "additionalProperties": choice("Subscribed", "Unsubscribed", "Unknown"),
    },
)
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_JOINED = record(
    "id name channel status",
    id=_GROUP["subscription_group_id"],
    name={"type": "string"},
    channel=choice("email", "sms", "whatsapp", "rcs", "line"),
    status=choice("Subscribed", "Unsubscribed"),
)
SUBSCRIBERS = record(
    "total_count users",
    total_count=COUNT,
    users=several(
        record(
            "external_id email phone subscription_groups",
            external_id=_MAYBE_TEXT,
            email=_MAYBE_TEXT,
            phone=_MAYBE_TEXT,
            subscription_groups=several(_JOINED),
        )
    ),
)

_PARTNER: dict[str, Schema] = {
    "partner_api_key": {"type": "string"},
    "client_secret": {"type": "string"},
    "cohort_id": {"type": "string", "minLength": 1},
}
COHORT = record(
    "partner_api_key client_secret cohort_id name created_at",
    **_PARTNER,
    name={"type": "string", "minLength": 1},
    created_at=TIME,
)
_TEXTS = several({"type": "string"})
COHORT_CHANGES = record(
    "partner_api_key client_secret cohort_id cohort_changes",
    **_PARTNER,
    cohort_changes=several(
        record(
            user_ids=_TEXTS,
            device_ids=_TEXTS,
            aliases={"type": "object", "additionalProperties": _TEXTS},
            should_remove={"type": "boolean", "default": False},
        ),
        least=1,
    ),
)

CATALOG_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,250}$"}
_FIELDS = several(
    record(
        "name type",
        name=CATALOG_NAME,
        type=choice("string", "number", "boolean", "time", "object", "array"),
    ),
    most=500,
    least=1,
)
_DESCRIBED: dict[str, Schema] = {
    "name": CATALOG_NAME,
    "description": {"type": "string", "maxLength": 250},
    "fields": _FIELDS,
}
NEW_CATALOG = record(
    "catalogs", catalogs=several(record("name fields", **_DESCRIBED), most=1, least=1)
)
CATALOGS = record(
    "catalogs",
    catalogs=several(
        record(
            "name description fields num_items updated_at",
            **_DESCRIBED,
            num_items=COUNT,
            updated_at=TIME,
        )
    ),
)
CATALOG_ITEMS = record("items", items=several(record("id", id=CATALOG_NAME), most=50, least=1))
CATALOG_ITEM = record("items", items=several(OBJECT, most=1, least=1))
SHOWN_ITEMS = record("items", items=several(record("id", id=CATALOG_NAME), most=50))

"""What Braze's documentation leaves open, and how this sandbox decides it: one table.

Each field is a decision: its name, its values, the default, what it decides, and why there is
something to decide. The code asks for it in one place, by name.
"""

from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

RefusalForm: TypeAlias = Literal["both", "limits", "retry_after", "standard", "none"]
"""The headers of a 429: x-ratelimit-limit/-remaining/-reset and x-ratelimit-retry-after, the
former or the latter alone, all of them with a standard retry-after, or none."""

_SILENT = "the documentation is silent"


def _decide(default: str, what: str, basis: str = _SILENT) -> Any:
    return Field(default=default, description=what, json_schema_extra={"basis": basis})


class Decisions(BaseModel):
    """How the open questions are answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # answers
    rate_limit_headers: RefusalForm = _decide(
        "both",
        "Headers of a 429 on data_points and legacy contracts",
        "documented for mau contracts alone, where it is x-ratelimit-retry-after",
    )
    rate_limit_message: Literal["Rate limited", "Rate Limited"] = _decide(
        "Rate limited", "Message of a 429", "silent; others' fixtures have a capital L"
    )
    rate_limit_remaining: Literal["approximate", "exact"] = _decide(
        "approximate",
        "Whether x-ratelimit-remaining may be a second old on mau contracts",
        "documented as approximate, not how much",
    )
    rate_limit_mau: Literal["everywhere", "track"] = _decide(
        "everywhere",
        "Where the headers of mau contracts hold: at every endpoint, or at /users/track alone",
        "written on the page of /users/track; the general page knows one form only",
    )
    rate_limit_windows: Literal["epoch", "first_request"] = _decide(
        "epoch", "Where windows shorter than an hour begin"
    )
    key_refused: Literal["echo", "fixed"] = _decide(
        "echo", "Whether a 401 repeats the key it refuses", "observed both ways"
    )
    ip_refused: Literal["access_denied", "forbidden"] = _decide(
        "access_denied", "Message of the 403 for an address that the key does not allow"
    )
    refusal_body: Literal["message", "message_and_errors"] = _decide(
        "message",
        "Whether 401, 403, 404 and 429 also carry an empty `errors`",
        "the general form has both; observed answers have the message alone",
    )
    body_too_large: Literal["413", "400"] = _decide(
        "413",
        "Status for a body above 4 MB",
        "documented as one or the other, depending on the endpoint",
    )
    content_type: Literal["required", "ignored"] = _decide(
        "required", "Whether a body must be declared as JSON"
    )
    api_key_in_body: Literal["refused", "accepted"] = _decide(
        "refused",
        "Whether a key may stand in the body or query as `api_key`",
        "accepted before 2020, to be sunset",
    )
    maintenance: Literal["off", "queued"] = _decide(
        "off",
        'Whether what is accepted is answered with 202 `{"message":"queued"}`',
        "in an older edition of the documentation only",
    )
    error_type: Literal["sentence", "code", "plain"] = _decide(
        "sentence",
        "What stands under `type` of an object's error; plain: the error is a string",
        "the table of the documentation has codes; observed answers have sentences",
    )
    processed: Literal["objects", "users"] = _decide(
        "objects", "What `…_processed` counts: accepted objects, or distinct users"
    )

    # when
    settling: Literal["at_once", "usual"] = _decide(
        "at_once",
        "When accepted data is there: at once, or as usual after 10 to 100 ms, and one request in "
        "a thousand after up to two minutes (`--settle-ms` says it exactly)",
        "usually 10 to 100 ms; five minutes are advised between dependent calls",
    )
    settle_order: Literal["kept", "shuffled"] = _decide(
        "kept",
        "Whether requests that settle are applied in the order of their arrival",
        "documented as not guaranteed between requests",
    )

    bulk_priority: Literal["lower", "same"] = _decide(
        "lower",
        "Whether `/users/track/bulk` is applied after all that others asked for before, and they "
        "never wait for it; same: it has its turn as they have",
        "documented as of lower priority at peak times, not what that means",
    )

    # who is meant
    update_only_miss: Literal["counted", "not_counted"] = _decide(
        "counted", "Whether `…_processed` counts an unknown user who was only to be updated"
    )
    braze_id_unknown: Literal["ignore", "refuse"] = _decide(
        "ignore", "An unknown braze_id, which can't be created"
    )
    alias_of_event: Literal["creates", "never_creates"] = _decide(
        "creates",
        "`_update_existing_only: false` with a user_alias in events and purchases",
        "the pages on events and on tracking disagree",
    )
    identify_miss: Literal["counted", "not_counted"] = _decide(
        "counted", "Whether `aliases_processed` counts an item that names nobody"
    )
    merge_miss: Literal["success", "refuse"] = _decide(
        "success", "A merge of somebody unknown: success without effect, or 400"
    )
    delete_counts: Literal["known", "sent"] = _decide(
        "known", "What `deleted` counts: known users, or identifiers sent"
    )
    delete_kinds: Literal["one", "many"] = _decide(
        "one",
        "How many kinds of identifier a delete may hold",
        "documented as one, and the example has more",
    )

    # cohorts
    cohort_success: Literal["201", "200", "202"] = _decide(
        "201", "Status of a success at `/partners/…`, with `message` alone in its body"
    )
    cohort_aliases: Literal["object", "list"] = _decide(
        "object",
        "The form of `aliases` in a change: `{label: [names]}`, or a list of alias objects",
        "documented as an object, without its keys; others send a list",
    )
    cohort_unknown: Literal["refuse", "create"] = _decide(
        "refuse", "A change of a cohort that was not made: 400, or it is made, named by its id"
    )
    cohort_changing: Literal["locked", "free"] = _decide(
        "locked",
        "A change while another one of the same cohort has not settled: 423, or both count",
        "423 is documented, not when it comes",
    )

    # catalogs
    catalog_item_known: Literal["keep", "replace"] = _decide(
        "keep", "An item of a `POST …/items` that is there already: it stays, or is replaced"
    )
    catalog_item_unknown: Literal["ignore", "create"] = _decide(
        "ignore",
        "An item of a `PATCH …/items` that is not there: left out, or made",
        "documented for existing items, without what happens to others",
    )
    catalog_fields_missing: Literal["empty", "refuse"] = _decide(
        "empty",
        "A new item without all fields of its catalog: they are empty, or 400",
        "items should have all of them; the error is documented at one of two addresses",
    )

    # values
    attribute_name: Literal["loose", "strict"] = _decide(
        "loose",
        "Names of attributes: 1 to 255 characters without a leading `$`; strict: also without "
        "space, `.` and `$`",
        "documented for keys inside objects only",
    )
    string_too_long: Literal["drop", "truncate"] = _decide(
        "drop",
        "A custom attribute's string above 255 characters",
        "documented as not happening; observed elsewhere as cut",
    )
    array_too_long: Literal["oldest", "ignore"] = _decide(
        "oldest",
        "An array above 500 values: the oldest go, or the update is ignored",
        "two editions of the documentation",
    )
    array_elements: Literal["as_sent", "strings"] = _decide(
        "as_sent", "Numbers and booleans in arrays: kept, or made text"
    )
    mixed_types: Literal["as_sent", "first"] = _decide(
        "as_sent",
        "Values of several types under one name: each kept as sent, or the first type forced",
        "types are detected from the first value; what follows is not said",
    )
    inc_missing: Literal["zero", "ignore"] = _decide(
        "zero", "`inc` on an attribute that is not set: starts at 0, or is ignored"
    )
    inc_text: Literal["ignore", "zero"] = _decide(
        "ignore", "`inc` on what is no number: ignored, or starts at 0"
    )
    inc_fraction: Literal["ignore", "add", "truncate"] = _decide(
        "ignore", "`inc` by a fraction", "documented for integers only"
    )
    nested_invalid: Literal["attribute", "object"] = _decide(
        "attribute",
        "What one bad value in an object undoes: this attribute, or every nested attribute of "
        "the same user object",
        "both are written",
    )
    email_case: Literal["as_sent", "lower"] = _decide("as_sent", "The case in which email is kept")
    phone_invalid: Literal["store", "ignore", "refuse"] = _decide(
        "store", "A phone that is no number: kept, left out, or the object refused"
    )
    negative_price: Literal["accept", "refuse"] = _decide("accept", "A purchase below 0")

    # the bill
    inc_data_points: Literal["counted", "free"] = _decide(
        "counted", "Whether `inc` costs a data point", "two pages disagree"
    )
    unchanged_standard_fields: Literal["counted", "free"] = _decide(
        "counted",
        "Whether a standard field that keeps its value costs a data point",
        "documented for attributes; not told for standard fields",
    )

    def with_changes(self, changes: dict[str, object]) -> "Decisions":
        """The same decisions but for these; raises ValueError with a text that helps."""
        fields = Decisions.model_fields
        for name, value in changes.items():
            if name not in fields:
                near = get_close_matches(name, fields, 1)
                hint = f"did you mean {near[0]}?" if near else "GET /_sandbox/decisions lists them"
                raise ValueError(f"Not a decision: {name}; {hint}")
            values = get_args(fields[name].annotation)
            if value not in values:
                raise ValueError(f"Not a value of {name}: take one of {', '.join(values)}")
        return Decisions.model_validate(self.model_dump() | changes)

    def show(self) -> list[dict[str, object]]:
        """The table, with what holds now."""
        return [
            {
                "name": name,
                "value": getattr(self, name),
                "default": field.default,
                "values": list(get_args(field.annotation)),
                "decides": field.description,
                "basis": basis_of(name),
            }
            for name, field in Decisions.model_fields.items()
        ]


def basis_of(name: str) -> str:
    """Why there is something to decide."""
    extra = Decisions.model_fields[name].json_schema_extra
    return str(extra["basis"]) if isinstance(extra, dict) else _SILENT

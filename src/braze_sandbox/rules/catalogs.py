"""Catalogs and their items; their errors have ids and a form of their own."""

from collections.abc import Iterable

from braze_sandbox.rules.rule import Basis, Broken, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_SKIPPED = Verdict.OBJECT_SKIPPED
_IGNORED = Verdict.FIELD_IGNORED
_DOC = Basis.DOCUMENTED
_OPEN = Basis.OPEN


class CatalogRule(Rule):
    """Catalogs and their items; those with a sentence are named as Braze names the errors."""

    # catalogs
    CATALOG_ARRAY_INVALID = (
        *(_REQUEST, _DOC, "catalogs is not a list of objects"),
        "'catalogs' must be an array of objects",
    )
    TOO_MANY_CATALOG_ATOMS = (
        *(_REQUEST, _DOC, "more than one catalog in a request"),
        "Only one catalog can be created at a time",
    )
    INVALID_CATALOG_NAME = (
        *(_REQUEST, _DOC, "a catalog's name has other characters than letters, digits, - and _"),
        "Catalog name can only include letters, numbers, hyphens and underscores",
    )
    CATALOG_NAME_TOO_LARGE = (
        *(_REQUEST, _DOC, "a catalog's name is longer than 250 characters"),
        "Catalog name can not be longer than 250 characters",
    )
    CATALOG_NAME_ALREADY_EXISTS = (
        *(_REQUEST, _DOC, "a catalog has the name already"),
        "A catalog with that name already exists",
    )
    DESCRIPTION_TOO_LONG = (
        *(_REQUEST, _DOC, "a catalog's description is not a text of up to 250 characters"),
        "Description can not be longer than 250 characters",
    )
    INVALID_FIELDS = (
        *(_REQUEST, _DOC, "fields is not a list of names and types, or an item has other fields"),
        "Some of the fields given do not exist in the catalog",
    )
    TOO_MANY_FIELDS = (
        *(_REQUEST, _DOC, "more than 500 fields in a catalog"),
        "A catalog can not have more than 500 fields",
    )
    ID_NOT_FIRST_COLUMN = (
        *(_REQUEST, _DOC, "a catalog's first field is not id, or not a string"),
        "The first field must be 'id', of type string",
    )
    INVALID_FIELD_NAMES = (
        *(_REQUEST, _DOC, "a catalog's field has other characters than letters, digits, - and _"),
        "Field names can only include letters, numbers, hyphens and underscores",
    )
    FIELD_NAMES_TOO_LARGE = (
        *(_REQUEST, _DOC, "the name of a catalog's field is longer than 250 characters"),
        "Field names can not be longer than 250 characters",
    )
    INVALID_FIELD_TYPES = (
        *(_REQUEST, _DOC, "a field is none of string, number, boolean, time, object, array"),
        "Some of the field types are not valid",
    )
    FIELD_NAMES_NOT_UNIQUE = (
        *(_REQUEST, _DOC, "two fields of a catalog have one name"),
        "Field names must be unique",
    )
    CATALOG_NOT_FOUND = (
        *(_REQUEST, _DOC, "no catalog has the name: 404"),
        "Could not find catalog",
    )

    # items
    ITEM_ARRAY_INVALID = (
        *(_REQUEST, _DOC, "items is not a list of objects"),
        "'items' must be an array of objects",
    )
    REQUEST_INCLUDES_TOO_MANY_ITEMS = (
        *(_REQUEST, _DOC, "more than 50 items; at the address of one item, more than one"),
        "The request includes too many items",
    )
    ITEMS_MISSING_IDS = (
        *(_REQUEST, _DOC, "an item without an id"),
        "There are {field} item(s) that do not have ids",
    )
    IDS_NOT_STRINGS = (
        *(_REQUEST, _DOC, "the id of an item is not a string"),
        "Item ids must be strings",
    )
    IDS_TOO_LARGE = (
        *(_REQUEST, _DOC, "the id of an item is longer than 250 characters"),
        "Item ids can not be longer than 250 characters",
    )
    INVALID_IDS = (
        *(_REQUEST, _DOC, "the id of an item has other characters than letters, digits, - and _"),
        "Item ids can only include letters, numbers, hyphens and underscores",
    )
    IDS_NOT_UNIQUE = (
        *(_REQUEST, _DOC, "two items of one id in a request"),
        "Item ids must be unique",
    )
    ID_IN_BODY = (
        *(_REQUEST, _DOC, "an id in an item whose id stands in the address"),
        "The id of the item can not be in the body",
    )
    FIELDS_DO_NOT_MATCH = (
        *(_REQUEST, _DOC, "a new item lacks fields of its catalog, where that is refused"),
        "Fields do not match with fields on the catalog",
    )
    ITEM_ALREADY_EXISTS = (
        *(_REQUEST, _DOC, "an item to create, at its own address, is there already"),
        "The item already exists",
    )
    ITEM_NOT_FOUND = (
        *(_REQUEST, _DOC, "an item to read, edit or delete, at its own address, is not: 404"),
        "Could not find item",
    )
    INVALID_KEYS_IN_VALUE_OBJECT = (
        *(_REQUEST, _DOC, "a key with . or $ in an object of an item"),
        "Keys of item objects can not include '.' or '$'",
    )
    ITEMS_TOO_LARGE = (
        *(_REQUEST, _DOC, "a value of more than 5,000 characters (objects and arrays: as JSON)"),
        "Item values can not be longer than 5000 characters",
    )
    TOO_DEEP_NESTING_IN_VALUE_OBJECT = (
        *(_REQUEST, _DOC, "a value of more than 50 levels of objects and arrays"),
        "Item values can not have more than 50 levels of nesting",
    )
    UNABLE_TO_COERCE_VALUE = (
        *(_REQUEST, _DOC, "a value that can't be made the type of its field"),
        "Some of the values can not be converted to the type of their field",
    )
    INVALID_CURSOR = _REQUEST, _DOC, "a cursor that no list of items gave", "'cursor' is not valid"

    # items of a request that is applied later
    CATALOG_ITEM_KNOWN = _SKIPPED, _OPEN, "an item to create is there already"
    CATALOG_ITEM_UNKNOWN = (
        *(_SKIPPED, _OPEN),
        "an item to edit or delete is not there, or the catalog has gone meanwhile",
    )
    CATALOG_ARRAY_FULL = _IGNORED, _OPEN, "what is added makes an array above 5,000 characters"

    @property
    def code(self) -> str:
        """The id of the error."""
        if self is CatalogRule.INVALID_CATALOG_NAME:
            return self.id  # documented with underscores, all others with hyphens
        return self.id.replace("_", "-")

    @property
    def status(self) -> int:
        """404 for what the address names and is not there."""
        absent = (CatalogRule.CATALOG_NOT_FOUND, CatalogRule.ITEM_NOT_FOUND)
        return 404 if self in absent else super().status


class CatalogBroken(Broken):
    """A call about catalogs broke a rule.

    Args:
        rule: The rule.
        parameter: What the values are: `id`, `name`, ….
        values: Those that broke it: an error for each; none: one error that names none.
        field: What the sentence leaves open.
    """

    def __init__(
        self,
        rule: Rule,
        parameter: str = "",
        values: Iterable[object] = (),
        *,
        field: str = "",
    ) -> None:
        super().__init__(rule, field=field)
        error = {"id": rule.code, "message": self.sentence}
        named = [{"parameters": [parameter], "parameter_values": [value]} for value in values]
        unnamed: list[dict[str, list[object]]] = [{"parameters": [], "parameter_values": []}]
        self.errors = [{**error, **one} for one in named or unnamed]
        self.sentence = "Invalid Request"

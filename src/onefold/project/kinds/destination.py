"""`destinations/*.yaml`: where profiles are sent, as whom, and which attributes exist there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from onefold.destinations import Shape
from onefold.errors import ProjectError, UsageError
from onefold.project.kinds.base import Definition, FrozenMap, Part
from onefold.project.kinds.policies import BandsOf, LeastChange, RoundTo
from onefold.project.values import PLAIN_NAME, Duration, PlainName, Share, nearest_hint, wrong
from onefold.project.variables import is_unresolved

__all__ = ["Attribute", "Budget", "ColumnRef", "Destination", "Limits", "read_policy"]

POLICIES = {"bands", "min_change", "min_interval", "round_to"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnRef:
    """A column of a table or query, both lower case."""

    table: str
    column: str


def _endpoint(text: str) -> str:
    if is_unresolved(text) or _is_address(text):
        return text.rstrip("/")
    raise wrong(
        "rest_endpoint is not an address",
        "write it with http:// or https://, such as http://127.0.0.1:8765 for the sandbox",
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return False


def _credential(text: str) -> str:
    """Take a name; what is none is not repeated, since it may be the key itself."""
    if PLAIN_NAME.fullmatch(text) or is_unresolved(text):
        return text
    raise wrong(
        "credential takes a name, never the key itself",
        "write credential: braze_key, and put the key into ONEFOLD_CREDENTIAL_BRAZE_KEY",
    )


def declared(value: object) -> object:
    """Read `first_name:` (nothing behind it) as an attribute with no settings."""
    if isinstance(value, str):
        raise wrong("an attribute holds keys, not a text", f"write {{from: {value}}}")
    return {} if value is None else value


def _column(text: str) -> str:
    if text.count(".") > 1 or not all(text.split(".")):
        raise wrong(f"`{text}` is not a column", "write column, or table.column")
    return text


class Limits(Part):
    """How fast a destination may be sent to."""

    what: ClassVar = "limits"

    contract: Literal["data_points", "legacy", "mau"] = Field(
        default="data_points", description="The kind of contract with Braze."
    )
    requests_per_hour: Annotated[StrictInt, Field(gt=0)] | None = Field(
        default=None, description="The agreed limit, when it is not the contract's."
    )
    requests_per_3_seconds: Annotated[StrictInt, Field(gt=0)] | None = Field(
        default=None, description="The agreed limit of a burst, when it is not 3000."
    )
    use_at_most: Share = Field(
        default="100%",  # validated below, written as users would
        validate_default=True,
        description="The part of the limit that onefold may use.",
    )


class Budget(Part):
    """What all sends to the workspace may cost."""

    what: ClassVar = "a budget"

    data_points_per_month: Annotated[StrictInt, Field(gt=0)] | None = Field(
        default=None, description="In a month of the calendar, in the project's zone."
    )
    data_points_per_day: Annotated[StrictInt, Field(gt=0)] | None = Field(
        default=None, description="In a day, in the project's zone."
    )
    on_fail: Literal["stop", "warn"] = Field(
        default="stop", description="What a run does that would exceed it."
    )


class Attribute(Part):
    """One attribute in Braze, and where its value comes from."""

    what: ClassVar = "an attribute"

    column: Annotated[str, AfterValidator(_column)] | None = Field(
        default=None,
        alias="from",
        description="The column, or table.column; the attribute's own name when absent.",
    )
    description: str = Field(default="", description="One sentence for people.")
    as_: Literal["string", "json"] | None = Field(
        default=None,
        alias="as",
        description="string: send the value as text; json: a text is an array or object in JSON.",
    )
    merge: StrictBool = Field(
        default=False,
        description="true: of an object only the keys that changed are sent, where Braze then "
        "holds exactly what is wanted and it costs less.",
    )
    merge_by: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="The key that tells the elements of an array of objects apart; then only "
        "elements that changed are sent. Objects are merged, too.",
    )
    round_to: RoundTo | None = Field(
        default=None,
        description="The unit that numbers are rounded to, such as 10; for dates a period.",
    )
    bands: BandsOf | None = Field(
        default=None, description="Names for ranges of a number; the name is sent."
    )
    min_change: LeastChange | None = Field(
        default=None, description="How much a number must change to be sent: 5%, or 10."
    )
    min_interval: Duration | None = Field(
        default=None, description="How long after a send the value is not sent again: 7d."
    )

    @property
    def shape(self) -> Shape | None:
        """How values are made coarser before they are compared."""
        return self.bands or self.round_to


def read_policy(text: str) -> Attribute:
    """Read the policies of an attribute as its file would hold them: `round_to: 10`.

    Raises:
        UsageError: they are none.
    """
    written = text.strip()
    try:
        data = YAML(typ="safe").load(written if written.startswith("{") else f"{{{written}}}")
        unknown = set(data) - POLICIES if isinstance(data, dict) else {text}
        if unknown:
            raise UsageError(
                f"{', '.join(sorted(map(str, unknown)))} is no policy",
                hint=f"write one of {', '.join(sorted(POLICIES))}, such as round_to: 10",
            )
        return Attribute.model_validate(data)
    except YAMLError:
        raise UsageError(f"`{text}` cannot be read", hint='write "round_to: 10"') from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        hint = first.get("ctx", {}).get("hint", "")
        raise UsageError(first["msg"], hint=hint) from None


class Cohorts(Part):
    """Whom Braze takes cohorts from: a partner, with keys of its own."""

    what: ClassVar = "cohorts"

    partner: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        description="The partner's name in Braze's addresses."
    )
    credential: Annotated[str, AfterValidator(_credential)] = Field(
        description="The name of the credential with the parts PARTNER_API_KEY and CLIENT_SECRET."
    )


class Destination(Definition):
    """A file of `destinations`."""

    what: ClassVar = "a destination"

    type: Literal["braze"] = Field(description="The kind of destination.")
    instance: str | None = Field(default=None, description="The Braze instance, such as US-03.")
    rest_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = Field(
        default=None, description="The address instead of an instance, such as the sandbox's."
    )
    credential: Annotated[str, AfterValidator(_credential)] = Field(
        description="The name of the credential with the REST key."
    )
    workspace: PlainName = Field(
        description="Names the ledger: keep it when keys or file names change."
    )
    identifier: Literal["external_id", "braze_id", "user_alias"] = Field(
        default="external_id",
        description="The column by which Braze knows a person; for user_alias two columns, "
        "alias_name and alias_label.",
    )
    update_existing_only: StrictBool = Field(
        default=False, description="true: never create a profile in Braze."
    )
    limits: Limits = Field(default_factory=Limits, description="How fast to send.")
    settle: Duration | None = Field(
        default=None,
        description="How long after a send Braze may still be applying it, so that another value "
        "waits: 5m when absent, nothing on this machine.",
    )
    budget: Budget | None = Field(
        default=None, description="How many data points all sends to the workspace may cost."
    )
    cohorts: Cohorts | None = Field(
        default=None, description="As which partner cohorts are sent; without it there are none."
    )
    table: str | None = Field(
        default=None,
        alias="from",
        description="The table or query that attributes come from unless they say otherwise.",
    )
    attributes: FrozenMap[
        Annotated[str, Field(min_length=1, max_length=255)],
        Annotated[Attribute, BeforeValidator(declared, Attribute | None)],
    ] = Field(
        min_length=1,
        description="The attributes by their exact name in Braze; others are never sent.",
    )
    default_attributes: tuple[str, ...] = Field(
        default=(), description="The attributes that campaigns send when they name none."
    )
    suppress: tuple[str, ...] = Field(
        default=(), description="Segments whose persons are never sent to."
    )
    resubscribe: Literal["never", "newer"] = Field(
        default="never",
        description="never: no subscription that was ever sent is switched on again. newer: those "
        "are that onefold itself switched off, once the data says so.",
    )
    aliases: FrozenMap[Annotated[str, Field(min_length=1)], PlainName] = Field(
        default_factory=dict,
        description="Aliases that people get besides their external_id: the label in Braze, and "
        "the column with the name.",
    )
    identify: PlainName | None = Field(
        default=None,
        description="The column with the external_id that people known by user_alias get in Braze.",
    )
    on_identity_change: Literal["report", "rename", "merge"] = Field(
        default="report",
        description="report: changed identifiers are listed, not sent. rename: users get their "
        "new one in Braze. merge: and users who became one person are merged there.",
    )

    @property
    def extends(self) -> str | None:
        """The destination that it extends; None for one that stands for itself."""
        return self.origin.extends

    def sharing(
        self,
        others: Sequence[Destination],
        *,
        of: Definition | None = None,
        extends: str | None = None,
        **values: object,
    ) -> Destination:
        """Give it with other values, which other files hold.

        Args:
            others: whose files hold what its own does not.
            of: whose file is its own; this one's when absent.
            extends: see the property.
            values: by the names of the fields.
        """
        shared = [doc for one in others for doc in (one.origin.document, *one.origin.shared)]
        found = self.model_copy(update=values)
        origin = replace((of or self).origin, extends=extends, shared=tuple(shared))
        found.model_post_init(origin)
        return found

    @property
    def further_identifiers(self) -> Mapping[str, str]:
        """What people are called besides the identifier: label, or `external_id`, to the column."""
        return {"external_id": self.identify} if self.identify else self.aliases

    @property
    def own_table(self) -> str:
        """The table in which it finds its people."""
        return self.table or next(self.source_of(name).table for name in self.attributes)

    def source_of(self, attribute: str) -> ColumnRef:
        """Return the column that holds an attribute's values.

        Raises:
            KeyError: the destination does not declare the attribute.
        """
        written = self.attributes[attribute].column
        table, _, column = written.rpartition(".") if written else ("", "", attribute)
        return ColumnRef(table=(table or self.table or "").lower(), column=column.lower())

    def problems(self) -> Iterator[ProjectError]:
        """Check the endpoint, and that every attribute has a source and every name exists."""
        if (self.instance is None) == (self.rest_endpoint is None):
            yield ProjectError(
                "a destination needs an instance or a rest_endpoint, one of the two",
                hint="write instance: US-03, or rest_endpoint: http://127.0.0.1:8765",
                where=self.place(("rest_endpoint",) if self.instance else ()),
            )
        if self.budget and not (
            self.budget.data_points_per_month or self.budget.data_points_per_day
        ):
            yield ProjectError(
                "the budget has no limit",
                hint="write data_points_per_month: 2000000, or data_points_per_day:",
                where=self.place(("budget",)),
            )
        if self.identifier == "braze_id" and self.on_identity_change != "report":
            yield ProjectError(
                "Braze gives braze_ids itself, so it cannot be told to "
                f"{self.on_identity_change} users by them",
                hint="write on_identity_change: report, or use identifier: external_id",
                where=self.place(("on_identity_change",)),
            )
        yield from self._further_problems()
        for name, attribute in self.attributes.items():
            if attribute.bands and attribute.round_to:
                yield ProjectError(
                    f"{name} has bands and round_to, and bands round already",
                    hint="remove round_to",
                    where=self.place(("attributes", name, "round_to")),
                )
            if not self.source_of(name).table:
                yield ProjectError(
                    f"nothing says where the attribute {name} comes from",
                    hint="give the destination a `from: table`, or the attribute a "
                    "`from: table.column`",
                    where=self.place(("attributes", name)),
                )
        for at, name in enumerate(self.default_attributes):
            if name not in self.attributes:
                yield ProjectError(
                    f"`{name}` is not one of the attributes above",
                    hint=nearest_hint(name, list(self.attributes)),
                    where=self.place(("default_attributes", at)),
                )

    def _further_problems(self) -> Iterator[ProjectError]:
        if self.aliases and self.identifier != "external_id":
            yield ProjectError(
                f"aliases are given to people known by external_id, and these are by "
                f"{self.identifier}",
                hint="use identifier: external_id, or remove aliases",
                where=self.place(("aliases",)),
            )
        if self.identify and self.identifier != "user_alias":
            yield ProjectError(
                f"people known by user_alias are identified, and these are by {self.identifier}",
                hint="use identifier: user_alias, or remove identify",
                where=self.place(("identify",)),
            )

"""`onefold.yaml`: what holds for the whole project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool

from onefold.errors import ProjectError
from onefold.project.kinds.base import FrozenMap, Part, Root
from onefold.project.values import PlainName, Timezone, wrong

__all__ = ["BUILT_IN_VARS", "EnvironmentSettings", "Settings", "Var"]

BUILT_IN_VARS = ("today", "now")

Var = bool | int | float | str | date | datetime


def _scalar(value: object) -> Var:
    if isinstance(value, (bool, int, float, str, date)):
        return value
    raise wrong(
        "a variable needs one value: a text, a number, true, false or a date",
        "write it on the same line, such as vip_revenue: 500",
    )


def _empty_is_absent(value: object) -> object:
    return None if value == "" else value


class EnvironmentSettings(Part):
    """One of the `environments`: where its data lies, and whether it may send for real."""

    what: ClassVar = "an environment"

    store: str = Field(
        default=".onefold",
        min_length=1,
        description="The folder of the tables and of the control database; relative paths start "
        "at onefold.yaml.",
    )
    control: Annotated[str | None, BeforeValidator(_empty_is_absent)] = Field(
        default=None,
        repr=False,
        description="The control database; SQLite in the store when absent.",
    )
    live: StrictBool = Field(
        default=False,
        description="false: sends only to endpoints on this machine, and refuses all others.",
    )


class Settings(Root):
    """The keys of `onefold.yaml`."""

    what: ClassVar = "onefold.yaml"

    name: PlainName = Field(description="The project's name, for people and logs.")
    timezone: Timezone = Field(
        default="UTC",
        description="The zone of business days, of schedules and of datetimes without a zone.",
    )
    dialect: Literal["duckdb", "presto", "spark", "snowflake", "bigquery"] = Field(
        default="duckdb", description="The dialect that the SQL files are written in."
    )
    compat: Literal["amperity"] | None = Field(
        default=None,
        description="amperity: standard tables also carry the column amperity_id.",
    )
    vars: FrozenMap[PlainName, Annotated[Var, PlainValidator(_scalar, Var)]] = Field(
        default={},
        validate_default=True,
        description="Values that SQL uses as :name; bound, never pasted.",
    )
    testers: tuple[str, ...] = Field(
        default=(), description="Addresses or ids of the people that tests are sent to."
    )
    environments: FrozenMap[PlainName, EnvironmentSettings] = Field(
        default_factory=lambda: {"dev": EnvironmentSettings()},
        validate_default=True,
        min_length=1,
        description="Where the project runs; the first one is the default.",
    )

    def problems(self) -> Iterator[ProjectError]:
        """Refuse variables that would hide the built-in ones."""
        for name in BUILT_IN_VARS:
            if name in self.vars:
                yield ProjectError(
                    f":{name} is built in: it is the run's own {name}",
                    hint="choose another name",
                    where=self._origin.document.key_place(("vars", name)),
                )

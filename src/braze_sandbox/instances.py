"""Braze's instances: separate installations, each with hosts of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One installation. A key of another one is unknown to it."""

    name: str
    dashboard: str
    rest: str
    sdk: str


def _numbered(names: range, prefix: str, cluster: str, domain: str) -> list[Instance]:
    return [
        Instance(
            name=f"{prefix}-{number:02}",
            dashboard=f"dashboard-{number:02}.braze.{domain}",
            rest=f"rest.{cluster}-{number:02}.braze.{domain}",
            sdk=f"sdk.{cluster}-{number:02}.braze.{domain}",
        )
        for number in names
    ]


def _regional(region: str) -> Instance:
    return Instance(
        name=region.upper(),
        dashboard=f"dashboard.{region}.braze.com",
        rest=f"rest.{region}.braze.com",
        sdk=f"sdk.{region}.braze.com",
    )


INSTANCES = {
    instance.name: instance
    for instance in (
        *_numbered(range(1, 9), "US", "iad", "com"),
        _regional("us-10"),
        *_numbered(range(1, 3), "EU", "fra", "eu"),
        *map(_regional, ("au-01", "id-01", "jp-01", "kr-01")),
    )
}
"""All 15, by name; there is no US-09."""

REST_HOSTS = {instance.rest: instance for instance in INSTANCES.values()}
"""The instances by the host of their REST API."""

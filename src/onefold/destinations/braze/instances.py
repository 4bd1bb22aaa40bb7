"""Braze's instances: a customer lives on exactly one, and its key is good there alone."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from onefold.errors import UnknownReference, nearest

__all__ = ["INSTANCES", "braze_endpoint", "is_loopback", "meant_instance"]

INSTANCES = {
    **{f"US-0{number}": f"https://rest.iad-0{number}.braze.com" for number in range(1, 9)},
    "US-10": "https://rest.us-10.braze.com",
    "EU-01": "https://rest.fra-01.braze.eu",
    "EU-02": "https://rest.fra-02.braze.eu",
    "AU-01": "https://rest.au-01.braze.com",
    "ID-01": "https://rest.id-01.braze.com",
    "JP-01": "https://rest.jp-01.braze.com",
    "KR-01": "https://rest.kr-01.braze.com",
}
_DASHBOARDS = {
    name: f"dashboard-{name[-2:]}.braze.{'eu' if name.startswith('EU') else 'com'}"
    if name.startswith(("US-0", "EU"))
    else f"dashboard.{name.lower()}.braze.com"
    for name in INSTANCES
}


def braze_endpoint(instance: str) -> str:
    """Give the REST endpoint of an instance, such as `US-03`.

    Raises:
        UnknownReference: there is no such instance.
    """
    endpoint = INSTANCES.get(instance.strip().upper())
    if endpoint is None:
        close = nearest(instance, INSTANCES)
        raise UnknownReference(
            f"Braze has no instance {instance}" + (f" (nearest: {close})" if close else ""),
            hint="the dashboard's address shows it: dashboard-03.braze.com is US-03. "
            f"Instances: {' '.join(INSTANCES)}",
        )
    return endpoint


def meant_instance(url: str) -> str | None:
    """Give the instance whose dashboard or SDK address this is, or None when it is neither.

    `https://dashboard-03.braze.com/…` and `https://sdk.iad-03.braze.com` are those of `US-03`.
    """
    host = (urlsplit(url).hostname or "").lower()
    for name, endpoint in INSTANCES.items():
        sdk = endpoint.removeprefix("https://").replace("rest.", "sdk.", 1)
        if host in {_DASHBOARDS[name], sdk}:
            return name
    return None


def is_loopback(url: str) -> bool:
    """Tell whether an endpoint is on this machine: `localhost`, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""Who may call: instance, keys, addresses, permissions, and an account that is in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from braze_sandbox.answers import key_refused, refusal
from braze_sandbox.cohorts import Partner
from braze_sandbox.decisions import Decisions
from braze_sandbox.instances import REST_HOSTS, Instance
from braze_sandbox.web import Answer

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A REST key. Once made it is never changed: another scope is another key."""

    secret: str
    permissions: frozenset[str] | None = None
    """None: everything."""
    networks: tuple[Network, ...] = ()
    """From where it may be used; none: from everywhere."""

    def may(self, permission: str) -> bool:
        """Whether the key has this permission."""
        return self.permissions is None or permission in self.permissions

    def may_come_from(self, address: str) -> bool:
        """Whether the key may be used from this address."""
        if not self.networks:
            return True
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        return any(caller in network for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a request says of who sends it."""

    authorization: str
    host: str
    """Without its port, in lower case."""
    address: str
    unofficial_key: str | None = None
    """A key given as `api_key`, where that counts."""

    @property
    def presented(self) -> str:
        """The key as it is echoed."""
        if self.unofficial_key is not None and not self.authorization:
            return self.unofficial_key
        return self.authorization.removeprefix("Bearer").lstrip()


class Access:
    """The keys in force, and the gates that they open."""

    def __init__(self, keys: tuple[Key, ...], instance: Instance | None, *, active: bool) -> None:
        self.keys = {key.secret: key for key in keys}
        self.instance = instance
        self.active = active

    def refuse_partner(
        self, partner: Partner | None, keys: Mapping[str, object], host: str, decisions: Decisions
    ) -> Answer | None:
        """The same of a partner, whose two keys stand in the body."""
        partner_key, secret = keys.get("partner_api_key"), keys.get("client_secret")
        if not partner_key or not secret:
            return refusal(401, "Unauthorized", decisions)
        if partner is None or partner_key != partner.partner_api_key:
            return refusal(401, "Invalid partner key", decisions)
        if self._is_elsewhere(host) or secret != partner.client_secret:
            return refusal(401, "Invalid client secret", decisions)
        if not partner.enabled:
            return refusal(401, "Partner not enabled for client", decisions)
        return None if self.active else refusal(403, "Forbidden", decisions)

    def refuse(self, caller: Caller, permission: str, decisions: Decisions) -> Answer | None:
        """The answer of the first gate that is shut: key, account, address, permission."""
        key = self._key(caller)
        if key is None or self._is_elsewhere(caller.host):
            return key_refused(caller.presented, decisions)
        if not self.active:
            return refusal(403, "Forbidden", decisions)
        if not key.may_come_from(caller.address):
            denied = decisions.ip_refused == "access_denied"
            return refusal(403, "Access Denied" if denied else "Forbidden", decisions)
        if not key.may(permission):
            return refusal(403, "Access Denied", decisions)
        return None

    def _key(self, caller: Caller) -> Key | None:
        secret = caller.authorization.removeprefix("Bearer ")
        if secret != caller.authorization:
            return self.keys.get(secret)
        return self.keys.get(caller.unofficial_key or "")

    def _is_elsewhere(self, host: str) -> bool:
        """Whether the request meant another instance, whose keys are not known here."""
        meant = REST_HOSTS.get(host)
        return self.instance is not None and meant is not None and meant is not self.instance

"""Which addresses may be asked: the public internet, and what the user has allowed. Pure."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# Through these an IPv4 address is reached by an IPv6 one (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


def kind(address: str) -> str:
    """Empty for a public unicast address, else "private", "multicast" or "reserved".

    "private" is also said of loopback, link-local, shared and unspecified addresses.
    """
    ip = _innermost(ip_address(address))
    if ip.is_multicast:
        return "multicast"
    if ip.is_private or not ip.is_global or getattr(ip, "is_site_local", False):
        return "private"
    return "reserved" if ip.is_reserved else ""


def allowed(host: str, port: int, allow_hosts: Collection[str]) -> bool:
    """Whether `host` of a URL is named in `allow_hosts`, alone or as host:port."""
    names = {entry.lower() for entry in allow_hosts}
    bare = host.lower().strip("[]").rstrip(".")
    return not names.isdisjoint(
        name for form in (bare, f"[{bare}]") for name in (form, f"{form}:{port}")
    )


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to, if it is of such a kind."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip

"""guard: which addresses may be asked."""

from __future__ import annotations

import pytest

from filterfeed.guard import allowed, kind


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("8.8.8.8", ""),
        ("2606:4700::1111", ""),
        ("64:ff9b::808:808", ""),
        ("127.0.0.1", "private"),
        ("10.1.2.3", "private"),
        ("172.31.0.1", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "private"),
        ("100.64.0.1", "private"),
        ("0.0.0.0", "private"),
        ("255.255.255.255", "private"),
        ("240.0.0.1", "private"),
        ("224.0.0.1", "multicast"),
        ("::", "private"),
        ("::1", "private"),
        ("fe80::1%eth0", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:8.8.8.8", ""),
        ("64:ff9b::a00:1", "private"),
        ("2002:7f00:1::", "private"),
        ("4000::1", "reserved"),
    ],
)
def test_kind(address: str, what: str) -> None:
    """Only public unicast addresses are fine, also where an IPv6 one leads to an IPv4 one."""
    assert kind(address) == what


def test_allowed() -> None:
    """A host is allowed by its name, or with its port alone; IPv6 with brackets or without."""
    assert allowed("NAS.example.", 80, ["nas.example"])
    assert allowed("nas.example", 8080, ["Nas.Example:8080"])
    assert not allowed("nas.example", 80, ["nas.example:8080", "example"])
    assert allowed("[fd00::1]", 80, ["fd00::1"])
    assert allowed("[fd00::1]", 80, ["[fd00::1]:80"])

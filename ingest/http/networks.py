"""Which IP addresses may be connected to: public ones only, in whatever form they come.

The networks are those of the IANA registries of special-purpose addresses. They are written out here because
`ipaddress.is_global` means different things in different versions of Python.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

FORBIDDEN_V4 = {
    IPv4Network(network): what
    for network, what in {
        "0.0.0.0/8": "unspecified",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared by a provider's customers (CGNAT)",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a cloud's own services",
        "169.254.0.0/16": "link-local, where clouds keep their metadata",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved for protocols",
        "192.0.2.0/24": "for documentation",
        "192.31.196.0/24": "a sink for stray queries (AS112)",
        "192.52.193.0/24": "reserved for tunnels (AMT)",
        "192.88.99.0/24": "a relay of 6to4",
        "192.168.0.0/16": "private",
        "192.175.48.0/24": "a sink for stray queries (AS112)",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
PUBLIC_V6 = IPv6Network("2000::/3")
"""All that is handed out of IPv6. Loopback, link-local, unique local, mapped and the like lie outside."""
FORBIDDEN_V6 = {
    IPv6Network(network): what
    for network, what in {
        "2001::/23": "reserved for protocols (Teredo, benchmarks, ORCHID)",
        "2001:db8::/32": "for documentation",
        "2002::/16": "6to4, which holds another address",
        "2620:4f:8000::/48": "a sink for stray queries (AS112)",
        "3ffe::/16": "reserved (the former 6bone)",
        "3fff::/20": "for documentation",
    }.items()
}
NAT64 = IPv6Network("64:ff9b::/96")
"""Networks without IPv4 reach it through these; the last 32 bits are the address meant."""


def forbidden(address: Address) -> str | None:
    """Say what an address is that may not be connected to; None: it is public."""
    if isinstance(address, IPv4Address):
        return next((what for network, what in FORBIDDEN_V4.items() if address in network), None)
    if address in NAT64:
        return forbidden(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in PUBLIC_V6 or address.scope_id:
        return "not a public address of IPv6"
    return next((what for network, what in FORBIDDEN_V6.items() if address in network), None)

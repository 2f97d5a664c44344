"""Every address of every inside network is refused, however it is spelled."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.http.addresses import Rules, read
from ingest.http.networks import FORBIDDEN_V4, FORBIDDEN_V6, NAT64, forbidden
from triage.errors import FetchRefused


def spellings(address: IPv4Address) -> list[str]:
    a, b, c, d = address.packed
    number = int(address)
    return [
        str(address),
        f"{a}.{b}.{c * 256 + d}",
        f"{a}.{number % 2**24}",
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{address}.",
        str(address).translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        str(address).replace(".", "\u3002"),
        "".join(f"%{byte:02x}" for byte in str(address).encode()),
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[::ffff:0:{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b:1::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        f"[2001:0:1:1:0:0:{(number >> 16) ^ 0xFFFF:x}:{(number & 0xFFFF) ^ 0xFFFF:x}]",
    ]


@given(st.sampled_from(sorted(FORBIDDEN_V4)).flatmap(lambda network: st.ip_addresses(network=network)))
def test_every_spelling_of_every_forbidden_ipv4_address_is_refused(address: IPv4Address) -> None:
    for host in spellings(address):
        with pytest.raises(FetchRefused):
            read(f"https://{host}/", Rules())


OUTSIDE = [IPv6Network(n) for n in ("::/16", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")]


@given(st.sampled_from([*FORBIDDEN_V6, *OUTSIDE]).flatmap(lambda network: st.ip_addresses(network=network)))
def test_every_spelling_of_every_forbidden_ipv6_address_is_refused(address: IPv6Address) -> None:
    for host in (str(address), address.exploded, address.exploded.upper(), f"{address}%25eth0"):
        with pytest.raises(FetchRefused):
            read(f"https://[{host}]/", Rules())


@given(st.ip_addresses())
@example(IPv6Address("64:ff9b::100:0"))
@example(IPv6Address("64:ff9b::7f00:1"))
def test_what_python_knows_to_be_inside_is_never_public_for_us(address: IPv4Address | IPv6Address) -> None:
    if address in NAT64:  # which Python calls reserved as a whole
        address = IPv4Address(address.packed[-4:])
    inside = (address.is_private, address.is_loopback, address.is_link_local, address.is_multicast)
    if any(inside) or address.is_reserved or address.is_unspecified:
        assert forbidden(address)


def test_addresses_of_everyday_servers_are_public() -> None:
    for text in (
        "8.8.8.8",
        "151.101.1.69",
        "99.255.255.255",
        "2606:4700::1",
        "2a00:1450:4001::1",
        "64:ff9b::808:808",
    ):
        assert forbidden(ipaddress.ip_address(text)) is None

"""Classify IP addresses: public internet, this machine, private network, cloud metadata service."""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

# Services that give a cloud machine its credentials. Sources: the providers' own pages on instance metadata
# (AWS EC2, ECS and EKS Pod Identity; Google Cloud and Azure share 169.254.169.254), on Azure's
# WireServer, Alibaba Cloud, and Oracle Cloud.
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "fd00:ec2::254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::23",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
    )
)


def parse_address(text: str) -> IPAddress | None:
    """Return the IP address that the text spells, without brackets and zone; None for a name.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) is returned as the IPv4 address: that is
    where the packets go.
    """
    try:
        ip = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _in_nat64(ip) or ip
    return ip


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet, also when it hides inside an IPv6 one."""
    ip = parse_address(address)
    return ip is not None and ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_metadata(address)


def is_metadata(address: str) -> bool:
    """Return whether an IP address is a cloud provider's metadata service, which hands out credentials."""
    return parse_address(address) in METADATA_ADDRESSES


def is_local(host: str) -> bool:
    """Return whether a host name or address is this machine itself."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    ip = parse_address(name)
    return ip is not None and (ip.is_loopback or ip.is_unspecified)


def is_loopback(host: str) -> bool:
    """Return whether a server bound to this name or address can be reached from its own machine alone."""
    ip = parse_address(host)
    return host.lower() == "localhost" if ip is None else ip.is_loopback


def _in_nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None

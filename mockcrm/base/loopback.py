"""Addresses of this machine, and proxies of the environment that take requests to them as well."""

import os
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a host name or address is a loopback one, which always means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def swallowing_proxy(url: str) -> str | None:
    """What to do about a proxy to which HTTP libraries would send requests to this loopback address; None without one.

    It reads the variables as Python does, which curl, requests and httpx do too: `HTTP_PROXY`, `NO_PROXY` and so on.
    """
    from urllib.request import getproxies_environment, proxy_bypass  # noqa: PLC0415  only failures need it

    parts, proxies = urlsplit(url), getproxies_environment()
    host = parts.hostname or ""
    kind = next((each for each in (parts.scheme, "all") if proxies.get(each)), None)
    if kind is None or not is_loopback(host) or proxy_bypass(host):
        return None
    name = next((each for each in os.environ if each.lower() == f"{kind}_proxy"), f"{kind}_proxy")
    return f"{name} is set: many HTTP libraries send requests to {host} to that proxy. Set NO_PROXY={host}."

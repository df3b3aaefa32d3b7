"""Web addresses as they may be shown: without the secrets that are in some of them. Pure."""

from __future__ import annotations

import re

_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^([^/?#]*//)[^/?#]*@")
_SITE = re.compile(r"[^/?#]*//[^/?#]*")


def is_web(url: str) -> bool:
    """Whether it is an http(s) address, rather than a path or a link of another kind."""
    return _WEB.match(url) is not None


def without_credentials(url: str) -> str:
    """`url` without the user:password@ that it may have had."""
    return _CREDENTIALS.sub(r"\1", url)


def public(url: str) -> str:
    """Scheme, host and path of a web address, for its query may be a token; "" for others."""
    return re.split("[?#]", without_credentials(url), maxsplit=1)[0] if is_web(url) else ""


def site(url: str) -> str:
    """The front page of the host of a web address, or ""."""
    return f"{found[0]}/" if (found := _SITE.match(public(url))) else ""


def host(url: str) -> str:
    """host, or host:port, of a web address, in lower case; "" for others."""
    return site(url).partition("//")[2].rstrip("/").lower()

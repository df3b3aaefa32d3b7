"""One request on its way through redirects: where it is, and what it carries there. No I/O."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes, urljoin

from urllib3 import HTTPHeaderDict
from urllib3.util import Url, parse_url

from filterfeed.errors import Refused
from filterfeed.types import Header
from filterfeed.urls import without_credentials

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})

Origin = tuple[str | None, str | None, int | None]


def shown(url: str) -> str:
    """For messages and Documents: one line, and no secret of user:password@host in it."""
    return without_credentials(" ".join(url.split()))


class Journey:
    """`asked` and `at` are without the credentials that the URL may have had.

    `headers` go to every host on the way; `private` ones, and the credentials as Basic
    authentication, only to the first. Cookies set on the way go back to who set them.
    """

    def __init__(self, url: str, headers: HTTPHeaderDict, private: Sequence[Header]) -> None:
        self.asked = shown(url)
        try:
            parsed = _parsed(url.strip())
        except ValueError as error:
            # A password with a "/" in it is one way not to be a URL.
            self.asked = re.sub("//.*@", "//", self.asked)
            raise self.refused(str(error)) from error
        self.at = self._first = parsed._replace(auth=None)
        self._auth = parsed.auth
        self._headers = headers
        self._private = _private(private, parsed.auth)
        self._cookies: defaultdict[Origin, dict[str, str]] = defaultdict(dict)
        self._been: set[tuple[str, str]] = set()
        self._permanent = True
        self.hops = 0

    def headers(self) -> HTTPHeaderDict:
        """What to send to where the journey is now."""
        headers = self._headers.copy()
        if _may_have(self._first, self.at):
            for name, value in self._private.items():
                headers[name] = value
        cookies = [headers.get("Cookie", ""), self._cookie()]
        if any(cookies):
            headers["Cookie"] = "; ".join(filter(None, cookies))
        return headers

    def redirected(self, status: int, headers: HTTPHeaderDict, most: int) -> bool:
        """Goes where an answer leads; False when it leads nowhere. Raises Refused."""
        location = headers.get("Location", "").strip()
        if status not in _REDIRECTS or not location:
            return False
        self._been.add((self.at.url, self._cookie()))
        self._keep_cookies(headers.getlist("Set-Cookie"))
        self._move(location)
        self._permanent = self._permanent and status in _PERMANENT
        self.hops += 1
        if self.hops > most:
            raise self.refused(f"more than {most} redirects")
        if (self.at.url, self._cookie()) in self._been:
            raise self.refused("redirects in a circle")
        return True

    @property
    def moved_to(self) -> str | None:
        """Where to ask from now on, when all redirects were permanent."""
        if not self.hops or not self._permanent or self.at == self._first:
            return None
        auth = self._auth if _may_have(self._first, self.at) else None
        return self.at._replace(auth=auth).url

    @property
    def detour(self) -> str:
        """For messages: where it went wrong, if that is not where it began."""
        return f" (redirected to {self.at._replace(query=None).url})" if self.hops else ""

    def refused(self, message: str) -> Refused:
        return Refused(self.asked, message)

    def _move(self, location: str) -> None:
        try:
            self.at = _parsed(urljoin(self.at.url, _repaired(location)))._replace(auth=None)
        except ValueError as error:
            target = shown(location).partition("?")[0]
            raise self.refused(f"redirects to {target}: {error}") from error

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._jar().items())

    def _jar(self) -> dict[str, str]:
        return self._cookies[self.at.scheme, self.at.host, self.at.port]

    def _keep_cookies(self, set_cookies: Sequence[str]) -> None:
        for text in set_cookies:
            name, found, value = text.partition(";")[0].partition("=")
            if found:
                self._jar()[name.strip()] = value.strip()


def _parsed(url: str) -> Url:
    """Normalised, without fragment. Raises ValueError with words for the user."""
    try:
        parsed = parse_url(url)
    except ValueError as error:
        raise ValueError("not a valid URL") from error
    if parsed.scheme not in ("http", "https"):
        raise ValueError("only http and https URLs can be fetched")
    if not parsed.host:
        raise ValueError("a URL without a host")
    return parsed._replace(fragment=None)


def _private(headers: Sequence[Header], auth: str | None) -> HTTPHeaderDict:
    private = HTTPHeaderDict()
    if auth:
        credentials = unquote_to_bytes(auth if ":" in auth else f"{auth}:")
        private["Authorization"] = "Basic " + base64.b64encode(credentials).decode("ascii")
    for name, value in headers:
        private[name] = value
    return private


def _may_have(first: Url, other: Url) -> bool:
    """Whether what was meant for `first` may go to `other`: the same server, or its https."""
    if first.host != other.host:
        return False
    upgraded = first.scheme == "http" and other.scheme == "https"
    standard = first.port in (None, 80) and other.port in (None, 443)
    return (first.scheme, first.port) == (other.scheme, other.port) or (upgraded and standard)


def _repaired(location: str) -> str:
    """http.client reads headers as Latin-1; what is not ASCII in them is UTF-8 by now."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location

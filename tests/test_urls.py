"""urls: what may be shown of an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed import urls


@pytest.mark.parametrize(
    ("url", "public", "site", "host"),
    [
        ("https://a.example/x?token=s#s", "https://a.example/x", "https://a.example/", "a.example"),
        ("http://a:s@b.example:8/x", "http://b.example:8/x", "http://b.example:8/", "b.example:8"),
        ("HTTP://A.example?s", "HTTP://A.example", "HTTP://A.example/", "a.example"),
        ("http://[::1]:8/x", "http://[::1]:8/x", "http://[::1]:8/", "[::1]:8"),
        ("http://", "", "", ""),
        ("/home/ada/a.xml?x", "", "", ""),
        ("ftp://a.example/x", "", "", ""),
        ("javascript:alert(1)//https://a.example/", "", "", ""),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_what_is_shown(url: str, public: str, site: str, host: str) -> None:
    """Credentials and query are secrets; what is no web address is not shown at all."""
    assert (urls.public(url), urls.site(url), urls.host(url)) == (public, site, host)
    assert urls.is_web(url) is bool(public)


def test_only_credentials_are_taken_out() -> None:
    """For who knows the query anyway; a path may look like anything."""
    assert urls.without_credentials("https://ada:s@a.example/x?y@z") == "https://a.example/x?y@z"
    for url in ("https://a.example/~ada@home", "/home/ada@work//x@y", "  two  words "):
        assert urls.without_credentials(url) == url


@given(st.text(st.characters(exclude_characters="/?#@"), min_size=1), st.text())
def test_no_password_is_ever_shown(password: str, rest: str) -> None:
    """Whatever it is made of."""
    url = f"https://ada:<{password}>@a.example/{rest}"
    assert urls.without_credentials(url) == f"https://a.example/{rest}"
    assert f"<{password}>" not in urls.public(url).removesuffix(rest)

"""fetch: local feeds and mirrors of pages, which never touch the network."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed.errors import HttpStatus, TooLarge, Unreachable
from filterfeed.fetch import read_file, read_mirror


def test_file(tmp_path: Path) -> None:
    """A local feed becomes a Document with its path as URL; gzip is unpacked by content."""
    path = tmp_path / "feed.xml"
    path.write_bytes(b"<rss/>")
    document = read_file(str(path))
    assert (document.url, document.status, document.body) == (str(path), 200, b"<rss/>")
    path.write_bytes(gzip.compress(b"<rss/>"))
    assert read_file(str(path)).body == b"<rss/>"


def test_large_file(tmp_path: Path) -> None:
    """A local feed of `max_bytes` is fine, one more byte is not; it counts what is unpacked."""
    path = tmp_path / "feed.xml"
    path.write_bytes(bytes(1024))
    assert len(read_file(str(path), 1024).body) == 1024
    for content in (bytes(1025), gzip.compress(bytes(10_000_000))):
        path.write_bytes(content)
        with pytest.raises(TooLarge, match=f"^{path}: more than 1 KiB$"):
            read_file(str(path), 1024)


def test_missing_file(tmp_path: Path) -> None:
    """A local feed that is not there is an error that names it."""
    path = tmp_path / "feed.xml"
    words = f"^{path}: cannot be read: no such file or directory$"
    with pytest.raises(Unreachable, match=words):
        read_file(str(path))


@pytest.mark.parametrize("path", ["/", "a\0b"])
def test_no_file(path: str) -> None:
    """A directory or an impossible name is an error of the tree."""
    with pytest.raises(Unreachable, match="cannot be read"):
        read_file(path)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"<rss/>")[:-9],
        b"\x1f\x8bnonsense",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff",
    ],
)
def test_broken_gzip(tmp_path: Path, content: bytes) -> None:
    """Broken gzip is an error, not a short document."""
    path = tmp_path / "feed.xml.gz"
    path.write_bytes(content)
    with pytest.raises(Unreachable, match="broken gzip"):
        read_file(str(path))


PAGES = {
    "news.example/2025/story.html": "as it is",
    "news.example/2025/other.html": "with .html",
    "news.example/2025/third/index.html": "as a directory",
    "news.example/index.html": "front page",
    "news.example/index.html?p=7": "front page with a query",
    "news.example/list.php?id=1": "with a query",
    "news.example/list.php?id=2.html": "with a query and .html",
    "news.example/2025/caf\xe9 closes.html": "with odd characters",
    "news.example:8080/story": "with a port",
}


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site") / "mirror"
    for name, text in PAGES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root.parent / "secret.html").write_text("secret")
    (root / "news.example" / "link.html").symlink_to(root.parent / "secret.html")
    (root / "news.example" / "circle").symlink_to("circle")
    return root


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://news.example/2025/story.html", "as it is"),
        ("http://user:pass@News.Example/2025/story.html#part", "as it is"),
        ("https://news.example/2025/story.html?utm_source=rss", "as it is"),
        ("https://news.example/2025/other", "with .html"),
        ("https://news.example/2025/other/", "with .html"),
        ("https://news.example/2025/third", "as a directory"),
        ("https://news.example/2025/third/?utm_source=rss", "as a directory"),
        ("https://news.example", "front page"),
        ("https://news.example/", "front page"),
        ("https://news.example/?p=7", "front page with a query"),
        ("https://news.example/list.php?id=1", "with a query"),
        ("https://news.example/list.php?id=2", "with a query and .html"),
        ("https://news.example/2025/caf%C3%A9%20closes", "with odd characters"),
        ("https://news.example/2025/caf\xe9 closes", "with odd characters"),
        ("https://news.example:8080/story", "with a port"),
        ("https://news.example:81/2025/story.html", "as it is"),
    ],
)
def test_mirror(mirror: Path, url: str, text: str) -> None:
    """A page is found under the names that wget gives it, and under likely ones."""
    document = read_mirror(str(mirror), url)
    assert document.body.decode() == text
    assert (document.status, document.final_url) == (200, document.url)
    assert "pass" not in document.url


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/none",
        "https://news.example/?p=8",
        "https://news.example/list.php?id=3",
        "https://news.example/../../secret.html",
        "https://news.example/%2e%2e/%2e%2e/secret.html",
        "https://news.example/..%2f..%2fsecret.html",
        "https://../secret.html",
        "file:///secret.html",
        "{parent}/secret.html",
        "https://news.example/link.html",
        "https://news.example/circle",
        "https://news.example/a%00b",
        "https://news.example/" + "long" * 2000,
        "https://[news.example/",
        "",
    ],
)
def test_not_in_the_mirror(mirror: Path, url: str) -> None:
    """What is not in the directory, by whatever name or link, is a 404."""
    with pytest.raises(HttpStatus, match="not found in the mirror") as caught:
        read_mirror(str(mirror), url.format(parent=mirror.parent))
    assert caught.value.status == 404


@given(st.lists(st.sampled_from(["..", ".", "", "%2e", "/", "%2f", "secret", ".html", "?", "\\"])))
def test_never_outside(mirror: Path, parts: list[str]) -> None:
    """No path leads out of the directory."""
    try:
        document = read_mirror(str(mirror), "https://news.example/" + "".join(parts))
    except HttpStatus:
        return
    assert document.body != b"secret"


def test_large_page(mirror: Path) -> None:
    """A page of a mirror is bounded like any other."""
    with pytest.raises(TooLarge, match="more than 4 bytes"):
        read_mirror(str(mirror), "https://news.example/2025/story.html", 4)

"""The verbs that show what there is or work on texts at hand, and `serve`, as users see them."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from urllib.request import urlopen

import feedparser
import pytest
from loopback import Reply
from newsroom import Newsroom, conditional, item, page, rss, state, story, title
from terminal import filterfeed, started

from filterfeed.cli import sources
from filterfeed.fetch import Fetcher

# list, show


def test_list(polled: Newsroom) -> None:
    """Every configured feed with its state, also before the first run, for people and programs."""
    done = filterfeed("list", cwd=polled.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2].split()[:2] == ["wire", "ok"]
    (feed,) = json.loads(filterfeed("list", "--json", cwd=polled.directory).stdout)
    assert (feed["name"], feed["state"], feed["error"]) == ("wire", "ok", "")
    assert Path(feed["output"]).exists()
    Path(polled.config.database).unlink()
    (feed,) = json.loads(filterfeed("list", "--json", cwd=polled.directory).stdout)
    assert (feed["state"], feed["next_poll"]) == ("new", None)
    assert not Path(polled.config.database).exists()


def test_show(polled: Newsroom) -> None:
    """The feed's items with what was removed from each, and why; as JSON in full."""
    done = filterfeed("show", "wire", "--items", "1", cwd=polled.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert title(1) in done.stdout
    assert title(2) not in done.stdout
    assert "Buy our newsletter, no article at all." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    shown = json.loads(filterfeed("show", "wire", "--json", cwd=polled.directory).stdout)
    assert [own["guid"] for own in shown["items"]] == ["story-1", "story-2"]
    (removed,) = shown["items"][0]["removed"]
    assert removed["text"] == "Buy our newsletter, no article at all."
    assert removed["action"] == "drop"
    assert set(removed) == {"label", "probability", "action", "reason", "text"}


def test_no_password_is_shown(room: Newsroom) -> None:
    """Neither that of the configuration nor that of where a publisher has moved."""
    url = room.site.url("/wire").replace("://", "://ada:secret@")
    room.follow("wire", lambda request: Reply(301, [("Location", "/new")]))
    room.publish("/new", rss(item(1)))
    room.change("wire", url=url)
    room.write_config()
    room.run_by_the_clock()
    assert "secret" in state(room).url
    for verb in ("list", "show wire", "list --json", "show wire --json", "config"):
        done = filterfeed(*verb.split(), cwd=room.directory)
        assert (done.returncode, done.stderr) == (0, "")
        assert "secret" not in done.stdout, verb
    assert json.loads(filterfeed("list", "--json", cwd=room.directory).stdout)[0]["url"] == (
        room.site.url("/new")
    )


def test_show_is_safe_for_terminals(room: Newsroom) -> None:
    """Nothing that a publisher writes moves the cursor."""
    room.follow("wire", rss("<item><title>A</title><guid>x\u009b31mred</guid></item>"))
    room.write_config()
    room.run_by_the_clock()
    done = filterfeed("show", "wire", cwd=room.directory)
    assert "x 31mred" in done.stdout
    assert "\u009b" not in done.stdout


# explain


def test_explain_for_programs(tmp_path: Path) -> None:
    """One JSON object a block, with the same keys always; what cannot be read is named."""
    (tmp_path / "page.html").write_bytes(page(1))
    done = filterfeed(
        *("explain", "--format", "jsonl", "missing.html", "page.html", "-"),
        cwd=tmp_path,
        input=story(1),
    )
    assert done.returncode == 1
    assert done.stderr == "filterfeed: missing.html: cannot be read: No such file or directory\n"
    blocks = [json.loads(line) for line in done.stdout.splitlines()]
    keys = ["source", "index", "tag", "text", "label", "probabilities", "dropped", "reason"]
    assert all(list(block) == keys for block in blocks)
    assert [block["source"] for block in blocks if block["index"] == 0] == ["page.html", "-"]
    chances = blocks[0]["probabilities"]
    assert list(chances) == ["article", "ad", "legal", "chrome"]
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
    assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]


def test_explain_for_people(room: Newsroom) -> None:
    """A table of a page on the web, decided by the policy of a feed."""
    room.follow("wire", rss())
    room.write_config('drop_patterns = ["Operating profit"]\n')
    room.publish("/story", page(1))
    arguments = ("explain", "--feed", "wire", room.site.url("/story"))
    done = filterfeed(*arguments, cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    (row,) = [line for line in done.stdout.splitlines() if "Operating profit of" in line]
    assert " drop " in row


def test_explain_tells_why(tmp_path: Path) -> None:
    """The words and the names of places that decided stand in the reason."""
    html = (
        "<!doctype html><h1>Mill profit rises</h1><p>Profit of the mill rose 6% in the quarter.</p>"
        '<div class="newsletter-signup"><p>Subscribe to our free newsletter today</p></div>'
    )
    done = filterfeed("explain", "--format", "jsonl", "-", cwd=tmp_path, input=html)
    reasons = [json.loads(line)["reason"] for line in done.stdout.splitlines()]
    assert all(reason.startswith("model: ") for reason in reasons)
    assert "newsletter" in reasons[-1]


# clean


def test_clean_is_a_filter(tmp_path: Path) -> None:
    """A feed in, the cleaned feed out."""
    done = filterfeed("clean", cwd=tmp_path, input=rss(item(1, text=story(1))).decode())
    assert (done.returncode, done.stderr) == (0, "")
    (entry,) = feedparser.parse(done.stdout.encode()).entries
    assert entry.id == "story-1"
    assert "Chief executive Ingrid Aas" in entry.content[0].value


@pytest.mark.parametrize("text", ["", "no feed at all", "<html><body>Log in</body></html>"])
def test_clean_never_loses_a_feed(tmp_path: Path, text: str) -> None:
    """What cannot be cleaned comes out as it went in; one line and exit status 1 tell."""
    done = filterfeed("clean", cwd=tmp_path, input=text)
    assert (done.returncode, done.stdout) == (1, text)
    assert done.stderr.count("\n") == 1


def test_full_text_is_of_pages_only(room: Newsroom) -> None:
    """What cannot be had, or is no page, leaves the feed's own body."""
    room.publish("/story", page(1))
    room.publish("/pdf", lambda request: Reply(200, [("Content-Type", "application/pdf")], b"%PDF"))
    with Fetcher(room.config.fetch) as fetcher:
        found = sources.page(fetcher, room.site.url("/story"))
        assert found and "raised their estimates" in found.html
        assert sources.page(fetcher, room.site.url("/pdf")) is None
        assert sources.page(fetcher, room.site.url("/missing")) is None


# serve


def test_serve(room: Newsroom) -> None:
    """It polls by itself, answers readers, and ends cleanly on SIGTERM."""
    room.follow("wire", conditional(rss(item(1, text=story(1)))))
    room.write_config("\n[filterfeed]\nport = 0\n")
    process = started("serve", cwd=room.directory)
    assert process.stdout
    address = process.stdout.readline().split()[-1]
    try:
        body = b""
        while b"story-1" not in body and process.poll() is None:
            time.sleep(0.1)
            body = get(f"{address}feeds/wire.xml")
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=5) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return b""

"""Items that are nothing but an advertisement: which ones are, and what becomes of them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from newsroom import Newsroom, entries, item, only, rss, story
from terminal import filterfeed
from test_story import Reader

from filterfeed import api, model, pipeline
from filterfeed.parse import parse
from filterfeed.promotion.markers import marks_of
from filterfeed.store import Store
from filterfeed.story import finish, prepare
from filterfeed.types import (
    Category,
    CleanItem,
    Document,
    Enclosure,
    Item,
    Page,
    Person,
    Policy,
    Promoted,
)

README = Path(__file__).parent.parent / "README.md"
PROBES = Path(__file__).parent / "probes" / "promotions.jsonl"
PITCH = (
    "<p>Paying too much for your insurance? You are not alone. Pellmore compares forty insurers"
    " for you, and more than 90,000 families save $612 a year.</p>"
    "<p>Hurry, this offer ends on Friday. Get your free quote now, with no obligation.</p>"
)
NOTE = (
    "<p>The index of congestion rose in four of five quarters before prices did, said Hana Orr,"
    " who led the work at the University of Selby. Shippers use it when they negotiate.</p>"
)
ADVERTISEMENT = ("advertisement", "https://filterfeed.example/categories")


def judged(
    policy: Policy = Policy(),  # noqa: B008
    recurrence: Mapping[str, int] | None = None,
    page: str = "",
    **fields: Any,
) -> CleanItem:
    """An item whose every block the stand-in model takes for a story, unless AD is in it."""
    own = Item(guid="1", **{"title": "Cover that costs less", "content": PITCH, **fields})
    prepared = prepare(own, Page("https://x.example/", page) if page else None, Reader(), "auto")
    return finish(prepared, policy, recurrence or {})


# Which ones


@cache
def probed() -> tuple[tuple[str, CleanItem], ...]:
    """What each of our own examples is, and what the shipped model makes of it."""
    shipped = model.load()
    rows = [json.loads(line) for line in PROBES.read_text(encoding="utf-8").splitlines()]
    items = [
        Item(
            title=row["title"],
            link=row.get("link", ""),
            content=row["html"],
            authors=tuple(Person(name) for name in [row.get("author")] if name),
            categories=tuple(map(Category, row.get("categories", ()))),
        )
        for row in rows
    ]
    done = (finish(prepare(own, None, shipped, "body"), Policy(), {}) for own in items)
    return tuple(zip((row["want"] for row in rows), done, strict=True))


def left_out(want: str) -> list[bool]:
    return [clean.left_out for kind, clean in probed() if kind == want]


def test_no_story_is_left_out() -> None:
    """Short summaries, briefs, lists of picks, deals and reviews, releases of companies, service
    that tells readers what to do, podcasts with sponsors, in seven languages: all stay."""
    titles = [own.item.title for want, own in probed() if want == "story" and own.left_out]
    assert len(left_out("story")) >= 90
    assert titles == []


def test_what_is_marked_but_reads_like_a_story_stays() -> None:
    """Its publisher's word is noted, but is not enough to leave it out."""
    assert not any(left_out("marked"))
    assert all(own.promotion for want, own in probed() if want == "marked")


def test_promotions_are_left_out() -> None:
    """Half of ours at least, of those that are marked two thirds; in doubt one stays."""
    found = left_out("promotion")
    assert len(found) >= 60
    assert sum(found) >= 0.5 * len(found)
    assert f"Of our {len(found)} advertisements {sum(found)} were" in README.read_text("utf-8")
    marked = [
        own.left_out
        for want, own in probed()
        if want == "promotion" and (own.promotion or own.item.categories or own.item.authors)
    ]
    assert sum(marked) >= 0.66 * len(marked)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Sponsored: Cover that costs less"},
        {"title": "[Paid post] Cover that costs less"},
        {"categories": (Category("Cars"), Category("Partner Content"))},
        {"authors": (Person("Publireportage"),)},
        {"link": "https://wire.example/contenu-sponsorise/cover?id=3"},
        {"content": f"<p>ADVERTORIAL</p>{PITCH}"},
        {"content": f"<p><em>This is a paid post by Pellmore.</em></p>{PITCH}"},
        {"content": f"{PITCH}<p>Dieser Beitrag wurde von Pellmore gesponsert.</p>"},
    ],
)
def test_where_it_is_marked(fields: dict[str, Any]) -> None:
    """In title, categories, author, address, first and last blocks, in several languages; where
    the text sells, too, it is left out, and the marker is the reason."""
    clean = judged(**fields)
    assert clean.left_out
    assert " says " in clean.promotion
    assert judged().promotion == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Sponsored posts must be labelled"},
        {"title": "Anzeige gegen Vorstand"},
        {"title": "Publireportage-Markt schrumpft"},
        {"categories": tuple(map(Category, ["Sponsored", *"ABCDEF"]))},
        {"categories": (Category("sponsorshipblock"),)},
        {"link": "https://wire.example/2026/sponsored"},
        {"content": f"{NOTE}<p>This is not a sponsored post.</p>"},
        {"content": f"{NOTE}<p>This post is for paid subscribers.</p>"},
        {"content": f"{NOTE}<p>Advertisement</p>{NOTE}"},
    ],
)
def test_what_is_no_marker(fields: dict[str, Any]) -> None:
    """Words of stories about advertising, one keyword of many, and denials."""
    assert judged(**{"content": NOTE, **fields}).promotion == ""


@pytest.mark.timeout(10)
@pytest.mark.parametrize("title", [" " * 100_000 + "Rates", "[" + " " * 100_000 + "Rates"])
def test_a_long_title_takes_no_long_time(title: str) -> None:
    assert marks_of(Item(title=title), ()) == ()


def test_a_word_that_may_stand_beside_a_story_proves_nothing() -> None:
    """ "Advertisement" above a text that the model takes for a story, though it calls to act."""
    assert not judged(content=f"<p>Advertisement</p>{PITCH}").left_out
    assert judged(content=f"<p>Advertisement</p>{PITCH.replace('<p>', '<p>AD ')}").left_out


def test_without_a_marker_all_have_to_agree() -> None:
    """The model, the text and the title; a story's title over nothing but a pay wall stays."""
    html = PITCH.replace("<p>", "<p>AD ")
    sells = {"title": "Get your free quote today", "content": html}
    assert judged(**sells).left_out
    assert not judged(**sells | {"title": "Bank holds rates for a third time"}).promotion
    assert not judged(**sells | {"content": PITCH}).promotion
    assert not judged(
        **sells | {"content": "<p>AD Get your free quote now, it is free.</p>"}
    ).promotion


def test_what_a_publisher_appends_to_all_is_not_the_item() -> None:
    """Blocks that recur in other stories say nothing about this one, unless it is marked: then it
    has come before under other titles."""
    sells = {"title": "Get your free quote today", "content": PITCH.replace("<p>", "<p>AD ")}
    prepared = prepare(Item(guid="1", **sells), None, Reader(), "auto")
    often = dict.fromkeys(prepared.keys, 5)
    assert not judged(**sells, recurrence=often).promotion
    assert judged(**sells, recurrence=often, categories=(Category("Sponsored"),)).left_out


def test_releases_and_podcasts_are_not_left_out() -> None:
    """Companies pay for the one, sponsors for the other; both are what was subscribed to."""
    marked = (Category("Sponsored"),)
    release = PITCH.replace("<p>", "<p>DENVER, Oct. 12 /Newsline/ -- ", 1)
    assert not judged(content=release, categories=marked).left_out
    assert not judged(content=f"<p>In this episode: cars.</p>{PITCH}", categories=marked).left_out


def test_a_page_is_judged_by_what_is_left_of_it() -> None:
    """Advertising around a story on its page is not the story's."""
    marked = {"title": "Ports", "content": "", "categories": (Category("Sponsored"),)}
    around = f"<aside>{PITCH.replace('<p>', '<p>AD ')}</aside>" * 3
    clean = judged(page=f"<html><body>{NOTE * 3}{around}</body></html>", **marked)
    assert (clean.source, clean.left_out) == ("page", False)
    assert judged(page=f"<html><body>{PITCH * 2}</body></html>", **marked).left_out


@pytest.mark.shared
def test_of_real_feeds_nothing_is_left_out(shared: Path) -> None:
    """Half of the items of financial publishers that have a text at all, paid posts that read like
    stories among them."""
    shipped, found = model.load(), Counter[str]()
    for own in list(real_items(shared))[::2]:
        clean = finish(prepare(own, None, shipped, "body"), Policy(), {})
        found["left out"] += clean.left_out
        found["noted"] += bool(clean.promotion)
        found["all"] += 1
    assert found["all"] > 400
    # An item of two lines that asks to download an app may be taken for what it is.
    assert found["left out"] <= 1
    assert 8 <= found["noted"] <= 25


def real_items(shared: Path) -> Iterator[Item]:
    for file in sorted((shared / "feeds" / "finance").glob("*.xml")):
        url = f"https://{file.stem}.example/feed"
        items = parse(Document(url, url, 200, file.read_bytes())).items
        yield from (own for own in items if len(own.content or own.summary) > 120)


@pytest.mark.shared
def test_of_labelled_documents_none_with_a_story_is_left_out(shared: Path) -> None:
    """Whatever advertising is in them."""
    shipped, judged_ = model.load(), 0
    with gzip.open(shared / "corpus" / "finance" / "blocks.jsonl.gz") as lines:
        for row in map(json.loads, lines):
            labels = {block["label"] for block in row["gold"]}
            if row["as"] == "body" and "article" in labels:
                own = Item(guid="1", link=row["url"] or "", content=row["html"])
                clean = finish(prepare(own, None, shipped, "body"), Policy(), {})
                assert not clean.left_out, row["uid"]
                judged_ += 1
    assert judged_ > 300


# What becomes of them


def treated(promoted: Promoted, **policy: Any) -> CleanItem:
    return judged(
        Policy(promoted=promoted, **policy),
        content=f"{PITCH}<p>AD: one more reason to love Pellmore</p>",
        summary="<p onclick='x()'>Cover for less</p>",
        categories=(Category("Sponsored"),),
        enclosures=(Enclosure("https://x.example/a.jpg", "image/jpeg"),),
    )


def test_drop() -> None:
    """It is left out, with what the model said of its blocks."""
    clean = treated("drop")
    assert clean.left_out
    assert any(verdict.dropped for verdict in clean.verdicts)


def test_tag() -> None:
    """It stays, whole, under one more category, which says whose it is."""
    clean = treated("tag")
    assert not clean.left_out
    assert "one more reason" in clean.html
    assert "onclick" not in clean.item.summary
    terms = [(own.term, own.scheme) for own in clean.item.categories]
    assert terms == [("Sponsored", ""), ADVERTISEMENT]
    assert judged(Policy(promoted="tag"), content=NOTE).item.categories == ()


def test_a_page_that_is_tagged_is_cleaned() -> None:
    """What is around a text on its page is not part of the advertisement."""
    page = f"<html><body>{PITCH * 2}<p>AD: teaser of another one</p></body></html>"
    clean = judged(
        Policy(promoted="tag"), page=page, content="", categories=(Category("Sponsored"),)
    )
    assert ADVERTISEMENT in [(own.term, own.scheme) for own in clean.item.categories]
    assert "teaser" not in clean.html


def test_keep() -> None:
    """It is cleaned like any other, and what it was taken for is noted."""
    clean = treated("keep")
    assert not clean.left_out
    assert "one more reason" not in clean.html
    assert [own.term for own in clean.item.categories] == ["Sponsored"]
    assert clean.promotion


def test_who_keeps_advertising_keeps_promotions() -> None:
    """Where blocks of advertising are not dropped, items are not either."""
    assert not treated("drop", ad="keep").left_out
    assert not treated("drop", ad="collapse").left_out


@pytest.mark.parametrize("pattern", ["Pellmore compares", "(?i)cover that", "Cover for less"])
@pytest.mark.parametrize("promoted", ["drop", "tag"])
def test_what_the_user_keeps_stays(pattern: str, promoted: Promoted) -> None:
    """A keep pattern found in title, summary or text: the item is no advertisement."""
    clean = treated(promoted, keep_patterns=(pattern,))
    assert (clean.promotion, clean.left_out) == ("", False)
    assert clean.item.categories == (Category("Sponsored"),)


def test_what_the_user_keeps_stays_though_the_page_goes_out() -> None:
    """A pattern found in the text that does not go out counts, too."""
    fields: dict[str, Any] = {
        "title": "Cover",
        "content": "<p>Our fund holds Pellmore.</p>",
        "page": f"<html><body>{PITCH * 2}</body></html>",
        "categories": (Category("Sponsored"),),
    }
    assert judged(**fields).left_out
    clean = judged(Policy(keep_patterns=("fund holds",)), **fields)
    assert (clean.source, clean.left_out) == ("page", False)


# In runs


def promotion(number: int) -> str:
    return item(number, text=PITCH, name=f"Sponsored: Cover {number} that costs less")


@pytest.fixture
def mixed(room: Newsroom) -> Newsroom:
    """A story and an advertisement, just polled; nobody has anything new to say."""
    room.follow("wire", rss(item(1, text=story(1)), promotion(2)), source="body")
    result = only(room.run().feeds)
    assert (result.items, result.cleaned, result.left_out) == (1, 2, 1)
    return room


def seen(room: Newsroom) -> dict[str, str]:
    return {entry.id: entry.published for entry in entries(room)}


def test_it_is_in_the_store_and_not_in_the_feed(mixed: Newsroom) -> None:
    """With its text and id."""
    assert list(seen(mixed)) == ["story-1"]
    with Store(mixed.config.database) as store:
        (kept,) = [own for own in store.items("wire") if own.clean.left_out]
    assert (kept.guid, "Pellmore" in kept.clean.html) == ("story-2", True)
    assert only(mixed.later().feeds).outcome == "unchanged"


@pytest.mark.parametrize("verb", ["run", "reprocess"])
def test_it_comes_back_as_the_item_that_it_was(mixed: Newsroom, verb: str) -> None:
    """When the policy changes, with the publisher's guid and date; and goes again."""
    again = {"run": pipeline.run, "reprocess": pipeline.reprocess}[verb]
    for promoted in ("keep", "drop", "tag"):
        mixed.change("wire", policy=Policy(promoted=promoted))
        result = only(again(mixed.config, lambda: mixed.now).feeds)
        assert result.outcome == "updated"
        assert result.left_out == (promoted == "drop")
        back = {} if promoted == "drop" else {"story-2": "Tue, 24 Nov 2026 02:00:00 +0000"}
        assert seen(mixed) == {"story-1": "Tue, 24 Nov 2026 01:00:00 +0000"} | back
    assert [entry.get("tags") for entry in entries(mixed)] == [
        None,
        [{"term": ADVERTISEMENT[0], "scheme": ADVERTISEMENT[1], "label": None}],
    ]


def test_a_new_one_does_not_touch_the_feed(mixed: Newsroom) -> None:
    """Nobody is told of a change that nobody sees; of the item once."""
    before = mixed.output("wire")
    mixed.publish("/wire", rss(item(1, text=story(1)), promotion(2), promotion(3)))
    result = only(mixed.later().feeds)
    assert (result.outcome, result.left_out) == ("unchanged", 1)
    assert mixed.output("wire") == before
    assert only(pipeline.reprocess(mixed.config, lambda: mixed.now).feeds).left_out == 0


def test_it_is_said_and_can_be_found(room: Newsroom) -> None:
    """By the run that leaves it out, though there is no table; by `show`, with the reason."""
    room.follow("wire", rss(item(1, text=story(1))), source="body")
    room.write_config('source = "body"')
    room.run_by_the_clock()
    room.publish("/wire", rss(item(1, text=story(1)), promotion(2)))
    done = filterfeed("run", "--force", cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line == "wire: 1 item left out as advertising: filterfeed show wire --promoted"
    shown = filterfeed("show", "wire", "--promoted", cwd=room.directory).stdout
    assert "Sponsored: Cover 2 that costs less" in shown
    assert "left out as advertising: title says 'Sponsored'" in shown
    assert "Freight" not in shown
    values = json.loads(filterfeed("show", "wire", "--json", cwd=room.directory).stdout)
    assert [(own["guid"], own["left_out"]) for own in values["items"]] == [
        ("story-1", False),
        ("story-2", True),
    ]


def test_the_filter_keeps_them_unless_told(tmp_path: Path) -> None:
    """Nothing is stored there, so that what is left out could not be found again."""
    feed = rss(item(1, text=story(1)), promotion(2)).decode()

    def cleaned(*arguments: str) -> str:
        done = filterfeed("clean", *arguments, cwd=tmp_path, input=feed)
        assert (done.returncode, done.stderr) == (0, "")
        return str(done.stdout)

    assert "Cover 2" in cleaned()
    assert "Cover 2" not in cleaned("--promoted", "drop")


def test_programs_get_what_their_policy_says() -> None:
    """`clean_feed` leaves them out by default; a text of its own is never emptied."""
    feed = rss(item(1, text=story(1)), promotion(2))
    assert b"Cover 2" not in api.clean_feed(feed)
    assert b"Cover 2" in api.clean_feed(feed, policy=Policy(promoted="keep"))
    assert ADVERTISEMENT[1].encode() in api.clean_feed(feed, policy=Policy(promoted="tag"))
    assert "Pellmore" in api.clean_html(PITCH, title="Sponsored: Cover")

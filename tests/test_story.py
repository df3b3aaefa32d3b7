"""One item: the better of its two texts, and what may never happen to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from filterfeed.api import clean_html
from filterfeed.model import Model
from filterfeed.model.features import tokens
from filterfeed.story import finish, prepare, uncleaned
from filterfeed.types import Block, CleanItem, Item, Page, Policy, Probabilities, Source

PARAGRAPH = "<p>Shares of the river bank rose a fifth on Tuesday after profit beat forecasts.</p>"
URL = "https://wire.example/river-bank"


class Reader(Model):
    """A hand-written stand-in: what has AD in it is an ad, LEGAL legal, the rest the story."""

    leads: Mapping[str, float] = MappingProxyType(  # type: ignore[assignment]
        dict.fromkeys(tokens(PARAGRAPH), 0.0)
    )

    def __init__(self) -> None:
        pass

    def score(
        self, blocks: Sequence[Block], as_: str, title: str = ""
    ) -> tuple[Probabilities, ...]:
        return tuple(
            (0.02, 0.94, 0.02, 0.02)
            if "AD" in block.text
            else (0.02, 0.02, 0.94, 0.02)
            if "LEGAL" in block.text
            else (0.97, 0.01, 0.01, 0.01)
            for block in blocks
        )


def cleaned(
    body: str = "", page: str | None = None, title: str = "", source: Source = "auto"
) -> CleanItem:
    item = Item(guid="1", link=URL, title=title, content=body)
    paged = None if page is None else Page(URL, f"<html><body>{page}</body></html>")
    return finish(prepare(item, paged, Reader(), source), Policy(), {})


def test_the_longer_story_wins() -> None:
    """A page with more of the story is used instead of a summary, and not otherwise."""
    assert cleaned(PARAGRAPH, PARAGRAPH * 6).source == "page"
    assert cleaned(PARAGRAPH * 6, PARAGRAPH).source == "body"
    assert cleaned(PARAGRAPH, PARAGRAPH * 6, source="body").source == "body"


def test_a_title_only_item_gets_its_text_from_the_page() -> None:
    """All of it, cleaned."""
    clean = cleaned("", PARAGRAPH * 3 + "<p>AD: our machine picks stocks</p>")
    assert clean.html.count("river bank") == 3
    assert "machine" not in clean.html


def test_a_wall_is_no_story() -> None:
    """Cookie walls, pay walls, bot checks and error pages replace nothing, not even no text."""
    for wall in (
        "<h1>Before you continue</h1><p>We use cookies and similar techniques, accept all cookies"
        " to go on to the site that you asked for today.</p>",
        "<p>Shares of the river bank rose.</p><p>Subscribe to continue reading this story and"
        " get every analysis that we publish for a year.</p>",
        "<p>Please verify you are human by completing the action below to reach the page.</p>",
        "<h1>404</h1><p>Sorry, the page was not found on this server, try our search instead.</p>",
    ):
        assert cleaned("<p>A short summary.</p>", wall).source == "body"
        assert cleaned("", wall).html == ""


def test_a_page_about_something_else_is_not_used() -> None:
    """A redirect to the front page has other words than the item's title."""
    clean = cleaned("", PARAGRAPH * 6, title="Copper miners strike again over safety conditions")
    assert (clean.source, clean.html) == ("body", "")
    assert "something else" in clean.source_reason


def test_an_item_that_would_lose_nearly_all_goes_out_as_it_came() -> None:
    """Nothing is removed, and it is marked so: a wrong verdict must not empty an item."""
    clean = cleaned("<p>AD: one</p><p>LEGAL two</p>")
    assert clean.as_it_came
    assert "AD: one" in clean.html
    assert "LEGAL two" in clean.html
    assert all(verdict.action == "keep" for verdict in clean.verdicts)


def test_what_is_removed_is_kept_in_the_verdicts() -> None:
    """Each removed block is there with its label, probability and reason."""
    clean = cleaned(PARAGRAPH * 3 + "<p>AD: buy the report</p>")
    assert "AD:" not in clean.html
    (removed,) = [verdict for verdict in clean.verdicts if verdict.dropped]
    assert (removed.block.text, removed.label) == ("AD: buy the report", "ad")


def test_the_summary_goes_out_sanitised() -> None:
    """No script of the publisher's summary reaches a reader."""
    item = Item(guid="1", summary="<p>Hi<script>x()</script></p>", content=PARAGRAPH)
    clean = finish(prepare(item, None, Reader(), "auto"), Policy(), {})
    assert clean.item.summary == "<p>Hi</p>"


def test_a_link_that_is_none_costs_nothing() -> None:
    """Of what host a story is cannot always be told."""
    item = Item(guid="1", link="http://[broken/", title="Rates", content=PARAGRAPH)
    prepared = prepare(item, None, Reader(), "auto")
    assert prepared.host == ""
    assert "river bank" in finish(prepared, Policy(), {}).html


def test_an_item_that_cannot_be_worked_on_is_safe() -> None:
    """It goes out as it came, but for what no reader should get."""
    bad = "<p onclick='x()'>Rates</p><script>x()</script><iframe src='https://x.example/'></iframe>"
    clean = uncleaned(Item(guid="1", summary=bad, content=f"{bad}<p>rise</p>"), "why")
    assert (clean.html, clean.item.summary) == ("<p>Rates</p><p>rise</p>", "<p>Rates</p>")
    assert (clean.as_it_came, clean.source_reason) == (True, "why")


def test_versions_of_one_story_are_one_story() -> None:
    """Its memory key depends on the title alone; short lines are not remembered."""
    one, two = (
        prepare(
            Item(title="River bank", link=f"{URL}{n}", content=PARAGRAPH), None, Reader(), "auto"
        )
        for n in (1, 2)
    )
    assert one.story == two.story
    assert one.host == "wire.example"
    tiny = prepare(Item(content="<p>Key points</p>"), None, Reader(), "auto")
    assert tiny.keys == ()


def test_memory_takes_no_story() -> None:
    """Two items that link to one page recur as a whole: that is no boilerplate."""
    page = Page(URL, PARAGRAPH * 2 + "<p>Another paragraph of the story that is as long.</p>" * 3)
    prepared = prepare(Item(title="One", link=URL), page, Reader(), "auto")
    clean = finish(prepared, Policy(threshold=0.5), dict.fromkeys(prepared.keys, 200))
    assert clean.html.count("river bank") == 2


def test_a_page_s_headline_is_not_shown_twice() -> None:
    """The item's own title is left out of a page's text, another headline is not."""
    title = "River bank shares rise a fifth"
    page = f"<h1>{title}</h1><h2>What now?</h2>{PARAGRAPH * 3}"
    clean = cleaned("", page, title=title)
    assert "<h1>" not in clean.html
    assert "<h2>What now?</h2>" in clean.html


def test_the_summary_is_cleaned_too() -> None:
    """What is removed from the text does not come back in the summary."""
    item = Item(guid="1", summary="<p>Shares rose.</p><p>AD: more here</p>", content=PARAGRAPH)
    clean = finish(prepare(item, None, Reader(), "auto"), Policy(), {})
    assert clean.item.summary == "<p>Shares rose.</p>"


def test_a_page_that_is_given_is_cleaned_whatever_its_title() -> None:
    """Who asks for the clean HTML of a page knows what page it is."""
    page = "<h1>Rates</h1>" + PARAGRAPH * 6
    html = clean_html(page, page=True, title="Copper miners strike again over conditions")
    assert html.count("river bank") == page.count("river bank")

"""The extractors that are compared: each a function of a fetched page to its text.

Those of others are optional (but for trafilatura, which filterfeed needs): a library that cannot be
imported does not take part.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from lxml import html as lxml_html

from filterfeed import candidate, model, story
from filterfeed.classify import classify
from filterfeed.clean import clean
from filterfeed.types import Block, Item, Page, Policy


class Fetched(NamedTuple):
    """What an extractor is given."""

    html: str
    url: str = ""
    title: str = ""
    """As a feed would have it; only those use it that clean items of feeds."""


Extract = Callable[[Fetched], str]
Adapter = Callable[[Any, Fetched], str]
"""The same, of a library that is given."""

# Extractors report pages without a story as errors; here that is a result like any other.
logging.disable(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    extract: Extract
    ours: bool = False


def contestants() -> list[Contestant]:
    """All that can take part, ours first."""
    peers = (_peer(name, needs, extract) for name, needs, extract in _PEERS)
    return [
        Contestant("filterfeed", filterfeed, ours=True),
        Contestant("filterfeed, item", filterfeed_item, ours=True),
        Contestant("filterfeed, no captions", filterfeed_bare, ours=True),
        *(own for own in peers if own),
    ]


def filterfeed(page: Fetched) -> str:
    """The blocks that stay at the default policy; the HTML is made too, as for a reader."""
    own = candidate.of_page(shipped(), Page(page.url, page.html), "")
    verdicts = classify(own.blocks, own.scores, Policy(), {})
    clean(verdicts)
    return "\n".join(own.block.text for own in verdicts if not own.dropped)


def filterfeed_item(page: Fetched) -> str:
    """The page of a feed's item: its headline, which readers show above it, is not repeated."""
    return _joined(_item_blocks(page))


def filterfeed_bare(page: Fetched) -> str:
    """The same without captions: by our labels they are the story's, gold texts leave them out."""
    return _joined(own for own in _item_blocks(page) if "figcaption" not in _elements(own))


def _item_blocks(page: Fetched) -> Iterator[Block]:
    item = Item(title=page.title, link=page.url)
    prepared = story.prepare(item, Page(page.url, page.html), shipped(), "page")
    verdicts = story.finish(prepared, Policy(), {}).verdicts
    return (own.block for own in verdicts if not own.dropped)


def _elements(block: Block) -> set[str]:
    return {block.tag, *(step.split(" ")[0] for step in block.path)}


def _joined(blocks: Iterable[Block]) -> str:
    return "\n".join(block.text for block in blocks)


def title_of(html: str) -> str:
    """A page's title as a feed would give it: of its `og:title`, else of its only `h1`."""
    root = _tree(html)
    if root is None:
        return ""
    named = root.xpath("//meta[@property='og:title']/@content")
    headings = root.xpath("//h1")
    only = headings[0].text_content() if len(headings) == 1 else ""
    return " ".join((named[0] if named else only).split())


@lru_cache(maxsize=1)
def shipped() -> model.Model:
    return model.load()


def _tree(html: str) -> lxml_html.HtmlElement | None:
    try:
        return lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=_utf8())
    except (ValueError, lxml_html.etree.LxmlError):
        return None


@lru_cache(maxsize=1)
def _utf8() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8")


def _text(html: str) -> str:
    """The text of HTML that another extractor made, a paragraph a line."""
    root = _tree(html) if html.strip() else None
    if root is None:
        return ""
    return "\n".join(text for text in root.itertext() if text.strip())


def trafilatura_text(page: Fetched) -> str:
    return _trafilatura(importlib.import_module("trafilatura"), page)


def _peer(name: str, needs: str, extract: Adapter) -> Contestant | None:
    try:
        library = importlib.import_module(needs)
    except ImportError:
        return None
    return Contestant(name, partial(extract, library))


def _trafilatura(trafilatura: Any, page: Fetched) -> str:
    return trafilatura.extract(page.html, url=page.url or None) or ""


def _trafilatura_precise(trafilatura: Any, page: Fetched) -> str:
    return trafilatura.extract(page.html, url=page.url or None, favor_precision=True) or ""


def _readability(readability: Any, page: Fetched) -> str:
    return _text(readability.Document(page.html, url=page.url or None).summary())


def _newspaper(newspaper: Any, page: Fetched) -> str:
    article = newspaper.Article(page.url or "http://page.example/", fetch_images=False)
    article.fetch_images = lambda: None  # it asks the network all the same
    article.download(input_html=page.html)
    article.parse()
    return article.text or ""


def _goose(goose3: Any, page: Fetched) -> str:
    goose = goose3.Goose({"enable_image_fetching": False})
    return goose.extract(raw_html=page.html).cleaned_text or ""


def _justext(justext: Any, page: Fetched) -> str:
    """With its English stop words, whatever the page's language."""
    html, stop_words = page.html.encode("utf-8", "replace"), justext.get_stoplist("English")
    paragraphs = justext.justext(html, stop_words, encoding="utf-8")
    return "\n".join(own.text for own in paragraphs if not own.is_boilerplate)


def _boilerpy(extractors: Any, page: Fetched) -> str:
    return extractors.ArticleExtractor(raise_on_failure=False).get_content(page.html) or ""


def _resiliparse(html2text: Any, page: Fetched) -> str:
    return html2text.extract_plain_text(page.html, main_content=True) or ""


_PEERS: tuple[tuple[str, str, Adapter], ...] = (
    ("trafilatura", "trafilatura", _trafilatura),
    ("trafilatura, precision", "trafilatura", _trafilatura_precise),
    ("readability-lxml", "readability", _readability),
    ("newspaper4k", "newspaper", _newspaper),
    ("goose3", "goose3", _goose),
    ("jusText", "justext", _justext),
    ("boilerpy3", "boilerpy3.extractors", _boilerpy),
    ("resiliparse", "resiliparse.extract.html2text", _resiliparse),
)

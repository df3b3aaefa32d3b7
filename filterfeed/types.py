"""The nouns that one step hands to the next: frozen values, no behaviour beyond what they are.

    Document -> Feed of Items -> Blocks -> Scores -> Verdicts -> CleanItem -> bytes

Times are timezone-aware UTC datetimes. Sequences are tuples, so that a value can be hashed,
compared, pickled to a worker process and stored without surprises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Label = Literal["article", "ad", "legal", "chrome"]
LABELS: tuple[Label, ...] = ("article", "ad", "legal", "chrome")

Action = Literal["keep", "collapse", "drop"]
Promoted = Literal["drop", "tag", "keep"]
Source = Literal["auto", "page", "body"]

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """What one request brought back (`fetch`), or one local file."""

    url: str
    """The URL that was asked for."""
    final_url: str
    """The URL that answered, after redirects."""
    status: int
    """HTTP status: 200 with a body, or 304 with none. Local files: 200."""
    body: bytes = b""
    """The decoded (decompressed) bytes."""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    """Both verbatim, to be sent back as they came."""
    moved_to: str | None = None
    """The new address when every redirect on the way was permanent (301, 308)."""
    max_age: int | None = None
    """Seconds for which the answer is fresh, from Cache-Control or Expires; None if not said."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    term: str
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    url: str
    type: str = ""
    length: str = ""
    """Bytes, verbatim as the publisher wrote it; often wrong, sometimes empty."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed as its publisher wrote it."""

    guid: str = ""
    """The publisher's guid/id verbatim; "" where the feed has none."""
    link: str = ""
    """Absolute URL of the story, or ""."""
    title: str = ""
    """Plain text."""
    summary: str = ""
    """HTML of the short text (description, summary), or ""."""
    content: str = ""
    """HTML of the full text (content:encoded, content, content_html), or ""."""
    authors: tuple[Person, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    comments: str = ""
    """URL of the comments page, or ""."""
    extensions: tuple[str, ...] = ()
    """Elements of foreign namespaces (media:, tickers, ...), each as self-contained XML."""


@dataclass(frozen=True, slots=True)
class Known:
    """What identifies an item that the store has."""

    key: str
    """Its row in the store, unique in its feed; never shown."""
    guid: str
    """As it is published; never changes."""
    own_guid: bool
    """True: the publisher's own. False: derived once, by `identity`."""
    link: str
    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Which item of the store an item of a document is, or will be."""

    key: str
    guid: str
    own_guid: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as its publisher wrote it; `items` in the publisher's order."""

    title: str = ""
    link: str = ""
    """The publisher's site."""
    description: str = ""
    language: str = ""
    copyright: str = ""
    image: str = ""
    """URL of the feed's picture, or ""."""
    updated: datetime | None = None
    ttl: int | None = None
    """Seconds that the feed asks pollers to wait (ttl, sy:updatePeriod), or None."""
    skip_hours: frozenset[int] = frozenset()
    """UTC hours 0-23 in which the feed asks not to be polled."""
    skip_days: frozenset[str] = frozenset()
    """English day names in which the feed asks not to be polled."""
    extensions: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The page that an item links to, decoded."""

    url: str
    """The address that answered: the base of its relative links."""
    html: str


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like piece of a page or body, in reading order.

    `html` is what a reader would see of it (absolute URLs, not yet sanitised); `frame` names the
    structural elements around it (lists, quotes, tables, figures), outermost first, each with a
    number that blocks in the same element share, so that the structure can be built again from
    the blocks that stay.
    """

    index: int
    text: str
    """Its words, white space collapsed; "" for a picture."""
    html: str
    tag: str
    path: tuple[str, ...] = ()
    """Elements from the root down to the block, as tag, class and id tokens."""
    frame: tuple[tuple[str, int], ...] = ()
    link_share: float = 0.0
    """Share of its characters that are inside links, 0 to 1."""
    key: str = ""
    """Hash of its normalised words: the same disclaimer on 500 pages has one key."""
    part: int = 0
    """1 or 2: of a block that was cut, story and something else being glued in it. 0: whole."""


Probabilities = tuple[float, float, float, float]
"""One for each of LABELS, in that order; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one block, and why."""

    block: Block
    label: Label
    probabilities: Probabilities
    action: Action
    reason: str
    """A short phrase: "model", "boilerplate memory: in 7 stories", "pattern: ...", ..."""

    @property
    def dropped(self) -> bool:
        return self.action == "drop"


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do with the blocks of one feed."""

    ad: Action = "drop"
    legal: Action = "drop"
    chrome: Action = "drop"
    threshold: float = 0.9
    """How sure (probability that the block is not article) before a block may go, 0 to 1.

    0.9 keeps 99 % of the words of stories by strangers: see `curve` in the model's card."""
    keep_patterns: tuple[str, ...] = ()
    drop_patterns: tuple[str, ...] = ()
    """Regular expressions: a block in which one is found always stays, or always goes."""
    promoted: Promoted = "drop"
    """What to do with items that are advertisements as a whole, "drop" only if `ad` is, too."""

    def action(self, label: Label) -> Action:
        return "keep" if label == "article" else getattr(self, label)


@dataclass(frozen=True, slots=True)
class CleanItem:
    """An item as it goes out: the publisher's item, its cleaned HTML, and what was decided."""

    item: Item
    html: str
    """Sanitised; "" when neither feed nor page had a text."""
    source: Literal["page", "body"]
    source_reason: str
    """Why this source and not the other."""
    verdicts: tuple[Verdict, ...] = ()
    as_it_came: bool = False
    """True when nearly all would have gone, or it is tagged, so that nothing was removed."""
    promotion: str = ""
    """Why it is taken for an advertisement as a whole; "" when it is not."""
    left_out: bool = False
    """True when it is not published because of that."""


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """`[fetch]` of the configuration: how to ask publishers. Times in seconds."""

    user_agent: str = ""
    """"" means filterfeed's own (see `fetch.user_agent`)."""
    timeout: float = 30.0
    """For a whole request, redirects and body included."""
    max_bytes: int = 10 * 1024 * 1024
    """Of a body after decompression."""
    max_redirects: int = 5
    concurrency: int = 8
    """Requests under way at once, over all hosts."""
    per_host: int = 2
    """Requests under way at once to one host."""
    delay: float = 0.5
    """Least time between the starts of two requests to one host."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts (or host:port) that may have a loopback or private address."""


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """One `[[feed]]` of the configuration: an output feed."""

    name: str
    """Of its file and URL: lower-case letters, digits, "-", "_", "."."""
    url: str
    """http(s) URL, or the absolute path of a local file."""
    title: str = ""
    """"" means the publisher's."""
    source: Source = "auto"
    policy: Policy = Policy()
    interval: int = 1800
    """Least seconds between two polls."""
    keep_items: int = 100
    """Items in the output feed at most; what the publisher lists now is never cut."""
    max_pages: int = 50
    """Pages fetched in one run at most; the rest follow in the next runs."""
    headers: tuple[Header, ...] = field(default=(), repr=False)
    """Extra request headers; values may be secrets, hence not in the repr."""
    mirror: str = ""
    """Absolute path of a directory of saved pages (host/path, as `wget -x` makes it) that is
    read instead of the network; "" means the network."""


@dataclass(frozen=True, slots=True)
class Config:
    """filterfeed.toml, checked. Paths are absolute."""

    path: str
    output: str
    """Directory of the cleaned feeds."""
    database: str
    model: str = ""
    """A model file; "" means the one in use among `models`, or else the one that is shipped."""
    models: str = "filterfeed.models"
    """Directory of the models trained here."""
    base_url: str = ""
    """Public address, without trailing slash, below which a reader finds /feeds/<name>.xml."""
    host: str = "127.0.0.1"
    port: int = 8484
    workers: int = 1
    """Processes that clean items; 1 means in this one."""
    fetch: FetchConfig = FetchConfig()
    feeds: tuple[FeedConfig, ...] = ()

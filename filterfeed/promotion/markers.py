"""How publishers mark what they were paid for: in titles, categories, authors, addresses, texts.

Some words can mean nothing else ("Sponsored post", "Publireportage"). Others also stand over
stories about advertising, or over a slot beside a story ("Anzeige", "Publicité"): they are
ambiguous, and prove nothing alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from filterfeed.types import Item

_FEW = 6
"""Categories up to which one of them says what an item is; publishers list more as keywords."""
_SHORT = 60
"""Characters up to which a whole block may be a marker."""
_SENTENCES = 600
"""Characters up to which a block may be a note on the item, rather than part of its text."""


@dataclass(frozen=True, slots=True)
class Marker:
    where: str
    words: str
    plain: bool
    """It can mean nothing but paid content."""


def any_of(*patterns: str) -> re.Pattern[str]:
    """What finds one of `patterns`, in capitals or not."""
    return re.compile("|".join(patterns), re.IGNORECASE)


_PLAIN = any_of(
    r"sponsored (?:content|posts?|articles?|stor(?:y|ies)|features?|messages?)"
    r"(?: (?:from|by) .{2,40})?",
    r"sponsored by .{2,40}|paid for by .{2,40}",
    r"(?:paid|partner|promoted|branded|native|advertiser) (?:partner )?(?:content|posts?|articles?"
    r"|stor(?:y|ies)|features?|partnerships?|promotions?|program(?:me)?s?|voices?|studio)",
    r"(?:paid )?advertorials?|(?:advertising|advertisement|ad) feature|paid advertisement"
    r"|brand ?voice",
    r"content (?:by|from) our (?:partner|sponsor)s?(?: .{2,40})?",
    r"(?:gesponserte|bezahlte)[rs]? (?:beitr(?:a|ä)ge?|inhalte?|artikel|posts?)",
    r"publi-?reportagen?|entgeltliche einschaltung(?:en)?|partnerinhalte?",
    r"(?:contenus?|articles?) (?:sponsoris[ée]s?|partenaires?|promotionnels?|de marque)"
    r"(?: par .{2,40})?",
    r"publi-?(?:r[ée]dactionnel|reportage|communiqu[ée])s?",
    r"(?:contenidos?|art[íi]culos?) (?:patrocinados?|promocionados?|de marca)|publirreportajes?",
    r"(?:conte[úu]dos?|artigos?) (?:patrocinados?|publicit[áa]rios?|de marca)",
    r"publieditori(?:al|ais)",
    r"(?:contenut[oi]|articol[oi]) sponsorizzat[oi]|pubbliredazional[ei]",
    r"informazione pubblicitaria|informe publicit[áa]rio",
    r"gesponsorde? ?(?:inhoud|content|artikel(?:en)?|bericht(?:en)?)|sponsrat innehåll",
    r"タイアップ広告|広告企画",
)
_AMBIGUOUS = any_of(
    r"sponsored|promoted|promotions?|ads?|advertisements?|advertising",
    r"anzeigen?|werbung|publicit[ée]s?|publicidade?|patrocinado|sponsoris[ée]",
    r"pubblicità|sponsorizzato|advertentie|gesponsord|annons|広告|廣告|广告",
)
# "Sponsored: ...", "[Anzeige] ...", but not "Anzeige gegen ...".
_TITLE = re.compile(r"[\s*]*(?:[\[(【]\s*(.{2,40}?)\s*[\])】]|(.{2,40}?)\s*(?::|\s[|–—-])\s)\s*\S")
_NOUN = r"(?:post|article|story|content|feature|piece|page|interview)"
_PAID = (
    r"(?:sponsored|paid(?: for|-for| promotion(?:al)?| content| posts?| partnership| advert\w+)"
    r"|promotional (?:series|content|post|article|feature)|advertorial|an advertisement)\b"
)
# Not "This story is about sponsored posts".
_BETWEEN = r"(?:(?!not |no |about |for |only |on |how |why |nicht |kein)[\w-]+ ){0,6}?"
_SAID = any_of(
    rf"\bthis (?:is|was) an? (?:{_PAID}|paid {_NOUN})(?! (?:by me|podcast|episode))",
    rf"\bthis {_NOUN} (?:is|was|has been) {_BETWEEN}{_PAID}",
    rf"\bdiese[rs]? (?:beitrag|artikel|text|inhalt) (?:ist|wurde) {_BETWEEN}"
    r"(?:gesponsert|bezahlt|werbung|anzeige|advertorial)\b",
    r"\bce(?:t|tte)? (?:article|contenu|publication) (?:est|a été) (?:\w+ ){0,4}?"
    r"(?:sponsorisé|publicitaire|un publi)",
    r"\beste (?:art[íi]culo|contenido|artigo|conte[úu]do|post) (?:es|é|fue|foi|está) (?:\w+ ){0,3}?"
    r"(?:patrocinad|publicit)",
    r"\bquesto (?:articolo|contenuto|post) è (?:\w+ ){0,3}?(?:sponsorizzat|pubblicit)",
)
_STEMS = ("spons", "paid", "promo", "adve", "bezahlt", "werb", "anzeige", "publi", "patro", "bbli")
"""What each of these has in it."""
_EDGES = " \t[](){}【】*:|.-–—"


def marks_of(item: Item, texts: Sequence[str]) -> tuple[Marker, ...]:
    """All that say that `item` was paid for; `texts` are those of its blocks.

    They are looked for where publishers put them: in what describes the item, and in its first
    and last blocks.
    """
    return tuple(dict.fromkeys((*_describing(item), *_opening(texts[:2]), *_noted(texts))))


def _describing(item: Item) -> Iterator[Marker]:
    if found := _TITLE.match(" ".join(item.title.split())):  # long runs of spaces take long
        yield from _found("title", found[1] or found[2])
    if len(item.categories) <= _FEW:
        for category in item.categories:
            yield from _found("category", category.term)
    for author in item.authors:
        yield from _found("author", author.name)
    for step in _steps(item.link):
        yield from _found("address", step)


def _steps(link: str) -> list[str]:
    """The directories of an address, as words; the last step is the story's own name."""
    try:
        path = urlsplit(link).path
    except ValueError:  # links are what publishers make them
        return []
    return [re.sub("[-_+]", " ", unquote(step)) for step in path.split("/")[1:-1]]


def _opening(texts: Sequence[str]) -> Iterator[Marker]:
    for text in texts:
        if len(text) <= _SHORT:
            yield from _found("text", text)
        elif found := _TITLE.match(text):
            yield from _found("text", found[1] or found[2])


def _noted(texts: Sequence[str]) -> Iterator[Marker]:
    for text in (*texts[:4], *texts[4:][-5:]):
        if len(text) <= _SENTENCES and _may_note(text) and (found := _SAID.search(text)):
            yield Marker("text", found[0], True)


def _may_note(text: str) -> bool:
    """Whether to look closer: nearly all texts are spared the search, which takes its time."""
    lower = text.lower()
    return any(stem in lower for stem in _STEMS)


def _found(where: str, text: str) -> Iterator[Marker]:
    if marker := _marker(where, text):
        yield marker


def _marker(where: str, text: str) -> Marker | None:
    words = text.strip(_EDGES)
    # Alone in a text the word may stand over an advertisement beside the story.
    if _PLAIN.fullmatch(words) or (where != "text" and words.lower() == "sponsored"):
        return Marker(where, words, True)
    return Marker(where, words, False) if _AMBIGUOUS.fullmatch(words) else None

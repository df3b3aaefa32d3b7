"""Blocks cut between their sentences, text and HTML alike. Pure.

A place is an offset in a block's HTML, as `segment` writes it: no ">" in attributes, no control
characters in texts. No place is inside of a link. In doubt there is none: a sentence too long
costs less than half a sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import pairwise

from filterfeed.segment import key
from filterfeed.types import Block

_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_LINK = re.compile(r"<(/?)a\b[^>]*>")
_EMPTY = re.compile(r"<(\w+)(?:\s[^>]*)?></\1>")
_CLOSING, _OPENING, _BREAK = "\x01", "\x02", "\x03"
"""What stands for each character of a tag where only its kind matters."""
_UNSEEN = re.compile(r"[\s\x01-\x03]*")
_MARK = re.compile(r"[.!?…\x03»&|•]|[。！？]+")
"""What `_END` begins with: to look for one sign is five times as quick."""
_END = re.compile(
    r"(?P<stop>[.!?…]+[\"'”’»«)\]\x01]*(?:\s»(?=\s))?)(?P<gap>[\s\x01\x03]*)"
    # A quotation that is followed by hiragana goes on: 「はい。」と.
    r"|[。！？]++(?!\x01*[」』）])|[。！？]++\x01*[」』）]++(?![\s\x01-\x03]*[\u3040-\u309f])"
    r"|(?P<line>\x03+\s*)"
    r"|(?P<arrow>(?:»|&gt;&gt;)[\s\x01\x03]*)"
    r"|(?<=\s)[|•]\s"
)
_OPENERS = "\"'“‘„«»([¿¡"
_BEFORE_WORDS = re.compile(rf"[\s\x01-\x03{re.escape(_OPENERS)}]*")
_NO_BEGINNING = ",;:.!?)]%-–—"
_SPACE = re.compile(r"[\s\x01-\x03]")
_FAR = 40
"""Characters in which the word before a full stop is looked for."""
_RUN_IN = frozenset(["a", "b", "em", "i", "strong"])
_ABBREVIATIONS = frozenset(
    (  # noqa: SIM905
        "adm al approx apr art aug bzw ca capt cf col dec dept dr e.g est etc feb fig fr gen"
        " gov hon i.e jan jr jul jun lt mar messrs mio mr mrd mrs ms mt no nos nov nr oct op"
        " p.a p.ej pp pres prof ref rep resp rev sec sen sep sept sgt sr sra sta st tel u.a"
        " u.k u.n u.s usw vgl viz vol vs z.b"
    ).split()
)
"""After which no sentence ends; what may end one, like "Inc.", is none of them."""
_NUMBERED = re.compile(r"[(#]?\d{1,2}")
"""What a full stop makes the number of an entry, or a day: "1. Mai"."""
_ADDRESS = re.compile(r"www|[/@]")


def ends(block: Block) -> tuple[int, ...]:
    """The places at which a sentence of `block` ends and another begins."""
    masked = _TAG.sub(_mask, block.html)
    stops = list(_stops(masked))
    links = list(_links(block.html))
    found, seen = [], _past(_UNSEEN, masked, 0)
    for place in sorted({*stops, *_run_ins(block.html, masked, stops)}):
        if seen < place and not _is_inside(place, links):
            found.append(place)
            seen = _past(_UNSEEN, masked, place)
    return tuple(own for own in found if _is_seen(masked, own, len(masked)))


def split(block: Block, places: Sequence[int]) -> tuple[Block, ...]:
    """`block` in parts, cut at some of its `ends`; what else is known of it holds for each."""
    return tuple(_part(block, html) for html in _cut(block.html, places))


def texts(block: Block, places: Sequence[int]) -> list[str]:
    """The texts of the parts that `split` would give."""
    return [_text(block.html[a:b]) for a, b in pairwise([0, *places, len(block.html)])]


def _mask(tag: re.Match[str]) -> str:
    """As long as the tag."""
    closing, name = tag.groups()
    sign = _BREAK if name == "br" else _CLOSING if closing else _OPENING
    return sign * len(tag.group())


def _links(html: str) -> Iterator[tuple[int, int]]:
    """From where to where links are; a broken page has links in links."""
    start = depth = 0
    for tag in _LINK.finditer(html):
        if tag[1]:
            depth -= 1
            if not depth:
                yield start, tag.end()
        else:
            start = start if depth else tag.start()
            depth += 1


def _is_inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    number = bisect_left(spans, (place, 0)) - 1
    return number >= 0 and place < spans[number][1]


def _is_seen(masked: str, start: int, end: int) -> bool:
    """Whether a reader sees anything between two places."""
    return not _UNSEEN.fullmatch(masked, start, end)


def _stops(masked: str) -> Iterator[int]:
    quoted = "«" in masked
    word = -1
    for found in _ends(masked):
        if found.end() > word:  # else the next word is the same
            word = _past(_BEFORE_WORDS, masked, found.end())
        after = masked[word : word + 2]
        if found["stop"]:
            begins = _is_stop(masked, found, after)
        elif found["line"]:
            begins = not after[:1].islower()
        else:
            begins = not (found["arrow"] and (quoted or not _begins(after)))
        if begins:
            yield found.end()


def _ends(masked: str) -> Iterator[re.Match[str]]:
    """What `_END.finditer` would find."""
    place = 0
    for mark in _MARK.finditer(masked):
        if mark.start() >= place and (found := _END.match(masked, mark.start())):
            place = found.end()
            yield found


def _past(skipped: re.Pattern[str], masked: str, place: int) -> int:
    """Where what is skipped from `place` on ends, if there is any."""
    found = skipped.match(masked, place)
    return found.end() if found else place


def _begins(after: str) -> bool:
    """Whether a sentence may begin so."""
    return bool(after) and not after[0].islower() and after[0] not in _NO_BEGINNING


def _is_stop(masked: str, found: re.Match[str], after: str) -> bool:
    apart = found["gap"].strip(_CLOSING) or masked[found.end() : found.end() + 1].isspace()
    if not _begins(after) or not (apart or after[0].isupper()):
        return False
    near = masked[max(0, found.start() - _FAR) : found.start()]
    before = _SPACE.split(near)[-1].lstrip(_OPENERS)
    if found["stop"].rstrip(_CLOSING) == "." and _is_short(before):
        return False
    return bool(apart) or _is_joined(before, after)


def _is_short(word: str) -> bool:
    """Whether a full stop after `word` belongs to it: "U.S.", "J.", "3."."""
    lower = word.lower()
    return len(word) == 1 or lower in _ABBREVIATIONS or bool(_NUMBERED.fullmatch(word))


def _is_joined(before: str, after: str) -> bool:
    """Whether a sentence begins without a space before it: "fell.Read more", but "Amazon.com"."""
    if not before or _ADDRESS.search(before):
        return False
    ended = not before[-1].isalpha() or (len(before) > 2 and before[-2:].islower())
    return ended and after[0].isupper() and after[1:2].islower()


def _run_ins(html: str, masked: str, stops: Sequence[int]) -> Iterator[int]:
    """Ends of links and of bold words that a sentence begins with: "<b>Read more</b> The ..."."""
    opened: list[tuple[str, int]] = []
    for tag in _TAG.finditer(html):
        closing, name = tag.groups()
        if name == "br":
            continue
        if not closing:
            opened.append((name, tag.start()))
            continue
        name, start = opened.pop()
        number = bisect_right(stops, start)
        begun = _is_seen(masked, stops[number - 1] if number else 0, start)
        word = _past(_BEFORE_WORDS, masked, tag.end())
        after = masked[word : word + 1]
        if name in _RUN_IN and not begun and after.isalnum() and not after.islower():
            yield tag.end()


def _cut(html: str, places: Sequence[int]) -> Iterator[str]:
    """The pieces; elements that are open at a place are closed there and opened again."""
    opened: list[str] = []
    for start, end in pairwise([0, *places, len(html)]):
        again = "".join(opened)
        for tag in _TAG.finditer(html, start, end):
            if tag[1]:
                opened.pop()
            elif tag[2] != "br":
                opened.append(tag.group())
        closing = (_TAG.sub(r"</\2>", tag) for tag in reversed(opened))
        yield again + html[start:end] + "".join(closing)


def _part(whole: Block, html: str) -> Block:
    while (filled := _EMPTY.sub("", html)) != html:  # what the cut has emptied
        html = filled
    text = _text(html)
    linked = sum(len(_text(html[start:end])) for start, end in _links(html))
    share = min(1.0, linked / len(text)) if text else 0.0
    return replace(whole, text=text, html=html, link_share=share, key=key(text))


def _text(html: str) -> str:
    bare = _TAG.sub(lambda tag: " " if tag[2] == "br" else "", html)
    return " ".join(unescape(bare).split())

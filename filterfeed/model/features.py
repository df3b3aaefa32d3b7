"""What the model sees of a block as cues: its words, what they form, and its place. Pure.

Changing anything here needs retraining.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from filterfeed.shingles import CJK
from filterfeed.types import Block

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d[\d.,:]*|[$€£¥%©®™@|»›→▲▼►•…?!]")
_ASCII_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9][0-9.,:]*|[$%@|?!]")
"""Finds the same in lower-case ASCII, and sooner."""
_COMMENTS = re.compile(
    r" (?:comment(?!ar)|kommentare|comentarios|discussion|disqus|trackback|pingback|respond"
    r"|replies)"
)
"""How a name of an element begins, in "commentbody" and "comment-list", but not "commentary"."""
_HEAD, _TAIL = 90, 30
"""Of a long block, so many tokens from its start and its end are read."""
_STEPS = 6
"""Elements of the path whose class and id words are cues, from the block upward."""
_NEAR = 2
"""Elements whose words are cues of their own, apart from those further up."""
_FEW = 6
"""Words of a block up to which it is a cue as a whole."""
_MANY = 40
"""Words of a block that are as good as more."""
_LENGTHS = tuple(f"#{words // 3}" for words in range(_MANY + 1))


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[str, ...]:
    """The words and telling signs of a text, lower-case, numbers by their shape."""
    if text.isascii():
        found = _ASCII_TOKEN.findall(text.lower())
    else:
        found = _TOKEN.findall(text.lower())
        if CJK.search(text):
            found = [part for token in found for part in _parts(token)]
    if len(found) > _HEAD + _TAIL:
        found = found[:_HEAD] + found[-_TAIL:]
    return tuple([_shape(token) if token[0].isdigit() else token for token in found])


def distinct_cues(block: Block) -> list[str]:
    """Names of what the block holds, each once: words, word pairs, its edges, its place."""
    return [*text_cues(block.text, block.tag), *place_cues(block.path)]


def text_cues(text: str, tag: str) -> list[str]:
    """Cues that do not depend on the place in the page; none of them is a `place_cues`."""
    words = tokens(text)
    return [*word_cues(words), *form_cues(words, tag)]


def word_cues(words: Sequence[str]) -> list[str]:
    """The words of a text, its pairs of words, and its edges: its first words and its last.

    `Lexicon.words` finds the same for many texts at once.
    """
    found = [*dict.fromkeys(words), *dict.fromkeys(map(" ".join, pairwise(words)))]
    if words:
        found += ("^" + " ".join(words[:2]), "$" + " ".join(words[-2:]), "^^" + words[0])
    return found


def form_cues(words: Sequence[str], tag: str) -> list[str]:
    """How long a text is, the element that it is in, and the whole of it where it is short."""
    form = [_LENGTHS[min(len(words), _MANY)], "<" + tag]
    return ["=" + " ".join(words), *form] if len(words) <= _FEW else form


def readable(cue: str) -> str:
    """A cue as a person may read it: words, or a name in the page with a dot before it.

    "" for shapes and lengths, which say nothing to anybody.
    """
    if cue[0] in "#/<" or cue.lstrip(".").startswith("<"):
        return ""
    return "." + cue.lstrip(".@") if cue[0] == "." else cue.lstrip("^$=").strip()


def is_word(cue: str) -> bool:
    """Whether a cue is one of `tokens`, and not several, nor a place or a shape."""
    return cue[0] not in "^$=#</." and " " not in cue


def _shape(number: str) -> str:
    digits = len(number) if number.isdigit() else sum(map(str.isdigit, number))
    return "0" * min(4, digits)


@lru_cache(maxsize=1024)
def place_cues(path: tuple[str, ...]) -> tuple[str, ...]:
    """Cues of a block's place: the elements around it, and the words of their classes and ids."""
    found = ["/" + "/".join([step.split(" ", 1)[0] for step in path[-3:]])]
    for depth, step in enumerate(reversed(path[-_STEPS:])):
        found += _step_cues(step, "." if depth < _NEAR else "..")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def is_for_comments(step: str) -> bool:
    """Whether an element of a path is named as one of readers' comments, in whatever spelling."""
    return bool(_COMMENTS.search(step))


@lru_cache(maxsize=4096)
def _step_cues(step: str, near: str) -> list[str]:
    tag, *names = step.split(" ")
    found = [near + name for name in names]
    if is_for_comments(step):
        found.append(f"{near}@comments")
    return found if tag in ("div", "p", "span") else [f"{near}<{tag}", *found]


def _parts(token: str) -> list[str]:
    return _pairs(token) if CJK.match(token) else [token]


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)] or [text]


def without_places(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a body: what little structure a feed leaves says nothing of their kind."""
    return tuple(replace(block, path=()) for block in blocks)
